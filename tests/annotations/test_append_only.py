"""Readings, answers, decisions, gold flows and the logs are only ever added, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, models, transaction

from annotations.models import Submission
from extraction.append_only import AppendOnly, AppendOnlyError, create_sql
from extraction.models import PaperEvent, Reading
from tests.builders import answer, make_task

pytestmark = pytest.mark.django_db

TABLES = [model for model in apps.get_models() if issubclass(model, AppendOnly)]


def test_these_tables_are_guarded() -> None:
    assert {model.__name__ for model in TABLES} >= {
        "Event",
        "FigureKind",
        "GoldFlow",
        "GoldLayerType",
        "PaperEvent",
        "Reading",
        "Review",
        "Skip",
        "Submission",
    }


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_the_database_has_a_trigger_for_each(model: type[models.Model]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        names = {name for (name,) in cursor.fetchall()}
    expected = {f"{table}_no_update"}
    if connection.vendor != "sqlite":  # the fixture `django_db_setup` says why
        expected.add(f"{table}_no_delete")
    assert names == expected


@pytest.fixture
def rows(tmp_path: Path, volunteer: User) -> list[models.Model]:
    answer(make_task(tmp_path), volunteer)
    return [Reading.objects.get(), Submission.objects.get(), PaperEvent.objects.first()]


def test_python_refuses_changes(rows: list[models.Model]) -> None:
    for row in rows:
        with pytest.raises(AppendOnlyError, match="never changed"):
            row.save()
        with pytest.raises(AppendOnlyError, match="never deleted"):
            row.delete()
        with pytest.raises(AppendOnlyError):
            type(row)._default_manager.update(pk=0)
        with pytest.raises(AppendOnlyError):
            type(row)._default_manager.all().delete()


def test_the_database_refuses_changes(rows: list[models.Model]) -> None:
    for row in rows:
        table = row._meta.db_table
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            connection.cursor().execute(f'UPDATE "{table}" SET id = id + 1000')


def test_the_database_refuses_deletion(rows: list[models.Model]) -> None:
    for row in rows:
        table = row._meta.db_table
        if connection.vendor == "sqlite":
            for sql in create_sql("sqlite", table):
                if "BEFORE DELETE" in sql:
                    connection.cursor().execute(sql)  # undone with the test's transaction
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            connection.cursor().execute(f'DELETE FROM "{table}"')
        assert type(row)._default_manager.exists()
