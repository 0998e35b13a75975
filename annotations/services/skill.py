"""How far each contributor can be trusted, learned from answers whose truth became known.

Everything here follows from the answers, the gold flows and the kinds that were approved: `rebuild` makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from annotations.assessment import Outcome, assess_flow, assess_kind
from annotations.models import Assessment, Contributor, GoldFlow, Submission, Task
from annotations.selectors.answers import counting
from annotations.selectors.gold import kinds, offered_of
from annotations.selectors.skill import standing
from annotations.services.crowd import Books, Truth, load_crowd, name_of
from extraction.dispatch import send_on_commit
from extraction.flow.model import Flow
from extraction.models import Figure

__all__ = ["Truth", "assess_one", "assess_round", "contributor", "load_crowd", "name_of", "reassess", "rebuild"]

REASSESS_KNOWN = "annotations.jobs.reassess_known"
#: So many answers are assessed anew in one transaction.
BATCH = 50


def contributor(user: User) -> Contributor:
    """What is known of a person; a newcomer gets a row."""
    row, _ = Contributor.objects.get_or_create(user=user)
    return row


# --- Assessing --------------------------------------------------------------------------------------------------------


def assess_round(*, task: Task, gold: GoldFlow | None = None, kind: str = "") -> list[Assessment]:
    """Compare every answer of the task's round with what was approved. Call it in the transaction that approves.

    Withdrawn answers are left out; of one that was returned and came back, the last counts. What was compared with an
    earlier truth about the same figure is compared anew. Twice is once.
    """
    answers = _final(Submission.objects.filter(task=task, round=task.round))
    pairs = [(answer, Truth(gold, kind)) for answer in answers]
    pairs += _assessed(task.figure, but=answers, gold=gold, kind=kind)
    _assess_known_later(task.figure)
    return _settle(pairs)


def assess_one(*, submission: Submission, truth: Truth) -> Assessment:
    """Compare one answer with what is known to be right, once. Call it in a transaction."""
    made = _settle([(submission, truth)])
    return made[0] if made else current(submission)[submission.pk]


def reassess(*, figure: Figure) -> list[Assessment]:
    """What is right about a figure changed: a gold flow was reverted or withdrawn, an approval was taken back.

    Each answer that was compared with something else gets a new assessment that replaces the earlier one; where
    nothing is known any more, an empty one. Answers to known questions follow in a job. Call it in the transaction of
    the change, after it.
    """
    _assess_known_later(figure)
    return _settle(_assessed(figure))


def reassess_known(*, figure: Figure) -> int:
    """The same for answers to known questions, of which there can be many. Safe to repeat."""
    asked = Submission.objects.filter(task__figure=figure, task__purpose=Task.Purpose.KNOWN)
    pks = list(asked.filter(assessments__isnull=False).distinct().order_by("pk").values_list("pk", flat=True))
    gold, kind = offered_of(figure.pk), kind_of(figure)
    count = 0
    for start in range(0, len(pks), BATCH):
        with transaction.atomic():
            answers = _final(Submission.objects.filter(pk__in=pks[start : start + BATCH]))
            count += len(_settle([(answer, _truth(answer, gold, kind, known=True)) for answer in answers]))
    return count


def _assessed(
    figure: Figure, *, but: Sequence[Submission] = (), gold: GoldFlow | None = None, kind: str = ""
) -> list[tuple[Submission, Truth]]:
    """Answers about a figure that were assessed before, each with what is right now."""
    asked = Submission.objects.filter(task__figure=figure, task__purpose=Task.Purpose.QUESTION)
    pks = asked.filter(assessments__isnull=False).exclude(pk__in=[answer.pk for answer in but]).values("pk")
    answers = _final(Submission.objects.filter(pk__in=pks))
    if not answers:
        return []
    gold, kind = gold or offered_of(figure.pk), kind or kind_of(figure)
    return [(answer, _truth(answer, gold, kind)) for answer in answers]


def _truth(answer: Submission, gold: GoldFlow | None, kind: str, *, known: bool = False) -> Truth:
    if answer.task.kind == Task.Kind.CLASSIFY:
        return Truth(kind=kind, known=known)
    return Truth(gold, known=known)


def _assess_known_later(figure: Figure) -> None:
    if Task.objects.filter(figure=figure, purpose=Task.Purpose.KNOWN).exists():
        send_on_commit(REASSESS_KNOWN, figure.pk)


def kind_of(figure: Figure) -> str:
    """The kind of a figure as approved; empty where nobody decided."""
    told = kinds().filter(figure=figure).last()
    return told.kind if told else ""


def _final(answers: Any) -> list[Submission]:
    """Those that count, each person's last one of a round."""
    last = counting(answers).filter(followed_by__isnull=True)
    return list(last.select_related("task__reading", "task__figure").order_by("pk"))


def current(*submissions: Submission) -> dict[int, Assessment]:
    """The newest assessment of each answer that has one, by the answer's id."""
    rows = Assessment.objects.filter(submission__in=submissions).select_related("gold").order_by("number")
    return {row.submission_id: row for row in rows}


def _settle(pairs: Sequence[tuple[Submission, Truth]]) -> list[Assessment]:
    """Assess answers that were not yet compared with this truth."""
    if not pairs:
        return []
    with transaction.atomic():
        books = Books(answer.user_id for answer, _ in pairs)
        earlier = current(*(answer for answer, _ in pairs))
        # Compared before the crowd's row is taken, on which others may wait.
        changes = [change for change in (_change(a, t, earlier.get(a.pk)) for a, t in pairs) if change]
        tasks = {c.answer.task_id: (c.answer.task, c.truth) for c in changes if is_first(c.answer)}
        read = newest_truths(tasks)
        made = []
        for change in changes:
            row = _store(change)
            books.enter(row, change.outcome)
            if change.old is not None:
                books.take_back(change.old, change.was)
            made.append(row)
        for pk, (task, truth) in sorted(tasks.items()):
            books.observe_reader(task, read.get(pk), truth)
        if made:
            books.close()
    return made


@dataclass(frozen=True, slots=True)
class _Change:
    answer: Submission
    truth: Truth
    outcome: Outcome | None
    #: How it was assessed before.
    old: Assessment | None
    was: Outcome | None


def _change(answer: Submission, truth: Truth, old: Assessment | None) -> _Change | None:
    before = told_by(old, answer)
    if (old is None and not truth) or (old is not None and before == truth):
        return None
    return _Change(answer, truth, outcome_of(answer, truth), old, outcome_of(answer, before))


def told_by(assessment: Assessment | None, answer: Submission) -> Truth:
    """What an answer was compared with."""
    if assessment is None or not (assessment.right or assessment.wrong):
        return Truth(known=bool(assessment and assessment.known))
    if assessment.gold is not None:
        return Truth(assessment.gold, known=assessment.known)
    kind = assessment.mistakes[0]["wanted"] if assessment.mistakes else answer.answer_kind
    return Truth(kind=kind, known=assessment.known)


def outcome_of(answer: Submission, truth: Truth) -> Outcome | None:
    name = name_of(answer.user_id)
    if truth.gold is not None and answer.flow is not None:
        right = Flow.from_dict(truth.gold.flow)
        return assess_flow(name, Flow.from_dict(answer.flow), right=right, shown=_shown(answer))
    if truth.kind and answer.answer_kind:
        return assess_kind(name, answer.answer_kind, right=truth.kind)
    return None


def _shown(answer: Submission) -> Flow | None:
    """What somebody started from: the reading, in later rounds the gold flow of that moment."""
    task = answer.task
    if answer.round > 1 and task.purpose == Task.Purpose.QUESTION:
        earlier = GoldFlow.objects.filter(figure_id=task.figure_id, created_at__lt=answer.created_at)
        offered = earlier.filter(Q(withdrawal=None) | Q(withdrawal__created_at__gt=answer.created_at))
        if gold := offered.order_by("version").last():
            return Flow.from_dict(gold.flow)
    return Flow.from_dict(task.reading.flow) if task.reading else None


def _store(change: _Change) -> Assessment:
    answer, outcome, old = change.answer, change.outcome, change.old
    return Assessment.objects.create(
        submission=answer,
        number=old.number + 1 if old else 1,
        user_id=answer.user_id,
        gold=change.truth.gold if outcome else None,
        known=change.truth.known,
        right=outcome.right if outcome else {},
        wrong=outcome.wrong if outcome else {},
        mistakes=outcome.mistakes if outcome else [],
        score=outcome.score if outcome else 0,
        points=outcome.points if outcome else 0,
        replaces=old,
        field=answer.task.field,
    )


# --- The readings -----------------------------------------------------------------------------------------------------


def is_first(answer: Submission) -> bool:
    """Whether it started from the automatic reading, which is judged by what is right, too: once for each task."""
    return answer.round == 1 and answer.task.purpose == Task.Purpose.QUESTION


def newest_truths(tasks: Iterable[int] | None = None) -> dict[int, Truth]:
    """What answers of first rounds were compared with last, by task; of these (ids) only, or of all."""
    rows = Assessment.objects.filter(submission__round=1, submission__task__purpose=Task.Purpose.QUESTION)
    if tasks is not None:
        rows = rows.filter(submission__task__in=set(tasks))
    newest = rows.order_by("pk").select_related("gold", "submission").defer("gold__flow", "submission__flow")
    return {row.submission.task_id: told_by(row, row.submission) for row in newest}


# --- Anew -------------------------------------------------------------------------------------------------------------


def rebuild(user: User) -> Contributor:
    """Make what is known of one person anew, from their answers. Without new rules nothing changes."""
    mine = standing().filter(user=user).select_related("gold", "submission__task__reading").order_by("pk")
    with transaction.atomic():
        books = Books([user.pk])
        books.forget(user.pk)
        for assessment in mine.iterator(chunk_size=BATCH):
            answer = assessment.submission
            books.enter(assessment, outcome_of(answer, told_by(assessment, answer)))
        # What the crowd has in common stays: these answers are counted in it already.
        books.close(shared=False)
    return books.people[user.pk]
