"""A service's tables, in SQLite or PostgreSQL, behind a pool of connections.

Every query takes a time that is chosen: the database itself waits in it, as one on another machine
with more data would, so that the time is inside the query's span.
"""

import queue
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from opentelemetry.instrumentation.utils import suppress_instrumentation

from services.errors import ServiceError

if TYPE_CHECKING:
    import psycopg

    Connection = sqlite3.Connection | psycopg.Connection[tuple[Any, ...]]

SQLITE_PREFIX = "sqlite:///"
POSTGRES_PREFIXES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one database differs from the other.

    Attributes:
        parameter: how a statement marks a parameter.
        wait: a condition that is true after the ms of its one parameter; asked once a query.
    """

    name: Literal["sqlite", "postgresql"]
    parameter: str
    wait: str


SQLITE: Final = Dialect(name="sqlite", parameter="?", wait="(SELECT pause_ms(?)) IS NULL")
POSTGRESQL: Final = Dialect(
    name="postgresql",
    parameter="%s",
    wait="(SELECT pg_sleep(%s::float8 / 1000)) IS NOT NULL",
)


class Database:
    """Tables behind a pool of connections.

    Args:
        url: `sqlite:///PATH`, `postgresql://...`, or '' for a temporary SQLite file.
        connections: how many there are; who finds none free waits for one.

    Raises:
        ServiceError: the URL names neither of the two databases.
    """

    def __init__(self, url: str, *, connections: int) -> None:
        self.dialect = _dialect(url)
        self._url = url
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        if not url:
            self._directory = tempfile.TemporaryDirectory(prefix="slowhop-shop-")
            self._url = f"{SQLITE_PREFIX}{self._directory.name}/shop.db"
        # Last in, first out: a connection that was just used is used again.
        self._free: queue.LifoQueue[Connection] = queue.LifoQueue()
        for _ in range(connections):
            self._free.put(self._connect())

    def create(self, statements: Sequence[str], table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Make tables and fill one of them anew; leaves no spans."""
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
        with suppress_instrumentation(), self.connection() as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            cursor.execute(f"DELETE FROM {table}")
            for row in rows:
                cursor.execute(self._in_dialect(insert), tuple(row))
            connection.commit()

    @contextmanager
    def connection(self) -> Iterator["Connection"]:
        """Hold a connection; waits until one is free."""
        held = self._free.get()
        try:
            yield held
        except BaseException:
            held.rollback()
            raise
        finally:
            self._free.put(held)

    def rows(
        self, connection: "Connection", select: str, parameters: Sequence[Any], *, takes_ms: float
    ) -> list[tuple[Any, ...]]:
        """What a SELECT gives.

        Args:
            connection: one that `connection` gave.
            select: the statement with `?` for parameters and `{wait}` as its first condition.
            parameters: the values for the other parameters.
            takes_ms: how long the database takes over it.
        """
        cursor = connection.cursor()
        statement = self._in_dialect(select).replace("{wait}", self.dialect.wait)
        cursor.execute(statement, (takes_ms, *parameters))
        found = cursor.fetchall()
        connection.commit()  # a reader that stays in its transaction would keep old rows alive
        return found

    def change(self, connection: "Connection", statement: str, parameters: Sequence[Any]) -> int:
        """Run an UPDATE, INSERT or DELETE and commit it; gives the number of rows it changed."""
        cursor = connection.cursor()
        cursor.execute(self._in_dialect(statement), tuple(parameters))
        changed = cursor.rowcount
        connection.commit()
        return changed

    def close(self) -> None:
        """Close the free connections and remove the temporary file, if there is one."""
        while True:
            try:
                self._free.get_nowait().close()
            except queue.Empty:
                break
        if self._directory is not None:
            self._directory.cleanup()

    def _in_dialect(self, statement: str) -> str:
        return statement.replace("?", self.dialect.parameter)

    def _connect(self) -> "Connection":
        if self.dialect is POSTGRESQL:
            import psycopg

            return psycopg.connect(self._url)
        return _connect_sqlite(Path(self._url.removeprefix(SQLITE_PREFIX)))


def _dialect(url: str) -> Dialect:
    if not url or url.startswith(SQLITE_PREFIX):
        return SQLITE
    if url.startswith(POSTGRES_PREFIXES):
        return POSTGRESQL
    raise ServiceError(
        f"{url.partition(':')[0]!r} is no database that the shop can use",
        hint="use sqlite:///PATH or postgresql://USER@HOST/DATABASE",
    )


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    # The pool hands a connection to one thread at a time, which is all that SQLite asks for.
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    connection.create_function("pause_ms", 1, _pause_ms)
    # Readers and the writer do not wait for each other, and nothing here must survive a crash.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _pause_ms(duration_ms: float) -> None:
    time.sleep(duration_ms / 1000)
