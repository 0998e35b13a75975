"""Gold flows and their code."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from annotations.models import Artifact, FigureKind, GoldFlow, GoldLayerType, Task


def offered() -> QuerySet[GoldFlow]:
    """The version of each figure's network that is offered: the newest that was not withdrawn."""
    later = GoldFlow.objects.filter(figure=OuterRef("figure"), version__gt=OuterRef("version"), withdrawal=None)
    return GoldFlow.objects.filter(~Exists(later), withdrawal=None)


def offered_of(figure_id: int) -> GoldFlow | None:
    """The version of this figure's network that is offered."""
    return GoldFlow.objects.filter(figure_id=figure_id, withdrawal=None).order_by("version").last()


def kinds() -> QuerySet[FigureKind]:
    """Kinds of figures as they were approved, oldest first, without those whose decision was taken back."""
    return FigureKind.objects.filter(review__undo=None).order_by("pk")


def started_from(task: Task) -> dict[str, Any] | None:
    """The flow that people who answer start from: the reading, in later rounds the gold flow they are to better."""
    if task.round > 1 and task.kind == Task.Kind.CORRECT and (gold := offered_of(task.figure_id)):
        flow: dict[str, Any] = gold.flow
        return flow
    return task.reading.flow if task.reading else None


def gold_flows(*, search: str = "", layer_types: tuple[str, ...] = (), verified: bool = False) -> QuerySet[GoldFlow]:
    """The offered version of each gold flow, newest first, with paper, figure and artifacts.

    Every word of `search` stands in its name or its paper's title, authors, abstract or captions; it has a layer of
    every type of `layer_types`; with `verified`, code of it has been built and run.
    """
    found = (
        offered()
        .select_related("paper", "figure")
        .prefetch_related("credits__user", Prefetch("artifacts", Artifact.objects.defer("source", "proof", "lines")))
        .defer("flow")
    )
    for word in search.casefold().split()[:10]:
        found = found.filter(Q(name__icontains=word) | Q(paper__search_text__contains=word))
    for layer_type in layer_types:
        found = found.filter(Exists(GoldLayerType.objects.filter(gold=OuterRef("pk"), type__iexact=layer_type)))
    if verified:
        found = found.filter(Exists(Artifact.objects.filter(gold=OuterRef("pk"), state=Artifact.State.VERIFIED)))
    return found


def network(number: int) -> GoldFlow:
    """A gold flow with everything that is asked of it.

    Raises:
        GoldFlow.DoesNotExist
    """
    return (
        GoldFlow.objects.select_related(
            "paper", "figure", "review__task__reading", "approved_by", "next", "previous", "withdrawal"
        )
        .prefetch_related("artifacts", "credits__user")
        .get(pk=number)
    )


def verified_artifact(number: int, framework: str) -> Artifact | None:
    """The code of a gold flow that was built and run, `None` where there is none (yet) or the flow was withdrawn."""
    return (
        Artifact.objects.filter(
            gold_id=number, gold__withdrawal=None, framework=framework, state=Artifact.State.VERIFIED
        )
        .select_related("gold__paper", "gold__figure")
        .first()
    )
