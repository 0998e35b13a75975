"""Answers about kinds, kept in the session for a moment so that they can be undone.

An answer that was handed in never changes. So one that was given by a key stays here first: until the next one comes,
until its ten seconds are over, or, without an account, until its author has signed in.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from annotations.models import Submission, Task
from annotations.services import submissions
from annotations.services.errors import ServiceError

SESSION_KEY = "kept_answers"
#: Without an account, so many wait for the sign-in.
MAX_KEPT = 50


@dataclass(frozen=True, slots=True)
class Kept:
    task: int
    kind: str
    key: str


def answers(request: HttpRequest) -> list[Kept]:
    return [Kept(**row) for row in request.session.get(SESSION_KEY, [])]


def keep(request: HttpRequest, task: Task, kind: str) -> None:
    """Keep an answer; another one to the same task replaces it."""
    rows = [row for row in request.session.get(SESSION_KEY, []) if row["task"] != task.pk]
    rows.append({"task": task.pk, "kind": kind, "key": str(uuid.uuid4())})
    request.session[SESSION_KEY] = rows[-MAX_KEPT:]


def undo(request: HttpRequest) -> Kept | None:
    """Take the last answer back, as long as it is here."""
    rows: list[dict[str, Any]] = request.session.get(SESSION_KEY, [])
    if not rows:
        return None
    request.session[SESSION_KEY] = rows[:-1]
    return Kept(**rows[-1])


def hand_in(request: HttpRequest, *, but_last: bool = False) -> list[Submission]:
    """Hand in what is kept, as soon as one knows whose it is. Returns the answers that counted.

    What nobody asks any more (others were quicker, it was answered before) is let go: the question is settled then.
    """
    rows = request.session.get(SESSION_KEY, [])
    if not rows or not isinstance(request.user, User):
        return []
    ready = rows[:-1] if but_last else rows
    counted = [given for row in ready if (given := _submit(request.user, Kept(**row)))]
    request.session[SESSION_KEY] = rows[len(ready) :]
    return counted


def _submit(user: User, answer: Kept) -> Submission | None:
    task = Task.objects.filter(pk=answer.task, kind=Task.Kind.CLASSIFY).first()
    if task is None:
        return None
    try:
        return submissions.submit(task=task, user=user, key=uuid.UUID(answer.key), answer_kind=answer.kind)
    except ServiceError:
        return None


@receiver(user_logged_out)
def _hand_in_before_leaving(request: HttpRequest | None, **kwargs: Any) -> None:
    if request is not None:
        hand_in(request)
