"""Parts that come again and again as modules of a PyTorch file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from extraction.codegen import repeats
from extraction.codegen.plan import Node, identifier
from extraction.codegen.repeats import Repeat
from extraction.codegen.text import Arg, assignment, computed_lines, prose, sources
from extraction.codegen.to_pytorch.values import Values, Written


@dataclass(frozen=True, slots=True)
class Block:
    """A part with its class, and how its layers and its copies are called."""

    title: str
    repeat: Repeat
    #: Of each layer of the part: the variable, and the module, inside of the class.
    variables: tuple[str, ...]
    #: Of each copy: its module in the model.
    modules: tuple[str, ...]


def find(nodes: Sequence[Node], written: Mapping[str, Written], taken: set[str]) -> list[Block]:
    """Parts of a model that are worth a class. `taken` holds names of classes, and gets those of the parts."""
    found = []
    rows = [_written(node, written[node.id]) for node in nodes]
    inner = [
        repeat for repeat in repeats.repeats(nodes, rows) if any(written[n.id].modules for n in _part(repeat, nodes, 0))
    ]
    places = {start + i for repeat in inner for start in repeat.starts for i in range(repeat.length)}
    names = {node.name for i, node in enumerate(nodes) if i not in places}
    for repeat in inner:
        title = "".join(word[:1].upper() + word[1:] for word in repeats.title(repeat, set()).split("_"))
        wanted, count = title, 2
        while title in taken:
            title, count = f"{wanted}{count}", count + 1
        taken.add(title)
        modules = []
        for copy, start in enumerate(repeat.starts):
            name = nodes[start].name if repeat.by_number else identifier(repeat.filled[copy], "block")
            name = name if name not in names else nodes[start + repeat.length - 1].name
            names.add(name)
            modules.append(name)
        found.append(Block(title, repeat, tuple(_variables(repeat, nodes)), tuple(modules)))
    return found


def _part(repeat: Repeat, nodes: Sequence[Node], copy: int) -> Sequence[Node]:
    start = repeat.starts[copy]
    return nodes[start : start + repeat.length]


def _written(node: Node, item: Written) -> repeats.Written | None:
    if node.type == "Input" or node.is_placeholder or not node.outputs:
        return None
    names = {node.name: "@"} | {source.name: f"@{i}" for i, source in enumerate(node.inputs)}
    expression = re.sub(r"[A-Za-z_]\w*", lambda match: names.get(match[0], match[0]), item.expression)
    expression = expression.replace(f"self.{node.name}_", "self.@_")
    modules = tuple((module.call, module.suffix, tuple(arg.keyword for arg in module.args)) for module in item.modules)
    args = [arg for module in item.modules for arg in module.args]
    origins = sources(node, args or [Arg("", "", name) for name in node.layer.params])
    values = tuple((arg.keyword or arg.parameter or "channels", arg.text) for arg in args)
    return repeats.Written((expression, modules, item.needs, item.channels_first, origins), values)


def _variables(repeat: Repeat, nodes: Sequence[Node]) -> list[str]:
    """Names inside of the class: what is left of a layer's name without what tells the copies apart."""
    taken, names = {"x"}, []
    for node, (before, after) in zip(_part(repeat, nodes, 0), repeat.names, strict=True):
        words = [word for word in f"{before}_{after}".split("_") if word]
        words = [*(word for word in words if not word.isdigit()), *(word for word in words if word.isdigit())]
        wanted = identifier("_".join(words), "") or identifier(node.type.lower(), "layer")
        name, count = wanted, 2
        while name in taken:
            name, count = f"{wanted}_{count}", count + 1
        taken.add(name)
        names.append(name)
    return names


def local(block: Block, nodes: Sequence[Node]) -> list[Node]:
    """The layers of the first copy under the names that they have in the class; what leads into it is `x`."""
    made: dict[str, Node] = {}
    for node, name in zip(_part(block.repeat, nodes, 0), block.variables, strict=True):
        inputs = [made.get(source.id) or replace(source, name="x") for source in node.inputs]
        made[node.id] = replace(node, name=name, inputs=inputs)
    return list(made.values())


def class_lines(block: Block, part: Sequence[Node], written: Mapping[str, Written], values: Values) -> list[str]:
    """The class of a part, written after its first copy."""
    repeat = block.repeat
    parameters = [name for name, _ in repeat.parameters]
    kinds = dict.fromkeys(node.type for node in part)
    rows = [f"class {block.title}(nn.Module):"]
    words = prose(f"{', '.join(kinds)}; comes {len(repeat.starts)} times.", "    ")
    rows += (
        [f'    """{words[0].strip()}"""'] if len(words) == 1 else [f'    """{words[0].strip()}', *words[1:], '    """']
    )
    rows += ["", f"    def __init__({', '.join(['self', *parameters])}):", "        super().__init__()"]
    for node, columns in zip(part, repeat.columns, strict=True):
        column = iter(columns)
        for module in written[node.id].modules:
            args = []
            for arg in module.args:
                place = next(column)
                args.append(arg if place is None else replace(arg, text=parameters[place]))
            target = f"self.{node.name}{module.suffix}"
            rows += assignment("        ", target, module.call, args, origins=sources(node, module.args))
    rows += ["", "    def forward(self, x):"]
    for node in part:
        rows += computed_lines("        ", node.name, written[node.id].expression)
    return [*rows, f"        return {part[-1].name}"]


def source_of(part: Sequence[Node]) -> Node:
    """The one layer that leads into a part."""
    inside = {node.id for node in part}
    return next(source for node in part for source in node.inputs if source.id not in inside)


def arguments(block: Block, copy: int) -> list[Arg]:
    return [Arg(texts[copy]) for _, texts in block.repeat.parameters]
