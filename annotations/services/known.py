"""Questions whose answer is known, mixed in among the others: they tell how good somebody is.

They are made from gold flows and kinds that are firmly agreed. Beforehand nothing tells them from other questions;
afterwards the person is shown what was right. Newcomers get more of them, and who is well known few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from annotations.assessment import assess_flow
from annotations.models import (
    Assessment,
    Contributor,
    FigureKind,
    GoldFlow,
    KnownAnswer,
    Lease,
    Report,
    Review,
    Skip,
    Submission,
    Task,
)
from annotations.models.submissions import NO_NETWORK
from annotations.selectors import gold as gold_selectors
from annotations.selectors.skill import level, standing
from annotations.services import skill
from annotations.services.log import log
from annotations.services.skill import Truth, name_of
from annotations.services.states import lock, move
from extraction.flow.model import Flow
from extraction.models import Figure, Reading

#: The consensus must give this probability for all of a gold flow being right, or two moderators have approved it.
FIRM = 0.95
#: So many people must have told the kind of a figure, and all but one of them the same.
FIRM_VOTES = 3
#: How many people get the same question. None gets it twice, nor one about the same figure.
PLACES = 500
#: How many such questions there are at most, and how many readings of one figure are used to start from.
MOST, MOST_READINGS = 500, 3
#: One of so many has a reading that is right already: it tells who changes what was right.
ONE_FLAWLESS = 4

#: One in so many questions is a known one: for newcomers, then, then for ever.
OFTEN, SOMETIMES, RARELY = 4, 10, 20
#: What must be known of somebody for the next rate: answers to known questions, and the standard deviation of skill.
_SOMETIMES_FROM, _RARELY_FROM = (4, 0.06), (12, 0.03)
_SUSPECT = 0.2


# --- Which one, and when ----------------------------------------------------------------------------------------------


def next_known(*, user: User, kind: str = "", field: str = "", difficulty: int | None = None) -> Task | None:
    """A known question that this person should answer now, if it is time for one; of a kind, field or difficulty.

    The second question somebody gets is a known one. Which come later follows from who it is and from what they were
    given and have answered so far, by a keyed hash: asking again gives the same, and nobody can tell it beforehand.
    """
    served = Lease.objects.filter(user=user, task__purpose=Task.Purpose.KNOWN).order_by("pk")
    times = list(served.values_list("task", "created_at"))
    count = len({task for task, _ in times})
    answers = Submission.objects.filter(user=user)
    since = (answers.filter(created_at__gt=times[-1][1]) if times else answers).count()
    if since < (gap(user, count) if times else 1):
        return None
    fitting = _unseen(user).filter(difficulty__lte=level(user))
    for name, wish in (("kind", kind), ("field", field), ("difficulty", difficulty)):
        if wish:
            fitting = fitting.filter(**{name: wish})
    found = list(fitting.order_by("pk").values_list("pk", "uncertainty"))
    if not found:
        return None
    drawn = _draw(user, count, "which")
    wanted = [pk for pk, flawed in found if bool(flawed) == bool(drawn % ONE_FLAWLESS)] or [pk for pk, _ in found]
    return Task.objects.select_related("paper", "figure", "reading").get(pk=wanted[drawn // ONE_FLAWLESS % len(wanted)])


def may_have(user: User, task: Task) -> bool:
    """Whether this person may take a known question: they were given it, or are to get it now.

    Others can't pick it out, after a look at the network it was made of, say.
    """
    if Lease.objects.filter(task=task, user=user).exists():
        return True
    following = next_known(user=user)
    return following is not None and following.pk == task.pk


def gap(user: User, served: int) -> int:
    """After how many answers the next known question comes, counted from the last one on: the rate, give or take."""
    rate = _rate(user)
    least = math.ceil(rate / 2)
    return least + _draw(user, served, "gap") % (2 * (rate - least) + 1)


def _rate(user: User) -> int:
    row = Contributor.objects.filter(user=user).first()
    if row is None or row.spam_probability >= _SUSPECT or row.reputation < 0:
        return OFTEN
    deviation = skill.load_crowd([user.pk]).skill(name_of(user.pk)).deviation
    for rate, (answers, most) in ((RARELY, _RARELY_FROM), (SOMETIMES, _SOMETIMES_FROM)):
        if row.known_answers >= answers and deviation <= most:
            return rate
    return OFTEN


def _draw(user: User, served: int, what: str) -> int:
    return int(salted_hmac("annotations.known", f"{user.pk}/{served}/{what}").hexdigest()[:12], 16)


def _unseen(user: User) -> QuerySet[Task]:
    """Known questions about figures that this person has never had to do with."""
    figure = OuterRef("figure")
    seen = (
        Exists(Lease.objects.filter(user=user, task__figure=figure))
        | Exists(Skip.objects.filter(user=user, task__figure=figure))
        | Exists(Submission.objects.filter(user=user, task__figure=figure))
        | Exists(Review.objects.filter(moderator=user, task__figure=figure))
        | Exists(GoldFlow.objects.filter(approved_by=user, figure=figure))
    )
    return fresh().exclude(seen)


def fresh() -> QuerySet[Task]:
    """Known questions whose answer still holds."""
    offered = gold_selectors.offered().filter(pk=OuterRef("known_answer__gold"))
    newer = gold_selectors.kinds().filter(figure=OuterRef("figure"), pk__gt=OuterRef("known_answer__figure_kind"))
    other = newer.exclude(kind=OuterRef("known_answer__figure_kind__kind"))
    stands = gold_selectors.kinds().filter(pk=OuterRef("known_answer__figure_kind"))
    holds = Exists(offered) | (Exists(stands) & ~Exists(other))
    return Task.objects.filter(holds, ~Exists(_asked_again()), purpose=Task.Purpose.KNOWN, state=Task.State.OPEN)


def _asked_again() -> QuerySet[Task]:
    """Questions about the same figure and of the same kind that are not settled."""
    return Task.objects.filter(figure=OuterRef("figure"), kind=OuterRef("kind"), purpose=Task.Purpose.QUESTION).exclude(
        state=Task.State.APPROVED
    )


# --- The answer -------------------------------------------------------------------------------------------------------


def assess_known(*, submission: Submission) -> Assessment | None:
    """Compare an answer to a known question with what is right. Call it in the transaction that takes it in.

    `None` where nothing is known any more: the gold flow was withdrawn a moment ago. Twice is once.
    """
    task = submission.task
    gold = gold_selectors.offered_of(task.figure_id) if task.kind == Task.Kind.CORRECT else None
    kind = skill.kind_of(task.figure) if task.kind == Task.Kind.CLASSIFY else ""
    truth = Truth(gold, kind, known=True)
    return skill.assess_one(submission=submission, truth=truth) if truth else None


# --- Making and retiring ----------------------------------------------------------------------------------------------


def make_known(*, most: int = 50) -> int:
    """Make known questions from what is firmly agreed, at most so many at a time. Safe to repeat. Returns how many."""
    room = MOST - Task.objects.filter(purpose=Task.Purpose.KNOWN, state=Task.State.OPEN).count()
    made = 0
    for gold in firm_flows().select_related("figure")[: max(0, min(most, room))]:
        made += _of_flow(gold)
    for told in firm_kinds().select_related("figure")[: max(0, min(most, room) - made)]:
        made += _of_kind(told)
    return made


def firm_flows() -> QuerySet[GoldFlow]:
    """Gold flows that are surely right and that no known question is made of yet."""
    firm = Q(probability__gte=FIRM) | Q(review__confirms__isnull=False)
    doubted = Report.objects.filter(gold=OuterRef("pk")).exclude(state=Report.State.DISMISSED)
    questions = Task.objects.filter(figure=OuterRef("figure"), kind=Task.Kind.CORRECT)
    asked = questions.filter(purpose=Task.Purpose.QUESTION)
    return (
        gold_selectors.offered()
        .filter(firm, ~Exists(doubted), Exists(asked), ~Exists(asked.exclude(state=Task.State.APPROVED)))
        .exclude(Exists(KnownAnswer.objects.filter(gold=OuterRef("pk"))))
        .order_by("number")
    )


def firm_kinds() -> QuerySet[FigureKind]:
    """Kinds of figures that people told, nearly all the same, and that no known question is made of yet."""
    asked = Task.objects.filter(
        figure=OuterRef("figure"), kind=Task.Kind.CLASSIFY, purpose=Task.Purpose.QUESTION, state=Task.State.APPROVED
    )
    known = KnownAnswer.objects.filter(task__figure=OuterRef("figure"), figure_kind__isnull=False)
    later = gold_selectors.kinds().filter(figure=OuterRef("figure"), pk__gt=OuterRef("pk"))
    other = later.exclude(kind=OuterRef("kind"))
    answers = Count("review__task__submissions", filter=Q(review__task__submissions__withdrawal=None), distinct=True)
    return (
        gold_selectors.kinds()
        .filter(Exists(asked), ~Exists(known), ~Exists(other), votes__gte=FIRM_VOTES)
        .annotate(told=answers)
        .filter(told__lte=F("votes") + 1)
    )


@transaction.atomic
def _of_flow(gold: GoldFlow) -> int:
    figure = Figure.pictures.select_for_update().get(pk=gold.figure_id)
    if KnownAnswer.objects.filter(gold=gold).exists():
        return 0
    readings = _starts(gold, list(Reading.objects.filter(figure=figure).order_by("-pk")))
    for reading, flawed in readings:
        task = _ask(figure, Task.Kind.CORRECT, reading=reading, uncertainty=flawed)
        KnownAnswer.objects.create(task=task, gold=gold)
    return len(readings)


def _starts(gold: GoldFlow, readings: Sequence[Reading]) -> list[tuple[Reading, float]]:
    """Readings to start from, each with the share of its elements that is wrong: different ones, flawed ones first."""
    right = Flow.from_dict(gold.flow)
    found: dict[str, tuple[Reading, float]] = {}
    for reading in readings:
        read = Flow.from_dict(reading.flow)
        if read.layers:
            outcome = assess_flow("", read, right=right, shown=read)
            found.setdefault(repr(outcome.mistakes), (reading, 1 - outcome.score))
    flawed = [start for start in found.values() if start[1] > 0]
    return (flawed or list(found.values()))[:MOST_READINGS]


@transaction.atomic
def _of_kind(told: FigureKind) -> int:
    figure = Figure.pictures.select_for_update().get(pk=told.figure_id)
    if KnownAnswer.objects.filter(task__figure=figure, figure_kind__isnull=False).exists():
        return 0
    # What the machine takes it for is shown to nobody; but a figure it takes for something else is worth more.
    flawed = float(told.kind != (figure.kind if figure.is_flow else NO_NETWORK))
    task = _ask(figure, Task.Kind.CLASSIFY, reading=None, uncertainty=flawed)
    KnownAnswer.objects.create(task=task, figure_kind=told)
    return 1


def _ask(figure: Figure, kind: str, *, reading: Reading | None, uncertainty: float) -> Task:
    like = Task.objects.filter(figure=figure, kind=kind, purpose=Task.Purpose.QUESTION).order_by("pk").last()
    task = Task.objects.create(
        kind=kind,
        paper_id=figure.paper_id,
        figure=figure,
        reading=reading,
        purpose=Task.Purpose.KNOWN,
        answers_wanted=PLACES,
        field=like.field if like else Task.Field.OTHER,
        difficulty=like.difficulty if like else 1,
        priority=like.priority if like else 0,
        uncertainty=uncertainty,
    )
    log("create", task=task, after=task.state, note="known question")
    return task


def tend() -> int:
    """What the site does by itself from time to time: make new ones, retire old ones, assess anew what was left."""
    made_of = KnownAnswer.objects.filter(task__figure=OuterRef("figure"))
    told = standing().filter(known=True, gold=OuterRef("pk"))
    lost = GoldFlow.objects.filter(Exists(made_of), Exists(told)).exclude(pk__in=gold_selectors.offered().values("pk"))
    # Their job was lost.
    for figure in Figure.pictures.filter(pk__in=lost.values("figure")):
        skill.reassess_known(figure=figure)
    return retire_stale() + make_known()


def retire_stale() -> int:
    """Close known questions whose answer holds no more, or that all have answered. Safe to repeat. Returns how many.

    Who is at work on one finishes it first.
    """
    running = Lease.objects.filter(task=OuterRef("pk"), state=Lease.State.OPEN, expires_at__gt=timezone.now())
    asked = Task.objects.filter(~Exists(running), purpose=Task.Purpose.KNOWN, state=Task.State.OPEN)
    full = asked.annotate(given=Count("submissions")).filter(given__gte=F("answers_wanted"))
    count = 0
    for pk in [
        *asked.exclude(pk__in=fresh().values("pk")).values_list("pk", flat=True),
        *full.values_list("pk", flat=True),
    ]:
        with transaction.atomic():
            task = lock(pk)
            if task.state == Task.State.OPEN:
                move(task, "retire", actor=None, note="known question")
                count += 1
        skill.reassess_known(figure=task.figure)
    return count
