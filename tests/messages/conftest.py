from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.accounts.house import open_house
from tests.messages.desk import Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_house(tmp_path) as house, open_desk(house) as opened:
        yield opened
