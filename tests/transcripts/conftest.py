from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rtc_server.engines import choice
from rtc_server.engines.silero import Silero
from rtc_server.speech.listening import Detector
from rtc_server.transcribe import Engine
from tests import speech
from tests.transcripts.studio import Studio, open_studio


@pytest.fixture(scope="session")
def engine() -> Engine:
    return choice.load("ctranslate2", "auto")


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Silero()


@pytest.fixture
async def studio(tmp_path: Path, engine: Engine, detector: Detector) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path, engine, detector) as opened:
        yield opened


@pytest.fixture(scope="session")
def needs_speech() -> None:
    if not speech.is_available():
        pytest.skip("espeak-ng is not installed: nobody to listen to")
