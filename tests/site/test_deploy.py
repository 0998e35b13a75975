"""The files for many machines say what the program understands. No container runs here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = ("compose.yaml", "worker.yaml")


def compose(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text())
    return data


@pytest.mark.parametrize("name", FILES)
def test_every_service_is_watched_and_comes_back(name: str) -> None:
    for service, told in compose(name)["services"].items():
        if service == "prepare":  # ends when it is done
            continue
        assert told["restart"] == "unless-stopped", service
        assert told["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, service


@pytest.mark.parametrize("name", FILES)
def test_what_is_named_is_there(name: str) -> None:
    data = compose(name)
    for service, told in data["services"].items():
        for volume in told.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in data["volumes"] or (DEPLOY / source).is_file(), volume
        assert set(told.get("depends_on", {})) <= set(data["services"]), service
        if "build" in told:
            assert (ROOT / told["build"]["dockerfile"]).is_file()
        else:
            assert re.search(r":\d", told["image"]), "an image without a version changes under us"


@pytest.mark.parametrize("name", FILES)
def test_the_settings_that_are_set_exist(name: str) -> None:
    known = set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z_0-9]+)\"""", (ROOT / "dlp2c_site" / "settings.py").read_text()))
    known |= {"ALLOWED_HOSTS"}
    assert "DATABASE_URL" in known
    for told in compose(name)["services"].values():
        if "build" in told:
            assert set(told["environment"]) <= known
            # A deployment: never the database and the broker of one machine alone.
            schemes = {urlsplit(told["environment"][key]).scheme for key in ("DATABASE_URL", "CELERY_BROKER_URL")}
            assert schemes == {"postgres", "redis"}


@pytest.mark.parametrize("name", FILES)
def test_the_example_names_every_variable(name: str) -> None:
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / name).read_text()))
    named = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert used <= named


def test_the_front_lets_through_what_the_site_takes(settings: Any) -> None:
    limit = re.search(r"max_size (\d+)MB", (DEPLOY / "Caddyfile").read_text())
    assert limit
    assert int(limit[1]) * 10**6 > settings.MAX_UPLOAD_BYTES


def test_secrets_stay_out_of_the_repository_and_the_image() -> None:
    assert "deploy/.env" in (ROOT / ".gitignore").read_text().splitlines()
    assert "deploy/.env" in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert not re.search(r"(?:SECRET_KEY|PASSWORD)=\S", (DEPLOY / "env.example").read_text())


@pytest.mark.django_db(transaction=True)
def test_the_check_of_health_asks_the_site(live_server: Any) -> None:
    script = (DEPLOY / "healthy.py").read_text()
    assert "127.0.0.1:8000" in script
    asks = script.replace("http://127.0.0.1:8000", live_server.url)

    def status(host: str) -> int:
        env = {**os.environ, "ALLOWED_HOSTS": host}
        return subprocess.run([sys.executable, "-c", asks], env=env, capture_output=True, check=False).returncode

    assert status("localhost,example.org") == 0
    assert status("not-allowed.example.org") != 0
