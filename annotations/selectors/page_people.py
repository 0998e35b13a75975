"""What a person's page shows: what became of their answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone

from annotations.models import GoldFlow, Review, Submission
from annotations.services.permissions import Person, is_moderator

WEEKS = 26
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """One row; `state` is waiting, approved, returned or rejected."""

    submission: Submission
    state: str
    gold: GoldFlow | None
    #: Why it was returned or rejected: for its author and the moderators only.
    reason: str


@dataclass(frozen=True, slots=True)
class ProfilePage:
    person: User
    answers: int
    networks: int
    decided: int
    approved: int
    reviews: int
    latest: tuple[Answer, ...]
    weeks: tuple[int, ...]

    @property
    def approved_share(self) -> float | None:
        return self.approved / self.decided if self.decided else None

    @property
    def busiest(self) -> int:
        return max(self.weeks, default=0)


def profile_page(*, person: User, viewer: Person) -> ProfilePage:
    """A person's page as `viewer` may see it: what waits or was sent back is between author and moderators."""
    inside = viewer.pk == person.pk or is_moderator(viewer)
    decided = Q(review__isnull=False)
    approved = Q(review__decision=Review.Decision.APPROVE)
    answers = Submission.objects.filter(user=person)
    counts = answers.aggregate(
        answers=Count("pk"), decided=Count("pk", filter=decided), approved=Count("pk", filter=approved)
    )
    shown = answers.select_related("task__figure", "task__paper", "review", "gold_flow").defer(
        "flow", "gold_flow__flow", "task__paper__abstract", "task__paper__search_text"
    )
    if not inside:
        shown = shown.filter(approved)
    return ProfilePage(
        person=person,
        answers=counts["answers"],
        networks=GoldFlow.objects.filter(submission__user=person).count(),
        decided=counts["decided"],
        approved=counts["approved"],
        reviews=Review.objects.filter(moderator=person).count(),
        latest=tuple(_answers(shown.order_by("-pk")[:SHOWN], inside)),
        weeks=tuple(_weeks(person)),
    )


def _answers(submissions: object, inside: bool) -> Iterator[Answer]:
    for submission in submissions:  # type: ignore[attr-defined]
        review: Review | None = getattr(submission, "review", None)
        state = {
            None: "waiting",
            Review.Decision.APPROVE: "approved",
            Review.Decision.RETURN: "returned",
            Review.Decision.REJECT: "rejected",
        }[Review.Decision(review.decision) if review else None]
        reason = review.reason if review and inside else ""
        yield Answer(submission, state, getattr(submission, "gold_flow", None), reason)


def _weeks(person: User) -> list[int]:
    """Answers a week, the oldest first, this week last."""
    now = timezone.now()
    since = now - timedelta(weeks=WEEKS)
    dates = Submission.objects.filter(user=person, created_at__gt=since).values_list("created_at", flat=True)
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
