"""Which questions a paper raises."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from annotations.facts import difficulty_of, field_of
from annotations.models import Task
from annotations.models.submissions import NO_NETWORK
from annotations.selectors.gold import kinds
from annotations.services.consensus import uncertainty_of_start
from annotations.services.demand import set_uncertainty
from annotations.services.log import log
from extraction.models import Figure, Paper, Reading
from extraction.services import read_figure_as

#: The classifier is sure from here on that a figure is a network, and below that it is none.
SURE_FLOW, SURE_OTHER = 0.75, 0.25
#: The likeliest kind is sure from here on.
SURE_KIND = 0.5


def create_tasks(*, paper: Paper) -> list[Task]:
    """Ask about what was read in a paper: of each figure its kind where nobody is sure, otherwise its flow; of each
    table the flow of each model that it describes.

    Safe to repeat: a question that was asked is not asked again.
    """
    told = dict(kinds().filter(figure__paper=paper).values_list("figure_id", "kind"))
    created = []
    for figure in Figure.objects.filter(paper=paper).select_related("paper").order_by("position"):
        if kind := told.get(figure.pk):
            created += tasks_after_kind(figure=figure, kind=kind)
        elif figure.flow_probability >= SURE_OTHER:
            created += _ask_about(figure)
    for picture in Figure.pictures.filter(table__paper=paper).select_related("paper").order_by("position", "pk"):
        readings = Reading.objects.filter(table=picture.table_id, model_name=picture.model_name)
        if reading := readings.order_by("pk").last():
            created += _ask(picture, Task.Kind.CORRECT, reading)
    return created


def ask_for(*, figure: Figure) -> list[Task]:
    """Somebody wants the code of this figure: ask about it, though the machine may take it for no network.

    Where people have said that it is none, nothing is asked.
    """
    told = kinds().filter(figure=figure).last()
    if told is not None:
        return tasks_after_kind(figure=figure, kind=told.kind)
    if Task.objects.filter(figure=figure, purpose=Task.Purpose.QUESTION).exists():
        return []
    return _ask_about(figure)


def _ask_about(figure: Figure) -> list[Task]:
    if is_unsure(figure) or figure.flow_probability < SURE_OTHER:
        return _ask(figure, Task.Kind.CLASSIFY, None)
    reading = Reading.objects.filter(figure=figure).order_by("pk").last()
    return _ask(figure, Task.Kind.CORRECT, reading) if reading else []


def is_unsure(figure: Figure) -> bool:
    if SURE_OTHER <= figure.flow_probability < SURE_FLOW:
        return True
    probability: float = figure.kind_probabilities.get(figure.kind, 1.0)
    return probability < SURE_KIND


def _ask(figure: Figure, kind: str, reading: Reading | None) -> list[Task]:
    paper = figure.paper
    facts = {
        "field": field_of(paper.title, paper.abstract),
        "difficulty": difficulty_of(reading.flow, kind=figure.kind) if reading else 1,
    }
    with transaction.atomic():
        asked, new = Task.objects.select_related("figure", "reading").get_or_create(
            kind=kind,
            figure=figure,
            reading=reading,
            purpose=Task.Purpose.QUESTION,
            defaults={"paper": paper, "answers_wanted": settings.ANSWERS_FIRST, **facts},
        )
        if new:
            set_uncertainty(task=asked, uncertainty=uncertainty_of_start(asked))
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
    asked = Task.objects.filter(paper=OuterRef("pk"), purpose=Task.Purpose.QUESTION)
    pictures = Figure.pictures.filter(paper=OuterRef("pk"), flow_probability__gte=SURE_OTHER)
    told = (
        kinds()
        .filter(
            ~Exists(
                Task.objects.filter(figure=OuterRef("figure"), kind=Task.Kind.CORRECT, purpose=Task.Purpose.QUESTION)
            ),
            figure__paper=OuterRef("pk"),
        )
        .exclude(kind=NO_NETWORK)
    )
    unasked = Paper.objects.filter(
        Exists(told) | (~Exists(asked) & Exists(pictures)),
        state=Paper.State.READ,
    )
    return sum(len(create_tasks(paper=paper)) for paper in unasked)
