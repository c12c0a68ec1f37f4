"""`migrate`: both databases to the newest revision, and in development the files everything else stands on."""

from rtc_server.adapters import embedded_redis
from rtc_server.adapters.key_file import make_key_file
from rtc_server.adapters.seal import key_metadata
from rtc_server.config import CannotStart, Settings
from rtc_server.store.database import Store
from rtc_server.store.migrate import upgrade


async def migrate(settings: Settings) -> None:
    """May be repeated, and by several processes at once. Raises CannotStart."""
    try:
        settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_key_file(settings)
    except OSError as error:
        raise CannotStart(f"DATA_DIR cannot be used: {error.strerror}") from error
    await upgrade(settings.resolved_database_url())
    keys = Store(settings.resolved_key_database_url(), busy_s=settings.sqlite_busy_s)
    try:
        await keys.write(lambda connection: connection.run_sync(key_metadata.create_all))
    finally:
        await keys.close()
    if not settings.redis_url:
        embedded_redis.prepare(settings)
