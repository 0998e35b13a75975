"""Looks of other tools: Netron's cards, plain Graphviz, TikZ's coloured boxes. Kept for measuring readers on.

Who draws with TikZ leads lines around boxes. `straight` is the same with straight lines over some boxes and behind
others, as nobody leaves them: a harder look than papers have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from random import Random
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import BBox, Connection, Flow, Layer

#: Styles of coloured boxes.
BOXES = ("tikz", "straight")


@dataclass(frozen=True, slots=True)
class Options:
    style: str
    rankdir: str = "TB"
    names: bool = True
    shapes: bool = False
    #: Which parameters are printed: `all`, `some` (sizes alone) or `none`.
    params: str = "all"
    splines: str = "spline"
    shape: str = "box"
    font: str = ""
    dpi: int = 96


def options(style: str, rng: Random) -> Options:
    common = Options(
        style,
        rankdir=rng.choice(("TB", "TB", "TB", "LR")),
        names=rng.random() < 0.6,
        shapes=rng.random() < 0.35,
        params=rng.choice(("all", "some", "some", "none")),
        dpi=rng.choice((72, 96, 96, 96, 120, 150)),
    )
    if style == "netron":
        # Graphviz's `curved` looks more like it, and takes half a minute for 80 layers.
        return replace(common, font="Simulated Sans")
    if style in BOXES:
        splines = rng.choice(("polyline", "ortho", "spline")) if style == "tikz" else "line"
        return replace(common, splines=splines, font=rng.choice(("", "Simulated Serif")))
    font = rng.choice(("", "DejaVu Sans", "Simulated Sans", "DejaVu Serif"))
    shape = rng.choice(("box", "box", "ellipse", "Mrecord"))
    return replace(common, splines=rng.choice(("spline", "spline", "polyline")), shape=shape, font=font)


_SOME = ("filters", "units", "kernel_size", "pool_size", "output_dim", "rate")
#: Netron's colours of its categories, and pale ones as drawings in papers have them.
_NETRON = {
    "conv": "#335588", "dense": "#335588", "rec": "#335588", "attn": "#335588", "pool": "#335533", "act": "#702921",
    "norm": "#334444", "merge": "#6C4F47", "io": "#EEEEEE", "block": "#000000",
}  # fmt: skip
_PALE = {
    "conv": "#FFE0B2", "dense": "#E1BEE7", "rec": "#D1C4E9", "attn": "#FFF9C4", "pool": "#FFCDD2", "act": "#C8E6C9",
    "norm": "#BBDEFB", "merge": "#CFD8DC", "io": "#FFFFFF", "block": "#F5F5F5",
}  # fmt: skip


def _family(layer: Layer) -> str:
    return CATALOGUE[layer.type].family


def printed(layer: Layer, options: Options) -> dict[str, Any]:
    """The parameters that this look prints of a layer."""
    if options.params == "none" or layer.type == "Input":
        return {}
    kept = {
        name: value
        for name, value in layer.params.items()
        if value is not None and (options.params == "all" or name in _SOME)
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "x".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lines(layer: Layer, options: Options) -> list[str]:
    """What stands in a box, line by line."""
    lines = [layer.name] if options.names else []
    lines.append(layer.type)
    lines += [f"{name} = {_text(value)}" for name, value in printed(layer, options).items()]
    if options.shapes and layer.output_shape:
        lines.append("x".join(str(size) for size in layer.output_shape))
    return lines


def dot_source(flow: Flow, options: Options, dpi: int) -> str:
    font = f', fontname="{options.font}"' if options.font else ""
    rows = [f"digraph G {{\nrankdir={options.rankdir};\ndpi={dpi};\nsplines={options.splines};"]
    heads = {"netron": _netron_head} | dict.fromkeys(BOXES, _boxes_head)
    rows.append(heads.get(options.style, _plain_head)(options, font))
    for layer in flow.layers:
        if options.style == "netron":
            rows.append(f'"{layer.id}" [{_card(layer, options)}];')
        else:
            label = "\\n".join(line.replace('"', "'") for line in _lines(layer, options))
            fill = f', fillcolor="{_PALE[_family(layer)]}"' if options.style in BOXES else ""
            rows.append(f'"{layer.id}" [label="{label}"{fill}];')
    rows += [f'"{connection.source}" -> "{connection.target}";' for connection in flow.connections]
    return "\n".join([*rows, "}"])


def _netron_head(options: Options, font: str) -> str:
    return (
        f'nodesep=0.3;\nranksep=0.35;\nnode [shape=plain{font}, fontsize=11];\nedge [color="#444444", arrowsize=0.7];'
    )


def _boxes_head(options: Options, font: str) -> str:
    return f'nodesep=0.35;\nranksep=0.4;\nnode [shape=box, style="rounded,filled"{font}];\nedge [arrowhead=vee];'


def _plain_head(options: Options, font: str) -> str:
    return f"node [shape={options.shape}{font}];"


def _card(layer: Layer, options: Options) -> str:
    """A card as Netron draws it: the type on a dark bar, parameters below it."""
    family = _family(layer)
    ink = "#222222" if family == "io" else "#FFFFFF"
    head = layer.name if layer.type == "Input" and options.names else layer.type
    below = [line for line in _lines(layer, options) if line != head]
    rows = "".join(f'<tr><td align="left">{escape(line)}</td></tr>' for line in below if line != layer.type)
    return (
        'label=<<table border="1" cellborder="0" cellspacing="0" cellpadding="4" style="rounded" color="#333333">'
        f'<tr><td bgcolor="{_NETRON[family]}"><font color="{ink}">{escape(head)}</font></td></tr>{rows}</table>>'
    )


def shown(flow: Flow, options: Options, places: Mapping[str, BBox]) -> Flow:
    layers = []
    for layer in flow.layers:
        params = printed(layer, options)
        shapes = layer.output_shape if options.shapes else None
        layers.append(
            Layer(
                id=layer.id,
                type=layer.type,
                name=layer.name if options.names else "",
                label=" ".join(_lines(layer, options)),
                params=params,
                output_shape=shapes,
                bbox=places[layer.id],
                provenance=dict.fromkeys((*params, *(("output_shape",) if shapes else ())), "figure"),
            )
        )
    connections = dict.fromkeys((connection.source, connection.target) for connection in flow.connections)
    return Flow(tuple(layers), tuple(Connection(*pair) for pair in connections), kind="box2d")
