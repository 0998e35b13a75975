"""Gold flows and their code."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from annotations.models import Artifact, GoldFlow, GoldLayerType


def gold_flows(*, search: str = "", layer_types: tuple[str, ...] = (), verified: bool = False) -> QuerySet[GoldFlow]:
    """The newest version of each gold flow, newest first, with paper, figure and artifacts.

    Every word of `search` stands in its name or its paper's title, authors, abstract or captions; it has a layer of
    every type of `layer_types`; with `verified`, code of it has been built and run.
    """
    found = (
        GoldFlow.objects.filter(next=None)
        .select_related("paper", "figure", "submission__user")
        .prefetch_related(Prefetch("artifacts", Artifact.objects.defer("source", "proof", "lines")))
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
            "paper", "figure", "submission__user", "submission__task__reading", "review__moderator", "next", "previous"
        )
        .prefetch_related("artifacts")
        .get(pk=number)
    )


def verified_artifact(number: int, framework: str) -> Artifact | None:
    """The code of a gold flow that was built and run, `None` where there is none (yet)."""
    return (
        Artifact.objects.filter(gold_id=number, framework=framework, state=Artifact.State.VERIFIED)
        .select_related("gold__paper", "gold__figure")
        .first()
    )
