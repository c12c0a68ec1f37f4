"""Files people gave us, and therapists' pictures, as rows. Owns the tables `document` and `photo`.

Easy to break: a file is sealed under its owner's key, name and content apart; who may read which is asked by the
caller, and `of_owner` never loads content.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.seal import SealKey
from rtc_server.errors import QuotaFull
from rtc_server.store.papers_schema import document, photo
from rtc_server.uploads import Upload

FILES_MAX = 40  # of one person
BYTES_MAX = 60_000_000  # of one person, all files together


@dataclass(frozen=True)
class Paper:
    id: str
    owner_id: str
    purpose: str
    name: str
    content_type: str
    size: int
    at_ms: int


def _paper(row: Any, key: SealKey) -> Paper:
    name = key.open_text(row.name_sealed, "document", row.id, "name_sealed")
    return Paper(row.id, row.owner_id, row.purpose, name, row.content_type, row.size, row.at_ms)


async def add(
    connection: AsyncConnection,
    key: SealKey,
    owner_id: str,
    purpose: str,
    given: Upload,
    now_ms: int,
) -> str:
    """`key` is the owner's. Raises QuotaFull."""
    query = select(func.count(), func.coalesce(func.sum(document.c.size), 0)).where(document.c.owner_id == owner_id)
    count, total = (await connection.execute(query)).one()
    if count >= FILES_MAX or total + len(given.content) > BYTES_MAX:
        raise QuotaFull("There is no room for more files of yours. Please remove one first.")
    paper_id = str(uuid.uuid4())
    await connection.execute(
        insert(document).values(
            id=paper_id,
            owner_id=owner_id,
            purpose=purpose,
            name_sealed=key.seal_text(given.name, "document", paper_id, "name_sealed"),
            content_type=given.content_type,
            size=len(given.content),
            content_sealed=key.seal(given.content, "document", paper_id, "content_sealed"),
            at_ms=now_ms,
        )
    )
    return paper_id


NAMED = (
    document.c.id,
    document.c.owner_id,
    document.c.purpose,
    document.c.name_sealed,
    document.c.content_type,
    document.c.size,
    document.c.at_ms,
)


async def of_owner(connection: AsyncConnection, key: SealKey, owner_id: str, purpose: str) -> list[Paper]:
    """Oldest first."""
    query = (
        select(*NAMED)
        .where(document.c.owner_id == owner_id, document.c.purpose == purpose)
        .order_by(document.c.at_ms, document.c.id)
    )
    return [_paper(row, key) for row in await connection.execute(query)]


async def owner_of(connection: AsyncConnection, paper_id: str) -> str | None:
    found: str | None = (
        await connection.execute(select(document.c.owner_id).where(document.c.id == paper_id))
    ).scalar_one_or_none()
    return found


async def load(connection: AsyncConnection, key: SealKey, paper_id: str) -> tuple[Paper, bytes] | None:
    row = (await connection.execute(select(document).where(document.c.id == paper_id))).first()
    if row is None:
        return None
    return _paper(row, key), key.open(row.content_sealed, "document", paper_id, "content_sealed")


async def remove(connection: AsyncConnection, owner_id: str, purpose: str, paper_ids: Sequence[str]) -> int:
    gone = await connection.execute(
        delete(document).where(
            document.c.owner_id == owner_id, document.c.purpose == purpose, document.c.id.in_(paper_ids)
        )
    )
    return int(gone.rowcount)


# Pictures on cards


class Photo(NamedTuple):
    content: bytes
    content_type: str


async def set_photo(connection: AsyncConnection, person_id: str, content: bytes, content_type: str, now_ms: int) -> str:
    """In place of the one before; the new one's id."""
    await remove_photo(connection, person_id)
    photo_id = str(uuid.uuid4())
    row = {"id": photo_id, "person_id": person_id, "content": content, "content_type": content_type, "at_ms": now_ms}
    await connection.execute(insert(photo).values(**row))
    return photo_id


async def remove_photo(connection: AsyncConnection, person_id: str) -> None:
    await connection.execute(delete(photo).where(photo.c.person_id == person_id))


async def photo_of(connection: AsyncConnection, photo_id: str) -> Photo | None:
    query = select(photo.c.content, photo.c.content_type).where(photo.c.id == photo_id)
    row = (await connection.execute(query)).first()
    return None if row is None else Photo(*row)
