"""Questions about kinds find their order: doubt, and no two alike in a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from annotations.models import Task
from annotations.services import asking, demand
from extraction import classifier, feature_store
from extraction.classify import sets
from extraction.classify.head import Head
from tests.builders import answer, make_paper, read
from tests.classify.test_retraining import BASE, made_up, train
from tests.pages.conftest import ask_kind

pytestmark = pytest.mark.django_db
FIGURES = made_up(6, 30)
HEAD: Head = train(BASE.figures, BASE.plain, BASE.mirrored).head


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """Six questions, of figures halfway between two answers; the second shows what the first does."""
    asked = [ask_kind(read(make_paper(str(number)), tmp_path / str(number))) for number in range(6)]
    rows = FIGURES.plain.copy()
    rows[:, :6] = 0
    rows[range(6), range(6)] = rows[range(6), [1, 2, 3, 4, 5, 0]] = 2.5
    rows[1] = rows[0] + 0.01
    by_figure = {task.figure_id: row for task, row in zip(asked, rows, strict=True)}
    # All of these papers show the same picture, which in a test can't be told from its name.
    for number, task in enumerate(asked):
        task.figure.image.name = f"figures/{number}/{number}{'ab' * 31}.png"
        task.figure.save()
    names = {Path(task.figure.image.name).stem: by_figure[task.figure_id] for task in asked}

    def features_of(pictures: Any) -> dict[str, Any]:
        return {name: np.stack([names[name]] * 2) for name in pictures}

    monkeypatch.setattr(feature_store, "features_of", features_of)
    monkeypatch.setattr(sets, "load", lambda name: BASE)
    monkeypatch.setattr(classifier, "_built_in", lambda: HEAD)
    return asked


def in_order() -> list[int]:
    return list(Task.objects.filter(kind="classify").order_by("-priority", "pk").values_list("pk", flat=True))


def test_what_shows_the_same_as_another_comes_last(questions: list[Task]) -> None:
    assert asking.order_questions() == 6
    order = in_order()
    twins = [questions[0].pk, questions[1].pk]
    assert order[-1] in twins
    assert order[0] != order[-1]
    found = Task.objects.filter(kind="classify").values_list("uncertainty", flat=True)
    assert len(set(found)) > 1
    assert all(0 < value < 1 for value in found)
    demand.refresh_all()
    assert in_order() == order


def test_what_somebody_answered_keeps_its_place(questions: list[Task], volunteer: User) -> None:
    answer(questions[3], volunteer, None, answer_kind="box2d")
    before = Task.objects.get(pk=questions[3].pk).uncertainty
    assert asking.order_questions() == 5
    assert Task.objects.get(pk=questions[3].pk).uncertainty == before


def test_it_is_done_anew_when_something_changed(
    questions: list[Task], volunteer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(asking, "send_on_commit", sent.append)
    asking.send_if_due()
    asking.send_if_due()
    assert sent == [asking.ORDER_QUESTIONS]
    answer(questions[3], volunteer, None, answer_kind="box2d")
    asking.send_if_due()
    assert sent == [asking.ORDER_QUESTIONS] * 2


def test_without_questions_there_is_nothing_to_order() -> None:
    assert asking.order_questions() == 0
