"""Which questions a paper raises."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotations.models import FigureKind, Task
from annotations.models.submissions import NO_NETWORK
from annotations.services.log import log
from extraction.models import Figure, Paper, Reading
from extraction.services import read_figure_as

#: The classifier is sure from here on that a figure is a network, and below that it is none.
SURE_FLOW, SURE_OTHER = 0.75, 0.25
#: The likeliest kind is sure from here on.
SURE_KIND = 0.5


def create_tasks(*, paper: Paper) -> list[Task]:
    """Ask about each figure of a paper that was read: its kind where nobody is sure, otherwise its flow.

    Safe to repeat: a question that was asked is not asked again.
    """
    told = dict(FigureKind.objects.filter(figure__paper=paper).order_by("pk").values_list("figure_id", "kind"))
    created = []
    for figure in Figure.objects.filter(paper=paper).order_by("position"):
        if kind := told.get(figure.pk):
            created += tasks_after_kind(figure=figure, kind=kind)
        elif figure.flow_probability < SURE_OTHER:
            continue
        elif is_unsure(figure):
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
    """People told the kind of a figure: its flow is asked for next, once the reader of that kind has read it."""
    if kind == NO_NETWORK:
        return []
    reading = Reading.objects.filter(figure=figure, flow__kind=kind).order_by("pk").last()
    if reading is None:
        read_figure_as(figure=figure, kind=kind)
        return []
    return _ask(figure, Task.Kind.CORRECT, reading)


def create_missing_tasks() -> int:
    """What was read or told while nobody listened (a killed worker) is asked about. Safe to repeat."""
    asked = Task.objects.filter(paper=OuterRef("pk"))
    figures = Figure.objects.filter(paper=OuterRef("pk"))
    told = FigureKind.objects.filter(
        ~Exists(Task.objects.filter(figure=OuterRef("figure"), kind=Task.Kind.CORRECT)), figure__paper=OuterRef("pk")
    ).exclude(kind=NO_NETWORK)
    unasked = Paper.objects.filter(
        Exists(told) | (~Exists(asked) & Exists(figures.filter(flow_probability__gte=SURE_OTHER))),
        state=Paper.State.READ,
    )
    return sum(len(create_tasks(paper=paper)) for paper in unasked)
