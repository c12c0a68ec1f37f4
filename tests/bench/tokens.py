"""Sign-ins made in the database: hashing a thousand passwords would take longer than what is measured."""

import secrets

from rtc_server.auth import COOKIE, TOKEN_BYTES, token_hash_of
from rtc_server.store import sign_ins
from rtc_server.store.database import Store, now_ms
from tests.cluster import Cluster


async def cookies(cluster: Cluster) -> dict[str, list[str]]:
    """A cookie for everybody seeded, by role."""
    made: dict[str, list[str]] = {"therapist": [], "client": []}
    store = Store(f"sqlite+aiosqlite:///{cluster.folder / 'data' / 'quick-connect.sqlite3'}", busy_s=5.0)
    try:
        for person in cluster.people:
            token = secrets.token_urlsafe(TOKEN_BYTES)
            await store.write(sign_ins.add, token_hash_of(token), person.id, now_ms(), 0)
            made[person.role].append(f"{COOKIE}={token}")
    finally:
        await store.close()
    return made
