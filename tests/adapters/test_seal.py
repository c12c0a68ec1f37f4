"""Keys that are rotated and destroyed: what was sealed stays readable, or does not, as it should be."""

import base64
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rtc_server.adapters.seal import KEYS_CACHED_S, KeyRing, KeyStore
from rtc_server.cli.migrate import migrate
from rtc_server.cli.registry import opened
from rtc_server.cli.rewrap import rewrap
from rtc_server.config import Settings
from rtc_server.errors import SealBroken
from rtc_server.store.database import Store

FIRST = KeyRing.generate()
SECOND = f"2:{base64.b64encode(os.urandom(32)).decode()},{FIRST}"


@pytest.fixture
async def key_files(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'keys.sqlite3'}")
    await KeyStore(store, KeyRing(FIRST)).migrate()
    yield store
    await store.close()


async def test_after_a_new_key_and_rewrap_the_newest_wraps_everybody_and_everything_opens_as_before(
    tmp_path: Path,
) -> None:
    def settings(keys: str) -> Settings:
        return Settings(app_env="test", data_dir=str(tmp_path), secret_keys=keys, redis_url="unix:///nowhere")

    await migrate(settings(FIRST))
    async with opened(settings(FIRST)) as before:
        person_id = await before.people.create_person("client", "sam@people.example", "Sam", "Reed", "hash")
        sealed = (await before.keys.key_of(person_id)).seal_text("I sleep badly", "request", "r", "note_sealed")
    assert (await rewrap(settings(SECOND))).startswith("1 keys are newly wrapped; all are wrapped with version 2 now")
    assert (await rewrap(settings(SECOND))).startswith("0 keys")
    async with opened(settings(SECOND)) as after:
        found = await after.people.by_email("sam@people.example")
        assert found is not None and (found[0].id, found[0].first_name) == (person_id, "Sam")
        key = await after.keys.key_of(person_id)
        assert key.open_text(sealed, "request", "r", "note_sealed") == "I sleep badly"
    with pytest.raises(SealBroken, match="no version 2"):
        async with opened(settings(FIRST)) as stale:
            await stale.keys.key_of(person_id)


async def test_a_key_that_another_process_destroyed_opens_nothing_a_minute_later(key_files: Store) -> None:
    now = 0.0
    here = KeyStore(key_files, KeyRing(FIRST), clock=lambda: now)
    elsewhere = KeyStore(key_files, KeyRing(FIRST))
    await here.create("somebody")
    await elsewhere.erase("somebody")
    await here.key_of("somebody")
    now = KEYS_CACHED_S
    with pytest.raises(SealBroken):
        await here.key_of("somebody")


async def test_a_key_destroyed_while_all_are_wrapped_anew_does_not_come_back(
    key_files: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = KeyStore(key_files, KeyRing(SECOND)), KeyStore(key_files, KeyRing(FIRST))
    sealed = (await elsewhere.create("somebody")).seal_text("I sleep badly", "request", "r", "note_sealed")
    unwrap, store_url = here.ring.unwrap, key_files.url

    def erased_meanwhile(version: int, wrapped: bytes) -> bytes:
        with contextlib.closing(sqlite3.connect(store_url.removeprefix("sqlite+aiosqlite:///"))) as connection:
            replaced = KeyRing(FIRST).wrap(os.urandom(32))[1]
            connection.execute("UPDATE person_key SET wrapped = ?", (replaced,))
            connection.commit()
        return unwrap(version, wrapped)

    monkeypatch.setattr(here.ring, "unwrap", erased_meanwhile)
    await here.rewrap()
    with pytest.raises(SealBroken, match="seal broken"):
        (await KeyStore(key_files, KeyRing(SECOND)).key_of("somebody")).open_text(sealed, "request", "r", "note_sealed")
