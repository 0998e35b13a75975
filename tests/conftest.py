"""What all tests share: the material beside the repository, a clean place for files, people of every role."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started

ROOT = Path(__file__).resolve().parent.parent


def _shared(name: str) -> Path:
    benchmark = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
    folder = benchmark if name == "benchmark" else benchmark.parent / name
    if not folder.is_dir():
        message = f"{folder} is not there; set DLP2C_BENCHMARK"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def benchmark() -> Path:
    """The folder of labelled material. Tests that ask for it carry the mark `shared`."""
    return _shared("benchmark")


@pytest.fixture(scope="session")
def papers() -> Path:
    """The folder of real papers. Tests that ask for it carry the mark `shared`."""
    return _shared("papers")


@pytest.fixture(scope="session")
def example_paper() -> Path:
    return ROOT / "examples" / "tinynet.pdf"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only what touches the database: the rest is the same whichever database and broker are used",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("database_only"):
        return
    chosen = [item for item in items if _touches_the_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _touches_the_database(item)])
    items[:] = chosen


def _touches_the_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from dlp2c_site.celery import app

    # Messages that tests cause go nowhere; tests that need a worker start one with a broker of its own.
    app.conf.broker_url = "memory://localhost"
    app.conf.broker_transport_options = {}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _files_of_the_test(settings: Any, tmp_path: Path) -> None:
    """Uploads go into the test's own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests() -> Iterator[None]:
    """Throttles and rate limits count from nothing in each test."""
    yield
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """SQLite has no TRUNCATE: Django empties tables there by DELETE, which append-only tables refuse.

    The triggers against UPDATE stay; `tests/annotations/test_append_only.py` tries those against DELETE.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


class _UnderWay:
    """Counts the requests that the test's server is answering."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def started(self, **signal: Any) -> None:
        with self._lock:
            self.count += 1

    def finished(self, **signal: Any) -> None:
        with self._lock:
            self.count -= 1


@pytest.fixture(autouse=True)
def _answered_before_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page that is closed sends off what it has; the database is not emptied while that is being answered."""
    if "live_server" not in request.fixturenames:
        yield
        return
    # Set up before this fixture, so taken down after it; pages are opened later, so closed earlier.
    request.getfixturevalue("transactional_db")
    under_way = _UnderWay()
    request_started.connect(under_way.started)
    request_finished.connect(under_way.finished)
    yield
    end = time.monotonic() + 20
    calm = 0
    while calm < 3 and time.monotonic() < end:
        calm = calm + 1 if under_way.count <= 0 else 0
        time.sleep(0.03)
    request_started.disconnect(under_way.started)
    request_finished.disconnect(under_way.finished)


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    """Makes a person: `make_user("ada")`, `make_user("mo", "moderator")`. Their password is their name twice."""
    from django.contrib.auth.models import Group, User

    def make(name: str, *groups: str) -> User:
        user = User.objects.create_user(name, password=name * 2)
        user.groups.set(Group.objects.filter(name__in=groups))
        assert user.groups.count() == len(groups)
        return user

    return make


@pytest.fixture
def volunteer(make_user: Callable[..., Any]) -> Any:
    return make_user("volunteer")


@pytest.fixture
def moderator(make_user: Callable[..., Any]) -> Any:
    return make_user("moderator", "moderator")


@pytest.fixture
def administrator(make_user: Callable[..., Any]) -> Any:
    return make_user("administrator", "administrator")
