"""Logging, configured once per process: key=value lines on standard error, for structlog and the standard library.

The rule that is easy to break: the loggers of engineio and socketio print what people write at INFO, and aiohttp's
access log prints addresses; they stay off whatever LOG_LEVEL says.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET = ("engineio", "socketio", "aiohttp.access", "aioice", "aiosqlite", "faster_whisper", "httpx", "alembic")

_line = structlog.processors.LogfmtRenderer(key_order=["at", "level", "logger", "event"], bool_as_flag=False)


def configure(level: str, *, is_production: bool) -> None:
    """In production one event is one line; elsewhere a traceback stands below its line, readable."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _line if is_production else _readable,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _readable(logger: WrappedLogger, method: str, event: EventDict) -> str:
    trace = event.pop("exception", None)
    line = str(_line(logger, method, event))
    return line if trace is None else f"{line}\n{trace}"
