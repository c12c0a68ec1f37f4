"""Which therapist is suggested to a client, and why. Pure.

The rule that is easy to break: language and a stated gender never widen by themselves; the area does, when nobody of
that area fits, and then no reason claims it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

Gender = Literal["female", "male", "none"]  # where it is asked for, none: anybody

WEEK_MS = 7 * 24 * 3_600_000


class Reason(StrEnum):
    """What may be said for a therapist; the page has the words."""

    OWN = "own"  # the client's own so far
    AREA = "area"
    LANGUAGE = "language"
    GENDER = "gender"
    THIS_WEEK = "this_week"


@dataclass(frozen=True)
class Candidate:
    therapist_id: str
    areas: frozenset[str]
    languages: frozenset[str]
    gender: Gender
    experience_years: int
    first_free_ms: int | None  # None: no time in the weeks that are offered
    ahead: int  # sessions before them


@dataclass(frozen=True)
class Wish:
    area: str
    language: str
    gender: Gender
    own_therapist_id: str | None
    is_change: bool  # away from their own


class Fit(NamedTuple):
    therapist_id: str
    first_free_ms: int | None
    reasons: tuple[Reason, ...]


def suggest(candidates: Iterable[Candidate], wish: Wish, now_ms: int) -> list[Fit]:
    """Those who fit, the one to suggest first at the front."""
    able = [one for one in candidates if wish.language in one.languages and wish.gender in ("none", one.gender)]
    if wish.is_change:
        able = [one for one in able if one.therapist_id != wish.own_therapist_id]
    of_area = [one for one in able if wish.area in one.areas]

    def order(one: Candidate) -> tuple[object, ...]:
        has_time = one.first_free_ms is not None
        is_soon = one.first_free_ms is not None and one.first_free_ms - now_ms < WEEK_MS
        return (
            not has_time,
            one.therapist_id != wish.own_therapist_id,
            not is_soon,
            one.ahead,
            -one.experience_years,
            one.therapist_id,
        )

    return [
        Fit(one.therapist_id, one.first_free_ms, _reasons(one, wish, now_ms))
        for one in sorted(of_area or able, key=order)
    ]


def _reasons(one: Candidate, wish: Wish, now_ms: int) -> tuple[Reason, ...]:
    holds = {
        Reason.OWN: one.therapist_id == wish.own_therapist_id,
        Reason.AREA: wish.area in one.areas,
        Reason.LANGUAGE: True,
        Reason.GENDER: wish.gender != "none",
        Reason.THIS_WEEK: one.first_free_ms is not None and one.first_free_ms - now_ms < WEEK_MS,
    }
    return tuple(reason for reason, is_so in holds.items() if is_so)
