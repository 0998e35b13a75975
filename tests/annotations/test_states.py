"""The life of a task: every step that exists, and none that does not."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from annotations.models import Event, Task
from annotations.services.errors import Conflict
from annotations.services.states import TRANSITIONS, move
from tests.builders import make_task

pytestmark = pytest.mark.django_db

ACTIONS = sorted({action for _, action in TRANSITIONS})


def test_every_state_can_be_reached_and_left() -> None:
    reached = {Task.State.OPEN} | {step.to for step in TRANSITIONS.values()}
    assert reached == set(Task.State)
    assert {state for state, _ in TRANSITIONS} == set(Task.State), "there is a way on from each"


@pytest.mark.parametrize(("state", "action"), list(itertools.product(Task.State.values, ACTIONS)))
def test_steps(state: str, action: str, tmp_path: Path, moderator: User) -> None:
    task: Task = make_task(tmp_path)
    Task.objects.update(state=state)
    task.refresh_from_db()
    events = Event.objects.count()
    if (state, action) in TRANSITIONS:
        move(task, action, actor=moderator, note="because")
        task.refresh_from_db()
        assert task.state == TRANSITIONS[state, action].to
        event = Event.objects.last()
        assert event is not None
        assert (event.before, event.after, event.actor, event.note) == (state, task.state, moderator, "because")
    else:
        with pytest.raises(Conflict, match=task.get_state_display()):
            move(task, action, actor=moderator)
        task.refresh_from_db()
        assert task.state == state
        assert Event.objects.count() == events
