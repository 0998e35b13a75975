"""What the list pages show: papers and networks, searched, narrowed and sorted.

Lists read outlines, never flows, and ask the database a fixed number of times whatever they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from annotations.models import Artifact, GoldFlow, GoldLayerType, Task
from annotations.selectors.gold import offered
from annotations.selectors.stars import rank, with_stars
from annotations.selectors.tasks import questions, with_answers
from extraction.flow.catalogue import CATALOGUE
from extraction.models import Figure, Paper, Reading

PAGE_SIZE = 20
MAX_WORDS = 8

PAPER_STATES = {
    "verified": "Verified code",
    "review": "In review",
    "open": "Needs answers",
    "none": "No network found",
    "reading": "Being read",
    "failed": "Could not be read",
}
PAPER_SORTS = {"new": "Newest", "title": "Title", "year": "Year"}
NETWORK_SORTS = {"new": "Newest", "rated": "Best rated", "name": "Name", "layers": "Most layers"}
FRAMEWORKS = {"keras": "Keras", "pytorch": "PyTorch", "caffe": "Caffe"}
FAMILIES = {
    "conv": "Convolution",
    "pool": "Pooling",
    "norm": "Normalisation",
    "dense": "Dense",
    "act": "Activation",
    "merge": "Merge",
    "attn": "Attention",
    "rec": "Recurrent",
}
KINDS = {
    "neurons": "Circles and lines",
    "box2d": "Flat boxes",
    "stacked2d": "Stacks of squares",
    "box3d": "Cuboids",
    "pipeline": "Whole pipeline",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of a facet: its name, how many it would leave, whether it is ticked."""

    value: str
    label: str
    count: int
    ticked: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of results with the facets beside it."""

    page: Page[Any]
    facets: tuple[Facet, ...]
    query: str
    sort: str
    sorts: Mapping[str, str]

    @property
    def narrowed(self) -> bool:
        return bool(self.query) or any(choice.ticked for facet in self.facets for choice in facet.choices)


def light_artifacts() -> QuerySet[Artifact]:
    """Artifacts without their sources, as lists need them."""
    return Artifact.objects.defer("source", "lines", "assumptions").order_by("pk")


def current_networks() -> QuerySet[GoldFlow]:
    """The offered version of each gold flow, as rows of a list."""
    return (
        with_stars(offered())
        .select_related("paper", "figure")
        .defer("flow", "paper__abstract")
        .prefetch_related(Prefetch("artifacts", queryset=light_artifacts()))
    )


def papers_page(
    *, query: str = "", picked: Mapping[str, Iterable[str]] | None = None, sort: str = "new", page: int | str = 1
) -> Listing:
    chosen = _picked(picked, {"state": PAPER_STATES, "layer": FAMILIES, "drawn": KINDS})
    flags = {**_paper_state_flags(), **_paper_layer_flags(), **_paper_kind_flags()}
    found = Paper.objects.annotate(**flags).filter(*_paper_words(query))
    narrowed = _narrow(found, chosen)
    facets = (
        _facet(found, chosen, "state", "Status", PAPER_STATES),
        _facet(found, chosen, "layer", "Contains layers", FAMILIES),
        _facet(found, chosen, "drawn", "Figure drawn as", KINDS),
    )
    order: dict[str, list[Any]] = {
        "new": ["-created_at", "-pk"],
        "title": ["title", "pk"],
        "year": [F("year").desc(nulls_last=True), "-pk"],
    }
    sort = sort if sort in PAPER_SORTS else "new"
    rows = narrowed.order_by(*order[sort]).prefetch_related(
        Prefetch("gold_flows", queryset=current_networks().select_related(None), to_attr="networks"),
        Prefetch("tasks", queryset=with_answers(questions().filter(kind=Task.Kind.CORRECT)), to_attr="questions"),
        Prefetch(
            "readings",
            queryset=Reading.objects.filter(figure__isnull=False, tasks__isnull=False).defer("flow"),
            to_attr="figure_readings",
        ),
        Prefetch(
            "figures", queryset=Figure.objects.filter(is_flow=True).only("paper", "number"), to_attr="flow_figures"
        ),
    )
    return Listing(Paginator(rows, PAGE_SIZE).get_page(page), facets, query, sort, PAPER_SORTS)


def networks_page(
    *,
    query: str = "",
    picked: Mapping[str, Iterable[str]] | None = None,
    most: int | None = None,
    sort: str = "new",
    page: int | str = 1,
) -> Listing:
    """Networks; `most` is the largest number of parameters wanted."""
    chosen = _picked(picked, {"framework": FRAMEWORKS, "layer": FAMILIES, "drawn": KINDS})
    flags: dict[str, Any] = {}
    for name in FRAMEWORKS:
        ran = Artifact.objects.filter(gold=OuterRef("pk"), framework=name, state=Artifact.State.VERIFIED)
        flags[f"framework_{name}"] = Exists(ran)
    for name in FAMILIES:
        flags[f"layer_{name}"] = Exists(GoldLayerType.objects.filter(gold=OuterRef("pk"), type__in=_types_of(name)))
    found = current_networks().filter(*_network_words(query)).annotate(**flags, **_network_kind_flags())
    if most is not None:
        small = Artifact.objects.filter(gold=OuterRef("pk"), proof__parameters__lte=most)
        found = found.filter(Exists(small))
    facets = (
        _facet(found, chosen, "framework", "Built and run in", FRAMEWORKS),
        _facet(found, chosen, "layer", "Contains layers", FAMILIES),
        _facet(found, chosen, "drawn", "Figure drawn as", KINDS),
    )
    order: dict[str, list[Any]] = {
        "new": ["-number"],
        "rated": [rank().desc(), "-number"],
        "name": ["name", "number"],
        "layers": ["-outline__count", "number"],
    }
    sort = sort if sort in NETWORK_SORTS else "new"
    rows = _narrow(found, chosen).order_by(*order[sort])
    return Listing(Paginator(rows, PAGE_SIZE).get_page(page), facets, query, sort, NETWORK_SORTS)


def _types_of(family: str) -> list[str]:
    return [name for name, row in CATALOGUE.items() if row.family == family]


def _words(query: str) -> list[str]:
    return query.split()[:MAX_WORDS]


def _paper_words(query: str) -> list[Q]:
    """Every word must stand somewhere: in the paper's text, its file name, the name or a layer of a network."""
    conditions = []
    for word in _words(query):
        networks = GoldFlow.objects.filter(paper=OuterRef("pk"), name__icontains=word)
        layers = GoldLayerType.objects.filter(gold__paper=OuterRef("pk"), type__iexact=word)
        conditions.append(
            Q(search_text__contains=word.casefold())
            | Q(file_name__icontains=word)
            | Q(Exists(networks))
            | Q(Exists(layers))
        )
    return conditions


def _network_words(query: str) -> list[Q]:
    conditions = []
    for word in _words(query):
        layers = GoldLayerType.objects.filter(gold=OuterRef("pk"), type__icontains=word)
        number = Q(number=int(word)) if word.isascii() and word.isdigit() and len(word) < 12 else Q()
        conditions.append(
            Q(name__icontains=word) | Q(paper__search_text__contains=word.casefold()) | Q(Exists(layers)) | number
        )
    return conditions


def _paper_state_flags() -> dict[str, Any]:
    tasks = questions().filter(paper=OuterRef("pk"))
    ran = Artifact.objects.filter(gold__paper=OuterRef("pk"), state=Artifact.State.VERIFIED)
    waiting = Q(state__in=[Paper.State.QUEUED, Paper.State.READING])
    return {
        "state_verified": Exists(ran),
        "state_review": Exists(tasks.filter(state__in=[Task.State.IN_REVIEW, Task.State.SECOND])),
        "state_open": Exists(tasks.filter(state__in=[Task.State.OPEN, Task.State.RETURNED])),
        "state_none": Q(state=Paper.State.READ) & ~Exists(Figure.objects.filter(paper=OuterRef("pk"), is_flow=True)),
        "state_reading": waiting,
        "state_failed": Q(state=Paper.State.FAILED),
    }


def _paper_layer_flags() -> dict[str, Any]:
    types = GoldLayerType.objects.filter(gold__paper=OuterRef("pk"))
    return {f"layer_{name}": Exists(types.filter(type__in=_types_of(name))) for name in FAMILIES}


def _paper_kind_flags() -> dict[str, Any]:
    figures = Figure.objects.filter(paper=OuterRef("pk"), is_flow=True)
    return {f"drawn_{name}": Exists(figures.filter(kind=name)) for name in KINDS}


def _network_kind_flags() -> dict[str, Any]:
    return {f"drawn_{name}": Q(figure__kind=name) for name in KINDS}


def _picked(picked: Mapping[str, Iterable[str]] | None, known: Mapping[str, Mapping[str, str]]) -> dict[str, set[str]]:
    """What was asked for, as far as it exists."""
    asked = picked or {}
    return {name: {value for value in asked.get(name, ()) if value in values} for name, values in known.items()}


def _narrow(found: QuerySet[Any], chosen: Mapping[str, set[str]], *, but: str = "") -> QuerySet[Any]:
    """Within a facet any ticked box will do; all facets must hold."""
    for name, values in chosen.items():
        if values and name != but:
            condition = Q()
            for value in values:
                condition |= Q(**{f"{name}_{value}": True})
            found = found.filter(condition)
    return found


def _facet(
    found: QuerySet[Any], chosen: Mapping[str, set[str]], name: str, label: str, values: Mapping[str, str]
) -> Facet:
    others = _narrow(found, chosen, but=name).order_by()
    counts = others.aggregate(**{value: Count("pk", filter=Q(**{f"{name}_{value}": True})) for value in values})
    ticked = chosen[name]
    return Facet(name, label, tuple(Choice(v, text, counts[v], v in ticked) for v, text in values.items()))
