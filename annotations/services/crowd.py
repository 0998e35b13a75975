"""The crowd in the database: what the consensus knows of each contributor, and of the automatic readings.

Rows are taken in one order everywhere (contributors by number, then the crowd), so that two approvals never wait for
each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse

from annotations import models
from annotations.assessment import Outcome, classifier_evidence, reader_evidence
from annotations.consensus.crowd import Crowd
from annotations.consensus.model import READER, Decision, Question
from annotations.levels import level_of
from annotations.models import Assessment, Contributor, GoldFlow, Notice, Task
from annotations.models.submissions import NO_NETWORK
from annotations.services.log import log
from extraction.flow.model import Flow

_CROWD = 1
#: What follows from a person's answers, of all that their row holds.
_LEARNED = ["skill", "spam_probability", "level", "reputation", "right", "wrong", "answers", "known_answers"]


def name_of(user_id: int) -> str:
    """What the consensus calls this person, in answers, in the crowd and in the elements of a consensus."""
    return str(user_id)


def load_crowd(users: Iterable[int] | None = None) -> Crowd:
    """The crowd as the consensus takes it, with the skills of these people (ids) only, or of all."""
    rows = Contributor.objects.all() if users is None else Contributor.objects.filter(user__in=set(users))
    state = models.Crowd.objects.filter(pk=_CROWD).values_list("state", flat=True).first()
    return _join(state or {}, dict(rows.values_list("user_id", "skill")))


def _join(state: dict[str, Any], skills: dict[int, dict[str, Any]]) -> Crowd:
    data = state.get("crowd") or Crowd().to_dict()
    people = {name_of(user): skill for user, skill in skills.items() if skill}
    return Crowd.from_dict({**data, "contributors": {**data["contributors"], **people}})


@dataclass(frozen=True, slots=True)
class Truth:
    """What is right: a gold flow or a kind; neither, where it is not known (any more)."""

    gold: GoldFlow | None = None
    kind: str = ""
    known: bool = False

    def __bool__(self) -> bool:
        return self.gold is not None or bool(self.kind)


class Shared:
    """What is known of the crowd as a whole: the row, held until the transaction ends."""

    def __init__(self) -> None:
        models.Crowd.objects.get_or_create(pk=_CROWD)
        self.row = models.Crowd.objects.select_for_update().get(pk=_CROWD)

    def keep(self, crowd: Crowd, **facts: Any) -> dict[str, Any]:
        """Store all of it but what is known of people, which is returned by name."""
        data = crowd.to_dict()
        skills: dict[str, Any] = data.pop("contributors")
        reader = skills.pop(READER, None)
        data["contributors"] = {READER: reader} if reader else {}
        state = {**self.row.state, "crowd": data, **facts}
        if state != self.row.state:
            self.row.state = state
            self.row.save(update_fields=["state", "updated_at"])
        return skills


class Books:
    """The rows of some contributors and of the crowd, held until the transaction ends."""

    def __init__(self, users: Iterable[int]) -> None:
        wanted = sorted(set(users))
        for user in wanted:
            Contributor.objects.get_or_create(user_id=user)
        held = Contributor.objects.select_for_update(of=("self",)).filter(user__in=wanted).order_by("user_id")
        self.people = {row.user_id: row for row in held.select_related("user")}

    @cached_property
    def _shared(self) -> Shared:
        """Taken when first needed: everybody's assessments meet there."""
        return Shared()

    @cached_property
    def crowd(self) -> Crowd:
        return _join(self._shared.row.state, {user: row.skill for user, row in self.people.items()})

    def enter(self, assessment: Assessment, outcome: Outcome | None) -> None:
        """What an assessment says of its author. `None`: nothing is known of the answer."""
        if outcome is not None:
            self._count(assessment, outcome, 1)

    def take_back(self, assessment: Assessment, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._count(assessment, outcome, -1)

    def _count(self, assessment: Assessment, outcome: Outcome, sign: int) -> None:
        row = self.people[assessment.user_id]
        row.right += sign * sum(assessment.right.values())
        row.wrong += sign * sum(assessment.wrong.values())
        row.reputation += sign * assessment.points
        row.answers += sign
        row.known_answers += sign * int(assessment.known)
        self.crowd.observe(outcome.questions, outcome.decisions, weight=sign)

    def observe_reader(self, task: Task, before: Truth | None, truth: Truth) -> None:
        """What is right about a task's figure changed, and with it what is known of its automatic reading."""
        if before != truth:
            for one, weight in ((before, -1.0), (truth, 1.0)):
                if one is not None and (evidence := of_reader(task, one)):
                    self.crowd.observe(*evidence, weight=weight)

    def forget(self, user: int) -> None:
        """Begin with this person as with a newcomer."""
        row = self.people[user]
        row.skill = {}
        row.right = row.wrong = row.reputation = row.answers = row.known_answers = 0
        self.__dict__.pop("crowd", None)

    def close(self, *, shared: bool = True) -> None:
        """Store all of it, and tell those who reached a new level. Without `shared`, only what is known of people."""
        skills = self._shared.keep(self.crowd) if shared else self.crowd.to_dict()["contributors"]
        for user, row in self.people.items():
            row.skill = skills.get(name_of(user), {})
            row.spam_probability = self.crowd.spam_probability(name_of(user))
            before, row.level = row.level, _level(row)
            row.save(update_fields=[*_LEARNED, "updated_at"])
            if row.level != before:
                log("level", person=row.user, before=str(before), after=str(row.level))
            if row.level > before:
                _tell(row)


def of_reader(task: Task, truth: Truth) -> tuple[Sequence[Question], Sequence[Decision]] | None:
    """What is learned of the automatic reading of this task's figure."""
    if truth.gold is not None and task.reading is not None:
        return reader_evidence(Flow.from_dict(task.reading.flow), right=Flow.from_dict(truth.gold.flow))
    if truth.kind:
        told = task.figure.kind if task.figure.is_flow and task.figure.kind else NO_NETWORK
        return classifier_evidence(told, right=truth.kind)
    return None


def _level(row: Contributor) -> int:
    return level_of(
        right=row.right,
        wrong=row.wrong,
        answers=row.answers,
        points=row.reputation,
        spam_probability=row.spam_probability,
    )


def _tell(row: Contributor) -> None:
    from annotations.services.notices import notify

    notify(
        user=row.user,
        kind=Notice.Kind.LEVEL,
        text=f"You reached level {row.level}: your answers were right so often that harder figures come to you now.",
        url=reverse("profile", args=[row.user.username]),
        key=f"level {row.level}",
    )
