"""Lines of code, and which layer each belongs to; the heads that all frameworks' files share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from extraction.codegen.plan import Node
from extraction.codegen.text import plain
from extraction.flow.model import Flow


@dataclass(slots=True)
class Lines:
    """Text that grows line by line."""

    rows: list[str] = field(default_factory=list)
    #: Layer id of the completed flow -> first and last line, counted from 1.
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, *rows: str) -> None:
        self.rows += rows

    @contextmanager
    def of(self, node: Node) -> Iterator[None]:
        """What is added inside belongs to the layer (the first time that something is)."""
        start = len(self.rows) + 1
        yield
        if len(self.rows) >= start:
            self.ranges.setdefault(node.id, (start, len(self.rows)))

    def text(self) -> str:
        return "\n".join(self.rows) + "\n"

    def given(self, flow: Flow) -> dict[str, tuple[int, int]]:
        """Ranges by layer id of the flow that was given; what completion added belongs to the layer it came from.

        Where such code stands in several places, the place of the layer itself counts.
        """
        ids = {layer.id for layer in flow.layers}
        found: dict[str, tuple[int, int]] = {}
        itself: set[str] = set()
        last_owner = None
        for layer_id, (first, last) in sorted(self.ranges.items(), key=lambda item: item[1]):
            owner = drawn_layer(layer_id, ids)
            if owner is None or (owner in itself and owner != last_owner):
                last_owner = owner
                continue
            start = found[owner][0] if owner == last_owner and owner in found else first
            if owner in (last_owner, layer_id) or owner not in found:
                found[owner] = (start, last)
            if owner == layer_id:
                itself.add(owner)
            last_owner = owner
        return {layer.id: found[layer.id] for layer in flow.layers if layer.id in found}


def drawn_layer(layer_id: str, drawn: Set[str]) -> str | None:
    """The drawn layer that a layer of the completed flow is, or was put in for; `None` where there is none."""
    return next((stem for stem in _stems(layer_id) if stem in drawn), None)


def _stems(layer_id: str) -> Iterator[str]:
    """`c1.bn.relu`, `c1.bn`, `c1`."""
    yield layer_id
    while "." in layer_id:
        layer_id = layer_id.rpartition(".")[0]
        yield layer_id


def title(flow: Flow, framework: str) -> str:
    return f"{plain(flow.name, 80) or 'A network'} in {framework}."


def origins(flow: Flow) -> Iterable[str]:
    """Where the flow was printed: `Figure 2, page 3.`"""
    for source in flow.sources:
        what = next(
            (f"{word.capitalize()} {_short(source[word])}" for word in ("figure", "table") if word in source), ""
        )
        page = f"page {_short(source['page'])}" if "page" in source else ""
        if text := ", ".join(part for part in (what, page) if part):
            yield f"{text[:1].upper()}{text[1:]}."


def _short(value: Any) -> str:
    return plain(str(value), 30)


def count(parameters: Mapping[str, int | None], nodes: Iterable[Node]) -> int:
    return sum(parameters.get(node.id) or 0 for node in nodes)


def sentence(text: str) -> str:
    line = plain(text, 2000)
    return line if not line or re.search(r"[.!?…]$", line) else f"{line}."
