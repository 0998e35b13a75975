"""Which questions a paper raises."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotations.models import Task
from annotations.services.log import log
from extraction.models import Figure, Paper, Reading

#: The classifier is sure from here on that a figure is a network, and below that it is none.
SURE_FLOW, SURE_OTHER = 0.75, 0.25
#: The likeliest kind is sure from here on.
SURE_KIND = 0.5


def create_tasks(*, paper: Paper) -> list[Task]:
    """Ask about each figure of a paper that was read: its kind where the classifier is unsure, otherwise its flow.

    Safe to repeat: a question that was asked is not asked again.
    """
    created = []
    for figure in Figure.objects.filter(paper=paper).order_by("position"):
        if figure.flow_probability < SURE_OTHER:
            continue
        if is_unsure(figure):
            created += _ask(figure, Task.Kind.CLASSIFY, None)
        elif reading := Reading.objects.filter(figure=figure).order_by("pk").last():
            created += _ask(figure, Task.Kind.CORRECT, reading)
    return created


def is_unsure(figure: Figure) -> bool:
    if SURE_OTHER <= figure.flow_probability < SURE_FLOW:
        return True
    probability: float = figure.kind_probabilities.get(figure.kind, 1.0)
    return probability < SURE_KIND


def _ask(figure: Figure, kind: str, reading: Reading | None) -> list[Task]:
    # The surest first: they need the least work until there is code.
    confidence = (reading.confidence if reading else None) or 0.0
    with transaction.atomic():
        asked, new = Task.objects.get_or_create(
            kind=kind,
            figure=figure,
            reading=reading,
            defaults={"paper_id": figure.paper_id, "priority": confidence},
        )
        if new:
            log("create", task=asked, after=asked.state)
    return [asked] if new else []


def tasks_after_kind(*, figure: Figure, kind: str) -> list[Task]:
    """A figure's kind is settled: if it is a network that was read, its flow is asked for next."""
    if kind == "none":
        return []
    reading = Reading.objects.filter(figure=figure).order_by("pk").last()
    return _ask(figure, Task.Kind.CORRECT, reading) if reading else []


def create_missing_tasks() -> int:
    """Papers that were read while nobody listened (a killed worker) get their tasks. Safe to repeat."""
    unasked = Paper.objects.filter(
        ~Exists(Task.objects.filter(paper=OuterRef("pk"))),
        Exists(Figure.objects.filter(paper=OuterRef("pk"), flow_probability__gte=SURE_OTHER)),
        state=Paper.State.READ,
    )
    return sum(len(create_tasks(paper=paper)) for paper in unasked)
