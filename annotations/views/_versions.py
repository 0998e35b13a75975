"""What can be done about the versions of a network."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from annotations.models import GoldFlow, Task
from annotations.selectors.gold import offered_of
from annotations.services.errors import Conflict
from annotations.services.gold import question_of
from annotations.services.permissions import Person, may_propose, may_revert, may_review


@dataclass(frozen=True, slots=True)
class Action:
    """A form that asks for a reason."""

    id: str
    name: str
    icon: str
    url: str
    asks: str
    hint: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Versions:
    actions: tuple[Action, ...]
    #: The question whose answers make the next version, where one is open.
    under_way: Task | None


def versions(user: Person, gold: GoldFlow) -> Versions:
    """What this person can do about this version."""
    offered = offered_of(gold.figure_id)
    is_offered = offered is not None and offered.pk == gold.pk
    task = _question(gold)
    under_way = task if task is not None and task.round > 1 and task.state == Task.State.OPEN else None
    actions = []

    def add(name: str, title: str, icon: str, asks: str, hint: str = "", css: str = "") -> None:
        actions.append(
            Action(f"{name}-reason", title, icon, reverse(f"network-{name}", args=[gold.pk]), asks, hint, css)
        )

    if is_offered and task is not None and task.state == Task.State.APPROVED and may_propose(user, gold) is None:
        add(
            "propose",
            "Propose a better version",
            "plus",
            "What is wrong with this version?",
            "You go on in the editor, from this version; others are asked as well.",
            "primary",
        )
    if may_review(user) is None and not hasattr(gold, "withdrawal"):
        if not is_offered and may_revert(user, gold) is None:
            add("revert", "Bring this version back", "undo", "Why is it better?", "It becomes the next version.")
        add("withdraw", "Withdraw", "x", "Why? The page shows it.", "Its code is no longer offered.", "danger")
    return Versions(tuple(actions), under_way)


def _question(gold: GoldFlow) -> Task | None:
    try:
        return question_of(gold)
    except Conflict:
        return None
