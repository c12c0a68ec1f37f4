"""The aiosqlite dialect with one trip to the connection's thread per statement, where the stock one makes four.

Stock: make a cursor, execute, fetch all, close, each awaited. Here a statement's whole life is one function on the
thread, which halves what a step costs (docs/decisions/0006). Only for results read at once, which is all that Core
asks for without `stream()`. Easy to break: it stands on names of SQLAlchemy that are not public; tests/store pins
what it relies on.
"""

import sqlite3
from collections import deque
from typing import Any

from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+one_trip"


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that exists on the thread only while its statement runs."""

    __slots__ = ("_description", "_lastrowid", "_rowcount")

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        # The parent's would make a cursor on the thread at once.
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._description: Any = None
        self._rowcount, self._lastrowid = -1, 0

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> int:
        return self._lastrowid

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        return self._run("execute", operation, () if parameters is None else parameters)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        return self._run("executemany", operation, seq_of_parameters)

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Nothing is open on the thread."""

    def _run(self, verb: str, operation: str, parameters: Any) -> None:
        connection: Any = self._connection

        def on_thread() -> list[Any]:
            cursor: sqlite3.Cursor = connection._conn.cursor()
            try:
                getattr(cursor, verb)(operation, parameters)
                self._description, self._rowcount, self._lastrowid = (
                    cursor.description,
                    cursor.rowcount,
                    cursor.lastrowid or 0,
                )
                return cursor.fetchall() if cursor.description else []
            finally:
                cursor.close()

        try:
            self._rows = deque(await_(self._in_turn(connection, on_thread)))
        except (sqlite3.Error, ValueError) as error:
            self._adapt_connection._handle_exception(error)

    async def _in_turn(self, connection: Any, on_thread: Any) -> Any:
        async with self._adapt_connection._execute_mutex:
            return await connection._execute(on_thread)


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = OneTripCursor


class OneTripDbapi(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arguments: Any, **keywords: Any) -> OneTripConnection:
        return OneTripConnection(self, super().connect(*arguments, **keywords)._connection)


class OneTripDialect(SQLiteDialect_aiosqlite):
    driver = "one_trip"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> OneTripDbapi:
        return OneTripDbapi(__import__("aiosqlite"), sqlite3)


registry.register("sqlite.one_trip", __name__, OneTripDialect.__name__)
