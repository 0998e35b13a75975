"""Moderators decide: about an answer, about the consensus, with a flow of their own; about one task or many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from annotations.models import Consensus, Review, Submission, Task
from annotations.selectors.answers import counting_in
from annotations.selectors.decisions import number_of, pending, standing_in
from annotations.selectors.review import Criteria, candidates, newest_consensus
from annotations.services import deciding
from annotations.services.deciding import Subject
from annotations.services.errors import Conflict, Invalid, NotAllowed, ServiceError
from annotations.services.permissions import may_decide, may_decide_round, may_review
from annotations.services.second import overrule, why_second
from annotations.services.states import TRANSITIONS, lock, move
from annotations.services.undoing import undo

__all__ = ["Criteria", "Outcome", "bulk", "decide", "undo", "undo_batch"]

APPROVE, REJECT = Review.Decision.APPROVE, Review.Decision.REJECT
#: So many tasks are decided about at a time.
MAX_BULK = 100


def decide(
    *,
    moderator: User,
    decision: str,
    submission: Submission | None = None,
    consensus: Consensus | None = None,
    task: Task | None = None,
    flow: Any = None,
    reason: str = "",
    code: str = "",
    remarks: Iterable[Mapping[str, Any] | tuple[str, str]] = (),
    number: int | None = None,
    key: UUID | None = None,
    batch: UUID | None = None,
) -> Review:
    """Decide about one answer (`submission`) or about what all say (`consensus`; with `task` alone, the newest one).

    Approving makes a gold flow, or settles the figure's kind; with `flow`, the moderator's edit of what was said.
    Where it matters much, it first waits for a second moderator (`services.second`), who approves the same. Returning
    asks the authors again, rejecting asks others; about the consensus, both go to everybody whose answer counts, each
    with a decision of its own. `remarks` are pairs of an element and what is wrong with it.

    `number` is how much had been decided about the task when it was looked at (`number_of`): where more has been
    since, nothing happens. The same `key` of a moderator is one decision; so is the same decision without a key.

    Raises:
        FlowError: the edit is not of the form of a flow.
        NotAllowed: no moderator, or their own work.
        Invalid: no such decision, or no reason for one that needs it.
        Conflict: somebody was quicker, or the answers have changed.
    """
    if denied := may_review(moderator):
        raise NotAllowed.because(denied)
    reason, code, pairs = deciding.checked(decision, reason, code, remarks)
    subject = deciding.subject_of(
        task=task, submission=submission, consensus=consensus, flow=flow if decision == APPROVE else None
    )
    with transaction.atomic():
        held = lock(subject.task_id)
        if earlier := _earlier(held, subject, moderator, decision, key):
            return earlier
        _may(moderator, held, subject, decision)
        _check_unseen(held, number)
        values = {"moderator": moderator, "decision": decision, "reason": reason, "code": code, "batch": batch}
        if decision == APPROVE:
            return _approve(held, subject, values | {"key": key})
        return _send_back(held, subject, values | {"key": key}, pairs)


def _earlier(task: Task, subject: Subject, moderator: User, decision: str, key: UUID | None) -> Review | None:
    """The same decision, sent before.

    Raises:
        Invalid: the key was used for something else.
        Conflict: the answer was decided about.
    """
    if key is not None and (sent := Review.objects.filter(moderator=moderator, key=key).first()):
        if sent.task_id != task.pk or sent.decision != decision:
            raise Invalid("This key was used for another decision. Make a new one for each.")
        return sent
    standing = standing_in(task)
    about = [
        review
        for review in standing
        if (subject.submission is not None and review.submission_id == subject.submission.pk)
        or (subject.consensus is not None and review.consensus_id == subject.consensus.pk)
    ]
    last = about[-1] if about else None
    if last is None:
        return None
    if key is None and last.moderator_id == moderator.pk and last.decision == decision:
        return last
    # The first approval of two is nothing to be told off for.
    if task.state == Task.State.SECOND and last.decision == APPROVE:
        return None
    what = "this answer" if subject.submission is not None else "this"
    raise Conflict(f"{last.moderator} has {last.get_decision_display()} {what} already.")


def _may(moderator: User, task: Task, subject: Subject, decision: str) -> None:
    if subject.submission is not None and (denied := may_decide(moderator, subject.submission)):
        raise NotAllowed.because(denied)
    alone = subject.submission is not None and decision != APPROVE
    if not alone and (denied := may_decide_round(moderator, task)):
        raise NotAllowed.because(denied)
    if subject.consensus is None or task.state != Task.State.SECOND:
        deciding.check_current(task, subject)


def _check_unseen(task: Task, number: int | None) -> None:
    if number is None or number == number_of(task):
        return
    last = next(iter(reversed(standing_in(task))), None)
    if last is None:
        raise Conflict("A decision about this question was taken back meanwhile. Reload the page and look again.")
    raise Conflict(
        f"{last.moderator} has {last.get_decision_display()} this meanwhile. Reload the page and look again."
    )


def _review(task: Task, subject: Subject, values: dict[str, Any]) -> Review:
    review = Review(
        task=task,
        number=task.reviews.count() + 1,
        submission=subject.submission,
        consensus=subject.consensus,
        flow=subject.edited,
        before=task.state,
        **values,
    )
    # Rows that were just read need not be looked up again.
    known = ["flow", "task", "submission", "consensus", "moderator", "confirms"]
    review.full_clean(exclude=known, validate_constraints=False)
    review.save()
    return review


# --- Approving --------------------------------------------------------------------------------------------------------


def _approve(task: Task, subject: Subject, values: dict[str, Any]) -> Review:
    moderator: User = values["moderator"]
    if task.state == Task.State.SECOND:
        return _confirm(task, subject, values)
    _check_step(task, "approve")
    deciding.check_content(task, subject)
    probability = subject.consensus.probability if subject.consensus else None
    why = why_second(task=task, moderator=moderator, edit=subject.edit, probability=probability)
    review = _review(task, subject, values)
    if why:
        move(task, "ask_second", actor=moderator, note=why)
    else:
        move(task, "approve", actor=moderator, note=values["reason"])
        deciding.retire(task, task.retired or Task.Retired.MODERATOR)
        deciding.approve(task, review, subject)
    return review


def _confirm(task: Task, subject: Subject, values: dict[str, Any]) -> Review:
    first = pending(task)
    if first is None:
        raise Conflict("The first approval was taken back. Reload the page and look again.")
    if first.moderator_id == values["moderator"].pk:
        raise NotAllowed("You approved this already. Another moderator confirms it.")
    same = (subject.submission is None or subject.submission.pk == first.submission_id) and (
        subject.consensus is None or subject.consensus.pk == first.consensus_id
    )
    if not same or subject.edited not in (None, first.flow):
        raise Conflict(
            f"{first.moderator} has approved something else here. Confirm that, or take their approval back first."
        )
    if first.flow is None and first.consensus is not None:
        # An answer may have been withdrawn since.
        deciding.check_current(task, Subject(task.pk, None, first.consensus))
    confirmed = Subject(task.pk, first.submission, first.consensus, first.flow)
    review = _review(task, confirmed, values | {"confirms": first})
    move(task, "confirm", actor=values["moderator"], note=values["reason"])
    deciding.approve(task, review, confirmed)
    return review


# --- Sending back -----------------------------------------------------------------------------------------------------


def _send_back(task: Task, subject: Subject, values: dict[str, Any], remarks: Sequence[tuple[str, str]]) -> Review:
    moderator: User = values["moderator"]
    _check_step(task, values["decision"])
    answers = [subject.submission] if subject.submission else list(counting_in(task).select_related("user"))
    if not answers:
        raise Conflict("No answer counts any more: there is nothing to decide.")
    overrule(task, actor=moderator)
    if len(answers) > 1 and values["batch"] is None:
        values["batch"] = uuid4()  # one decision, told to each
    reviews = []
    for answer in answers:
        reviews.append(_review(task, Subject(task.pk, answer, subject.consensus), values))
        values["key"] = None
    move(task, values["decision"], actor=moderator, note=values["reason"] or reviews[0].get_code_display())
    for review, answer in zip(reviews, answers, strict=True):
        deciding.send_back(answer, review, remarks)
    if values["decision"] == REJECT:
        deciding.retire(task, "")
        deciding.update(task, moderator)
    return reviews[0]


def _check_step(task: Task, action: str) -> None:
    """Say who was quicker, where the task has moved on."""
    if (task.state, action) in TRANSITIONS:
        return
    last = next(iter(reversed(standing_in(task))), None)
    if last is not None and task.state in {Task.State.APPROVED, Task.State.RETURNED}:
        raise Conflict(f"{last.moderator} has {last.get_decision_display()} this already.")
    raise Conflict(f"This task is {task.get_state_display()}; nothing is to be decided there.")


# --- Many at once -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to one task, or doesn't."""

    task: Task
    #: What is decided about.
    consensus: Consensus | None
    #: The decision; none in a dry run, and where nothing happens.
    review: Review | None = None
    #: Why nothing happens; empty where something does.
    why_not: str = ""


def bulk(
    *,
    moderator: User,
    decision: str = APPROVE,
    criteria: Criteria | None = None,
    tasks: Mapping[int, int] | None = None,
    reason: str = "",
    code: str = "",
    dry_run: bool = True,
    batch: UUID | None = None,
) -> list[Outcome]:
    """Decide in the same way about the consensus of many tasks, or say what would happen, at most `MAX_BULK` at a time.

    The tasks are those that meet the criteria, or `tasks`: what a dry run showed, as ids of tasks and of the consensus
    that was seen. Each task is decided about by itself: killed halfway, what is done is done, and the same call with
    the same `batch` does the rest. `undo_batch` takes all of it back.

    Raises:
        NotAllowed, Invalid
    """
    if denied := may_review(moderator):
        raise NotAllowed.because(denied)
    deciding.checked(decision, reason, code, ())
    found = list(_chosen(criteria, tasks)[:MAX_BULK])
    newest = newest_consensus(found)
    batch = batch or uuid4()
    outcomes = []
    for task in found:
        consensus = newest.get(task.pk)
        why_not = _why_not(task, consensus, moderator, decision, tasks)
        review = None
        if not why_not and not dry_run:
            try:
                key = uuid5(batch, str(task.pk))
                review = decide(
                    moderator=moderator, decision=decision, consensus=consensus, reason=reason, code=code, key=key,
                    batch=batch,
                )  # fmt: skip
            except ServiceError as error:
                why_not = str(error)
        outcomes.append(Outcome(task, consensus, review, why_not))
    return outcomes


def _chosen(criteria: Criteria | None, tasks: Mapping[int, int] | None) -> QuerySet[Task]:
    if tasks is not None:
        return Task.objects.filter(pk__in=list(tasks)[:MAX_BULK]).select_related("paper", "figure").order_by("pk")
    if criteria is None:
        raise Invalid("Say which tasks: by criteria, or one by one.")
    return candidates(criteria)


def _why_not(
    task: Task, consensus: Consensus | None, moderator: User, decision: str, seen: Mapping[int, int] | None
) -> str:
    if consensus is None:
        return "Nobody's answer counts."
    if seen is not None and seen[task.pk] != consensus.pk:
        return "The answers have changed since you looked."
    if denied := may_decide_round(moderator, task):
        return denied.reason
    if task.state == Task.State.SECOND:
        return "It waits for a second moderator, who looks at it by itself."
    try:
        _check_step(task, decision)
    except Conflict as error:
        return str(error)
    if decision == APPROVE and (why := why_second(task=task, moderator=moderator, probability=consensus.probability)):
        return f"A second moderator has to confirm it: {why}. Decide about it by itself."
    return ""


def undo_batch(*, batch: UUID, moderator: User) -> list[Outcome]:
    """Take back all that was decided together. What can't be taken back says why. Safe to repeat.

    Raises:
        NotAllowed
    """
    if denied := may_review(moderator):
        raise NotAllowed.because(denied)
    standing = Review.objects.filter(batch=batch, undo=None).select_related("task__paper", "task__figure")
    outcomes = []
    for review in {one.task_id: one for one in standing.order_by("-number")}.values():
        try:
            outcomes.append(Outcome(review.task, None, undo(review=review, moderator=moderator)))
        except ServiceError as error:
            outcomes.append(Outcome(review.task, None, why_not=str(error)))
    return outcomes
