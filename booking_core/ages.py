"""How old somebody is on a day. Pure; dates are the place's own calendar days, never instants."""

from datetime import date

ADULT_YEARS = 18


def age(born: date, on: date) -> int:
    """Whole years. Who was born on 29 February is a year older on 1 March of a year without one."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_minor(date_of_birth: str | None, on: date) -> bool:
    """`date_of_birth` is an ISO date; nobody is taken for a minor who was never asked (the first operators' staff)."""
    return date_of_birth is not None and age(date.fromisoformat(date_of_birth), on) < ADULT_YEARS
