"""Parts that come again and again as functions of a Keras file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from extraction.codegen import repeats
from extraction.codegen.plan import Node
from extraction.codegen.repeats import Repeat, Written
from extraction.codegen.text import Arg, assignment, dims, literal, prose, quoted, sources
from extraction.codegen.to_keras.layers import Step

#: Variables inside of a function; a value that isn't needed any more gives its name to the next.
VARIABLES = ("x", "y", "z", "u", "v", "w")


def given_to(step: Step, names: Sequence[str]) -> str:
    """What stands in the second pair of brackets: the inputs as this layer takes them."""
    given = ", ".join(names)
    if len(names) > 1 and not step.call_args.startswith("*"):
        given = f"[{given}]"
    if step.call in ("layers.MultiHeadAttention", "layers.GroupQueryAttention"):
        given = ", ".join([*names, *names] if len(names) == 1 else names)
    elif step.call in ("layers.Attention", "layers.AdditiveAttention") and len(names) == 1:
        given = f"[{names[0]}, {names[0]}]"
    elif step.call in ("layers.SimpleRNNCell", "layers.GRUCell", "layers.LSTMCell"):
        given = f"{names[0]}, [{', '.join(names[1:])}]"
    return f"({given}){step.call_args}" if step.call_args == "[0]" else f"({given}{step.call_args})"


def find(nodes: Sequence[Node], steps: Mapping[str, list[Step]]) -> list[Repeat]:
    """Parts of a model that are worth a function."""
    return repeats.repeats(nodes, [_written(node, steps.get(node.id, [])) for node in nodes])


def _written(node: Node, steps: list[Step]) -> Written | None:
    if not steps or node.is_placeholder or not node.outputs:
        return None
    args = [arg for step in steps for arg in step.args]
    form = tuple(
        (
            step.call,
            step.suffix,
            step.call_args,
            step.comment,
            tuple(arg.keyword for arg in step.args),
            sources(node, step.args),
        )
        for step in steps
    )
    return Written(form, tuple((arg.keyword or arg.parameter or "size", arg.text) for arg in args))


def function(name: str, repeat: Repeat, nodes: Sequence[Node], steps: Mapping[str, list[Step]]) -> list[str]:
    """The function of a part, written after its first copy."""
    start = repeat.starts[0]
    part = nodes[start : start + repeat.length]
    filled = "number" if repeat.by_number else "name"
    parameters = [parameter for parameter, _ in repeat.parameters]
    rows = [f"def {name}({', '.join(['x', *parameters, filled])}):"]
    kinds = dict.fromkeys(step.call.removeprefix("layers.") for node in part for step in steps[node.id])
    words = prose(f"{', '.join(kinds)}; comes {len(repeat.starts)} times.", "    ")
    if len(words) == 1:
        rows.append(f'    """{words[0].strip()}"""')
    else:
        rows += [f'    """{words[0].strip()}', *words[1:], '    """']
    variables = _Variables(part)
    for node, (before, after), columns in zip(part, repeat.names, repeat.columns, strict=True):
        names = [variables.of(source.id) for source in node.inputs]
        target = variables.made(node)
        column = iter(columns)
        for step in steps[node.id]:
            args = [_argument(arg, next(column), parameters) for arg in step.args]
            title = Arg(_name(before, filled, f"{after}{step.suffix}"), "name")
            origins = sources(node, step.args)
            rows += assignment("    ", target, step.call, [*args, title], given_to(step, names), step.comment, origins)
            names = [target]
    return [*rows, f"    return {variables.of(part[-1].id)}"]


def _argument(arg: Arg, column: int | None, parameters: list[str]) -> Arg:
    return arg if column is None else replace(arg, text=parameters[column])


def _name(before: str, filled: str, after: str) -> str:
    """The name of a layer with what is put in: `f"{name}_conv"`, or `name` alone."""
    return f'f"{before}{{{filled}}}{after}"' if before or after else filled


class _Variables:
    """Which variable holds what, inside of a function."""

    def __init__(self, part: Sequence[Node]) -> None:
        inside = {node.id for node in part}
        self._uses: dict[str, int] = {}
        for source in chain.from_iterable(node.inputs for node in part):
            self._uses[source.id] = self._uses.get(source.id, 0) + 1
        self._held = {source: VARIABLES[0] for source in self._uses if source not in inside}

    def of(self, node_id: str) -> str:
        return self._held[node_id]

    def made(self, node: Node) -> str:
        """A variable for a layer's result: that of an input that nothing else takes, or a new one."""
        for source in node.inputs:
            self._uses[source.id] -= 1
        for source_id in dict.fromkeys(source.id for source in node.inputs):
            if not self._uses[source_id]:
                self._held[node.id] = self._held.pop(source_id)
                return self._held[node.id]
        used = set(self._held.values())
        more = (f"x{i}" for i in range(2, 99))
        self._held[node.id] = next(name for name in chain(VARIABLES, more) if name not in used)
        return self._held[node.id]


def call(name: str, repeat: Repeat, copy: int, nodes: Sequence[Node]) -> list[str]:
    """The call that stands for one copy of a part, with what the paper prints at its layers."""
    start = repeat.starts[copy]
    part = nodes[start : start + repeat.length]
    inside = {node.id for node in part}
    source = next(source for node in part for source in node.inputs if source.id not in inside)
    text = repeat.filled[copy]
    args = [Arg(source.name), *(Arg(texts[copy]) for _, texts in repeat.parameters)]
    plain_number = repeat.by_number and str(int(text)) == text
    args.append(Arg(text if plain_number else literal(text)))
    labels = dict.fromkeys(quoted(node.layer.label, 30) for node in part if node.layer.label.strip())
    words = ", ".join(labels)
    rows = [f"    # {words if len(words) <= 92 else f'{words[:90]}…'}"] if labels else []
    return [*rows, *assignment("    ", part[-1].name, name, args, "", dims(part[-1].shape))]
