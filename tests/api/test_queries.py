"""Lists ask the database as often for twenty rows as for two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotations.services.review import decide
from tests.builders import LENET, answer, make_paper, make_task, read

pytestmark = pytest.mark.django_db


def queries(client: APIClient, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address, {"page_size": 100})
    assert response.status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", ["papers/", "papers/1st/", "papers/1st/figures/", "tasks/", "networks/", "review/"])
def test_the_number_of_queries_does_not_grow(
    address: str, volunteer: User, moderator: User, client_of: Callable[[User], APIClient], tmp_path: Path
) -> None:
    client = client_of(moderator)
    first: Any = make_paper("first")
    read(first, tmp_path / "first", [LENET] * 2)
    url = f"/api/v1/{address.replace('1st', str(first.pk))}"

    def grow(start: int, stop: int) -> None:
        for number in range(start, stop):
            make_task(tmp_path, text=f"open {number}")
            answer(make_task(tmp_path, text=f"answered {number}"), volunteer)
            approved = answer(make_task(tmp_path, text=f"approved {number}"), volunteer)
            decide(submission=approved, moderator=moderator, decision="approve")

    grow(0, 2)
    client.get(url)  # what is asked once a process
    few = queries(client, url)
    grow(2, 6)
    type(first).objects.filter(pk=first.pk).update(state="queued")
    read(first, tmp_path / "again", [LENET] * 8)
    assert queries(client, url) == few
