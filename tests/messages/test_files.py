"""Files with messages: told by content, drawn anew, named by us, and handed out as downloads only."""

import io
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from rtc_server.errors import FileRefused
from rtc_server.store import conversations
from rtc_server.store.database import now_ms
from rtc_server.uploads import SIDE_MAX, examined
from tests.messages.desk import RULES, Desk, open_desk, picture

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_pictures_are_drawn_anew_and_carry_nothing_but_pixels(format: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "canary camera"
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}
    more = {"comment": b"canary comment", **({} if format == "GIF" else {"exif": exif})}
    raw = picture(60, 30, format, **more) + b"canary tail"
    kept = examined(raw, "holiday.php")
    assert (kept.width, kept.height) == (60, 30) and kept.name in ("holiday.jpg", "holiday.png")
    assert b"canary" not in kept.content and not opened(kept.content).getexif()


def test_a_picture_that_was_held_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = examined(picture(60, 30, "JPEG", exif=exif), "a.jpg")
    assert (kept.width, kept.height) == (30, 60)


def test_a_large_photograph_is_made_smaller() -> None:
    kept = examined(picture(6_000, 4_000, "JPEG"), "a.jpg")
    assert max(kept.width or 0, kept.height or 0) <= SIDE_MAX


def test_a_wall_in_a_few_kilobytes_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(FileRefused):
        examined(picture(6_000, 6_000, "PNG"), "a.png")


@pytest.mark.parametrize(
    ("raw", "name", "expected"),
    [
        (PDF, "Sleep diary.pdf", ("Sleep diary.pdf", "application/pdf")),
        (PDF, "../../etc/pass\u202ewd.exe", ("passwd.pdf", "application/pdf")),
        (b"plain words\n", "page.html", ("page.txt", "text/plain")),
        (b"<script>alert(1)</script>", "x.svg", ("x.txt", "text/plain")),
        ("Grüße".encode(), "", ("file.txt", "text/plain")),
    ],
)
def test_the_name_ends_as_the_content_says(raw: bytes, name: str, expected: tuple[str, str]) -> None:
    kept = examined(raw, name)
    assert (kept.name, kept.content_type) == expected


def zipped() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", "a")
    return written.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"MZ\x90\x00" + bytes(60),
        b"\x7fELF" + bytes(60),
        zipped(),
        b"\x89PNG\r\n\x1a\n" + b"broken",
        b"\x00\x01\x02",
        b"\xff\xfe",
    ],
    ids=["empty", "exe", "elf", "zip", "broken picture", "bytes", "no text"],
)
def test_what_is_no_file_we_know_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused):
        examined(raw, "harmless.pdf")


async def test_a_file_goes_with_a_message_and_is_a_download_that_nothing_runs(desk: Desk) -> None:
    _, file = await desk.attach(desk.therapist, PDF, "Sleep%20diary%20%C3%BC.pdf")
    assert (file["name"], file["bytes"]) == ("Sleep diary ü.pdf", len(PDF))
    status, sent = await desk.send(desk.therapist, "", file_id=file["id"])
    assert status == 200 and sent["file"] == file and sent["text"] == ""
    (message,) = (await desk.find(desk.client))["messages"]
    assert message["file"] == file
    content, headers = await desk.download(desk.client, file["id"])
    assert content == PDF and headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''Sleep%20diary%20%C3%BC.pdf"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"


async def test_the_same_file_again_is_the_same_file(desk: Desk) -> None:
    file_id = "00000000-0000-4000-8000-000000000001"
    for _ in range(2):
        status, _ = await desk.attach(desk.client, b"words", "a.txt", file_id)
        assert status == 200
    async with desk.house.store.read() as connection:
        assert await conversations.bytes_of_client(connection, desk.client_id) == 5


async def test_a_client_has_room_for_so_much_and_a_file_may_be_so_large(desk: Desk) -> None:
    async with open_desk(desk.house, replace(RULES, client_bytes_max=12)) as small:
        assert (await small.attach(small.client, b"0123456789", "a.txt"))[0] == 200
        assert await small.attach(small.therapist, b"0123456789", "b.txt") == (409, "quota_full")
    assert await desk.attach(desk.client, b"x" * 1_000_001, "c.txt") == (413, "too_large")


async def test_a_file_is_bytes_and_nothing_else(desk: Desk) -> None:
    path = f"/api/conversations/{desk.conversation_id}/files/00000000-0000-4000-8000-000000000002"
    for content_type in ("application/json", "multipart/form-data", "text/plain"):
        status, _, _ = await desk.client.ask("PUT", path, b"words", {"Content-Type": content_type})
        assert status == 415


async def test_a_file_that_no_message_came_with_is_forgotten(desk: Desk) -> None:
    _, lone = await desk.attach(desk.client, b"words", "a.txt")
    _, sent = await desk.attach(desk.client, b"words", "b.txt")
    await desk.send(desk.client, "look", file_id=sent["id"])
    assert await desk.house.store.write(conversations.forget_unsent_files, now_ms() + 1) == 1
    assert await desk.send(desk.client, "too late", file_id=lone["id"]) == (404, "file_not_found")
    assert (await desk.client.ask("GET", f"/api/files/{sent['id']}"))[0] == 200
