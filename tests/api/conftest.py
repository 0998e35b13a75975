"""Clients of the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient


@pytest.fixture
def client_of() -> Callable[[User | None], APIClient]:
    def make(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture
def visitor(client_of: Callable[[User | None], APIClient]) -> APIClient:
    return client_of(None)


@pytest.fixture
def api(client_of: Callable[[User | None], APIClient], volunteer: User) -> APIClient:
    """The API as a volunteer uses it."""
    return client_of(volunteer)


@pytest.fixture
def mod(client_of: Callable[[User | None], APIClient], moderator: User) -> APIClient:
    """The API as a moderator uses it."""
    return client_of(moderator)
