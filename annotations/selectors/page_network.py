"""What a network's page shows: code with its proof, and every value with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.models import Artifact, GoldFlow, GoldWithdrawal
from extraction.flow.complete import Completion, complete
from extraction.flow.diff import diff
from extraction.flow.model import Flow, Layer, Shape
from extraction.flow.shapes import infer

#: The order in which frameworks are shown.
FRAMEWORKS = ("keras", "pytorch", "caffe")


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter with where it comes from; `page` where the text says it."""

    name: str
    value: Any
    provenance: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class LayerRow:
    layer: Layer
    values: tuple[Value, ...]
    output: Shape | None
    weights: int | None
    #: Not in the figure: added so that the network can be built.
    added: bool


@dataclass(frozen=True, slots=True)
class Assumed:
    """One thing that nobody saw printed and nothing printed decides."""

    parameter: str
    value: Any
    layers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    gold: GoldFlow
    #: What it changed against the version before it.
    changes: str
    offered: bool
    withdrawal: GoldWithdrawal | None


@dataclass(frozen=True, slots=True)
class NetworkPage:
    gold: GoldFlow
    artifacts: tuple[Artifact, ...]
    rows: tuple[LayerRow, ...]
    weights: int | None
    training: tuple[Value, ...]
    assumed: tuple[Assumed, ...]
    versions: tuple[Version, ...]
    #: The version that is offered, where this one isn't.
    newest: GoldFlow | None
    #: Why this one is not offered any more, where it was withdrawn.
    withdrawal: GoldWithdrawal | None

    @property
    def drawn(self) -> int:
        return sum(not row.added for row in self.rows)

    @property
    def has_confidence(self) -> bool:
        return any(row.layer.confidence is not None for row in self.rows)

    @property
    def best(self) -> Artifact | None:
        """The first framework with code that ran."""
        return next((a for a in self.artifacts if a.state == Artifact.State.VERIFIED), None)

    @property
    def json(self) -> str:
        return Flow.from_dict(self.gold.flow).dumps()


def network_page(*, gold: GoldFlow) -> NetworkPage:
    """All of the page. `gold` comes with paper, figure, submission, review and their people selected."""
    withdrawal: GoldWithdrawal | None = getattr(gold, "withdrawal", None)
    # Of a network that was withdrawn no code is offered.
    built = gold.artifacts.all() if withdrawal is None else ()
    artifacts = tuple(sorted(built, key=lambda artifact: FRAMEWORKS.index(artifact.framework)))
    flow = Flow.from_dict(gold.flow)
    completion = complete(flow)
    rows, weights = _layer_rows(flow, completion.flow)
    history = list(
        GoldFlow.objects.filter(figure=gold.figure)
        .select_related("approved_by", "withdrawal", "reverts_to")
        .prefetch_related("credits__user")
        .order_by("version")
    )
    versions = tuple(reversed(list(_versions(history))))
    offered = next((version.gold for version in versions if version.offered), None)
    return NetworkPage(
        gold=gold,
        artifacts=artifacts,
        rows=tuple(rows),
        weights=weights,
        training=tuple(
            Value(name, entry.get("value"), str(entry.get("provenance", "")), entry.get("page"))
            for name, entry in flow.training.items()
        ),
        assumed=tuple(_assumed(completion)),
        versions=versions,
        newest=offered if offered is not None and offered.pk != gold.pk else None,
        withdrawal=withdrawal,
    )


def _layer_rows(flow: Flow, completed: Flow) -> tuple[list[LayerRow], int | None]:
    """The layers of the completed flow, each value with its source, and the number of weights in all."""
    inference = infer(completed)
    drawn = {layer.id for layer in flow.layers}
    rows = []
    total: int | None = 0
    for layer in completed.layers:
        weights = inference.parameters.get(layer.id)
        total = None if total is None or weights is None else total + weights
        shape = inference.output_shapes.get(layer.id) or layer.output_shape
        rows.append(LayerRow(layer, tuple(_values(layer)), shape, weights, layer.id not in drawn))
    return rows, total


def _values(layer: Layer) -> Iterator[Value]:
    for name, value in layer.params.items():
        yield Value(name.replace("_", " "), value, layer.provenance.get(name, ""))


def _assumed(completion: Completion) -> Iterator[Assumed]:
    """What custom decided, each reason once with the layers it is about. What follows from print is left out."""
    layers = {layer.id: layer for layer in completion.flow.layers}
    groups: dict[tuple[str, str, str], tuple[Any, list[str]]] = {}
    for entry in completion.assumptions:
        layer = layers[entry.layer]
        if layer.provenance.get(entry.parameter, "assumed") == "assumed":
            key = (entry.reason, entry.parameter, repr(entry.value))
            groups.setdefault(key, (entry.value, []))[1].append(layer.name or layer.id)
    for (reason, parameter, _), (value, names) in groups.items():
        yield Assumed(parameter.replace("_", " "), value, tuple(names), reason)


def _versions(history: list[GoldFlow]) -> Iterator[Version]:
    standing = [gold.pk for gold in history if not hasattr(gold, "withdrawal")]
    before: GoldFlow | None = None
    for gold in history:
        changes = changes_between(before.flow, gold.flow) if before else "First version"
        if gold.reverts_to is not None:
            changes = f"As version {gold.reverts_to.version} again"
        yield Version(gold, changes, gold.pk in standing[-1:], getattr(gold, "withdrawal", None))
        before = gold


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """ "2 layers changed, 1 connection added"; "no difference" where there is none."""
    difference = diff(Flow.from_dict(before), Flow.from_dict(after))
    words = []
    for what, changes in (("layer", difference.layers), ("connection", difference.connections)):
        for kind in ("added", "removed", "changed"):
            count = sum(change.kind == kind for change in changes)
            if count:
                words.append(f"{count} {what}{'s' if count > 1 else ''} {kind}")
    return ", ".join(words) or "no difference"
