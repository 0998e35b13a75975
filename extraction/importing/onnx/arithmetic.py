"""Merges of computed values, and arithmetic with numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from extraction.importing.layout import Blob
from extraction.importing.onnx.graph import Operation
from extraction.importing.onnx.reader import Reader

Handler = Callable[[Reader, Operation], Blob | None]


def rounded(value: Any) -> Any:
    """Numbers are stored in single precision: 0.2 comes as 0.200000003."""
    return float(f"{value:.7g}") if isinstance(value, float) and math.isfinite(value) else value


def join(kind: str) -> Handler:
    """A merge of computed values, or arithmetic with numbers."""

    def handle(reader: Reader, operation: Operation) -> Blob | None:
        blobs = reader.blobs(operation)
        if operation.name in reader.taken and len(blobs) == 1:
            return blobs[0]  # the bias, or shift, of the product in front
        if len(blobs) == len(operation.inputs) >= 2:
            if kind == "Divide" or (kind == "Subtract" and len(blobs) > 2):
                return None
            alike = reader.orders.alike(blobs, operation.name)
            most = max(alike, key=lambda item: item.rank)
            if any(item.rank != most.rank for item in alike):
                return None
            return Blob(
                reader.add(operation, kind, [item.value for item in alike], shape=most.value.shape), most.layout
            )
        return _with_numbers(reader, operation, kind)

    return handle


def _with_numbers(reader: Reader, operation: Operation, kind: str) -> Blob | None:
    blobs = reader.blobs(operation)
    if len(operation.inputs) != 2 or len(blobs) != 1:
        return None
    given, place = blobs[0], 0 if operation.inputs[0] in reader.graph.constants else 1
    numbers = _numbers(reader, operation, given, place)
    if numbers is None:
        return _learnt(reader, operation, given, place) if kind == "Multiply" else None
    rule = _factor_and_shift(kind, numbers, place)
    if rule is None:
        return None
    scale, offset = rule
    follower = reader.follower(operation)
    if kind == "Multiply" and follower and follower.kind == "Add":
        shift = _numbers(reader, follower, given, 0 if follower.inputs[0] in reader.graph.constants else 1)
        if shift is not None:
            offset = shift
            reader.taken.add(follower.name)
    reader.builder.note("changed", "arithmetic with numbers is a Rescaling", operation.name)
    params = {"scale": _one(scale), "offset": _one(offset)}
    name = follower.name if follower and follower.name in reader.taken else operation.name
    made = reader.add(operation, "Rescaling", [given.value], name=name, shape=given.value.shape, **params)
    return Blob(made, given.layout)


def _factor_and_shift(kind: str, numbers: list[float], place: int) -> tuple[list[float], list[float]] | None:
    """What a value is multiplied by, and what is added; `place` is that of the numbers."""
    match kind:
        case "Add":
            return [1], numbers
        case "Subtract":
            return ([1], [-number for number in numbers]) if place == 1 else ([-1], numbers)
        case "Multiply":
            return numbers, [0]
        case "Divide" if place == 1 and 0 not in numbers:
            return [rounded(1 / number) for number in numbers], [0]
    return None


def _one(numbers: list[float]) -> Any:
    return numbers[0] if len(numbers) == 1 else numbers


def _numbers(reader: Reader, operation: Operation, given: Blob, place: int) -> list[float] | None:
    """A constant's numbers: one, or one for each channel of what is computed."""
    found = reader.constant(operation, place)
    if found is None or not found.numbers or any(isinstance(number, bool) for number in found.numbers):
        return None
    if len(found.numbers) > 1 and not _for_channels(given, found.shape):
        return None
    return [rounded(number) for number in found.numbers]


def _for_channels(given: Blob, shape: tuple[int, ...]) -> bool:
    """The sizes spread over the value along its channels alone, which are a flow's last axis."""
    sizes = (*[1] * (given.rank + 1 - len(shape)), *shape)
    channels = given.layout[-1] if given.layout else 0
    return len(sizes) == given.rank + 1 and all((size == 1) == (axis != channels) for axis, size in enumerate(sizes))


def _learnt(reader: Reader, operation: Operation, given: Blob, place: int) -> Blob | None:
    """A factor for each channel, too many to be looked at."""
    found = reader.constant(operation, place)
    if found is None or found.numbers is not None or not _for_channels(given, found.shape):
        return None
    made = reader.add(operation, "LayerScale", [given.value], shape=given.value.shape)
    return Blob(made, given.layout)
