"""What the settings make of the environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {"ALLOWED_HOSTS": "dlp2c.example.org", "SECRET_KEY": "k3y-" * 20 + "of-a-deployment", "DEBUG": "off"}


def manage(*args: str, var: Path, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "DATABASE_URL"}}
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=ROOT,
        env={**kept, "DLP2C_VAR": str(var), **env},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_deployment_passes_djangos_own_checks(tmp_path: Path) -> None:
    run = manage("check", "--deploy", "--fail-level", "WARNING", var=tmp_path, **PRODUCTION)
    assert run.returncode == 0, run.stderr


def test_a_deployment_needs_a_secret_of_its_own(tmp_path: Path) -> None:
    run = manage("check", var=tmp_path, ALLOWED_HOSTS="dlp2c.example.org")
    assert run.returncode != 0
    assert "Set SECRET_KEY" in run.stderr
    assert not (tmp_path / "secret_key").exists()


def test_a_local_installation_makes_its_secret_once(tmp_path: Path) -> None:
    show = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    first, second = (manage(*show, var=tmp_path).stdout for _ in range(2))
    assert len(first.strip()) >= 50
    assert first == second
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_no_migration_is_missing(tmp_path: Path) -> None:
    run = manage("makemigrations", "--check", "--dry-run", var=tmp_path)
    assert run.returncode == 0, run.stdout


def test_sqlite_runs_in_wal_mode_and_takes_the_writers_place_first(tmp_path: Path) -> None:
    ask = (
        "from django.db import connection as c; "
        "print(c.cursor().execute('PRAGMA journal_mode').fetchone()[0], c.settings_dict['OPTIONS']['transaction_mode'])"
    )
    run = manage("shell", "--no-imports", "-c", ask, var=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/site.sqlite3")
    assert run.stdout.split() == ["wal", "IMMEDIATE"], run.stderr


def test_every_variable_is_explained() -> None:
    read = set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z0-9_]+)""", (ROOT / "dlp2c_site" / "settings.py").read_text()))
    names = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    explained = set(re.findall(r"`([A-Z0-9_]+)`", " ".join(names)))
    assert len(read) > 20
    assert read | {"ALLOWED_HOSTS"} == explained
