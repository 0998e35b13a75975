"""What a person is shown of an answer once the right one is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from annotations.consensus.values import type_of, written
from annotations.models import Assessment, GoldFlow, Submission, Task
from annotations.selectors.skill import standing
from extraction.flow.diff import Difference, LayerChange, diff
from extraction.flow.model import Flow


@dataclass(frozen=True, slots=True)
class Mistake:
    """One row. `sign` says what makes the answer right: add, del or chg."""

    sign: str
    subject: str
    what: str
    given: Any
    wanted: Any
    #: In words, how it came about; empty where there is nothing to say.
    how: str
    #: Id of the layer, to light it in the graph.
    layer: str


@dataclass(frozen=True, slots=True)
class Feedback:
    task: Task
    submission: Submission
    #: `None` while nobody knows what is right.
    assessment: Assessment | None
    gold: GoldFlow | None
    #: Of a question about a figure's kind.
    kind: str
    right: int
    wrong: int
    mistakes: tuple[Mistake, ...]
    #: What the graph shows: the right flow, with what differs in the answer.
    view: dict[str, Any] | None

    @property
    def all(self) -> int:
        return self.right + self.wrong

    @property
    def untold(self) -> int:
        """Mistakes that the list does not show."""
        return self.wrong - len(self.mistakes)


_HOW = {"left": "as the machine read it", "changed": "it was right before"}


def feedback(*, task: Task, user: User) -> Feedback | None:
    """A person's last answer to a task beside the right one; `None` where they have not answered."""
    answers = Submission.objects.filter(task=task, user=user).order_by("-pk")
    submission = answers.first()
    if submission is None:
        return None
    told = standing().filter(submission=submission).select_related("gold__figure", "gold__paper").first()
    if told is None:
        return Feedback(task, submission, None, None, "", 0, 0, (), None)
    kind = submission.answer_kind and (told.mistakes[0]["wanted"] if told.mistakes else submission.answer_kind)
    return Feedback(
        task=task,
        submission=submission,
        assessment=told,
        gold=told.gold,
        kind=kind,
        right=sum(told.right.values()),
        wrong=sum(told.wrong.values()),
        mistakes=tuple(_mistake(row) for row in told.mistakes),
        view=_view(task, submission, told.gold),
    )


def _mistake(row: dict[str, Any]) -> Mistake:
    given, wanted, how = row["given"], row["wanted"], _HOW.get(row["how"], "")
    layer = row["element"].rpartition(">")[2]
    if row["kind"] in ("layer", "connection") and isinstance(wanted, bool):
        sign = "add" if wanted else "del"
        what = "connection" if row["kind"] == "connection" else ""
        if row["how"] == "left":
            how = "the machine missed it too" if wanted else "the machine saw it too"
        return Mistake(sign, row["subject"], what, given, wanted, how, layer)
    return Mistake("chg", row["subject"], row["what"].replace("_", " "), given, wanted, how, layer)


def _view(task: Task, submission: Submission, gold: GoldFlow | None) -> dict[str, Any] | None:
    if gold is None or submission.flow is None:
        return None
    difference = what_counts(diff(Flow.from_dict(submission.flow), Flow.from_dict(gold.flow)))
    return {
        "flow": gold.flow,
        "other": difference.to_dict(),
        "image_url": reverse("figure-image", args=[task.figure_id]),
        "width": task.figure.width,
        "height": task.figure.height,
    }


def what_counts(difference: Difference) -> Difference:
    """The difference without what is no mistake: names, labels, and values that say the same in other words."""
    return replace(difference, layers=tuple(_what_counts(change) for change in difference.layers))


def _what_counts(change: LayerChange) -> LayerChange:
    if change.kind != "changed" or change.after is None:
        return change
    kind = type_of(change.after.type)
    fields = tuple(
        (name, old, new)
        for name, old, new in change.fields
        if name not in ("name", "label") and written(kind, name, old) != written(kind, name, new)
    )
    return replace(change, kind="changed" if fields else "same", fields=fields)
