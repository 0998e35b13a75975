"""Pages about how the classifier learns: the version in use, its retrainings, accuracy against labels.

Everybody sees them. Who gave which labels, and what is said of single people, only moderators see (`inside`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from annotations.services.permissions import Person, may_moderate, may_retrain
from extraction import classifier, labels, retraining
from extraction.classify import MODEL_VERSION
from extraction.classify.comparing import NAMES
from extraction.models import Promotion, TrainingEvent, TrainingRun
from extraction.retraining import Counts

State = TrainingRun.State
PAGE_SIZE = 20
#: So many changes of the version in use are listed, and so many retrainings drawn.
PROMOTIONS, DRAWN = 8, 200
MEASURES = {
    "accuracy": "All six answers",
    "balanced_accuracy": "Network or not",
    "kind_accuracy": "Which of five kinds",
}
COUNTS, COUNTS_SECONDS = "training:counts", 3600
#: What visitors read in place of reasons, which can name people.
SAID_OUTSIDE = {
    State.REFUSED: "The test set, or the check of the new labels, spoke against it. The version in use stayed.",
    State.FAILED: "It could not be carried to its end. The version in use stayed.",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One retraining in the drawing."""

    run: int
    promoted: bool
    learned_from: int
    value: float
    #: Where 95% of the resamples of the test set lie.
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    measure: str
    points: tuple[Point, ...]
    #: The same of the head that comes with the installation; none where no retraining was compared with it.
    built_in: float | None


@dataclass(frozen=True, slots=True)
class ClassifierPage:
    present: classifier.Present
    since: Promotion | None
    accuracy: float | None
    counts: Counts
    begins_at: int
    curve: Curve
    runs: Page[TrainingRun]
    promotions: tuple[Promotion, ...]
    under_way: TrainingRun | None
    inside: bool
    may_retrain: bool


def listed() -> QuerySet[TrainingRun]:
    """Retrainings, the newest first, without what is long."""
    return TrainingRun.objects.select_related("started_by").defer("release", "log")


def classifier_page(*, viewer: Person, measure: str = "", page: Any = 1) -> ClassifierPage:
    runs = listed()
    promotions = tuple(Promotion.objects.select_related("actor").order_by("-number")[:PROMOTIONS])
    curve = learning_curve(measure if measure in MEASURES else next(iter(MEASURES)))
    present = classifier.present()
    return ClassifierPage(
        present=present,
        since=promotions[0] if promotions else None,
        accuracy=_accuracy(present),
        counts=counts(),
        begins_at=settings.RETRAIN_AFTER,
        curve=curve,
        runs=Paginator(runs, PAGE_SIZE).get_page(page),
        promotions=promotions,
        under_way=runs.filter(state__in=retraining.OPEN).first(),
        inside=may_moderate(viewer) is None,
        may_retrain=may_retrain(viewer) is None,
    )


def counts() -> Counts:
    """Of accepted labels; counted anew only where something was settled or retrained."""
    last = TrainingRun.objects.exclude(release_sha256="").order_by("-pk").values_list("pk", flat=True).first()
    mark = f"{labels.mark()} {last}"
    seen = cache.get(COUNTS)
    if seen is None or seen[0] != mark:
        found = retraining.counts()
        seen = (mark, found.accepted, found.new)
        cache.set(COUNTS, seen, COUNTS_SECONDS)
    return Counts(seen[1], seen[2])


def _accuracy(present: classifier.Present) -> float | None:
    """Of the version in use on the test set: known from its retraining, or from one that was compared with it."""
    if present.run is not None:
        return _measure(present.run.metrics, "after", "accuracy")
    compared = TrainingRun.objects.filter(compared_with=present.version).exclude(metrics={}).order_by("-pk")
    return _measure(compared.values_list("metrics", flat=True).first() or {}, "before", "accuracy")


def _measure(metrics: Mapping[str, Any], when: str, name: str) -> float | None:
    value = metrics.get(when, {}).get(name)
    return float(value) if value is not None else None


def learning_curve(measure: str) -> Curve:
    """Accuracy on the test set against the figures learned from, the oldest retraining first."""
    rows = TrainingRun.objects.filter(state__in=[State.PROMOTED, State.REFUSED]).order_by("-pk")
    found = list(rows.values_list("pk", "state", "compared_with", "metrics")[:DRAWN])[::-1]
    points = []
    for pk, state, _, metrics in found:
        value = _measure(metrics, "after", measure)
        if value is None or not metrics.get("learned_from"):
            continue
        low, high = metrics.get("range_after", {}).get(measure, (value, value))
        points.append(Point(pk, state == State.PROMOTED, int(metrics["learned_from"]), value, low, high))
    built_in = (_measure(row[3], "before", measure) for row in found if row[2] == MODEL_VERSION)
    return Curve(measure, tuple(points), next(built_in, None))


# --- One retraining ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure on the test set, of the version before and of the new one."""

    words: str
    before: float
    after: float
    gain: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """No chance: all of the interval lies on one side."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class RunPage:
    run: TrainingRun
    said: str
    measures: tuple[Compared, ...]
    events: tuple[TrainingEvent, ...]
    people: tuple[Mapping[str, Any], ...]
    in_use: bool
    inside: bool
    may_use: bool


def run_page(*, pk: int, viewer: Person) -> RunPage:
    """A retraining with all that is known of it.

    Raises:
        TrainingRun.DoesNotExist
    """
    run = TrainingRun.objects.select_related("started_by").defer("release").get(pk=pk)
    newest = classifier.newest_promotion()
    inside, in_use = may_moderate(viewer) is None, newest is not None and newest.run_id == run.pk
    return RunPage(
        run=run,
        said=said_of(run, inside=inside),
        measures=_compared(run.metrics),
        events=tuple(run.events.select_related("actor")),
        people=tuple(run.metrics.get("people", ())) if inside else (),
        in_use=in_use,
        inside=inside,
        may_use=run.state == State.PROMOTED and not in_use and may_retrain(viewer) is None,
    )


def said_of(run: TrainingRun, *, inside: bool) -> str:
    """Why it was not promoted, in the words that this viewer may read."""
    return run.message if inside else SAID_OUTSIDE.get(State(run.state), "")


def _compared(metrics: Mapping[str, Any]) -> tuple[Compared, ...]:
    rows = []
    for name, words in NAMES.items():
        before, after = _measure(metrics, "before", name), _measure(metrics, "after", name)
        if before is None or after is None:
            continue
        low, high = metrics.get("range_gain", {}).get(name, (after - before, after - before))
        rows.append(Compared(words[0].upper() + words[1:], before, after, after - before, low, high))
    return tuple(rows)
