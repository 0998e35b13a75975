"""The record of who did what: complete, filtered, in pages, to take away, and never changed."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.models import Event
from annotations.selectors.audit import VERBS, Filters, everything, log_page
from annotations.selectors.audit_export import csv_lines, json_lines
from annotations.services.errors import Invalid
from annotations.services.log import log
from annotations.services.review import decide
from annotations.services.states import TRANSITIONS
from extraction.append_only import create_sql
from extraction.models import PaperEvent
from tests.builders import answer, make_paper, make_task

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def record(tmp_path: Path, volunteer: User, moderator: User) -> Any:
    """A task that was answered and approved, and a paper that waits."""
    task = make_task(tmp_path)
    decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
    make_paper("another", uploaded_by=volunteer)
    return task


def verbs(**query: Any) -> list[str]:
    return [entry.verb for entry in log_page(Filters.parse({k: str(v) for k, v in query.items()})).entries]


def test_every_verb_of_the_services_has_words() -> None:
    """A new verb gets its words with it, or it could not be filtered by."""
    used = {action for _, action in TRANSITIONS}
    for path in (ROOT / "annotations" / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "log" and node.args:
                used |= {c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant)}
    assert "submit" in used
    assert used - set(VERBS) == set()


def test_every_service_that_changes_something_logs() -> None:
    """A module of services that adds or changes rows writes the log, or is named here with its reason."""
    silent = {
        "assessing": "how right an answer was follows from it",
        "attribution": "changes nothing",
        "demand": "a number that follows from downloads and ratings",
        "log": "is the log",
        "mails": "sends what notices say",
        "notices": "follow from what is logged; a person reads their own",
        "skill": "what is known of people follows from their answers",
        "training": "writes files only",
    }
    found = {}
    for path in (ROOT / "annotations" / "services").glob("*.py"):
        tree = ast.parse(path.read_text())
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        methods = {func.attr for func in calls if isinstance(func, ast.Attribute)}
        names = {func.id for func in calls if isinstance(func, ast.Name)}
        if methods & {"create", "get_or_create", "update_or_create", "bulk_create", "save"}:
            found[path.stem] = bool(names & {"log", "move", "move_back", "_log", "_set"})
    assert {name for name, logs in found.items() if not logs} - silent.keys() == set()


def test_filters(record: Any, volunteer: User, moderator: User) -> None:
    assert verbs(actor="volunteer", verb="submit") == ["submit"]
    assert set(verbs(actor="moderator")) >= {"approve", "gold"}
    assert set(verbs(task=record.pk)) >= {"create", "submit", "approve"}
    gold = record.reviews.get().gold_flow
    assert "gold" in verbs(gold=gold.pk)
    assert "submit" not in verbs(gold=gold.pk)
    assert set(verbs(paper=record.paper_id)) >= {"paper", "submit", "gold"}
    assert verbs(verb="paper", actor="volunteer") == ["paper"]
    assert "paper" in verbs(site=1)
    assert "submit" not in verbs(site=1)
    today = timezone.now().date()
    assert "submit" in verbs(since=today, until=today)
    assert verbs(until=today - timedelta(days=1)) == []
    log("mute", actor=moderator, person=volunteer)
    assert verbs(person="volunteer") == ["mute"]


@pytest.mark.parametrize(
    "query",
    [
        {"actor": "nobody"},
        {"task": "x"},
        {"task": "9" * 30},
        {"gold": "-1"},
        {"batch": "1"},
        {"since": "yesterday"},
        {"paper": "٣"},
    ],
)
def test_what_can_not_be_a_filter_is_said(query: dict[str, str], db: None) -> None:
    with pytest.raises(Invalid, match=next(iter(query.values()))[:20]):
        Filters.parse(query)


def test_pages_follow_each_other_without_gap_while_the_record_grows(record: Any) -> None:
    seen: list[str] = []
    filters = Filters()
    total = Event.objects.count() + PaperEvent.objects.count()
    page = log_page(filters, size=3)
    while True:
        seen += [entry.id for entry in page.entries]
        if not page.older:
            break
        log("artifact")  # comes first, so it moves nothing that is to come
        page = log_page(filters, before=page.older, size=3)
    assert len(seen) == len(set(seen)) == total
    with pytest.raises(Invalid):
        log_page(filters, before="17")


def test_a_page_costs_the_same_however_long_the_record(record: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            log_page(Filters())
        return len(captured)

    few = queries()
    for _ in range(60):
        log("artifact", task=record)
    assert queries() == few == 2


def test_the_export_is_all_of_it_in_order_and_reads_back(record: Any, volunteer: User) -> None:
    note = '=HYPERLINK("http://evil")'
    log("skip", actor=volunteer, task=record, note=note, before="+1", after="-1")
    table = list(csv.DictReader(io.StringIO("".join(csv_lines(everything(Filters()))))))
    lines = [json.loads(line) for line in json_lines(everything(Filters()))]
    assert len(table) == len(lines) == Event.objects.count() + PaperEvent.objects.count()
    assert [row["id"] for row in table] == [row["id"] for row in lines]
    assert [row["at"] for row in lines] == sorted(row["at"] for row in lines)
    last = next(row for row in table if row["verb"] == "skip")
    # A spreadsheet would run these; programs get them as they are.
    assert (last["note"], last["before"], last["after"]) == ("'" + note, "'+1", "'-1")
    assert next(row for row in lines if row["verb"] == "skip")["note"] == note


def test_no_line_is_ever_changed_or_deleted(record: Any) -> None:
    cursor = connection.cursor()
    if connection.vendor == "sqlite":  # the fixture `django_db_setup` took this one away
        for sql in create_sql("sqlite", "annotations_event"):
            if "BEFORE DELETE" in sql:
                cursor.execute(sql)
    before = list(Event.objects.values_list())
    for sql in (
        "UPDATE annotations_event SET note = 'nothing happened'",
        "UPDATE annotations_event SET actor_id = NULL WHERE verb = 'approve'",
        "DELETE FROM annotations_event",
    ):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            cursor.execute(sql)
    assert list(Event.objects.values_list()) == before


def test_the_api_gives_the_record_to_moderators(
    record: Any, volunteer: User, moderator: User, client: Any, make_user: Callable[..., User]
) -> None:
    address = "/api/v1/log/"
    assert client.get(address).status_code in {401, 403}
    client.force_login(volunteer)
    assert client.get(address).status_code == 403
    client.force_login(moderator)
    assert client.get(address, {"page_size": "9" * 5000}).status_code == 200
    first = client.get(address, {"page_size": 2}).json()
    assert len(first["results"]) == 2
    second = client.get(first["next"]).json()
    assert {row["id"] for row in first["results"]}.isdisjoint(row["id"] for row in second["results"])
    assert [row["verb"] for row in client.get(address, {"verb": "submit"}).json()["results"]] == ["submit"]
    assert "nobody called" in client.get(address, {"actor": "x"}).json()["detail"]
