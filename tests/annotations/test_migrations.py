"""Rows of the first published shape of the database survive the way to the newest, and are guarded there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from extraction.append_only import create_sql
from tests.builders import LENET

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = ("annotations", "0002_append_only")


def migrate(target: tuple[str, str]) -> Any:
    """Take the database there; returns its models as they are there."""
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    leaves = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] != "annotations"]
    return MigrationExecutor(connection).loader.project_state([target, *leaves]).apps


@pytest.fixture
def first() -> Iterator[Any]:
    """The models of the first shape; the database is in the newest again afterwards."""
    (newest,) = MigrationExecutor(connection).loader.graph.leaf_nodes("annotations")
    try:
        apps = migrate(FIRST)
        if connection.vendor == "sqlite":
            # This one is on no later list, so the trigger that `django_db_setup` took away must be made here.
            with connection.cursor() as cursor:
                for sql in create_sql("sqlite", "annotations_goldlayertype"):
                    cursor.execute(sql)
        yield apps
    finally:
        migrate(newest)
        if connection.vendor == "sqlite":  # the fixture `django_db_setup` says why
            with connection.cursor() as cursor:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'")
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")


def fill(apps: Any) -> None:
    """A task that was answered, returned, answered again and approved; a second one, of a kind; one at work."""

    def model(name: str) -> Any:
        return apps.get_model("annotations", name)

    def rows(name: str) -> Any:
        return apps.get_model("extraction", name).objects

    person = apps.get_model("auth", "User").objects.create
    volunteer, moderator = person(username="volunteer"), person(username="moderator")
    paper = rows("Paper").create(sha256="0" * 64, file_name="paper.pdf", size=1, state="read")
    figures = [
        rows("Figure").create(
            paper=paper,
            position=position,
            page=1,
            bbox=[1, 2, 3, 4],
            is_flow=True,
            flow_probability=0.9,
            kind="box2d",
        )
        for position in range(2)
    ]
    reading = rows("Reading").create(
        paper=paper, figure=figures[0], flow=LENET, outline={}, reader="dlp2c 1", attempt=1
    )
    correct = model("Task").objects.create(
        kind="correct", paper_id=paper.pk, figure_id=figures[0].pk, reading_id=reading.pk, state="approved"
    )
    classify = model("Task").objects.create(
        kind="classify", paper_id=paper.pk, figure_id=figures[1].pk, state="approved"
    )

    def answer(task: Any, decision: str, **values: Any) -> tuple[Any, Any]:
        lease = model("Lease").objects.create(
            task=task,
            user=volunteer,
            slot=1,
            slots=1,
            state="submitted" if decision == "approve" else "released",
            expires_at=timezone.now(),
        )
        given = model("Submission").objects.create(task=task, user=volunteer, lease=lease, key=uuid.uuid4(), **values)
        review = model("Review").objects.create(
            task=task, submission=given, moderator=moderator, decision=decision, reason="Look again."
        )
        return given, review

    returned, _ = answer(correct, "return", flow=LENET, outline={})
    approved, review = answer(correct, "approve", flow=LENET, outline={}, follows=returned)
    gold = model("GoldFlow").objects.create(
        paper_id=paper.pk, figure_id=figures[0].pk, version=1, submission=approved, review=review,
        name="LeNet", flow=LENET, outline={}, digest="0" * 64,
    )  # fmt: skip
    model("GoldLayerType").objects.create(gold=gold, type="Conv2D", count=1)
    _, kind_review = answer(classify, "approve", answer_kind="box2d")
    model("FigureKind").objects.create(figure_id=figures[1].pk, kind="box2d", review=kind_review)
    model("Skip").objects.create(task=classify, user=moderator, reason="too_hard")
    model("Draft").objects.create(task=correct, user=volunteer, flow=LENET, revision=3)
    model("Event").objects.create(verb="gold", actor=moderator, task=correct, gold=gold, after="No. 1, version 1")


def test_old_rows_are_there_complete_and_guarded(first: Any) -> None:
    fill(first)
    tables = {name: list(first.get_model("annotations", name).objects.order_by("pk").values()) for name in GUARDED}
    (newest,) = MigrationExecutor(connection).loader.graph.leaf_nodes("annotations")
    migrate(newest)

    from annotations.models import GoldFlow, Review, Submission, Task

    # What was there is there, value by value.
    for name, before in tables.items():
        for old, new in zip(before, _now(name), strict=True):
            assert {key: new[key] for key in old} == old
    assert list(Review.objects.values_list("task__kind", "number", "decision")) == [
        ("correct", 1, "return"),
        ("correct", 2, "approve"),
        ("classify", 1, "approve"),
    ]
    gold = GoldFlow.objects.get()
    assert gold.approved_by.username == "moderator"
    assert [credit.user.username for credit in gold.credits.all()] == ["volunteer"]
    assert set(Submission.objects.values_list("round", flat=True)) == {1}
    assert set(Task.objects.values_list("purpose", "round", "state")) == {("question", 1, "approved")}

    # The pages' questions are answered for them, and life goes on.
    from django.contrib.auth.models import User

    from annotations.selectors.gold import gold_flows
    from annotations.services.gold import propose

    assert [found.number for found in gold_flows()] == [gold.number]
    task = propose(gold=gold, user=User.objects.get(username="moderator"), reason="The last layer is missing.")
    assert (task.state, task.round) == ("open", 2)

    # Nobody changes them.
    for name in GUARDED:
        table = first.get_model("annotations", name)._meta.db_table
        key = "number" if name == "GoldFlow" else "id"
        for sql in (f'UPDATE "{table}" SET {key} = {key} + 1000', f'DELETE FROM "{table}"'):
            with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
                connection.cursor().execute(sql)


GUARDED = ("Event", "FigureKind", "GoldFlow", "GoldLayerType", "Review", "Skip", "Submission")


def _now(name: str) -> list[dict[str, Any]]:
    from django.apps import apps

    return list(apps.get_model("annotations", name)._default_manager.order_by("pk").values())
