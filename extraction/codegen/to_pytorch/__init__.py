"""PyTorch code: a module for each model, channels first, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from extraction.codegen.code import Model, Place
from extraction.codegen.plan import RESERVED, Node, Part
from extraction.codegen.text import (
    WIDTH,
    Arg,
    assignment,
    computed_lines,
    dims,
    label_lines,
    prose,
    quoted,
    sources,
    statement,
)
from extraction.codegen.to_pytorch import blocks
from extraction.codegen.to_pytorch.blocks import Block
from extraction.codegen.to_pytorch.helpers import HELPERS
from extraction.codegen.to_pytorch.layers import EMITTERS
from extraction.codegen.to_pytorch.plain import activate
from extraction.codegen.to_pytorch.training import training_lines
from extraction.codegen.to_pytorch.values import Values, Written, sizes_of
from extraction.codegen.training import Training
from extraction.codegen.writer import Lines, count, origins, sentence, title
from extraction.flow.model import Flow

NOTES = """\
Comments give each layer's output size and where its values come from: figure, table, text or a
person; inferred from what is printed; assumed where the paper says nothing. Sizes leave out the
batch. Images and volumes have their channels first, (channels, height, width); sequences have them
last, (steps, features)."""

#: Layers whose activation is a matter of the cell inside.
OWN_ACTIVATION = (
    "SimpleRNNCell",
    "GRUCell",
    "LSTMCell",
    "StackedRNNCells",
    "Activation",
    "SimpleRNN",
    "LSTM",
    "GRU",
    "Bidirectional",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
)


def write(
    flow: Flow, parts: list[Part], parameters: Mapping[str, int | None], training: Training, citation: str
) -> tuple[Lines, tuple[Model, ...], dict[str, Place]]:
    values = Values()
    written = {node.id: _emit(node, values) for part in parts for node in part.nodes}
    lines = Lines()
    helpers = [HELPERS[name] for name in dict.fromkeys(need for item in written.values() for need in item.needs)]
    end = training_lines(parts, training, values)
    functional = any("F." in text for text in (*helpers, *end, *(item.expression for item in written.values())))
    _head(lines, flow, citation, functional)
    for helper in helpers:
        lines.add("", "", *helper.rstrip("\n").split("\n"))
    models, found = [], {}
    taken = {*RESERVED, *(part.class_name for part in parts)}
    for part in parts:
        found[part.index] = blocks.find(part.nodes, written, taken)
        for block in found[part.index]:
            inner, within = blocks.local(block, part.nodes), Values(dict(values.first))
            made = {node.id: _emit(node, within) for node in inner}
            lines.add("", "", *blocks.class_lines(block, inner, made, within))
        lines.add("", "")
        _module(lines, part, written, values, count(parameters, part.nodes), found[part.index])
        ends = (tuple(n.id for n in part.inputs), tuple(n.id for n in part.outputs))
        models.append(Model(part.class_name, *ends))
    lines.add("", "", *end)
    names = {node.id: node.name for part in parts for node in part.nodes}
    for part in parts:
        for copy in _copies(part, found[part.index]):
            for node, variable in zip(copy.nodes, copy.block.variables, strict=True):
                names[node.id] = f"{copy.name}.{variable}"
    places = {
        node.id: Place(part.index, names[node.id], values.has_sides(node) and values.first[node.id])
        for part in parts
        for node in part.nodes
    }
    return lines, tuple(models), places


def _emit(node: Node, values: Values) -> Written:
    if node.type == "Input":
        item = Written(node.name, channels_first=len(node.shape) > 2)
    else:
        item = EMITTERS[node.type](node, values)
        function = node.activation()
        if function != "linear" and node.type not in OWN_ACTIVATION:
            expression = activate(node, function, item.expression, item.channels_first)
            item = Written(expression, item.channels_first, item.modules, item.needs)
    values.first[node.id] = item.channels_first
    return item


def _head(lines: Lines, flow: Flow, citation: str, functional: bool) -> None:
    first, *rest = prose(title(flow, "PyTorch"))
    lines.add(f'"""{first}', *rest, "")
    for text in (sentence(citation), *origins(flow)):
        if text:
            lines.add(*prose(text))
    if citation or flow.sources:
        lines.add("")
    lines.add(*NOTES.split("\n"), '"""', "", "import torch")
    if functional:
        lines.add("import torch.nn.functional as F")
    lines.add("from torch import nn")


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a part."""

    block: Block
    number: int
    nodes: list[Node]

    @property
    def name(self) -> str:
        return self.block.modules[self.number]


def _copies(part: Part, found: list[Block]) -> list[Copy]:
    return [
        Copy(block, number, part.nodes[start : start + block.repeat.length])
        for block in found
        for number, start in enumerate(block.repeat.starts)
    ]


def _module(
    lines: Lines,
    part: Part,
    written: Mapping[str, Written],
    values: Values,
    parameters: int,
    found: list[Block],
) -> None:
    copies = {node.id: copy for copy in _copies(part, found) for node in copy.nodes}
    lines.add(f"class {part.class_name}(nn.Module):")
    lines.add(f'    """{parameters:,} parameters.', "")
    for what, nodes in (("Takes", part.inputs), ("Gives", part.outputs)):
        for node in nodes:
            sizes = ", ".join(["N", *map(str, sizes_of(node, values.first[node.id]))])
            text = f"    {what} {node.name}: ({sizes})."
            if node.type == "Input" and what == "Takes":
                with lines.of(node):
                    lines.add(text)
            else:
                lines.add(text)
    lines.add('    """', "", "    def __init__(self):", "        super().__init__()")
    for node in part.nodes:
        if copy := copies.get(node.id):  # the module stands for all layers of its copy
            if node is copy.nodes[0]:
                start = len(lines.rows) + 1
                lines.add(*_labels(copy.nodes, " " * 8))
                args = blocks.arguments(copy.block, copy.number)
                lines.add(*assignment(" " * 8, f"self.{copy.name}", copy.block.title, args))
                lines.ranges |= {inner.id: (start, len(lines.rows)) for inner in copy.nodes}
            continue
        modules = written[node.id].modules
        if not modules:
            continue
        with lines.of(node):
            lines.add(*label_lines(node, " " * 8))
            for module in modules:
                target = f"self.{node.name}{module.suffix}"
                lines.add(*statement(node, " " * 8, target, module.call, module.args))
    lines.add("", f"    def forward(self, {', '.join(node.name for node in part.inputs)}):")
    if len(lines.rows[-1]) > WIDTH:
        lines.rows.pop()
        lines.add("    def forward(", "        self,", *(f"        {node.name}," for node in part.inputs), "    ):")
    for node in part.nodes:
        if copy := copies.get(node.id):
            if node is copy.nodes[-1]:
                call = f"self.{copy.name}({blocks.source_of(copy.nodes).name})"
                note = dims(sizes_of(node, values.first[node.id]))
                lines.add(*computed_lines(" " * 8, node.name, call, note))
        elif node.type != "Input":
            with lines.of(node):
                _computed(lines, node, written[node.id], values)
    names = [node.name for node in part.outputs]
    lines.add(*_returned(names))


def _computed(lines: Lines, node: Node, item: Written, values: Values) -> None:
    indent = " " * 8
    if not item.modules:
        lines.add(*label_lines(node, indent))
    note = dims(sizes_of(node, values.first[node.id]))
    if not item.modules and (origin := _origins(node)):
        note = f"{note}; {origin}"
    lines.add(*computed_lines(indent, node.name, item.expression, note))


def _labels(nodes: list[Node], indent: str) -> list[str]:
    """What the paper prints at the layers of a part."""
    labels = dict.fromkeys(quoted(node.layer.label, 30) for node in nodes if node.layer.label.strip())
    words = ", ".join(labels)
    return [f"{indent}# {words if len(words) <= 88 else f'{words[:86]}…'}"] if labels else []


def _origins(node: Node) -> str:
    return sources(node, [Arg("", "", name) for name in node.layer.params])


def _returned(names: list[str]) -> list[str]:
    line = f"        return {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return ["        return (", *(f"            {name}," for name in names), "        )"]
