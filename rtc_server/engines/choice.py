"""Which engine is used: the one that WHISPER_ENGINE names, loaded only then, since one of them is an extra."""

from rtc_server.transcribe import Engine, NoModel

NAMES = ("ctranslate2", "openai-whisper")


def load(engine: str, model: str) -> Engine:
    """Takes from half a second to minutes. Raises NoModel, also when the engine itself is not installed."""
    if engine == "ctranslate2":
        from rtc_server.engines.ctranslate2 import Ctranslate2

        return Ctranslate2(model)
    try:
        from rtc_server.engines.openai_whisper import OpenaiWhisper
    except ImportError as error:
        raise NoModel(
            "WHISPER_ENGINE is openai-whisper, which is not installed: install the extra 'openai-whisper', or set "
            "WHISPER_ENGINE to ctranslate2. Transcripts wait until then."
        ) from error
    return OpenaiWhisper(model)
