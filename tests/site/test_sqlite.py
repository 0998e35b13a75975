"""SQLite with many writers: whoever waits for the writer's place gets it, and what is wrong is said at once."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError

from dlp2c_site.sqlite import base

pytestmark = pytest.mark.django_db

Connect = Callable[[], base.DatabaseWrapper]


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    """Connections to one file, as the site makes them."""

    def make() -> base.DatabaseWrapper:
        options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}
        nothing = dict.fromkeys(("USER", "PASSWORD", "HOST", "PORT"), "")
        settings = {"NAME": str(tmp_path / "db.sqlite3"), "OPTIONS": options, "AUTOCOMMIT": True, "TIME_ZONE": None}
        return base.DatabaseWrapper(
            {
                **nothing,
                **settings,
                "CONN_MAX_AGE": 0,
                "CONN_HEALTH_CHECKS": False,
                "TEST": {},
                "ATOMIC_REQUESTS": False,
            },
            alias="another",
        )

    with make().cursor() as cursor:
        cursor.execute("CREATE TABLE count (value integer)")
        cursor.execute("INSERT INTO count VALUES (0)")
    return make


def count(connection: base.DatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute("SELECT value FROM count").fetchone()[0])


@pytest.mark.parametrize("begin", [True, False])
def test_many_writers_all_get_their_turn(connect: Connect, begin: bool) -> None:
    failed: list[Exception] = []

    def write() -> None:
        connection = connect()
        connection.inc_thread_sharing()
        try:
            for _ in range(5):
                with connection.cursor() as cursor:
                    if begin:
                        cursor.execute("BEGIN IMMEDIATE")
                    cursor.execute("UPDATE count SET value = value + 1")
                    time.sleep(0.002)  # longer than a waiting one's first looks
                    if begin:
                        cursor.execute("COMMIT")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert count(connect()) == 120


def test_patience_ends(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.2)
    holder, waiting = connect(), connect()
    with holder.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with pytest.raises(OperationalError, match="locked"), waiting.cursor() as other:
            other.execute("UPDATE count SET value = 9")
        assert 0.2 <= time.monotonic() - start < 5
        assert count(waiting) == 0, "who only reads waits for nobody"
        cursor.execute("ROLLBACK")


def test_what_is_wrong_is_said_at_once(connect: Connect) -> None:
    start = time.monotonic()
    with pytest.raises(OperationalError, match="no such table"), connect().cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    with pytest.raises(sqlite3.OperationalError):
        base.patiently(_fail)
    assert time.monotonic() - start < 5


def _fail() -> None:
    raise sqlite3.OperationalError("disk I/O error")
