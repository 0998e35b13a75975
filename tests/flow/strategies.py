"""Flows for property tests: random graphs over the catalogue, sensible ones and hostile ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from extraction.flow.catalogue import CATALOGUE, Parameter
from extraction.flow.model import Connection, Flow, Layer

TYPES = sorted(CATALOGUE)

#: Anything that the JSON of a parameter can hold.
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**9) | st.floats(-10, 10) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


def fitting(parameter: Parameter, rank: int) -> st.SearchStrategy[Any]:
    """Values that a parameter allows."""
    low = int(parameter.minimum) if parameter.minimum is not None else 0
    match parameter.kind:
        case "choice":
            return st.sampled_from(parameter.choices)
        case "bool":
            return st.booleans()
        case "float":
            return st.sampled_from([0.1, 0.25, 0.5])
        case "int":
            return st.integers(max(low, 1), 8)
        case "size":
            return st.integers(1, 4) | st.lists(st.integers(1, 4), min_size=rank, max_size=rank)
        case "text":
            return st.sampled_from(["abc,cd->abd", "...x,xy->...y", "ab,bc->ac", "abc,bcde->ade", "y", "d"])
        case _:
            return st.integers(1, 3)


@st.composite
def layers(draw: st.DrawFn, layer_id: str, *, hostile: bool) -> Layer:
    kind = draw(st.sampled_from(TYPES))
    row = CATALOGUE[kind]
    params: dict[str, Any] = {}
    for parameter in row.parameters:
        if draw(st.integers(0, 3)) == 0:
            value = anything if hostile and draw(st.booleans()) else fitting(parameter, row.rank or 1)
            params[parameter.name] = draw(value)
    if draw(st.integers(0, 9)) == 0:
        params["repeat"] = draw(st.integers(0, 3))
    if hostile and draw(st.integers(0, 9)) == 0:
        params["activation"] = draw(anything)
    also = draw(st.lists(st.sampled_from(TYPES if hostile else ["BatchNormalization", "ReLU", "Dropout"]), max_size=2))
    size = st.integers(1, 10**9 if hostile else 40)
    shape = draw(st.lists(st.none() | size if hostile else size, min_size=1, max_size=4).map(tuple))
    name = draw(st.sampled_from(["", "conv", "class", "x y", "1", "é"]))
    printed = shape if draw(st.integers(0, 5)) == 0 else None
    return Layer(layer_id, kind, name=name, params=params, also=tuple(also), output_shape=printed)


@st.composite
def flows(draw: st.DrawFn, *, hostile: bool = False, most: int = 9, acyclic: bool = True) -> Flow:
    count = draw(st.integers(1, most))
    drawn = tuple(draw(layers(f"l{i}", hostile=hostile)) for i in range(count))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=2 * count))
    connections = tuple(
        Connection(f"l{a}", f"l{b}", draw(st.none() | st.just(0.5)))
        for a, b in ((min(p), max(p)) if acyclic else p for p in pairs)
        if a != b or not acyclic
    )
    kind = draw(st.sampled_from([None, "neurons", "box2d"]))
    return Flow(drawn, connections, name="random", kind=kind)
