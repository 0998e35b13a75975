"""Models: sequential, functional, one inside of another, with shared layers and several inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.flow.model import MAX_LAYERS
from extraction.importing.building import Builder, Value
from extraction.importing.keras import layers
from extraction.importing.keras.calls import Call, Tensor, call_of, tensors_in
from extraction.importing.keras.items import Item
from extraction.importing.result import Imported, ModelError, short

MAX_NESTING = 16
#: Uses of layers, those in models that are used again and again counted each time.
MAX_CALLS = 4 * MAX_LAYERS

MODELS = ("Functional", "Model", "Sequential")


def read_model(data: Any, name: str = "") -> Imported:
    if isinstance(data, dict) and isinstance(data.get("model_config"), dict):
        data = data["model_config"]
    if isinstance(data, dict) and "class_name" not in data and "layers" in data:  # as `get_config` gives it
        functional = "input_layers" in data
        data = {"class_name": "Functional" if functional else "Sequential", "config": data}
    item = Item.of(data)
    if item.kind not in MODELS or not isinstance(data.get("config"), dict | list):
        raise ModelError(
            f"is a {short(item.kind)}, no Functional or Sequential model; of others only their code knows the layers"
        )
    reader = _Models(Builder(str(item.config.get("name") or name), "keras"))
    reader.model(item, None, "", 0)
    return reader.builder.finished()


@dataclass(slots=True)
class _Graph:
    """A functional model while it is read."""

    items: dict[str, Item]
    prefix: str
    depth: int
    #: For every use of a layer what it gives.
    made: dict[tuple[str, int], list[Value]] = field(default_factory=dict)
    #: Sizes of tensors, where those who take them tell.
    told: dict[Tensor, tuple[int | None, ...]] = field(default_factory=dict)


class _Models:
    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._calls = 0
        self._used: set[str] = set()

    def model(self, item: Item, given: Sequence[Value] | None, prefix: str, depth: int) -> list[Value]:
        """Add a model's layers; `given` are its inputs where it is used inside of another.

        Returns:
            Its outputs.
        """
        if depth > MAX_NESTING:
            raise ModelError(f"models are nested more than {MAX_NESTING} deep", layer=item.name, line=item.line)
        rows = item.config.get("layers")
        if not isinstance(rows, list) or not rows:
            raise ModelError("the model has no layers", layer=item.name, line=item.line)
        items = [Item.of(row) for row in rows]
        if item.kind == "Sequential":
            return self._sequential(item, items, given, prefix, depth)
        return self._functional(item, items, given, prefix, depth)

    def _sequential(
        self, model: Item, items: list[Item], given: Sequence[Value] | None, prefix: str, depth: int
    ) -> list[Value]:
        values = list(given or ())
        if given is None and items[0].kind != "InputLayer":
            values = [self._first_input(model, items[0], prefix)]
        for place, item in enumerate(items):
            if item.kind == "InputLayer":
                if place == 0 and given is None:
                    values = [layers.input_layer(self.builder, item, prefix)]
                continue
            values = self._use(item, Call(values), prefix, depth)
        return values

    def _first_input(self, model: Item, first: Item, prefix: str) -> Value:
        """A sequential model without an input layer: the shape stands at its first layer, or nowhere."""
        shape = first.config.get("batch_input_shape") or model.config.get("build_input_shape")
        nested = first
        while shape is None and isinstance(nested.config.get("layers"), list) and nested.config["layers"]:
            nested = Item.of(nested.config["layers"][0])
            shape = nested.config.get("batch_shape") or nested.config.get("batch_input_shape")
        config = {"batch_shape": shape, "dtype": first.config.get("dtype"), "first": first.kind}
        return layers.input_layer(self.builder, Item("InputLayer", "input", config, line=first.line), prefix)

    def _functional(
        self, model: Item, items: list[Item], given: Sequence[Value] | None, prefix: str, depth: int
    ) -> list[Value]:
        graph = _Graph({}, prefix, depth)
        for item in items:
            if item.name in graph.items:
                raise ModelError("the name stands twice in the model", layer=item.name, line=item.line)
            graph.items[item.name] = item
        inputs = tensors_in(model.config.get("input_layers"), bare=True)
        if given is not None:
            if len(inputs) != len(given):
                raise ModelError(
                    f"takes {len(inputs)} inputs, but gets {len(given)}", layer=model.name, line=model.line
                )
            graph.made |= {(tensor.layer, 0): [value] for tensor, value in zip(inputs, given, strict=True)}
        calls = {(item.name, i): call_of(node, item) for item in items for i, node in enumerate(item.inbound)}
        for call in calls.values():
            graph.told |= call.shapes
        # Layers come in their order, each after all that it needs.
        for item in items:
            for use in range(max(1, len(item.inbound))):
                self._make(graph, calls, (item.name, use))
        outputs = tensors_in(model.config.get("output_layers"), bare=True)
        if not outputs:
            raise ModelError("the model names no outputs", layer=model.name, line=model.line)
        # Keras 3 counts the uses of an inner model that gives an output in another way here than elsewhere.
        uses = {item.name: max(1, len(item.inbound)) for item in items}
        last = [tensor._replace(node=min(tensor.node, uses.get(tensor.layer, 1) - 1)) for tensor in outputs]
        return [self._value(graph, tensor, model) for tensor in last]

    def _make(self, graph: _Graph, calls: Mapping[tuple[str, int], Call], wanted: tuple[str, int]) -> None:
        """Add a use of a layer, and before it all that it needs; no recursion, for models are deep."""
        stack: list[tuple[str, int]] = [wanted]
        open_: set[tuple[str, int]] = set()
        while stack:
            use = stack[-1]
            if use in graph.made:
                stack.pop()
                continue
            item = graph.items[use[0]]
            call = calls.get(use)
            if call is None and use[1] > 0:
                raise ModelError(f"has no use number {use[1] + 1}", layer=item.name, line=item.line)
            needed = [(tensor.layer, tensor.node) for tensor in call.tensors] if call else []
            for name, _ in needed:
                if name not in graph.items:
                    raise ModelError(f"its input `{short(name)}` is no layer", layer=item.name, line=item.line)
            missing = [need for need in needed if need not in graph.made]
            if missing and use in open_:
                raise ModelError("layers lead into each other in a circle", layer=item.name, line=item.line)
            if missing:
                open_.add(use)
                stack += missing
                continue
            stack.pop()
            graph.made[use] = self._used_layer(graph, item, call, use)

    def _used_layer(self, graph: _Graph, item: Item, call: Call | None, use: tuple[str, int]) -> list[Value]:
        if item.kind == "InputLayer":
            return [layers.input_layer(self.builder, item, graph.prefix)]
        if call is None:
            raise ModelError("nothing leads into it", layer=item.name, line=item.line)
        call.inputs = [self._value(graph, tensor, item) for tensor in call.tensors]
        call.gives = graph.told.get(Tensor(*use, 0))
        return self._use(item, call, graph.prefix, graph.depth)

    def _value(self, graph: _Graph, tensor: Tensor, item: Item) -> Value:
        values = graph.made.get((tensor.layer, tensor.node))
        if not values or tensor.result < 0:
            raise ModelError(f"`{short(tensor.layer)}` gives nothing of that number", layer=item.name, line=item.line)
        return values[min(tensor.result, len(values) - 1)]

    def _use(self, item: Item, call: Call, prefix: str, depth: int) -> list[Value]:
        self._calls += 1
        if self._calls > MAX_CALLS:
            raise ModelError(f"layers are used more than {MAX_CALLS:,} times", layer=item.name, line=item.line)
        name = f"{prefix}{item.name}"
        if item.kind in MODELS and isinstance(item.config.get("layers"), list):
            made = self.model(item, call.inputs, f"{name}/", depth + 1)
        else:
            made = layers.layer(self.builder, item, call, name)
            if name in self._used and any(self.builder.has_weights(value) for value in made):
                message = "is used several times with the same weights; in the flow each use has its own"
                self.builder.note("lost", message, name, item.line)
        self._used.add(name)
        return made
