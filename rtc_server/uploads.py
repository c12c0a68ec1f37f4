"""What a file really is: told by its bytes, never by its name; pictures drawn anew, so that nothing travels in them.

Pure. Easy to break: a picture's size is looked at before it is decoded, because a few kilobytes can hold a wall; and
the name that is kept ends as the content says, so that no page of ours ever hands out what a browser would run.
"""

import io
import re
import unicodedata
from dataclasses import dataclass

import filetype
from PIL import Image, ImageOps, UnidentifiedImageError

from rtc_server.errors import FileRefused

PIXELS_MAX = 16_000_000
SIDE_MAX = 2_400  # a picture is made no larger than this: enough to read a page of paper
NAME_MAX = 120
JPEG_QUALITY = 85
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
DOCUMENTS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/x-wav": "wav",
}
ALLOWED = "Pictures, PDF, Word, Excel, PowerPoint and OpenDocument files, plain text and sound can be sent."
UNREADABLE = "This picture cannot be opened. Try saving it as JPEG or PNG."


@dataclass(frozen=True)
class Upload:
    """A file that may be kept. `width` and `height` are a picture's."""

    name: str
    content_type: str
    content: bytes
    width: int | None = None
    height: int | None = None


def examined(raw: bytes, name: str, side_max: int = SIDE_MAX) -> Upload:
    """The file as it may be kept. Blocks for as long as a picture takes. Raises FileRefused."""
    if not raw:
        raise FileRefused("This file is empty.")
    kind = filetype.guess(raw)
    content_type = "" if kind is None else str(kind.mime)
    if content_type in PICTURES:
        return _drawn_anew(raw, name, side_max)
    if content_type in DOCUMENTS:
        return Upload(_named(name, DOCUMENTS[content_type]), content_type, raw)
    if kind is None and _is_text(raw):
        return Upload(_named(name, "txt"), "text/plain", raw)
    raise FileRefused(ALLOWED)


def _is_text(raw: bytes) -> bool:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n\f" for letter in text)


def _named(name: str, ending: str) -> str:
    """The last part of the name without signs that turn or hide what follows, and with the ending of its content."""
    plain = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    stem = re.split(r"[/\\]", plain)[-1].strip().rpartition(".")
    kept = (stem[0] or stem[2]).strip(" .")[:NAME_MAX] or "file"
    return f"{kept}.{ending}"


def _drawn_anew(raw: bytes, name: str, side_max: int) -> Upload:
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
            # A JPEG can be read at half its size and less, so that a large photograph costs no more than a small one.
            picture.draft("RGB", (side_max // 2, side_max // 2))
            if picture.width * picture.height > PIXELS_MAX:
                raise FileRefused("This picture is too large. Please make it smaller and try again.")
            upright = ImageOps.exif_transpose(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise FileRefused(UNREADABLE) from error
    upright.thumbnail((side_max, side_max))
    is_clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    # Pixels alone are carried over: place, camera, comments and colour profiles stay behind.
    bare = upright.convert("RGBA" if is_clear else "RGB")
    bare.info = {}
    ending, content_type = ("png", "image/png") if is_clear else ("jpg", "image/jpeg")
    written = io.BytesIO()
    bare.save(written, "PNG" if is_clear else "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Upload(_named(name, ending), content_type, written.getvalue(), bare.width, bare.height)
