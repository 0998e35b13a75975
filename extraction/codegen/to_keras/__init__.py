"""Keras 3 code: a function for each model, its layers by name, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping

from extraction.codegen.code import Model, Place
from extraction.codegen.plan import RESERVED, Node, Part
from extraction.codegen.repeats import Repeat
from extraction.codegen.repeats import title as title_of
from extraction.codegen.text import Arg, dims, label_lines, literal, prose, statement
from extraction.codegen.to_keras import blocks
from extraction.codegen.to_keras.helpers import HELPERS
from extraction.codegen.to_keras.layers import EMITTERS, Step
from extraction.codegen.to_keras.training import training_lines
from extraction.codegen.training import Training
from extraction.codegen.writer import Lines, count, origins, sentence, title
from extraction.flow.model import Flow

NOTES = """\
Comments give each layer's output size and where its values come from: figure, table, text or a
person; inferred from what is printed; assumed where the paper says nothing. Where nothing is said
at all, Keras's defaults hold. Sizes leave out the batch. Runs on every backend of Keras 3."""


def write(
    flow: Flow, parts: list[Part], parameters: Mapping[str, int | None], training: Training, citation: str
) -> tuple[Lines, tuple[Model, ...], dict[str, Place]]:
    lines = Lines()
    steps = {node.id: list(EMITTERS[node.type](node)) for part in parts for node in part.nodes if node.type != "Input"}
    _head(
        lines,
        flow,
        citation,
        any(step.call.startswith("layers.") or step.needs for row in steps.values() for step in row),
    )
    for helper in dict.fromkeys(need for group in steps.values() for step in group for need in step.needs):
        lines.add("", "", *HELPERS[helper].rstrip("\n").split("\n"))
    models = []
    taken = {
        *RESERVED,
        *(f"build_{part.slug}" for part in parts),
        *(node.name for part in parts for node in part.nodes),
    }
    for part in parts:
        found = [(title_of(repeat, taken), repeat) for repeat in blocks.find(part.nodes, steps)]
        for name, repeat in found:
            lines.add("", "", *blocks.function(name, repeat, part.nodes, steps))
        lines.add("", "")
        _function(lines, part, steps, count(parameters, part.nodes), found)
        ends = (tuple(n.id for n in part.inputs), tuple(n.id for n in part.outputs))
        models.append(Model(f"build_{part.slug}", *ends))
    lines.add("", "", *training_lines(parts, training))
    places = {node.id: Place(part.index, node.name) for part in parts for node in part.nodes}
    return lines, tuple(models), places


def _head(lines: Lines, flow: Flow, citation: str, layers: bool) -> None:
    first, *rest = prose(title(flow, "Keras"))
    lines.add(f'"""{first}', *rest, "")
    for text in (sentence(citation), *origins(flow)):
        if text:
            lines.add(*prose(text))
    if citation or flow.sources:
        lines.add("")
    lines.add(*NOTES.split("\n"), '"""', "", "import keras", "import numpy as np")
    if layers:
        lines.add("from keras import layers")


def _function(
    lines: Lines, part: Part, steps: Mapping[str, list[Step]], parameters: int, found: list[tuple[str, Repeat]]
) -> None:
    shapes = [", ".join(literal(node.shape) for node in nodes) for nodes in (part.inputs, part.outputs)]
    lines.add(f"def build_{part.slug}() -> keras.Model:")
    summary = prose(f"From {shapes[0]} to {shapes[1]}; {parameters:,} parameters.", "    ")
    if len(summary) == 1 and len(summary[0]) <= 94:
        lines.add(f'    """{summary[0].strip()}"""')
    else:
        lines.add(f'    """{summary[0].strip()}', *summary[1:], '    """')
    calls = {
        start: blocks.call(name, repeat, copy, part.nodes)
        for name, repeat in found
        for copy, start in enumerate(repeat.starts)
    }
    inside = {start + i: start for _, repeat in found for start in repeat.starts for i in range(repeat.length)}
    for place, node in enumerate(part.nodes):
        if place in inside:  # the call stands for all layers of its copy
            if place in calls:
                lines.add(*calls[place])
            length = len(calls[inside[place]])
            lines.ranges.setdefault(node.id, (len(lines.rows) - length + 1, len(lines.rows)))
            continue
        with lines.of(node):
            lines.add(*label_lines(node, "    "))
            if node.type == "Input":
                lines.add(*_input(node))
            else:
                _layer(lines, node, steps[node.id])
    inputs, outputs = (_ends(nodes) for nodes in (part.inputs, part.outputs))
    call = f"    return keras.Model(inputs={inputs}, outputs={outputs}, name={literal(part.slug)})"
    if len(call) <= 100:
        lines.add(call)
    else:
        lines.add("    return keras.Model(")
        for name, nodes in (("inputs", part.inputs), ("outputs", part.outputs)):
            row = f"        {name}={_ends(nodes)},"
            if len(row) <= 100:
                lines.add(row)
            else:
                lines.add(f"        {name}=[", *(f"            {node.name}," for node in nodes), "        ],")
        lines.add(f"        name={literal(part.slug)},", "    )")


def _ends(nodes: list[Node]) -> str:
    return nodes[0].name if len(nodes) == 1 else f"[{', '.join(node.name for node in nodes)}]"


def _input(node: Node) -> list[str]:
    args = [Arg(literal(node.shape), "", "shape")]
    if node.word("dtype") != "float32":
        args.append(Arg(literal(node.word("dtype")), "dtype", "dtype"))
    args.append(Arg(literal(node.name), "name"))
    return statement(node, "    ", node.name, "keras.Input", args)


def _layer(lines: Lines, node: Node, steps: list[Step]) -> None:
    """The layer's statements; helpers in front feed the next one."""
    names = [source.name for source in node.inputs]
    for step in steps:
        name = f"{node.name}{step.suffix}"
        args = (*step.args, Arg(literal(name), "name"))
        note = step.comment if step.suffix else dims(node.shape)
        lines.add(*statement(node, "    ", name, step.call, args, blocks.given_to(step, names), note))
        names = [name]
