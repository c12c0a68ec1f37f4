"""What e-mails say, without sending one."""

import re

import pytest

from rtc_server.outgoing.letters import DEFAULTS, FORMS, METHODS, Channel, Facts, Template, WrongFacts, check, compose

EXAMPLES = {"method": "video", "link": "/sessions", "on_day": "2026-12-04", "due_day": "2027-01-01"}
NOON_MS = 1_792_324_800_000  # 2026-10-18 12:00 UTC, in British summer time


def example(template: Template) -> Facts:
    def value(name: str) -> str | int:
        if name.endswith("_ms"):
            return NOON_MS
        return 4_250 if name.endswith(("_pence", "_minutes")) else EXAMPLES.get(name, "Amara Okafor")

    return {name: value(name) for name in FORMS[template].facts}


@pytest.mark.parametrize("template", list(Template))
def test_every_template_makes_a_whole_letter(template: Template) -> None:
    facts = example(template)
    check(template, facts)
    letter = compose(template, facts, "Sam", "https://talk.example", "Europe/London")
    assert letter.plain.startswith("Hello Sam,\n\n")
    assert "write in Messages" in letter.plain and "116 123" in letter.plain
    link = f"https://talk.example{facts['link']}"
    assert link in letter.plain and f'href="{link}"' in letter.html
    assert "{" not in letter.plain and "{" not in letter.subject
    assert not re.search(r"src=|@import|url\(", letter.html)
    notice = FORMS[template].notice
    assert notice is None or (notice, Channel.EMAIL) in DEFAULTS


def test_instants_are_shown_in_the_zone_of_the_receiver_and_name_it() -> None:
    facts = example(Template.BOOKING_CONFIRMED)
    london = compose(Template.BOOKING_CONFIRMED, facts, "", "https://talk.example", "Europe/London").plain
    assert "on Sunday 18 October 2026 at 13:00 (London time)" in london
    there = compose(
        Template.BOOKING_CONFIRMED, {**facts, "zone": "America/New_York"}, "", "https://talk.example", "Europe/London"
    ).plain
    assert "at 08:00 (New York time)" in there


def test_a_line_whose_fact_is_empty_is_left_out() -> None:
    facts = {**example(Template.BOOKING_CANCELLED), "more": ""}
    said = compose(Template.BOOKING_CANCELLED, facts, "", "https://talk.example", "Europe/London").plain
    assert "take place.\n\nSee my sessions:" in said


def test_what_people_typed_as_their_name_is_no_html_and_starts_no_line() -> None:
    facts = {**example(Template.BOOKING_CANCELLED), "with_name": "<b>Eve</b>\nSubject: {link}"}
    letter = compose(Template.BOOKING_CANCELLED, facts, "<i>", "https://talk.example", "Europe/London")
    assert "<b>" not in letter.html and "<i>" not in letter.html
    assert "&lt;b&gt;Eve&lt;/b&gt; Subject: {link}" in letter.html
    assert letter.subject == FORMS[Template.BOOKING_CANCELLED].subject


@pytest.mark.parametrize(
    "facts",
    [{}, {"link": "/a", "name": "Sam"}, {"link": "https://elsewhere.example"}, {"link": 3}],
    ids=["missing", "unknown", "elsewhere", "kind"],
)
def test_facts_that_a_form_does_not_name_are_refused_where_the_mail_is_queued(facts: Facts) -> None:
    with pytest.raises(WrongFacts):
        check(Template.NEW_MESSAGE, facts)


def test_how_a_session_is_held_is_said_in_words() -> None:
    for method, words in METHODS.items():
        facts = {**example(Template.BOOKING_CONFIRMED), "method": method}
        assert words in compose(Template.BOOKING_CONFIRMED, facts, "", "https://x.example", "Europe/London").plain
