"""A session as files: what stands in them, whose they are, and that each is on record."""

import logging
from zoneinfo import ZoneInfo

import pytest

from rtc_server.adapters.pdf import as_pdf, drawable, is_right_to_left
from rtc_server.exports import Line, Record, as_text, as_vtt, in_order, missing
from rtc_server.speech.leg_packets import Word
from tests.transcripts.studio import Studio
from tests.transcripts.test_call_log import audited, say

LONDON = ZoneInfo("Europe/London")
AT_MS = 1_784_484_060_000  # in British summer time


def record(lines: list[Line], notes: str | None = None, transcript: str = "ready") -> Record:
    return Record("Amara Okafor", "Zoë Łuczak", AT_MS, 2_280, transcript, lines, notes, LONDON)


def test_text_says_who_when_what_is_unsure_corrected_marked_and_missing() -> None:
    lines = in_order(
        [
            missing("Zoë", 38_000, 52_000, "reconnect"),
            Line(36_000, 38_000, "Zoë", "A bit less(?)", is_corrected=True, is_marked=True),
            missing("Amara", 4_000_000, 4_120_000, "muted"),
            Line(31_000, 33_000, "Amara", "Is it going now?"),
        ]
    )
    assert as_text(record(lines, notes="First.\nSecond.")).split("\r\n") == [
        "\ufeffSession of Zoë Łuczak with Amara Okafor",
        "Sunday 19 July 2026, 19:01 (Europe/London), 38 minutes",
        "",
        "Written by a machine and may be wrong. Words followed by (?) are unsure; corrected lines say so.",
        "",
        "[0:31] Amara: Is it going now?",
        "[0:36] Zoë (corrected, marked): A bit less(?)",
        "[0:38] -- 14 seconds not written down: Zoë was reconnecting --",
        "[1:06:40] -- Amara was muted for 2 minutes --",
        "",
        "Notes",
        "",
        "First.",
        "Second.",
        "",
    ]


def test_a_session_without_words_says_why() -> None:
    assert "needs a yes from both" in as_text(record([], transcript="off"))
    assert "was deleted" in as_text(record([], transcript="deleted"))
    assert "still being written" in as_text(record([Line(0, 1, "Zoë", "Hello")], transcript="finishing"))


def test_webvtt_keeps_overlaps_and_nothing_said_becomes_markup() -> None:
    lines = [Line(3_599_900, 3_661_001, "Zoë", "a <b>\n& --> c"), Line(3_600_000, 3_600_000, "Amara", "yes")]
    assert as_vtt(record([*lines, missing("Zoë", 3_700_000, 3_701_000, "lost")])).split("\n\n")[2:] == [
        "00:59:59.900 --> 01:01:01.001\n<v Zoë>a &lt;b&gt; &amp; --&gt; c",
        "01:00:00.000 --> 01:00:00.001\n<v Amara>yes",
        "NOTE 1:01:40 1 second not written down: the sound of Zoë did not reach the server\n",
    ]


async def fetch(studio: Studio, path: str, email: str | None = None) -> tuple[int, bytes, dict[str, str]]:
    visitor = await studio.visitor("therapist")
    if email:
        await visitor.sign_in(email)
    headers = {"Cookie": f"__Host-sign-in={visitor.token}"}
    async with visitor.http.get(f"/api/sessions/{studio.session_id}/{path}", headers=headers) as response:
        return response.status, await response.read(), dict(response.headers)


async def test_files_hold_what_is_shown_and_notes_only_when_asked_for(studio: Studio) -> None:
    await say(studio, [Word("hello", 100, 300, 0.9), Word("their", 400, 600, 0.3)])
    visitor = await studio.visitor("therapist")
    await visitor.ask("PUT", f"/api/sessions/{studio.session_id}/notes", {"text": "worked on sleep", "version": 0})
    status, body, headers = await fetch(studio, "export.txt")
    assert status == 200 and "[0:00] Ada: hello their(?)\r\n[0:03] -- 4 seconds" in body.decode()
    assert "worked on sleep" not in body.decode()
    assert headers["Content-Disposition"].startswith('attachment; filename="session-2')
    assert "Ada" not in headers["Content-Disposition"] and headers["Cache-Control"] == "no-store"
    assert "worked on sleep" in (await fetch(studio, "export.txt?notes=1"))[1].decode()
    status, body, headers = await fetch(studio, "export.vtt")
    assert status == 200 and headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert b"00:00:00.100 --> 00:00:00.600\n<v Ada>hello their(?)" in body


async def test_every_export_is_on_record_and_a_stranger_gets_none(studio: Studio) -> None:
    _, email = await studio.house.add("therapist")
    for ending in ("pdf", "txt", "vtt"):
        assert (await fetch(studio, f"export.{ending}", email))[0] == 404
    assert await audited(studio) == []
    for _ in range(2):
        assert (await fetch(studio, "export.txt"))[0] == 200
    assert await audited(studio) == [(studio.therapist_id, "session:export", studio.session_id)] * 2


def test_a_pdf_carries_its_own_letters_and_nobodys_name_goes_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    said = "Łukasz, Αλέξανδρος, Дмитрий, محمد, דוד, 日本, हिन्दी, 😀, e\u0301"
    with caplog.at_level(logging.DEBUG):
        body = as_pdf(record([Line(0, 1_000, "日本", said, is_corrected=True)] * 60, notes="Łukasz\n\n日"))
    assert body.startswith(b"%PDF-") and len(body) < 300_000
    assert body.count(b"/FontFile2") == 3 and b"DejaVuSans" in body and b"DroidSansFallback" in body
    assert not any(letter in caplog.text for letter in "日Łहم")


def test_a_letter_without_a_shape_becomes_a_box_and_one_with_an_accent_stays_whole() -> None:
    assert drawable("हe\u0301\u0902م\tx\n") == "□éم x\n"


def test_chinese_japanese_and_korean_have_shapes_and_their_typeface_is_only_there_for_them() -> None:
    assert drawable("李娜, さくら, サム, 김철수") == "李娜, さくら, サム, 김철수"
    assert b"DroidSansFallback" not in as_pdf(record([Line(0, 1_000, "Łukasz", "Дмитрий")]))


async def test_a_pdf_is_sent_as_a_file(studio: Studio) -> None:
    await say(studio, [Word("hello", 100, 300, 0.9)])
    status, body, headers = await fetch(studio, "export.pdf?notes=1")
    assert status == 200 and body.startswith(b"%PDF-") and headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].endswith('.pdf"')
    assert await audited(studio) == [(studio.therapist_id, "session:export", studio.session_id)]


def test_a_paragraph_begins_on_the_side_where_its_writing_does() -> None:
    told = {"Sam slept.": False, "123 שלום": True, "أنا لا أنام (at night).": True, "(Sam) שלום": False, "?!": False}
    assert {text: is_right_to_left(text) for text in told} == told
