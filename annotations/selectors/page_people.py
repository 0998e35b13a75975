"""What a person's page shows: what became of their answers, and how often they are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from annotations.models import Assessment, Download, GoldCredit, GoldFlow, Review, Submission, Task
from annotations.selectors.answers import standing as standing_reviews
from annotations.selectors.answers import with_review
from annotations.selectors.skill import Rate, Standing, rates, standing, standing_of
from annotations.services.permissions import Person, is_moderator

WEEKS = 26
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """One row; `state` is waiting, known, approved, other (was approved), returned, rejected or withdrawn."""

    submission: Submission
    state: str
    #: The network that it was compared with, or made into.
    gold: GoldFlow | None
    #: Why it was returned or rejected: for its author and the moderators only.
    reason: str
    #: Share of its elements that was right, 0 to 1: for its author and the moderators only.
    score: float | None


@dataclass(frozen=True, slots=True)
class ProfilePage:
    person: User
    #: All of them for the person and the moderators, otherwise those that were decided.
    answers: int
    networks: int
    downloads: int
    #: Answers that were compared with what is right, and those of them without a mistake.
    assessed: int
    flawless: int
    reviews: int
    points: int
    standing: Standing
    rates: tuple[Rate, ...]
    latest: tuple[Answer, ...]
    weeks: tuple[int, ...]

    @property
    def flawless_share(self) -> float | None:
        return self.flawless / self.assessed if self.assessed else None

    @property
    def known(self) -> int:
        """Known questions among those."""
        return self.standing.row.known_answers if self.standing.row else 0


def profile_page(*, person: User, viewer: Person) -> ProfilePage:
    """A person's page as `viewer` may see it: what waits or was sent back is between author and moderators."""
    inside = viewer.pk == person.pk or is_moderator(viewer)
    answers = Submission.objects.filter(user=person)
    visible = answers if inside else decided(answers)
    told = standing().filter(user=person)
    counts = told.aggregate(assessed=Count("pk"), flawless=Count("pk", filter=Q(score=1)))
    mine = GoldFlow.objects.filter(credits__user=person, withdrawal=None)
    level = standing_of(person)
    return ProfilePage(
        person=person,
        answers=visible.count(),
        networks=GoldCredit.objects.filter(user=person, gold__withdrawal=None).aggregate(
            networks=Count("gold__figure", distinct=True)
        )["networks"],
        downloads=Download.objects.filter(gold__in=mine).aggregate(total=Sum("count"))["total"] or 0,
        assessed=counts["assessed"],
        flawless=counts["flawless"],
        reviews=standing_reviews(Review.objects.filter(moderator=person)).count(),
        points=level.row.reputation if level.row else 0,
        standing=level,
        rates=tuple(rates(person)),
        latest=tuple(_answers(_rows(visible if inside else _shown_to_all(answers)), inside)),
        weeks=tuple(_weeks(visible)),
    )


def decided(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those that were compared with what is right, or that a standing decision is about."""
    return answers.filter(
        Exists(standing().filter(submission=OuterRef("pk")))
        | Exists(standing_reviews().filter(submission=OuterRef("pk")))
    )


def _shown_to_all(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    """What went into the library. Which figures are known questions nobody sees from others' pages."""
    approved = standing_reviews().filter(submission=OuterRef("pk"), decision=Review.Decision.APPROVE)
    sent_back = standing_reviews().filter(submission=OuterRef("pk")).exclude(decision=Review.Decision.APPROVE)
    part = _with_part(standing()).filter(submission=OuterRef("pk"), has_part=True)
    return answers.filter(
        Exists(approved) | Exists(part), ~Exists(sent_back), task__purpose=Task.Purpose.QUESTION, withdrawal=None
    )


def _with_part(assessments: QuerySet[Assessment]) -> QuerySet[Any]:
    """Each with `has_part`: whether the answer went into what was approved."""
    credit = GoldCredit.objects.filter(gold=OuterRef("gold"), user=OuterRef("user"))
    return assessments.annotate(has_part=ExpressionWrapper(Exists(credit) | Q(gold=None, score=1), BooleanField()))


def _rows(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    networks = GoldFlow.objects.select_related("figure", "paper").defer("flow")
    told = _with_part(standing()).select_related("gold__figure", "gold__paper")
    told = told.defer("gold__flow", "mistakes", "right", "wrong")
    return (
        with_review(answers)
        .select_related("task__figure", "task__paper", "withdrawal")
        .prefetch_related(
            Prefetch("gold_flows", networks), Prefetch("assessments", told, to_attr="standing_assessments")
        )
        .defer("flow", "task__paper__abstract", "task__paper__search_text")
        .order_by("-pk")[:SHOWN]
    )


def _answers(submissions: Iterable[Submission], inside: bool) -> Iterator[Answer]:
    for submission in submissions:
        review = submission.review
        standing: list[Assessment] = submission.standing_assessments  # type: ignore[attr-defined]  # `to_attr`
        told = standing[0] if standing else None
        gold = next(iter(submission.gold_flows.all()), None) or (told.gold if told and not told.known else None)
        yield Answer(
            submission,
            _state(submission, review, told),
            gold,
            review.reason or review.get_code_display() if review and inside else "",
            told.score if told and inside else None,
        )


def _state(submission: Submission, review: Review | None, told: Assessment | None) -> str:
    if hasattr(submission, "withdrawal"):
        return "withdrawn"
    if review and review.decision != Review.Decision.APPROVE:
        return "returned" if review.decision == Review.Decision.RETURN else "rejected"
    if submission.task.purpose == Task.Purpose.KNOWN:
        return "known"
    if review or (told and told.has_part):  # type: ignore[attr-defined]  # annotated
        return "approved"
    return "other" if told else "waiting"


def _weeks(answers: QuerySet[Submission]) -> list[int]:
    """Answers a week, the oldest first, this week last."""
    now = timezone.now()
    since = now - timedelta(weeks=WEEKS)
    dates = answers.filter(created_at__gt=since).values_list("created_at", flat=True)
    counts = Counter((now - date).days // 7 for date in dates)
    return [counts[week] for week in reversed(range(WEEKS))]


@dataclass(frozen=True, slots=True)
class Tally:
    today: int
    total: int


def tally(*, user: User) -> Tally:
    """How many answers a person gave today and in all."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    counts = Submission.objects.filter(user=user).aggregate(
        today=Count("pk", filter=Q(created_at__gte=midnight)), total=Count("pk")
    )
    return Tally(counts["today"], counts["total"])
