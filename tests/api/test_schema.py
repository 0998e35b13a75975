"""The schema, its page, tokens and limits."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_is_valid_and_without_warnings() -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_every_address_of_the_api_is_in_the_schema(visitor: APIClient) -> None:
    from annotations.api.urls import version_1

    schema = visitor.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    told = {re.sub(r"\{\w+\}", "{}", path) for path in schema["paths"]}
    routes = {"/api/v1/" + re.sub(r"<\w+:\w+>", "{}", str(pattern.pattern)) for pattern in version_1}
    assert told == routes


def test_the_page_loads_its_own_files_only(visitor: APIClient) -> None:
    response = visitor.get("/api/docs/")
    assert response.status_code == 200
    page = response.content.decode()
    addresses = re.findall(r"""(?:src|href)="([^"]+)\"""", page)
    assert addresses
    assert all(address.startswith("/") for address in addresses), addresses
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", page), "an inline script, which the policy refuses"
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_programs_use_tokens(visitor: APIClient, volunteer: User) -> None:
    name = volunteer.username
    wrong = visitor.post("/api/v1/token/", {"username": name, "password": "wrong"})
    assert wrong.status_code == 400
    token = visitor.post("/api/v1/token/", {"username": name, "password": name * 2}).data["token"]
    visitor.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert visitor.post("/api/v1/tasks/next/").status_code == 204


def test_guessing_passwords_is_slowed_down(visitor: APIClient, volunteer: User) -> None:
    codes = [
        visitor.post("/api/v1/token/", {"username": "volunteer", "password": str(number)}).status_code
        for number in range(12)
    ]
    assert codes[0] == 400
    assert codes[-1] == 429


def test_a_browser_needs_the_csrf_token(volunteer: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(volunteer)
    assert client.post("/api/v1/tasks/next/").status_code == 403


def test_lists_come_in_pages(visitor: APIClient) -> None:
    from tests.builders import make_paper

    for number in range(3):
        make_paper(f"paper {number}")
    page: Any = visitor.get("/api/v1/papers/", {"page_size": 2}).data
    assert (page["count"], len(page["results"])) == (3, 2)
    assert page["next"]
