"""How a layer is used: which tensors and other arguments it is called with, in the forms of Keras 3 and Keras 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from extraction.importing.building import Value
from extraction.importing.keras.items import Item
from extraction.importing.result import ModelError

MAX_TENSORS = 1_000


class Tensor(NamedTuple):
    """What a layer gives: its name, which of its uses, which of its results."""

    layer: str
    node: int
    result: int


@dataclass(slots=True)
class Call:
    inputs: list[Value] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    #: Positional arguments; a tensor stands as `Tensor`.
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    #: Sizes without the batch of the tensors that it takes.
    shapes: dict[Tensor, tuple[int | None, ...]] = field(default_factory=dict)
    #: Sizes of its result, where a later layer tells.
    gives: tuple[int | None, ...] | None = None


def call_of(node: Any, item: Item) -> Call:
    """One entry of `inbound_nodes`.

    Raises:
        ModelError: it has none of the known forms.
    """
    call = Call()
    try:
        if isinstance(node, dict):
            args, kwargs = node.get("args", []), node.get("kwargs", {})
            if not isinstance(args, list) or not isinstance(kwargs, dict):
                raise ModelError("`args` must be a list and `kwargs` an object")
            call.args = [_argument(arg, call, 0) for arg in args]
            call.kwargs = {str(key): _argument(value, call, 0) for key, value in kwargs.items()}
        else:
            call.tensors = tensors_in(node)
            call.args = list(call.tensors)
            call.kwargs = _options(node)
    except ModelError as error:
        raise ModelError(error.reason, layer=item.name, line=item.line) from error
    if len(call.tensors) > MAX_TENSORS:
        raise ModelError(f"takes more than {MAX_TENSORS:,} inputs", layer=item.name, line=item.line)
    return call


def _argument(value: Any, call: Call, depth: int) -> Any:
    """A value with its tensors found; what is nested deeper than arguments are stays as it is."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        history = config.get("keras_history") if isinstance(config, dict) else None
        tensor = _tensor(history)
        if tensor is None or not isinstance(config, dict):
            raise ModelError("a tensor must have a `keras_history` of name, number and number")
        call.tensors.append(tensor)
        shape = config.get("shape")
        if isinstance(shape, list) and shape and all(size is None or _is_whole(size) for size in shape):
            call.shapes[tensor] = tuple(shape[1:])
        return tensor
    if isinstance(value, list) and depth < 4:
        return [_argument(item, call, depth + 1) for item in value]
    return value


def tensors_in(data: Any, *, bare: bool = False) -> list[Tensor]:
    """Tensors in lists of lists, as Keras 2 writes them; `bare` where one alone may stand without a list."""
    if bare and (tensor := _tensor(data)):
        return [tensor]
    return list(_tensors(data, 0))


def _tensors(data: Any, depth: int) -> Iterator[Tensor]:
    if tensor := _tensor(data):
        yield tensor
    elif isinstance(data, list | dict) and depth < 6:
        for item in data.values() if isinstance(data, dict) else data:
            yield from _tensors(item, depth + 1)
    elif isinstance(data, list | dict):
        raise ModelError("its inputs are nested too deeply")


def _tensor(data: Any) -> Tensor | None:
    """`[name, node, index]`, with a fourth member for options in Keras 2."""
    if not isinstance(data, list) or not 3 <= len(data) <= 4 or not isinstance(data[0], str):
        return None
    return Tensor(*data[:3]) if _is_whole(data[1]) and _is_whole(data[2]) else None


def _options(node: Any) -> dict[str, Any]:
    """Further arguments, which Keras 2 puts behind the first tensor."""
    first = node[0] if isinstance(node, list) and node else None
    options = first[3] if isinstance(first, list) and len(first) == 4 else {}
    return dict(options) if isinstance(options, dict) else {}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000_000
