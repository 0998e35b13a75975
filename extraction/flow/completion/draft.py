"""The working graph of completion: nodes that may still change, and what was assumed on the way."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from extraction.flow.catalogue import CATALOGUE, LayerType
from extraction.flow.model import Connection, Flow, Layer, Shape
from extraction.flow.problems import Problem, Severity, title


@dataclass(frozen=True, slots=True)
class Assumption:
    """One value that the drawing doesn't say and completion set."""

    #: Id of the layer in the completed flow.
    layer: str
    #: The parameter, or `type`, `output_shape`, `inputs` where the layer itself or its connections are assumed.
    parameter: str
    value: Any
    reason: str
    #: `inferred` where the printed sizes leave no choice, `assumed` where custom decides.
    provenance: str = "assumed"

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "parameter": self.parameter,
            "value": list(self.value) if isinstance(self.value, tuple) else self.value,
            "reason": self.reason,
            "provenance": self.provenance,
        }


@dataclass(eq=False, slots=True)
class Node:
    """A layer on its way to completion."""

    layer: Layer
    inputs: list[str]
    #: Confidence of each drawn connection into it, by source.
    confidence: dict[str, float | None] = field(default_factory=dict)
    #: Shape once settled.
    shape: Shape | None = None
    #: Shape as drawn; settling leaves it as it is.
    printed: Shape | None = field(init=False)
    #: Parameters that were chosen without a hint; a merge further on may still change them.
    free: set[str] = field(default_factory=set)
    #: Whether the drawing itself settles height and width, and the channels.
    firm_size: bool = False
    firm_channels: bool = False

    def __post_init__(self) -> None:
        self.printed = self.layer.output_shape

    @property
    def id(self) -> str:
        return self.layer.id

    @property
    def type(self) -> str:
        return self.layer.type

    @property
    def row(self) -> LayerType:
        return CATALOGUE[self.layer.type]

    def get(self, name: str) -> Any:
        return self.layer.params.get(name)


class Draft:
    """All nodes by id, in the order in which they stand in the completed flow."""

    def __init__(self, flow: Flow, side: int | None = None) -> None:
        self.flow = flow
        #: Height and width that images are to have where none are printed; chosen for each input where `None`.
        self.side = side
        #: Some image's size was assumed.
        self.sized = False
        self.nodes: dict[str, Node] = {layer.id: Node(layer, []) for layer in flow.layers}
        for connection in flow.connections:
            target = self.nodes[connection.target]
            target.inputs.append(connection.source)
            target.confidence[connection.source] = connection.confidence
        #: For every drawn layer the layers that it became, in order.
        self.members: dict[str, tuple[str, ...]] = {layer.id: (layer.id,) for layer in flow.layers}
        self._numbers: dict[str, int] = {}
        self._given: set[str] = set()
        self.problems: list[Problem] = []
        self.assumptions: dict[tuple[str, str], Assumption] = {}

    def problem(self, node: Node | None, message: str, severity: Severity = "error") -> None:
        self.problems.append(Problem(node.id if node else None, message, severity))

    @property
    def fits(self) -> bool:
        return all(problem.severity != "error" for problem in self.problems)

    def outputs_of(self) -> dict[str, list[str]]:
        outputs: dict[str, list[str]] = {i: [] for i in self.nodes}
        for node in self.nodes.values():
            for source in node.inputs:
                outputs[source].append(node.id)
        return outputs

    def put(self, node: Node, parameter: str, value: Any, provenance: str = "", reason: str = "") -> None:
        """Set a parameter; with a reason it is noted as an assumption."""
        params = {**node.layer.params, parameter: list(value) if isinstance(value, tuple) else value}
        origin = dict(node.layer.provenance)
        if provenance:
            origin[parameter] = provenance
        node.layer = replace(node.layer, params=params, provenance=origin)
        self.assumptions.pop((node.id, parameter), None)
        if reason:
            self.note(node, parameter, value, reason, provenance or "assumed")

    def drop(self, node: Node, parameter: str) -> None:
        node.layer = replace(
            node.layer,
            params={k: v for k, v in node.layer.params.items() if k != parameter},
            provenance={k: v for k, v in node.layer.provenance.items() if k != parameter},
        )

    def retype(self, node: Node, kind: str, reason: str) -> None:
        node.layer = replace(node.layer, type=kind, provenance={**node.layer.provenance, "type": "assumed"})
        self.note(node, "type", kind, reason)

    def note(self, node: Node, parameter: str, value: Any, reason: str, provenance: str = "assumed") -> None:
        self.assumptions[node.id, parameter] = Assumption(node.id, parameter, value, reason, provenance)

    def new_id(self, wanted: str) -> str:
        """`wanted`, or with the first number that makes it unique."""
        candidate = wanted
        while candidate in self.nodes or candidate in self._given:
            self._numbers[wanted] = self._numbers.get(wanted, 1) + 1
            candidate = f"{wanted}{self._numbers[wanted]}"
        self._given.add(candidate)
        return candidate

    def add(
        self,
        wanted: str,
        kind: str,
        inputs: Iterable[str],
        reason: str,
        params: Mapping[str, Any] | None = None,
        *,
        provenance: str = "assumed",
    ) -> Node:
        """A layer that the drawing doesn't show. `reason` may be empty where the drawing does say it."""
        values = {k: list(v) if isinstance(v, tuple) else v for k, v in (params or {}).items()}
        origin = {"type": provenance, **dict.fromkeys(values, provenance)} if provenance else {}
        node = Node(Layer(self.new_id(wanted), kind, params=values, provenance=origin), list(inputs))
        self.nodes[node.id] = node
        if reason:
            self.note(node, "type", kind, reason)
        return node

    def finished(self) -> Flow:
        """The flow in its present state; connections in the order of the layers they lead into."""
        nodes = list(self.nodes.values())
        return replace(
            self.flow,
            layers=tuple(node.layer for node in nodes),
            connections=tuple(
                Connection(source, node.id, node.confidence.get(source)) for node in nodes for source in node.inputs
            ),
        )


def name_all(nodes: Iterable[Node]) -> None:
    """Give every layer a `name` that is a Python identifier of its own. Names that already are come first."""
    nodes = list(nodes)
    taken: set[str] = set()
    kept: set[str] = set()
    for node in nodes:
        name = node.layer.name
        if is_name(name) and name not in taken:
            taken.add(name)
            kept.add(node.id)
    numbers: dict[str, int] = {}
    for node in nodes:
        if node.id in kept:
            continue
        base = _identifier(node.layer.name) or _identifier(node.id) or _identifier(node.type) or "layer"
        name = base
        while name in taken:
            numbers[base] = numbers.get(base, 1) + 1
            name = f"{base}_{numbers[base]}"
        taken.add(name)
        node.layer = replace(node.layer, name=name)


def is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text) and len(text) <= 60


def _identifier(text: str) -> str:
    words = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_").lower()[:40]
    if words[:1].isdigit():
        words = f"layer_{words}"
    return f"{words}_" if keyword.iskeyword(words) else words


def titled(node: Node) -> str:
    return title(node.layer)
