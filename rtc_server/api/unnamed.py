"""What an unnamed opinion may tell of its time: the month alone, for the day would tell whose it was."""

from datetime import UTC, datetime


def month_ms(at_ms: int) -> int:
    """The first instant of that month, in UTC, in milliseconds."""
    day = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return int(day.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp() * 1_000)
