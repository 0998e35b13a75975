"""Layers in a row to a flow."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import MAX_LAYERS, Connection, Flow, Layer, Shape
from extraction.tables.branches import with_branches
from extraction.tables.spec import Group, Spec
from extraction.tables.text import coloured

#: Layers whose sizes are whole with two numbers: steps and features.
_OF_SEQUENCES = ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "Embedding", "Dense", "Reshape", "Flatten")
#: Columns of a module that count the channels it gives.
_COUNTS_CHANNELS = re.compile(r"(?:output |#)?channels$|#out$|out(?:put)?[- ]?(?:f|feat\w*|ch\w*)\.?$")
#: Layers whose size tells their filters, over two axes and over three.
_MAKES_MAPS = (("Conv2D", "Conv2DTranspose", "SeparableConv2D"), ("Conv3D", "Conv3DTranspose"))
MERGING = ("Add", "Concatenate", "Multiply", "Average", "Maximum")
_KEEPS_CHANNELS = ("Pooling", "Dropout", "Activation", "Normalization", "ReLU", "LRN", "Add")


def flow_of(groups: Sequence[Group], name: str) -> Flow:
    """The layers one after the other, repeats written out. `Add` also takes what went into its group."""
    layers: list[Layer] = []
    connections: list[Connection] = []
    channels: int | None = None
    linear = _is_sequence(groups)
    named: dict[str, str] = {}
    #: What a stage that ends with a pooling has before it: its map of full size, which later ones are merged with.
    whole: dict[str, str] = {}
    for group in _settled(groups):
        for round_ in range(group.repeat):
            entered = layers[-1].id if layers else None
            for spec in group.specs:
                if len(layers) >= MAX_LAYERS:
                    break
                linear = len(spec.output_shape) == 2 if spec.type == "Reshape" and spec.output_shape else linear
                linear = linear or spec.type.endswith("1D")
                spec = _with_sizes(_along_line(spec) if linear else spec, channels)
                channels = _channels(spec, channels)
                above = layers[-1].id if layers else None
                if round_:  # what the row names leads into the first round alone
                    spec = replace(spec, sources=())
                for source in spec.sources:
                    if source and source not in named:  # of no row: what goes into the network
                        layers.append(Layer(f"l{len(layers) + 1}", "Input", label=source, confidence=0.7))
                        named[source] = layers[-1].id
                layer = _layer(spec, f"l{len(layers) + 1}")
                if spec.known_as:
                    named[spec.known_as] = layer.id
                    if "Pooling" in spec.type and above and spec.label.casefold() != spec.known_as:
                        whole[spec.known_as] = above
                kept = whole if spec.type in MERGING else {}
                sources = [kept.get(source, named[source]) if source else above for source in spec.sources] or [above]
                entering = dict.fromkeys(source for source in sources if source)
                connections += [Connection(source, layer.id) for source in entering]
                if spec.type == "Add" and not spec.sources and entered not in (None, above):
                    connections.append(Connection(str(entered), layer.id))
                layers.append(layer)
    sure = sum(layer.confidence or 0 for layer in layers) / max(1, len(layers))
    connections = connections if named else with_branches(layers, connections)
    return Flow(tuple(layers), tuple(connections), name=name, confidence=round(0.9 * sure, 4))


def _settled(groups: Sequence[Group]) -> list[Group]:
    """What only neighbours tell: an input printed on two lines is one, and pooling without a window before a dense
    layer is over the whole map."""
    done: list[Group] = []
    for group in groups:
        last = done[-1].specs[0] if done else None
        first = group.specs[0]
        if last is not None and last.type == first.type == "Input" and None in (last.output_shape, first.output_shape):
            shape = last.output_shape or first.output_shape
            done[-1] = Group((replace(last, label=f"{last.label} {first.label}".strip(), output_shape=shape),))
        else:
            done.append(group)
    flat = [spec for group in done for spec in group.specs]
    following = {id(spec): after.type for spec, after in pairwise(flat)}
    return [
        replace(group, specs=tuple(_whole(spec, following.get(id(spec), "")) for spec in group.specs)) for group in done
    ]


def _is_sequence(groups: Sequence[Group]) -> bool:
    """Whether convolutions make steps by channels: all their sizes are so many steps and their filters."""
    convolutions = [spec for group in groups for spec in group.specs if spec.type == "Conv2D"]
    sizes = [(spec.output_shape, spec.params.get("filters")) for spec in convolutions if spec.output_shape]
    if not any(filters for _, filters in sizes) and _deepens([shape for shape, _ in sizes if len(shape) == 2]):
        sizes = [(shape, shape[-1]) for shape, _ in sizes]
    steps = [shape for shape, filters in sizes if len(shape) == 2 and shape[1] == filters]
    square = all(shape[0] == shape[1] for shape in steps)
    flat = all(
        window[1:] == [1] or len({*window}) == 1 for s in convolutions if (window := s.params.get("kernel_size"))
    )
    return len(steps) == len(sizes) > 1 and not square and flat


def _deepens(sizes: Sequence[Shape]) -> bool:
    """Whether second sides grow where the first shrink, and never shrink: they count channels."""
    pairs = [(a[0] or 0, a[1] or 0, b[0] or 0, b[1] or 0) for a, b in pairwise(sizes)]
    return sum(c < a and d > b for a, b, c, d in pairs) > 1 and all(d >= b for _, b, _, d in pairs)


def _along_line(spec: Spec) -> Spec:
    """The layer over one axis, where its windows have but one side and what it takes is a row of steps."""
    kind = spec.type.replace("2D", "1D")
    windows = {key: value for key, value in spec.params.items() if isinstance(value, list)}
    if kind == spec.type or kind not in CATALOGUE or any(len({*w}) > 1 and w[1:] != [1] for w in windows.values()):
        return spec
    return replace(spec, type=kind, params={**spec.params, **{key: sides[:1] for key, sides in windows.items()}})


def over_space(flow: Flow) -> Flow:
    """Pooling over the whole of what convolutions over three axes made is over three, too; three sides of what goes in
    are the volume's, and its channels are not printed."""
    if not any(layer.type.startswith("Conv3D") for layer in flow.layers):
        return flow
    layers = [
        replace(layer, type=layer.type.replace("2D", "3D")) if layer.type.startswith("Global") else layer
        for layer in flow.layers
    ]
    first, *rest = layers
    if first.type == "Input" and len(first.output_shape or ()) == 3 and rest[0].type == "Conv3D":
        layers[0] = replace(first, output_shape=None, provenance={})
    return replace(flow, layers=tuple(layers))


def over_line(flow: Flow) -> Flow:
    """The flow with its windows along one axis: its input is a row of steps, or its caption says so."""
    layers = []
    for layer in flow.layers:
        kind = layer.type.replace("2D", "1D")
        windows = {key: value for key, value in layer.params.items() if isinstance(value, list)}
        plain = all(len(sides) == 2 and (sides[0] == sides[1] or sides[1] == 1) for sides in windows.values())
        if kind != layer.type and kind in CATALOGUE and plain:
            params = {**layer.params, **{key: sides[:1] for key, sides in windows.items()}}
            layer = replace(layer, type=kind, params=params)
        layers.append(layer)
    return replace(flow, layers=tuple(layers))


def _whole(spec: Spec, following: str) -> Spec:
    """The pooling as one over the whole map where it leaves a vector, or where nothing is said before a dense layer."""
    if (
        spec.type.startswith(("MaxPooling", "AveragePooling"))
        and "pool_size" not in spec.params
        and len(spec.output_shape or ()) == 1
    ):
        return replace(spec, type=f"Global{spec.type}")
    if following != "Dense":
        return spec
    bare = spec.type == "MaxPooling2D" and not spec.params and "max" not in spec.label.lower()
    return replace(spec, type="GlobalAveragePooling2D") if bare and spec.output_shape is None else spec


def _layer(spec: Spec, layer_id: str) -> Layer:
    provenance = dict.fromkeys(spec.params, "table")
    if spec.output_shape:
        provenance["output_shape"] = "table"
    return Layer(
        layer_id,
        spec.type,
        label=spec.label,
        params=spec.params,
        output_shape=spec.output_shape,
        confidence=spec.confidence,
        provenance=provenance,
    )


def _with_sizes(spec: Spec, channels: int | None) -> Spec:
    """Filters and units that only the printed size tells, and channels that only the layer tells."""
    shape, params = spec.output_shape, dict(spec.params)
    if shape and len(shape) == 1 and spec.type in ("Dense", "LSTM", "GRU", "SimpleRNN"):
        params.setdefault("units", shape[0])
    if shape and len(shape) > 1 and spec.type == "Embedding" and shape[-1]:
        params["output_dim"] = shape[-1]  # and not how many words there are
    if shape and len(shape) == 3 and spec.type in ("Conv3D", "MaxPooling3D", "AveragePooling3D"):
        own = params.get("filters") or channels
        shape = (*shape, own) if isinstance(own, int) else shape
    elif shape and len(shape) >= 3:
        if spec.type in _MAKES_MAPS[len(shape) > 3]:
            params.setdefault("filters", shape[-1])
        elif spec.type == "Dense" and None not in shape:
            # Its units, already in the shape of a map; "fc7128" is the seventh, of 128.
            units = math.prod(size or 1 for size in shape)
            if spec.label.endswith(str(params.get("units", "-"))) and str(params["units"]).endswith(str(units)):
                params["units"] = units
            params.setdefault("units", units)
    elif shape and len(shape) == 2 and spec.type in ("Conv1D", "Conv1DTranspose"):
        params.setdefault("filters", shape[-1])
    elif shape and spec.type == "Input":
        shape = coloured(shape, spec.label)
    elif shape and len(shape) == 2 and spec.type not in _OF_SEQUENCES and not spec.type.endswith("1D"):
        own = params.get("filters") or params.get("units") or (channels if _keeps(spec.type) else None)
        own = own or next((value for key, value in params.items() if _COUNTS_CHANNELS.match(key)), None)
        shape = (*shape, own) if isinstance(own, int) else None
    return replace(spec, params=params, output_shape=shape)


def _keeps(kind: str) -> bool:
    return any(word in kind for word in _KEEPS_CHANNELS)


def _channels(spec: Spec, before: int | None) -> int | None:
    shape: Shape | None = spec.output_shape
    if shape and len(shape) >= 3:
        return shape[-1]
    own = spec.params.get("filters") or spec.params.get("units")
    return own if isinstance(own, int) else before if _keeps(spec.type) else None
