from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.accounts.house import House, Visitor, build_app, open_house, serve


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[Callable[[], Visitor]]:
    """Makes browsers that nobody is signed in at."""
    http = await serve(build_app(house))
    yield lambda: Visitor(http)
    await http.close()
