"""Rows that are only ever added: readings, submissions, reviews, gold flows, events.

`AppendOnly` refuses changes in Python, with a message for the programmer. `triggers` gives a migration the operations
that make the database refuse them too, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


class AppendOnlyError(Exception):
    """Somebody tried to change or delete a row that must stay as it is."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def _refuse(self) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__}: rows are only ever added, never changed or deleted")

    def update(self, **kwargs: Any) -> NoReturn:
        self._refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse()

    def delete(self) -> NoReturn:
        self._refuse()


class AppendOnly(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} {self.pk}: rows are only ever added, never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{type(self).__name__} {self.pk}: rows are only ever added, never deleted")


def triggers(*tables: str) -> list[Operation]:
    """Operations for a migration: the database itself refuses UPDATE and DELETE on these tables."""

    def create(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for sql in create_sql(editor.connection.vendor, table):
                editor.execute(sql, params=None)

    return [migrations.RunPython(create, _drop(tables))]


def without_triggers(*tables: str) -> list[Operation]:
    """Operations for a migration that changes these tables; a later one must call `triggers` for them again."""
    return [migrations.RunPython(_drop(tables), migrations.RunPython.noop)]


def _drop(tables: Sequence[str]) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    def drop(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for event in EVENTS:
                on = f' ON "{table}"' if editor.connection.vendor == "postgresql" else ""
                editor.execute(f"DROP TRIGGER IF EXISTS {trigger_name(table, event)}{on}", params=None)

    return drop


EVENTS = ("update", "delete")


def trigger_name(table: str, event: str) -> str:
    return f"{table}_no_{event}"


def create_sql(vendor: str, table: str) -> list[str]:
    message = f"{table}: rows are only ever added, never changed or deleted"
    if vendor == "sqlite":
        # SQLite drops triggers with a table that Django rebuilds to change it: making them anew is always right.
        return [
            sql
            for event in EVENTS
            for sql in (
                f"DROP TRIGGER IF EXISTS {trigger_name(table, event)}",
                f'CREATE TRIGGER {trigger_name(table, event)} BEFORE {event.upper()} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
            )
        ]
    if vendor == "postgresql":
        function = (
            "CREATE OR REPLACE FUNCTION dlp2c_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION '%: rows are only ever added, never changed or deleted', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        return [
            function,
            *(
                f'CREATE OR REPLACE TRIGGER {trigger_name(table, event)} BEFORE {event.upper()} ON "{table}" '
                "FOR EACH ROW EXECUTE FUNCTION dlp2c_append_only()"
                for event in EVENTS
            ),
        ]
    raise NotImplementedError(f"append-only tables are written for SQLite and PostgreSQL, not for {vendor}")
