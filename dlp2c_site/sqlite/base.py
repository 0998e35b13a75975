"""Django's backend for SQLite, with a fair wait for the writer's place.

SQLite lets one write at a time; the others ask again and again. It asks more and more seldom the longer somebody has
waited, so under a crowd the oldest starve: with 60 at once some waited in vain for half a minute. Here everybody asks
at the same pace however long they have waited, which makes the wait a fair draw; it ends after `PATIENCE`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

T = TypeVar("T")

#: SQLite's own wait, in seconds: from quick to slow, then it begins anew.
ROUND = 0.05
#: So long somebody waits for the writer's place before they are told that the site is too busy.
PATIENCE = 60.0


def patiently(call: Callable[[], T], *, may_wait: Callable[[], bool] = lambda: True) -> T:
    """Do what may find the database busy, again and again; what fails otherwise fails at once."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except sqlite3.OperationalError as error:
            busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or not may_wait() or time.monotonic() > end:
                raise


class Cursor(base.SQLiteCursorWrapper):
    """Waits where a statement stands alone or begins a transaction; within one, its place is taken already."""

    def execute(self, query: str, params: Any = None) -> Any:
        return patiently(lambda: super(Cursor, self).execute(query, params), may_wait=self._alone)

    def executemany(self, query: str, param_list: Any) -> Any:
        rows = list(param_list)
        return patiently(lambda: super(Cursor, self).executemany(query, rows), may_wait=self._alone)

    def _alone(self) -> bool:
        return not self.connection.in_transaction


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "timeout": ROUND}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return patiently(lambda: super(DatabaseWrapper, self).get_new_connection(conn_params))

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)
