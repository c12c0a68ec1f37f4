"""The registry of people as a command opens it: the stores, the key ring and People, closed together at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from booking_core.people import People
from rtc_server.adapters.key_file import load_ring
from rtc_server.adapters.seal import KeyStore
from rtc_server.config import Settings
from rtc_server.store.database import Store
from rtc_server.store.migrate import check_revision


class Registry(NamedTuple):
    store: Store
    keys: KeyStore
    people: People
    audit_key: bytes


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Registry]:
    """Raises CannotStart when the keys are missing or the database is at another revision."""
    ring = load_ring(settings)
    store = Store(settings.resolved_database_url(), busy_s=settings.sqlite_busy_s)
    key_store = Store(settings.resolved_key_database_url(), busy_s=settings.sqlite_busy_s)
    try:
        await check_revision(store)
        keys = KeyStore(key_store, ring)
        yield Registry(store, keys, People(store, keys, ring.derive("email")), ring.derive("audit"))
    finally:
        await store.close()
        await key_store.close()
