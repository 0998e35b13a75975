"""What the front page shows: real networks, one real question, this week's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from annotations.models import Artifact, GoldFlow, Submission, Task
from annotations.selectors.pages import current_networks
from annotations.selectors.tasks import available, open_questions, questions, with_answers
from annotations.services.permissions import Person
from extraction.flow.model import Flow, Layer

#: A network of this many layers fits the plate.
PLATE_LAYERS = 16
#: So many node cards have room on it.
PLATE_NODES = 10


@dataclass(frozen=True, slots=True)
class Week:
    answers: int
    verified: int
    people: int
    #: Half the papers took less from coming in to code that ran; `None` where none did.
    time_to_code: timedelta | None


@dataclass(frozen=True, slots=True)
class HomePage:
    newest: tuple[GoldFlow, ...]
    #: What to search for: titles of new networks.
    tries: tuple[str, ...]
    networks: int
    example: GoldFlow | None
    example_layers: tuple[Layer, ...]
    example_code: Artifact | None
    question: Task | None
    wanted: tuple[Task, ...]
    week: Week

    @property
    def waits(self) -> bool:
        """Whether one of the wanted networks can be corrected now."""
        return any(task.state == Task.State.OPEN for task in self.wanted)


def home_page(*, user: Person) -> HomePage:
    ran = Artifact.objects.filter(gold=OuterRef("pk"), state=Artifact.State.VERIFIED)
    verified = current_networks().filter(Exists(ran))
    small = verified.filter(outline__count__lte=PLATE_LAYERS).defer(None).defer("paper__abstract").order_by("number")
    small = small.prefetch_related("credits__user")
    # A plain chain shows best what happens.
    example = small.filter(outline__skips=[]).first() or small.first()
    code = None
    if example:
        found = Artifact.objects.filter(gold=example, state=Artifact.State.VERIFIED)
        code = found.filter(framework="keras").first() or found.first()
    newest = tuple(verified.order_by("-number")[:8])
    return HomePage(
        newest=newest,
        tries=tuple(dict.fromkeys(network.title for network in newest))[:2],
        networks=verified.count(),
        example=example,
        example_layers=Flow.from_dict(example.flow).layers[:PLATE_NODES] if example else (),
        example_code=code,
        question=question(user=user),
        wanted=tuple(
            with_answers(questions().filter(kind=Task.Kind.CORRECT, state__in=[Task.State.OPEN, Task.State.IN_REVIEW]))
            .select_related("paper", "figure")
            .defer("paper__abstract")
            .order_by("-priority", "pk")[:4]
        ),
        week=_week(),
    )


def question(*, user: Person, skipped: tuple[int, ...] = ()) -> Task | None:
    """The next question about a kind that this person has not answered, if there is one."""
    tasks = available(user) if isinstance(user, User) else open_questions()
    return (
        tasks.filter(kind=Task.Kind.CLASSIFY)
        .exclude(pk__in=skipped)
        .select_related("paper", "figure")
        .order_by("-priority", "pk")
        .first()
    )


def _week() -> Week:
    since = timezone.now() - timedelta(days=7)
    counts = Submission.objects.filter(created_at__gte=since).aggregate(
        answers=Count("pk"), people=Count("user", distinct=True)
    )
    verified = Artifact.objects.filter(state=Artifact.State.VERIFIED, finished_at__gte=since)
    times = verified.filter(gold__version=1).values_list("finished_at", "gold__paper__created_at")
    seconds = [(finished - created).total_seconds() for finished, created in times if finished]
    return Week(
        answers=counts["answers"],
        verified=verified.values("gold").distinct().count(),
        people=counts["people"],
        time_to_code=timedelta(seconds=median(seconds)) if seconds else None,
    )
