from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.accounts.house import open_house
from tests.booking.practice import Practice


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with open_house(tmp_path) as house:
        made = Practice(house)
        yield made
        await made.close()
