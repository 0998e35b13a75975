"""How many answers a task gets follows the evidence.

After each answer all that count are merged; the task stops asking when they say enough, asks one more person when all
its places are answered and they don't, and gives up at a limit: then a moderator decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from annotations import models
from annotations.consensus.answers import Answer
from annotations.consensus.crowd import Crowd, known
from annotations.consensus.elements import Element
from annotations.consensus.merge import Consensus, merge, merge_kinds
from annotations.consensus.model import READER, ElementKind, Question, Vote
from annotations.consensus.stopping import Reason, Verdict, enough
from annotations.facts import unsure_of_kind, unsure_of_reading
from annotations.models import Lease, Review, Submission, Task
from annotations.models.submissions import ANSWER_KINDS, NO_NETWORK
from annotations.selectors import consensus as selectors
from annotations.selectors.answers import counting_in, standing
from annotations.selectors.gold import started_from
from annotations.selectors.skill import found_spammers
from annotations.selectors.skips import nothing_there
from annotations.services import demand
from annotations.services.log import log
from annotations.services.skill import load_crowd, name_of
from annotations.services.states import move
from extraction.flow.canonical import digest
from extraction.flow.model import Flow
from extraction.outline import outline

State, Retired = Task.State, Task.Retired
#: As if somebody had been right so often: then nothing that they say is outweighed.
TRUST = 1000


def update(*, task: Task, actor: User | None = None) -> models.Consensus | None:
    """Take in what changed about the answers of the task's round: one came, was withdrawn, was decided about.

    The caller holds the task's row. Makes the next consensus, tells how unsure it is, and takes the task on: to the
    moderators where the answers say enough, back to the volunteers where they don't say enough any more, or to one
    more person. Where nothing changed it does nothing. Returns the consensus that holds now, `None` without answers.
    """
    if task.purpose == Task.Purpose.KNOWN or task.state in (State.APPROVED, State.CLOSED):
        return selectors.current(task)
    answers = voices(task)
    made = _merge(task, answers)
    verdict = made.verdict if made else None
    newest = models.Consensus.objects.filter(task=task).order_by("number").last()
    if made:
        if newest is None or newest.round != task.round or not made.same_as(newest):
            newest = made.save(task, (newest.number if newest else 0) + 1)
    elif newest is not None and newest.round == task.round and newest.answers:
        newest = _nothing_left(task, newest.number + 1)
    demand.set_uncertainty(task=task, uncertainty=1 - made.probability if made else uncertainty_of_start(task))
    _go_on(task, verdict, len(answers), actor)
    return newest if made else None


def voices(task: Task) -> list[Submission]:
    """The answers that have a say in the task's round: those that count, without those of found spammers."""
    answers = list(counting_in(task))
    spammers = found_spammers(answer.user_id for answer in answers)
    return [answer for answer in answers if answer.user_id not in spammers]


def uncertainty_of_start(task: Task) -> float:
    """How unsure the machine is of a task that nobody has answered, 0 to 1."""
    if task.reading is not None:
        return unsure_of_reading(task.reading.confidence)
    figure = task.figure
    return unsure_of_kind(figure.flow_probability, figure.kind, figure.kind_probabilities)


# --- What the answers say ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Merged:
    answers: int
    probability: float
    disputed: int
    verdict: Verdict
    elements: list[dict[str, Any]]
    values: dict[str, Any]

    def same_as(self, row: models.Consensus) -> bool:
        return row.answers == self.answers and row.probability == self.probability and row.elements == self.elements

    def save(self, task: Task, number: int) -> models.Consensus:
        return models.Consensus.objects.create(
            task=task,
            round=task.round,
            number=number,
            answers=self.answers,
            probability=self.probability,
            disputed=self.disputed,
            elements=self.elements,
            **self.values,
        )


def _merge(task: Task, answers: list[Submission]) -> _Merged | None:
    if not answers:
        return None
    crowd = load_crowd(answer.user_id for answer in answers)
    if task.kind == Task.Kind.CLASSIFY:
        return _merge_kinds(task, answers, crowd)
    started = started_from(task)
    shown = Flow.from_dict(started) if started else None
    # From the second round on people start from the gold flow, which then speaks in the machine's stead: without a
    # voice of its own, a layer that everybody leaves as it is would have nobody who says that it is there.
    reading = shown
    given = [Answer(name_of(answer.user_id), Flow.from_dict(answer.flow), shown) for answer in answers]
    found = merge(given, reading=reading, crowd=crowd)
    if len(given) == 1 and reading is not None:
        found = _alone(given[0], reading, found, crowd)
    return _Merged(
        answers=len(answers),
        probability=found.probability,
        disputed=len(found.disputed),
        verdict=enough(
            found.decisions,
            answers=len(answers),
            probability=found.probability,
            unseen=crowd.unseen(found.questions, found.decisions),
            limit=settings.ANSWERS_LIMIT,
        ),
        elements=[element.to_dict() for element in found.elements],
        values={
            "flow": found.flow.to_dict(),
            "outline": outline(found.flow),
            "problems": [problem.to_dict() for problem in found.problems],
            "digest": digest(found.flow),
        },
    )


def _alone(answer: Answer, reading: Flow, weighed: Consensus, crowd: Crowd) -> Consensus:
    """What one person says, nobody else having said anything: their flow; how sure each part of it is stays as weighed.

    Weighed against the reading a newcomer's correction can lose, and a moderator who needn't wait for more answers
    would approve the reading without having seen what was corrected.
    """
    trusting = Crowd.from_dict(crowd.to_dict())
    for kind in ElementKind:
        vote = Vote(answer.contributor, True)
        question = Question("trusted", kind, (vote,), 2)
        trusting.observe([question], [known(question, True)], weight=TRUST)
    theirs = merge([answer], reading=reading, crowd=trusting)
    told = {element.key: dict(element.ranking) for element in weighed.elements}
    usual = crowd.skill(answer.contributor).mean
    elements = tuple(
        replace(element, probability=told.get(element.key, {}).get(element.value, usual)) for element in theirs.elements
    )
    least = min((element for element in elements if element.counts), key=lambda e: (e.probability, e.key), default=None)
    sure = math.prod(element.probability for element in elements if element.counts)
    return Consensus(theirs.flow, elements, sure, least.key if least else None)


def _merge_kinds(task: Task, answers: list[Submission], crowd: Crowd) -> _Merged:
    told = task.figure.kind if task.figure.is_flow and task.figure.kind else NO_NETWORK
    votes = {name_of(answer.user_id): answer.answer_kind for answer in answers}
    decision = merge_kinds({READER: told, **votes}, crowd)
    element = Element(
        key=decision.key,
        kind=ElementKind.FIGURE,
        layers=(),
        name="kind",
        votes=tuple(Vote(name, kind) for name, kind in [(READER, told), *sorted(votes.items())]),
        options=len(ANSWER_KINDS),
        shown=None,
        ranking=decision.ranking,
        value=decision.value,
        probability=decision.probability,
    )
    return _Merged(
        answers=len(answers),
        probability=decision.probability,
        disputed=int(element.disputed),
        verdict=enough([decision], answers=len(answers), limit=settings.ANSWERS_LIMIT),
        elements=[element.to_dict()],
        values={"answer_kind": str(decision.value)},
    )


def _nothing_left(task: Task, number: int) -> models.Consensus:
    """All answers that a consensus was made of were taken back: it holds no more."""
    values: dict[str, Any] = {"answer_kind": NO_NETWORK} if task.kind == Task.Kind.CLASSIFY else {}
    return models.Consensus.objects.create(
        task=task, round=task.round, number=number, answers=0, probability=0, **values
    )


# --- Where the task goes ----------------------------------------------------------------------------------------------


def _go_on(task: Task, verdict: Verdict | None, answers: int, actor: User | None) -> None:
    match task.state:
        case State.OPEN:
            if reason := _enough(task, verdict):
                retire(task=task, reason=reason, actor=actor)
            elif not _retire_by_skips(task, answers, actor):
                _make_room(task)
        case State.RETURNED:
            # Others who were at work may hand in meanwhile; the moderator waits for the author.
            if answers and not _asked_back(task):
                reason = _enough(task, verdict) or Retired.MODERATOR
                retire(task=task, reason=reason, actor=actor)
        case State.IN_REVIEW if not answers or (_by_evidence(task) and not _enough(task, verdict)):
            _set(task, retired="")
            move(task, "ask_more", actor=actor, note=f"{answers} answers count")
            _make_room(task)


def after_skip(*, task: Task, actor: User) -> None:
    """Somebody skipped a task whose row the caller holds: perhaps enough people say that there is nothing to answer."""
    if task.state == State.OPEN and task.purpose == Task.Purpose.QUESTION:
        _retire_by_skips(task, len(voices(task)), actor)


def _retire_by_skips(task: Task, answers: int, actor: User | None) -> bool:
    reason = nothing_there(task=task, answers=answers)
    if not reason:
        return False
    if answers:
        # Some found something to answer: a moderator tells who is right.
        retire(task=task, reason=reason, actor=actor)
    else:
        _set(task, retired=reason)
        move(task, "retire", actor=actor, note=task.get_retired_display())
    return True


def _enough(task: Task, verdict: Verdict | None) -> str:
    """Why no more answers are asked for; empty where more are."""
    if verdict is None:
        return ""
    if not verdict.done:
        return ""
    return Retired.CONSENSUS if verdict.reason == Reason.CONSENSUS else Retired.LIMIT


def _by_evidence(task: Task) -> bool:
    return task.retired in (Retired.CONSENSUS, Retired.LIMIT)


def _asked_back(task: Task) -> bool:
    """Whether an answer went back to its author, who has not answered again."""
    returned = standing().filter(decision=Review.Decision.RETURN).values("submission")
    answers = Submission.objects.filter(task=task, round=task.round, followed_by=None, withdrawal=None)
    return answers.filter(pk__in=returned).exists()


def _answered(task: Task) -> int:
    return Lease.objects.filter(task=task, state=Lease.State.SUBMITTED).count()


def _make_room(task: Task) -> None:
    """All places are answered, and the answers don't say enough: one more person is asked."""
    answered = _answered(task)
    if answered >= task.answers_wanted:
        before = task.answers_wanted
        _set(task, answers_wanted=answered + 1)
        log("ask", task=task, before=f"{before} answers", after=f"{answered + 1} answers")


def retire(*, task: Task, reason: str, actor: User | None) -> None:
    """Ask for no more answers to a task whose row the caller holds; a moderator decides next."""
    _set(task, retired=reason)
    move(task, "complete", actor=actor, note=task.get_retired_display())


def _set(task: Task, **values: Any) -> None:
    """Facts about the asking. `changed_at` is the time of the last change of state, so it stays."""
    for name, value in values.items():
        setattr(task, name, value)
    Task.objects.filter(pk=task.pk).update(**values)
