"""The test's database, for processes beside the test."""

from __future__ import annotations

from urllib.parse import quote

from django.db import connection


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    password = f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else ""
    host, port = database["HOST"] or "localhost", database["PORT"] or 5432
    return f"postgres://{quote(database['USER'])}{password}@{host}:{port}/{database['NAME']}"
