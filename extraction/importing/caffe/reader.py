"""What the handlers of Caffe's layers share: the net, the flow in the making, and what each blob is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extraction.flow.model import Shape
from extraction.importing.building import Builder, Value
from extraction.importing.caffe.net import Definition, Net, Source
from extraction.importing.layout import Blob, Orders, blob
from extraction.importing.prototxt import Message


class Reader:
    def __init__(self, net: Net, builder: Builder, gone: set[int]) -> None:
        self.net, self.builder = net, builder
        self.orders = Orders(builder)
        self.made: dict[Source, Blob] = {}
        #: Index of the layer that is being read.
        self.now = 0
        #: Pooling layers whose input's size is not known.
        self.rounds_up: list[str] = []
        uses = net.uses()
        self._uses = {source: [i for i, _ in readers if i not in gone] for source, readers in uses.items()}
        self._dropped = {source for source, readers in uses.items() if readers and not self._uses[source]}

    def add(
        self,
        layer: Definition,
        kind: str,
        inputs: Sequence[Value],
        name: str = "",
        shape: Shape | None = None,
        **params: Any,
    ) -> Value:
        return self.builder.add(kind, name or layer.name, inputs, params, line=layer.line, shape=shape)

    def unknown(
        self, layer: Definition, blobs: Sequence[Blob], why: str = "", shape: Shape | None = None
    ) -> list[Blob]:
        """Keep a layer whole. Its result counts as a map, unless `shape` (channels last) says otherwise."""
        values = [item.value for item in blobs]
        said = plain(layer.message, ("name", "type", "bottom", "top", "include", "exclude"))
        made = self.builder.unknown(layer.type, layer.name, values, said, line=layer.line, shape=shape, why=why)
        return [blob(made, blobs[0].rank if blobs and shape is None else None)]

    def note(self, layer: Definition, kind: Any, message: str) -> None:
        self.builder.note(kind, message, layer.name, layer.line)

    def follower(self, top: int = 0) -> Definition | None:
        """The one layer that reads a top of the present layer."""
        readers = self._uses[(self.now, top)]
        return self.net.layers[readers[0]] if len(readers) == 1 else None

    def reads_alone(self, source: Source) -> bool:
        """Nothing but one layer reads this blob."""
        return len(self._uses[source]) == 1

    def is_read(self, top: int) -> bool:
        return bool(self._uses[(self.now, top)])

    def is_dropped(self, top: int) -> bool:
        """Only what serves training, or throws it away, reads this result."""
        return (self.now, top) in self._dropped


def plain(message: Message, without: Sequence[str] = ()) -> dict[str, Any]:
    """A message as an object; fields that stand several times become lists."""
    found: dict[str, list[Any]] = {}
    for name, value in message.fields:
        if name not in without:
            found.setdefault(name, []).append(plain(value) if isinstance(value, Message) else _word(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _word(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, str(value)) if isinstance(value, str) else value


def number(layer: Definition, param: Message, name: str, default: float) -> float:
    value = param.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e30:
        raise layer.error(f"`{name}` must be a number")
    return value


def whole(layer: Definition, param: Message, name: str, default: int) -> int:
    value = number(layer, param, name, default)
    if value != int(value):
        raise layer.error(f"`{name}` must be a whole number")
    return int(value)


def numbers(layer: Definition, param: Message, name: str) -> list[int]:
    """All values of a field that may stand several times."""
    values = param.all(name)
    if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
        raise layer.error(f"`{name}` must be whole numbers")
    return list(values)


def sizes(layer: Definition, param: Message, name: str, rank: int, default: int, *, field: str = "") -> list[int]:
    """One size a spatial axis: `kernel_size: 3`, one an axis, or `kernel_h` and `kernel_w`."""
    found = numbers(layer, param, field or name)
    if found and len(found) not in (1, rank):
        raise layer.error(f"`{field or name}` has {len(found)} numbers for {rank} axes")
    if len(found) == 1:
        return found * rank
    if found:
        return found
    if rank == 2 and (param.get(f"{name}_h") is not None or param.get(f"{name}_w") is not None):
        return [whole(layer, param, f"{name}_{side}", default) for side in "hw"]
    return [default] * rank


def has_fixed_weights(layer: Definition) -> bool:
    params = [param for param in layer.message.all("param") if isinstance(param, Message)]
    return bool(params) and all(param.get("lr_mult") == 0 for param in params)


def filler(param: Message, name: str = "weight_filler") -> Mapping[str, Any]:
    return plain(param.message(name))
