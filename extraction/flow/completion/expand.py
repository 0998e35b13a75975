"""First half of completion: the drawing made whole as a graph, before any size is known.

Types get their catalogue names, boxes with several operations become several layers, missing inputs are added, and
every layer gets as many inputs as its type takes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extraction.flow.catalogue import ACTIVATIONS, CATALOGUE, canonical_type
from extraction.flow.catalogue.parameters import ACTIVATION
from extraction.flow.completion.draft import Draft, Node, titled
from extraction.flow.completion.opening import open_modules
from extraction.flow.completion.traits import KEEPS_SHAPE, MERGES, stands_whole
from extraction.flow.graph import components
from extraction.flow.model import MAX_LAYERS
from extraction.flow.problems import title
from extraction.flow.values import MAX_REPEAT, whole, wrong

#: Types whose several inputs are put side by side, where other types add them.
_SIDE_BY_SIDE = frozenset({"dense", "rec", "io", "attn"})


def expand(draft: Draft, *, opened: bool = True) -> None:
    """`opened`: modules whose inside a table prints become its layers."""
    for node in list(draft.nodes.values()):
        _known_type(draft, node)
        _valid_values(draft, node)
    _several_operations(draft)
    for node in list(draft.nodes.values()):
        _no_inputs_of_input(draft, node)
    if opened:
        open_modules(draft)
    _missing_inputs(draft)
    for node in list(draft.nodes.values()):
        _number_of_inputs(draft, node)


def _known_type(draft: Draft, node: Node) -> None:
    kind = canonical_type(node.type)
    if kind is None:
        draft.problem(
            node,
            f"{titled(node)} has the type “{node.type[:40]}”, which the catalogue doesn't have; "
            "choose a type, or Block for a module",
        )
        kind = "Unknown"
    if kind != node.type:
        node.layer = replace(node.layer, type=kind)


def _valid_values(draft: Draft, node: Node) -> None:
    if node.row.family == "block":
        return  # what a table says of a module is free text
    for name, said in node.layer.params.items():
        if parameter := node.row.parameter(name):
            value = whole(said) if parameter.kind in ("int", "size", "ints") else said
            if value is not said:
                draft.put(node, name, value)
            if value is None and parameter.required:
                draft.drop(node, name)
            elif reason := wrong(parameter, value, node.row.window):
                draft.problem(node, f"{titled(node)}: `{name}` {reason}")
                draft.drop(node, name)


def _several_operations(draft: Draft) -> None:
    """`also`, `repeat` and activations of types that have none become layers of their own."""
    budget = MAX_LAYERS - len(draft.nodes)
    nodes: dict[str, Node] = {}
    tails: dict[str, str] = {}
    for node in draft.nodes.values():
        nodes[node.id] = node
        extra = _chain(draft, node, budget)
        budget -= len(extra)
        source = node.id
        last = extra[-1] if extra else None
        if last and node.printed is not None and not all(step.type in KEEPS_SHAPE for step in extra):
            _hand_over_shape(node, last)
        for step in extra:
            step.inputs = [source]
            nodes[step.id] = step
            source = step.id
        tails[node.id] = source
        draft.members[node.id] = (node.id, *(step.id for step in extra))
    inner = {i for i in nodes if i not in draft.nodes}
    for node in nodes.values():
        if node.id not in inner:
            node.confidence = {tails.get(source, source): c for source, c in node.confidence.items()}
            node.inputs = [tails.get(source, source) for source in node.inputs]
    draft.nodes = nodes


def _hand_over_shape(node: Node, last: Node) -> None:
    """What is printed of a box with several operations is the shape after the last."""
    last.printed, node.printed = node.printed, None
    last.layer = replace(last.layer, output_shape=node.layer.output_shape)
    if origin := node.layer.provenance.get("output_shape"):
        last.layer = replace(last.layer, provenance={**last.layer.provenance, "output_shape": origin})
    node.layer = replace(node.layer, output_shape=None)


def _chain(draft: Draft, node: Node, budget: int) -> list[Node]:
    """The further layers that a box stands for, in order; takes what they hold off the node."""
    steps = _steps(draft, node)
    repeat = _repeat(draft, node)
    node.layer = main = replace(node.layer, also=())
    if repeat * (len(steps) + 1) - 1 > budget:
        draft.problem(node, f"{titled(node)} stands for more layers than a flow can have")
        return []
    bare = replace(main, output_shape=None)
    if "strides" in bare.params:  # only the first of several convolutions in a row steps
        bare = replace(bare, params={**bare.params, "strides": 1})
    origin = {"type": main.provenance["also"]} if "also" in main.provenance else {}
    once = [
        (suffix, replace(bare, type=kind, params=params, label="", provenance=origin)) for suffix, kind, params in steps
    ]
    every = [*once, *([("again", bare), *once] * (repeat - 1))]
    chain = []
    for suffix, layer in every:
        made = draft.new_id(f"{node.id}.{suffix}")
        name = f"{layer.name}_{made.rpartition('.')[2]}" if layer.name else ""
        chain.append(Node(replace(layer, id=made, name=name), []))
    return chain


def _steps(draft: Draft, node: Node) -> list[tuple[str, str, dict[str, object]]]:
    """Suffix, type and parameters of the operations that follow the box's first one."""
    steps: list[tuple[str, str, dict[str, object]]] = []
    layer = node.layer
    if node.row.family != "block" and "activation" in layer.params and node.row.parameter("activation") is None:
        function = layer.params["activation"]
        draft.drop(node, "activation")
        if reason := wrong(ACTIVATION, function):
            draft.problem(node, f"{titled(node)}: `activation` {reason}")
        elif function is not None:
            steps.append(("act", "Activation", {"activation": function}))
    for also in layer.also:
        kind = canonical_type(also)
        if kind is None or CATALOGUE[kind].family == "io":
            draft.problem(node, f"{titled(node)} holds the operation “{also[:40]}”, which the catalogue doesn't have")
        elif CATALOGUE[kind].family not in ("block", "merge"):
            params: dict[str, object] = {"activation": _function(also)} if kind == "Activation" else {}
            steps.append((_SUFFIX.get(kind, kind.lower()), kind, params))
    return steps


def _repeat(draft: Draft, node: Node) -> int:
    """How often the box stands in a row. The parameters of a module are a table's columns, not ours to read."""
    if node.row.family == "block" or "repeat" not in node.layer.params:
        return 1
    repeat = node.get("repeat")
    draft.drop(node, "repeat")
    if isinstance(repeat, int) and not isinstance(repeat, bool) and 1 <= repeat <= MAX_REPEAT:
        return repeat
    draft.problem(node, f"{titled(node)}: `repeat` must be a whole number from 1 to {MAX_REPEAT}")
    return 1


def _function(word: str) -> str:
    """The activation function that a word stands for ("HSwish" -> `hard_swish`); ReLU where it names none."""
    key = re.sub(r"[\W_]+", "", word.casefold())
    known = {name.replace("_", ""): name for name in ACTIVATIONS} | {"hswish": "hard_swish", "lrelu": "leaky_relu"}
    return known.get(key, "relu")


_SUFFIX = {
    "BatchNormalization": "bn", "LayerNormalization": "ln", "GroupNormalization": "gn", "Activation": "act",
    "MaxPooling2D": "pool", "AveragePooling2D": "pool", "Dropout": "drop",
}  # fmt: skip


def _no_inputs_of_input(draft: Draft, node: Node) -> None:
    if node.type == "Input" and node.inputs:
        draft.retype(node, "Identity", f"connections lead into {titled(node)}, so it passes them on")


def _missing_inputs(draft: Draft) -> None:
    """Layers at the start of a component share one assumed input; merges with one drawn input join it too."""
    roots: dict[str, dict[int | None, list[Node]]] = {}
    lonely: dict[str, list[Node]] = {}
    component = components(draft.finished())
    for node in draft.nodes.values():
        if not node.inputs and node.type != "Input":
            roots.setdefault(component[node.id], {}).setdefault(node.row.rank, []).append(node)
        if node.type in MERGES and len(node.inputs) == 1:
            lonely.setdefault(component[node.id], []).append(node)
    for start, by_rank in roots.items():
        # Layers that take any number of axes go along with those that don't; images and words don't go together.
        anywhere = by_rank.pop(None, [])
        groups = list(by_rank.values()) or [[]]
        groups[0] = [*anywhere, *groups[0]]
        made = [_input_for(draft, nodes) for nodes in groups]
        for node in lonely.pop(start, []):
            if made[0].id not in node.inputs:
                node.inputs.append(made[0].id)
                reason = f"only one layer leads into {titled(node)}; the input is the other"
                draft.note(node, "inputs", made[0].id, reason)
    # The new inputs stand first.
    fresh = {i: node for i, node in draft.nodes.items() if node.type == "Input" and i not in component}
    draft.nodes = fresh | {i: node for i, node in draft.nodes.items() if i not in fresh}


def _input_for(draft: Draft, nodes: list[Node]) -> Node:
    names = ", ".join(titled(node) for node in nodes[:3]) + (" and others" if len(nodes) > 3 else "")
    made = draft.add("input", "Input", (), f"nothing leads into {names}; a network starts with an input")
    for node in nodes:
        node.inputs = [made.id]
    return made


def _number_of_inputs(draft: Draft, node: Node) -> None:
    row = node.row
    if row.family not in ("merge", "attn"):
        node.inputs = list(dict.fromkeys(node.inputs))
    if row.family == "merge" and len(node.inputs) == 1:
        draft.retype(node, "Identity", f"only one layer leads into {titled(node)}, so there is nothing to join")
        return
    several = len(node.inputs) > 1 and row.family == "block" and not stands_whole(node)
    if several or (row.max_inputs is not None and len(node.inputs) > row.max_inputs > 0):
        if row.family == "merge":
            draft.problem(
                node, f"{title(node.layer)} joins {row.max_inputs} inputs, but {len(node.inputs)} lead into it"
            )
            node.inputs = node.inputs[: row.max_inputs]
            return
        kind = "Concatenate" if row.family in _SIDE_BY_SIDE else "Add"
        reason = f"{len(node.inputs)} layers lead into {titled(node)}, which takes one input"
        join = draft.add(f"{node.id}.join", kind, node.inputs, reason)
        join.free = {"type"} if kind == "Add" else set()
        join.confidence = node.confidence
        node.inputs, node.confidence = [join.id], {}
