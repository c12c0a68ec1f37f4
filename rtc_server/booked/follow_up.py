"""The follow-up questions of each area when a client books, as data: whoever changes them changes no code.

The first question of every area is what it is about; the texts of the areas stand in `texts.AREAS`.
"""

from typing import NamedTuple

from rtc_server.texts import AREAS


class Question(NamedTuple):
    text: str
    options: tuple[str, ...]  # none: answered in the client's own words


HOW_LONG = Question("How long has this been with you?", ("Days", "Weeks", "Months", "Years"))
BEFORE = Question("Have you talked to a therapist before?", ("Yes", "No", "I would rather not say"))

# What each area asks beside its issues.
FURTHER: dict[str, tuple[Question, ...]] = {
    "mind": (HOW_LONG, Question("How well do you sleep?", ("Well", "Now and then badly", "Badly")), BEFORE),
    "body": (HOW_LONG, Question("Is a doctor looking after it?", ("Yes", "No")), BEFORE),
    "relationship": (Question("Who is it about?", ("Partner", "Family", "Friends", "Myself")), HOW_LONG, BEFORE),
    "growth": (Question("What would you like to be different in three months?", ()), BEFORE),
    "addiction": (HOW_LONG, Question("When was the last time?", ("Today", "This week", "Longer ago")), BEFORE),
    "work": (Question("Are you at work just now?", ("Yes", "On leave", "Between jobs")), HOW_LONG, BEFORE),
}


def questions_of(area: str) -> tuple[Question, ...]:
    issues = next(issues for known, _, issues in AREAS if known == area)
    return (Question("What is it about?", issues), *FURTHER[area])
