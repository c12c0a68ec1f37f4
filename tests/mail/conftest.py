from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.accounts.house import open_house
from tests.mail.post_office import PostOffice, open_post_office


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with open_house(tmp_path) as house, open_post_office(house) as office:
        yield office
