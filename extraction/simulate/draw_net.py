"""The graphs that Caffe's `draw_net.py` hands to Graphviz, and what a picture of one shows.

Source: `python/caffe/draw.py` of BVLC Caffe (2015 to 2017), and of its last version, which prints pooling otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.simulate.caffe_net import NetLayer
from extraction.vocabulary.tools import caffe_type

_COLOURS: Mapping[str, str] = {
    "Convolution": "#FF5050", "Deconvolution": "#FF5050", "Pooling": "#FF9900", "InnerProduct": "#CC33FF",
}  # fmt: skip
_LAYER, _IN_PLACE, _BLOB = "#6495ED", "#90EE90", "#E0E0E0"


@dataclass(frozen=True, slots=True)
class Options:
    rankdir: str = "LR"
    #: The last version, which prints `(Pooling MAX)`.
    late: bool = False
    #: Numbers of outputs beside the arrows.
    edge_labels: bool = True
    dpi: int = 96
    font: str = ""


@dataclass(slots=True)
class _Node:
    key: str
    label: str
    style: str


def box_key(layer: NetLayer) -> str:
    """A layer that stands twice (for training and for testing) has one box."""
    return f"{layer.name}_{layer.type}"


def blob_key(blob: str) -> str:
    return f"{blob}_blob"


def dot_source(net: Sequence[NetLayer], options: Options) -> str:
    nodes: dict[str, _Node] = {}
    edges = []
    for layer in net:
        key = box_key(layer)
        colour = _IN_PLACE if layer.in_place else _COLOURS.get(layer.type, _LAYER)
        label = (" " if options.rankdir in ("TB", "BT") else "\\n").join(words(layer, options))
        _put(nodes, key, label, f'shape=record, fillcolor="{colour}", style=filled')
        for blob in layer.bottoms:
            _put(nodes, blob_key(blob), blob, f'shape=octagon, fillcolor="{_BLOB}", style=filled')
            edges.append((blob_key(blob), key, ""))
        for blob in layer.tops:
            _put(nodes, blob_key(blob), blob, "")  # one that nobody reads stays an ellipse
            edges.append((key, blob_key(blob), edge_label(layer) if options.edge_labels else ""))
    lines = [f"digraph G {{\nrankdir={options.rankdir};\ndpi={options.dpi};"]
    if options.font:
        lines.append(f'node [fontname="{options.font}"];\nedge [fontname="{options.font}"];')
    for node in nodes.values():
        style = f", {node.style}" if node.style else ""
        lines.append(f'"{node.key}" [label="{node.label}"{style}];')
    lines += [f'"{source}" -> "{target}" [label="{label}"];' for source, target, label in edges]
    return "\n".join([*lines, "}"])


def _put(nodes: dict[str, _Node], key: str, label: str, style: str) -> None:
    """A node keeps the place of its first mention and the style of its last."""
    if key in nodes:
        nodes[key].label, nodes[key].style = label, style
    else:
        nodes[key] = _Node(key, label, style)


def words(layer: NetLayer, options: Options) -> list[str]:
    """What stands in a layer's box, part by part."""
    if layer.type == "Pooling":
        pool = layer.fields.get("pool", "MAX")
        kind = f"Pooling {pool}" if options.late else f"{pool} Pooling"
    else:
        kind = layer.type
    parts = [layer.name, f"({kind})"]
    if layer.type in ("Convolution", "Deconvolution", "Pooling"):
        kernel, stride, pad = window(layer)
        parts += [f"kernel size: {kernel}", f"stride: {stride}", f"pad: {pad}"]
    return parts


def window(layer: NetLayer) -> tuple[int, int, int]:
    """Kernel, stride and pad as they are printed: sizes that differ for height and width are not."""
    unset = 0 if layer.type == "Pooling" else 1
    fields = layer.fields
    return int(fields.get("kernel_size", unset)), int(fields.get("stride", 1)), int(fields.get("pad", 0))


def edge_label(layer: NetLayer) -> str:
    if layer.type == "Data":
        return f"Batch {layer.fields.get('batch_size', '0')}"
    if layer.type in ("Convolution", "Deconvolution", "InnerProduct"):
        return layer.fields.get("num_output", "0")
    return ""


# --- What it shows ----------------------------------------------------------------------------------------------------


def shown(net: Sequence[NetLayer], options: Options, places: Mapping[str, BBox]) -> Flow:
    """The flow of a picture. Blobs are no layers, except those that no layer makes: they are inputs."""
    layers: dict[str, Layer] = {}
    made_by: dict[str, str] = {}
    connections: dict[tuple[str, str], None] = {}
    for layer in net:
        key = box_key(layer)
        for blob in layer.bottoms:
            if blob not in made_by:
                made_by[blob] = blob_key(blob)
                layers[blob_key(blob)] = Layer(
                    blob_key(blob), "Input", name=blob, label=blob, bbox=places[blob_key(blob)]
                )
            connections[made_by[blob], key] = None
        layers[key] = _layer(layer, options, places[key])
        for blob in layer.tops:
            made_by[blob] = key
    return Flow(
        tuple(layers.values()), tuple(Connection(source, target) for source, target in connections), kind="box2d"
    )


def _layer(layer: NetLayer, options: Options, place: BBox) -> Layer:
    params: dict[str, Any] = {}
    kernel, stride, pad = window(layer)
    if layer.type == "Pooling":
        kind, _ = caffe_type(f"{layer.fields.get('pool', 'MAX')} Pooling", kernel)
        if kernel:
            params = {"pool_size": [kernel, kernel], "strides": [stride, stride], "padding": pad}
    elif layer.type in ("Convolution", "Deconvolution"):
        kind, _ = caffe_type(layer.type)
        params = {"kernel_size": [kernel, kernel], "strides": [stride, stride], "padding": pad}
    else:
        kind, params = caffe_type(layer.type)
    if options.edge_labels and kind in ("Conv2D", "Conv2DTranspose", "Dense"):
        params["units" if kind == "Dense" else "filters"] = int(edge_label(layer))
    return Layer(
        id=box_key(layer),
        type=kind,
        name=layer.name,
        label=" ".join(words(layer, options)),
        params=params,
        bbox=place,
        provenance=dict.fromkeys(params, "figure"),
    )
