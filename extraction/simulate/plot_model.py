"""The graphs that Keras's `plot_model` hands to Graphviz, in every version, and what a picture of one shows.

Sources: `keras/utils/visualize_util.py` (Keras 1), `keras/utils/vis_utils.py` (Keras 2), the same file of TensorFlow,
and `keras/src/utils/model_visualization.py` (Keras 3).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.simulate.keras_model import Box, KerasModel, Nested
from extraction.simulate.lean import Sizes
from extraction.vocabulary import tools

#: Versions whose pictures differ, with the major version of each.
DIALECTS: Mapping[str, int] = {
    "keras-1": 1, "keras-2": 2, "tf-2.0": 2, "tf-2.4": 2, "tf-2.9": 2, "keras-3.0": 3, "keras-3": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """What `plot_model` is asked for. Not every version knows all of it."""

    dialect: str = "keras-3"
    shapes: bool = True
    names: bool = True
    dtype: bool = False
    activations: bool = False
    trainable: bool = False
    rankdir: str = "TB"
    dpi: int = 96
    #: The layers that are not trained, by name.
    frozen: frozenset[str] = frozenset()
    #: Another font than the version's own, as on machines that don't have that.
    font: str = ""

    @property
    def version(self) -> int:
        return DIALECTS[self.dialect]


def dot_source(model: KerasModel, options: Options) -> str:
    """The graph. Nodes are named by `Box.key`."""
    new = options.version == 3
    lines = ["digraph G {", f"rankdir={options.rankdir};", "concentrate=True;"]
    if options.dialect != "keras-1":
        lines.append(f"dpi={options.dpi};")
    if new:
        lines.append("splines=ortho;")
    font = f', fontname="{options.font}"' if options.font and not new else ""
    lines.append(f"node [shape=record{font}];")
    if options.font and not new:
        lines.append(f'graph [fontname="{options.font}"];')
    for item in model.items:
        if isinstance(item, Nested):
            lines += [
                f'subgraph "cluster_{item.name}" {{',
                f'style=dashed;\nlabel="{item.name}";\nlabeljust=l;',
                *(_node(box, options) for box in item.boxes),
                *_edges(item.boxes[1:], options),
                "}",
            ]
        else:
            lines.append(_node(item, options))
    outer = [item for item in model.items if isinstance(item, Box)]
    if model.sequential:
        lines += _chain(outer, options)
    else:
        units = [item.boxes[0] if isinstance(item, Nested) else item for item in model.items]
        lines += _edges(units, options)
    return "\n".join([*lines, "}"])


def _chain(boxes: Sequence[Box], options: Options) -> list[str]:
    return [_edge(before, after, options) for before, after in itertools.pairwise(boxes)]


def _edges(boxes: Sequence[Box], options: Options) -> list[str]:
    """Connections into the boxes; from Keras 2.3 on each pair is joined once."""
    lines, drawn = [], set()
    once = options.dialect not in ("keras-1", "keras-2")
    for box in boxes:
        for source in box.inputs:
            if once and (source.key, box.key) in drawn:
                continue
            drawn.add((source.key, box.key))
            lines.append(_edge(source, box, options))
    return lines


def _edge(source: Box, target: Box, options: Options) -> str:
    width = " [penwidth=2]" if options.version == 3 else ""
    return f'"{source.key}" -> "{target.key}"{width};'


def _node(box: Box, options: Options) -> str:
    if options.version == 3:
        font = options.font or "Helvetica"
        return f'"{box.key}" [label=<{_table(box, options)}>, fontname="{font}", border=0, margin=0];'
    return f'"{box.key}" [label="{_record(box, options)}"];'


# --- Keras 1 and 2: records -------------------------------------------------------------------------------------------


def class_name(box: Box, options: Options) -> str:
    """The class as the version prints it; wrappers show what they hold in Keras 2."""
    if box.kind == "Input":
        return "InputLayer"
    if box.kind == "LRN":
        return "LocalResponseNormalization"
    if options.version == 1:
        return tools.KERAS_1.get(box.kind, box.kind)
    if options.version == 2 and box.inner:
        return f"{box.kind}({box.inner})"
    return box.kind


def layer_name(box: Box, options: Options) -> str:
    if options.version == 2 and box.inner:
        return f"{box.name}({box.inner.lower()})"
    return box.name


def head(box: Box, options: Options) -> str:
    """The text beside or above the shapes."""
    kind, name = class_name(box, options), layer_name(box, options)
    if not options.names:
        return kind
    return f"{name}: {kind}" if options.version == 2 else f"{name} ({kind})"


def _record(box: Box, options: Options) -> str:
    shapes = f"{{{_inputs(box, options)}}}|{{{_outputs(box, options)}}}"
    if options.dialect == "tf-2.9":
        label = class_name(box, options)
        if options.activations and box.activation:
            label = f"{{{label}|{box.activation}}}"
        if options.names:
            label = f"{layer_name(box, options)}|{label}"
        if options.dtype:
            label = f"{label}|{box.dtype}"
        if options.shapes:
            label = f"{{{label}}}|{{input:|output:}}|{{{shapes}}}"
        return f"{'NT' if box.name in options.frozen else 'T'}|{label}" if options.trainable else label
    label = head(box, options)
    if options.dtype:
        label = f"{label}|{box.dtype}"
    return f"{label}\n|{{input:|output:}}|{{{shapes}}}" if options.shapes else label


def _inputs(box: Box, options: Options) -> str:
    """Shapes of what goes in. An input layer gets what it gives, in a list from TensorFlow 2 on."""
    if box.kind == "Input":
        return _listed([box.shape], options, always=options.dialect.startswith("tf"))
    return _listed(box.input_shapes, options)


def _outputs(box: Box, options: Options) -> str:
    return _listed([box.shape], options, always=box.kind == "Input" and options.dialect.startswith("tf"))


def _listed(shapes: Sequence[Sizes], options: Options, *, always: bool = False) -> str:
    texts = [shape_text(shape, "?" if options.dialect == "tf-2.0" else "None") for shape in shapes]
    return texts[0] if len(texts) == 1 and not always else f"[{', '.join(texts)}]"


def shape_text(shape: Sizes, batch: str = "None") -> str:
    """`(None, 28, 28, 1)`."""
    return f"({', '.join([batch, *(str(size) for size in shape)])}{',' if not shape else ''})"


# --- Keras 3: tables --------------------------------------------------------------------------------------------------


def activation_name(box: Box) -> str | None:
    name = box.activation
    return tools.KERAS_3_ACTIVATIONS.get(name, name) if name else None


def _table(box: Box, options: Options) -> str:
    late = options.dialect == "keras-3"
    kind = class_name(box, options)
    columns = int(options.dtype) + int(options.trainable) + (2 if late else 1) * int(options.shapes)
    columns = max(1, columns)
    title = f"<b>{escape(box.name)}</b> ({kind})" if options.names else f"<b>{kind}</b>"
    rows = [
        '<table border="0" cellborder="1" bgcolor="black" cellpadding="10">',
        f'<tr><td colspan="{columns}" bgcolor="black"><font point-size="16" color="white">{title}</font></td></tr>',
    ]
    if options.activations and (function := activation_name(box)):
        rows.append(
            f'<tr><td bgcolor="white" colspan="{columns}"><font point-size="14">'
            f"Activation: <b>{function}</b></font></td></tr>"
        )
    cells = []
    if options.shapes:
        if late and box.kind != "Input":
            cells.append(_cell(f"Input shape: <b>{_listed(box.input_shapes, options)}</b>"))
        cells.append(_cell(f"Output shape: <b>{shape_text(box.shape)}</b>"))
    if options.dtype:
        cells.append(_cell(f"Output dtype: <b>{box.dtype}</b>"))
    if options.trainable and box.weighted:
        colour, text = ("firebrick", "Non-trainable") if box.name in options.frozen else ("forestgreen", "Trainable")
        cells.append(f'<td bgcolor="{colour}"><font point-size="14" color="white"><b>{text}</b></font></td>')
    if cells:
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return "".join([*rows, "</table>"])


def _cell(text: str) -> str:
    return f'<td bgcolor="white"><font point-size="14">{text}</font></td>'


# --- What it shows ----------------------------------------------------------------------------------------------------


def shown(model: KerasModel, options: Options, places: Mapping[str, BBox]) -> Flow:
    """The flow of a picture: types, what is printed and nothing else, every box in its place."""
    boxes = model.boxes()
    present = {box.key for box in boxes}
    layers = [_layer(box, options, places[box.key]) for box in boxes]
    connections = [
        Connection(source, box.key)
        for box in boxes
        for source in dict.fromkeys(source.key for source in box.inputs)
        if source in present
    ]
    return Flow(tuple(layers), tuple(connections), kind="box2d")


def _layer(box: Box, options: Options, place: BBox) -> Layer:
    params: dict[str, Any] = {}
    if options.version == 2 and box.kind == "Bidirectional":
        params["layer"] = box.inner
    if options.activations and box.activation and (options.version == 3 or options.dialect == "tf-2.9"):
        params["activation"] = activation_name(box) if options.version == 3 else box.activation
    if options.dtype and box.kind == "Input" and (options.version == 3 or options.dialect.startswith("tf")):
        params["dtype"] = box.dtype
    names = options.names
    return Layer(
        id=box.key,
        type=box.kind,
        name=box.name if names else "",
        label=head(box, options) if options.dialect != "tf-2.9" else _head_in_cells(box, options),
        params=params,
        output_shape=box.shape if options.shapes else None,
        bbox=place,
        provenance=dict.fromkeys((*params, *(("output_shape",) if options.shapes else ())), "figure"),
    )


def _head_in_cells(box: Box, options: Options) -> str:
    name, kind = layer_name(box, options), class_name(box, options)
    return f"{name} {kind}" if options.names else kind
