"""What people settled, as material to learn from and to measure on: kinds of figures, and flows.

The newest standing decision about a figure counts; decisions taken back and networks withdrawn don't.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from annotations.models import FigureKind, GoldFlow, GoldWithdrawal, ReviewUndo, Submission
from annotations.selectors import gold as gold_selectors
from extraction.models import Figure

#: Of five papers one is measured on, and never learned from.
CHECK_EVERY = 5
DEVELOP, CHECK = "develop", "check"


@dataclass(frozen=True, slots=True)
class Source:
    """A paper, as the material names it: all its figures are learned from, or all are measured on."""

    slug: str
    part: str

    @property
    def name(self) -> str:
        return f"paper:{self.slug}"


def source_of(sha256: str, known: Mapping[str, Source] | None = None) -> Source:
    """The same for a paper at any time, whatever other papers there are.

    `known` are papers, by the SHA-256 of their file, that stand in other material already: they keep their name and
    their part, so that nothing is learned from what others measure on.
    """
    if known and sha256 in known:
        return known[sha256]
    return Source(sha256[:16], CHECK if int(sha256[:8], 16) % CHECK_EVERY == 0 else DEVELOP)


@dataclass(frozen=True, slots=True)
class Label:
    """The settled kind of a figure, and who said so."""

    figure: Figure
    kind: str
    #: Who answered so, and who decided.
    told_by: tuple[str, ...]
    decided_by: str
    decided_at: datetime
    #: The decision; none where an earlier version of a network was brought back.
    review: int | None
    votes: int | None


@dataclass(frozen=True, slots=True)
class Gold:
    """The offered flow of a figure, and who said so."""

    figure: Figure
    number: int
    version: int
    flow: dict[str, Any]
    digest: str
    told_by: tuple[str, ...]
    decided_by: str
    decided_at: datetime
    review: int | None


def flows(figures: Collection[int] | None = None) -> Iterable[Gold]:
    """The offered flow of each figure (of `figures`), by paper and place."""
    found = gold_selectors.offered()
    if figures is not None:
        found = found.filter(figure__in=figures)
    rows = (
        found.select_related("figure__paper", "approved_by")
        .prefetch_related("credits__user")
        .order_by("figure__paper", "figure__position")
    )
    for gold in rows.iterator(200):
        yield Gold(
            figure=gold.figure,
            number=gold.number,
            version=gold.version,
            flow=gold.flow,
            digest=gold.digest,
            told_by=tuple(sorted(credit.user.username for credit in gold.credits.all())),
            decided_by=gold.approved_by.username,
            decided_at=gold.created_at,
            review=gold.review_id,
        )


def labels(figures: Collection[int] | None = None) -> list[Label]:
    """The settled kind of each figure (of `figures`), by paper and place.

    Where people never were asked for it, the kind that the offered flow names counts.
    """
    told = gold_selectors.kinds().select_related("figure__paper", "review__moderator")
    if figures is not None:
        told = told.filter(figure__in=figures)
    newest: dict[int, FigureKind] = {row.figure_id: row for row in told}
    voters = _voters(newest.values())
    found = {
        key: Label(
            figure=row.figure,
            kind=row.kind,
            told_by=voters.get((row.review.task_id, row.kind), ()),
            decided_by=row.review.moderator.username,
            decided_at=row.created_at,
            review=row.review_id,
            votes=row.votes,
        )
        for key, row in newest.items()
    }
    for gold in flows(figures):
        kind = str(gold.flow.get("kind") or gold.figure.kind)
        if gold.figure.table_id or not kind:
            continue
        label = found.get(gold.figure.pk)
        if label is None:
            found[gold.figure.pk] = Label(
                gold.figure, kind, gold.told_by, gold.decided_by, gold.decided_at, gold.review, None
            )
        elif label.review == gold.review:
            # The kind follows from the flow, so it was told by those who told the flow.
            found[gold.figure.pk] = replace(label, told_by=gold.told_by)
    return sorted(found.values(), key=lambda label: (label.figure.paper_id, label.figure.position))


def _voters(kinds: Iterable[FigureKind]) -> dict[tuple[int, str], tuple[str, ...]]:
    tasks = {row.review.task_id for row in kinds}
    answers = Submission.objects.filter(task__in=tasks, withdrawal=None).exclude(answer_kind="")
    people: dict[tuple[int, str], set[str]] = defaultdict(set)
    for task, kind, name in answers.values_list("task", "answer_kind", "user__username"):
        people[task, kind].add(name)
    return {key: tuple(sorted(names)) for key, names in people.items()}


# --- What is new ------------------------------------------------------------------------------------------------------

#: Table -> path to the figure that a row of it settles or unsettles.
_SETTLED = {"kinds": "figure", "flows": "figure", "undone": "review__task__figure", "withdrawn": "gold__figure"}
#: Rows are numbered when they are made, not when they are stored: one that comes late is found among the last few.
OVERLAP = 100


def _rows(name: str) -> QuerySet[Any]:
    models: dict[str, Any] = {
        "kinds": FigureKind,
        "flows": GoldFlow,
        "undone": ReviewUndo,
        "withdrawn": GoldWithdrawal,
    }
    rows: QuerySet[Any] = models[name].objects.order_by()
    return rows


def marks() -> dict[str, int]:
    """How far each table has come that settles something."""
    return {name: _rows(name).aggregate(last=Max("pk"))["last"] or 0 for name in _SETTLED}


def settled_since(since: Mapping[str, int]) -> set[int]:
    """Ids of the figures about which something was settled or taken back since these marks, or shortly before."""
    found: set[int] = set()
    for name, figure in _SETTLED.items():
        new = _rows(name).filter(pk__gt=since.get(name, 0) - OVERLAP)
        found |= set(new.values_list(figure, flat=True))
    return found
