"""What a decision is about, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse

from annotations.models import Consensus, FigureKind, GoldFlow, Lease, Notice, Review, ReviewRemark, Submission, Task
from annotations.models.submissions import ANSWER_KINDS
from annotations.selectors.answers import counting_in
from annotations.services import skill
from annotations.services.attribution import attribute
from annotations.services.errors import Conflict, Invalid
from annotations.services.gold import approve_flow
from annotations.services.notices import notify
from annotations.services.states import lock, move
from annotations.services.task_creation import tasks_after_kind
from extraction.flow.canonical import digest
from extraction.flow.diff import Difference, diff
from extraction.flow.model import Flow
from extraction.models import Figure
from extraction.plain import plain

MAX_REASON = 2000
#: Why a question is closed whose figure's kind is open again.
UNSETTLED = "the decision about the figure's kind was taken back"
MAX_REMARKS, MAX_REMARK, MAX_ELEMENT = 100, 500, 200


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided about: one answer, the consensus, or a moderator's edit of either."""

    task_id: int
    submission: Submission | None
    consensus: Consensus | None
    #: The moderator's edit, every value with its provenance.
    edited: dict[str, Any] | None = None
    #: What the edit changed.
    edit: Difference | None = None

    @property
    def said(self) -> dict[str, Any] | None:
        """The flow that people said, before any edit."""
        one = self.submission or self.consensus
        return one.flow if one else None

    @property
    def flow(self) -> dict[str, Any] | None:
        return self.edited if self.edited is not None else self.said

    @property
    def kind(self) -> str:
        one = self.submission or self.consensus
        return one.answer_kind if one else ""


def subject_of(*, task: Task | None, submission: Submission | None, consensus: Consensus | None, flow: Any) -> Subject:
    """Put together what was asked for, a flow checked for form and told apart from what people said.

    Raises:
        FlowError: the edit is not of the form of a flow.
        Invalid: nothing to decide about, or parts of different tasks.
    """
    parts = [part.task_id for part in (submission, consensus) if part is not None]
    parts += [task.pk] if task is not None else []
    if not parts:
        raise Invalid("Say what you decide about: an answer, or the consensus.")
    if len(set(parts)) > 1:
        raise Invalid("These belong to different questions.")
    if submission is None and consensus is None:
        consensus = Consensus.objects.filter(task=parts[0]).order_by("number").last()
        if consensus is None:
            raise Conflict("Nobody has answered this question yet: there is nothing to decide.")
    subject = Subject(parts[0], submission, consensus if submission is None else None)
    if flow is None:
        return subject
    said = subject.said
    if said is None:
        raise Invalid("The kind of a figure has no flow to edit.")
    edited = Flow.from_dict(plain(flow))
    if not edited.layers:
        raise Invalid("A network needs at least one layer. If the figure shows none, reject the answers and say so.")
    before = Flow.from_dict(said)
    edit = diff(before, edited)
    rest = [(flow.name, flow.kind, dict(flow.training)) for flow in (before, edited)]
    if edit.empty and rest[0] == rest[1]:
        return subject  # looked at and left as it was
    return Subject(subject.task_id, submission, subject.consensus, attribute(edited, reading=before).to_dict(), edit)


def checked(
    decision: str, reason: str, code: str, remarks: Iterable[Mapping[str, Any] | tuple[str, str]]
) -> tuple[str, str, list[tuple[str, str]]]:
    """Reason, code and remarks of a decision, bounded and complete.

    Raises:
        Invalid
    """
    if decision not in Review.Decision.values:
        raise Invalid(f"Decide with one of: {', '.join(Review.Decision.values)}.")
    if code and code not in Review.Code.values:
        raise Invalid(f"Give one of these reasons: {', '.join(Review.Code.values)}.")
    reason = plain(reason).strip()[:MAX_REASON]
    if decision == Review.Decision.APPROVE:
        return reason, "", []
    pairs = remarks_of(remarks)
    if not reason and pairs:
        reason = "; ".join(f"{element}: {text}" for element, text in pairs)[:MAX_REASON]
    if not reason and not code:
        raise Invalid("Say why, so that the author can learn from it.")
    return reason, code or (Review.Code.OTHER if decision == Review.Decision.REJECT else ""), pairs


def check_current(task: Task, subject: Subject) -> None:
    """What is decided about is what the round says now.

    Raises:
        Conflict
    """
    submission, consensus = subject.submission, subject.consensus
    about = submission or consensus
    if about is not None and about.round != task.round:
        raise Conflict("This belongs to an earlier round of the question. Reload the page.")
    if submission is not None and hasattr(submission, "withdrawal"):
        raise Conflict("This answer was withdrawn meanwhile.")
    if submission is not None and hasattr(submission, "followed_by"):
        raise Conflict("Its author has given another answer meanwhile. Reload the page.")
    if consensus is not None:
        newest = Consensus.objects.filter(task=task).order_by("number").values_list("pk", flat=True).last()
        if newest != consensus.pk:
            raise Conflict("The answers have changed since you looked. Reload the page and look at the new consensus.")
        if not counting_in(task).exists():
            raise Conflict("No answer counts any more: there is nothing to decide.")


def check_content(task: Task, subject: Subject) -> None:
    """There is something to approve.

    Raises:
        Conflict
    """
    flow = subject.flow
    if task.kind == Task.Kind.CORRECT and not (flow and flow.get("layers")):
        raise Conflict("The answers agree on no layer, so there is nothing to approve. Edit it, or reject them.")


# --- Approving --------------------------------------------------------------------------------------------------------


def approve(task: Task, review: Review, subject: Subject) -> None:
    """Make of it what an approval makes: a gold flow with its code, or a figure's kind with the question after it."""
    answers = list(counting_in(task).select_related("user"))
    if task.kind == Task.Kind.CLASSIFY:
        votes = sum(answer.answer_kind == subject.kind for answer in answers)
        FigureKind.objects.create(figure=task.figure, kind=subject.kind, review=review, votes=votes)
        tasks_after_kind(figure=task.figure, kind=subject.kind)
        _ask_again(task.figure, subject.kind, review.moderator)
        skill.assess_round(task=task, kind=subject.kind)
        return
    flow = subject.flow
    assert flow is not None  # a task to correct is answered by flows
    only = subject.submission if subject.edited is None else None
    behind = _behind(answers, subject)
    gold = approve_flow(
        task=task,
        review=review,
        flow=flow,
        people=[answer.user_id for answer in behind],
        submission=only,
        probability=_probability(task, subject),
    )
    # The kind as approved is a label to train on.
    kind = str(flow.get("kind") or task.figure.kind)
    if not task.figure.table_id and kind in dict(ANSWER_KINDS):
        FigureKind.objects.create(figure=task.figure, kind=kind, review=review)
    skill.assess_round(task=task, gold=gold)
    tell_approved(task, gold, behind, review.moderator)


def forget_question(*, figure: Figure, moderator: User) -> None:
    """The kind of a figure is no longer settled: its flow is not asked for, where nobody has told it yet."""
    for task in _untold(figure).filter(state=Task.State.OPEN):
        held = lock(task.pk)
        if held.state == Task.State.OPEN and not held.submissions.exists():
            move(held, "close", actor=moderator, note=UNSETTLED)


def _ask_again(figure: Figure, kind: str, moderator: User) -> None:
    """The question that was closed so is open again."""
    for task in _untold(figure).filter(state=Task.State.CLOSED, reading__flow__kind=kind):
        closed = task.events.filter(verb="close").order_by("pk").last()
        if closed is not None and closed.note == UNSETTLED:
            move(lock(task.pk), "reopen", actor=moderator, note="the kind is settled again")


def _untold(figure: Figure) -> QuerySet[Task]:
    asked = Task.objects.filter(figure=figure, kind=Task.Kind.CORRECT, purpose=Task.Purpose.QUESTION)
    return asked.filter(submissions=None)


def _behind(answers: Sequence[Submission], subject: Subject) -> list[Submission]:
    """Whose work it is: of one answer its author and who said the same, of the consensus all whose answers count."""
    if subject.submission is None:
        return list(answers)
    alike = _digest(subject.submission.flow)
    return [a for a in answers if a.pk == subject.submission.pk or _digest(a.flow) == alike]


def _digest(flow: Any) -> str:
    return digest(Flow.from_dict(flow))


def _probability(task: Task, subject: Subject) -> float | None:
    if subject.edited is not None:
        return None
    if subject.consensus is not None:
        return subject.consensus.probability
    newest = Consensus.objects.filter(task=task, round=task.round).defer("elements").order_by("number").last()
    same = newest is not None and subject.submission is not None and newest.flow is not None
    if same and newest is not None and newest.digest == _digest(subject.flow):
        return newest.probability
    return None


def tell_approved(task: Task, gold: GoldFlow, answers: Iterable[Submission], moderator: User) -> None:
    for answer in answers:
        notify(
            user=answer.user,
            kind=Notice.Kind.APPROVED,
            text=f"{gold.title} is approved as No. {gold.number}, with your work in it. Its code is being built.",
            url=gold.get_absolute_url(),
            key=f"approved-{gold.number}",
            actor=moderator,
        )


# --- Sending back -----------------------------------------------------------------------------------------------------


def remarks_of(sent: Iterable[Mapping[str, Any] | tuple[str, str]]) -> list[tuple[str, str]]:
    """Remarks as pairs of element and text, bounded.

    Raises:
        Invalid
    """
    pairs = []
    for one in sent:
        element, text = (one["element"], one["text"]) if isinstance(one, Mapping) else one
        element, text = plain(str(element)).strip(), plain(str(text)).strip()
        if not text:
            continue
        if not element or len(element) > MAX_ELEMENT:
            raise Invalid("A remark is about a layer, or about a connection written “source>target”.")
        if len(text) > MAX_REMARK:
            raise Invalid(f"A remark has at most {MAX_REMARK} signs; that on {element} has {len(text)}.")
        pairs.append((element, text))
    if len(pairs) > MAX_REMARKS:
        raise Invalid(f"At most {MAX_REMARKS} remarks at a time.")
    return pairs


def send_back(answer: Submission, review: Review, remarks: Iterable[tuple[str, str]]) -> None:
    """An answer that is returned or rejected: its place is free again, and its author is told why."""
    Lease.objects.filter(pk=answer.lease_id).update(state=Lease.State.RELEASED)
    ReviewRemark.objects.bulk_create(ReviewRemark(review=review, element=e, text=text) for e, text in remarks)
    task = review.task
    what = f"{task.figure} of “{task.paper}”"
    why = review.reason or review.get_code_display()
    if review.decision == Review.Decision.RETURN:
        text, url = f"Please look again at {what}: {why}", task.get_absolute_url()
    else:
        text, url = f"Your answer to {what} was not taken: {why}", reverse("profile", args=[answer.user.username])
    notify(
        user=answer.user,
        kind=Notice.Kind.DECISION,
        text=text,
        url=url,
        key=f"review-{review.pk}",
        actor=review.moderator,
    )


def tell_undone(task: Task, reviews: Sequence[Review], moderator: User) -> None:
    """Who has not yet seen what was decided need not; the others are told."""
    keys = [f"review-{review.pk}" for review in reviews]
    keys += [f"approved-{gold}" for gold in GoldFlow.objects.filter(review__in=reviews).values_list("pk", flat=True)]
    told = Notice.objects.filter(key__in=keys)
    told.filter(read_at=None, mailed_at=None).delete()
    for notice in told.select_related("user"):
        notify(
            user=notice.user,
            kind=Notice.Kind.DECISION,
            text=f"A decision about {task.figure} of “{task.paper}” was taken back. Your answer waits again.",
            url=notice.url,
            key=f"{notice.key}-undone",
            actor=moderator,
        )


def restore(review: Review) -> None:
    """The answer counts again: it has its place back, or one more where somebody else took it."""
    answer = review.submission
    if answer is None or answer.lease.state == Lease.State.SUBMITTED:
        return
    task, lease = review.task, answer.lease
    held = set(task.leases.filter(state__in=[Lease.State.OPEN, Lease.State.SUBMITTED]).values_list("slot", flat=True))
    free = next(slot for slot in (lease.slot, *range(1, len(held) + 2)) if slot not in held)
    if free > task.answers_wanted:
        task.answers_wanted = free
        task.save(update_fields=["answers_wanted", "changed_at"])
    lease.slot, lease.slots, lease.state = free, max(lease.slots, free), Lease.State.SUBMITTED
    lease.save(update_fields=["slot", "slots", "state"])


# --- The task ---------------------------------------------------------------------------------------------------------


def retire(task: Task, why: str) -> None:
    """Why no more answers are asked for."""
    if task.retired != why:
        task.retired = why
        Task.objects.filter(pk=task.pk).update(retired=why)


def update(task: Task, moderator: User) -> None:
    """What the remaining answers say."""
    from annotations.services import consensus

    consensus.update(task=task, actor=moderator)
