"""Modules whose inside a table prints in its columns: what they are made of.

A row "inception (3a)" with its numbers of filters says as much as a drawing of the module. What each form of columns
means is fixed in the paper that made it: Inception (Szegedy et al. 2014, and 2015 with batch normalisation), Fire
(Iandola et al. 2016), C.ReLU (Kim et al. 2016), inverted residuals (Sandler et al. 2018, Howard et al. 2019) and
pyramid pooling (He et al. 2014). A module that says less stays one whose inside is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, NamedTuple

from extraction.flow.model import Layer

#: No module of the literature has more convolutions on one branch, or more branches.
_LONGEST = 8
_KERNEL = re.compile(r"(\d{1,2}) ?[x×] ?\1(?!\d)")
_BRANCH = re.compile(r"(?:# ?)?(double )?(?:# ?)?(\d{1,2}) ?[x×] ?\2( reduce)?")
_POOL = re.compile(r"# ?pool|pool(?: ?\+ ?| )?proj(?:ection)?")
_POOLED = re.compile(r"(?:(avg|average|max) ?\+ ?)?(\d+|pass[- ]?through)")
_FIRE = re.compile(r"([se])(\d) ?[x×] ?\2")
_CHAIN = re.compile(r"(?:[xX]|\d+)(?: ?[-–] ?(?:[xX]|\d+)){1,7}|\d+")
_INVERTED = re.compile(r"bneck|bottleneck|inverted|mb ?conv", re.IGNORECASE)
_EXPANSION = re.compile(r"mb ?conv ?(\d{1,2})(?!\d)", re.IGNORECASE)
_PYRAMID = re.compile(r"spp\w*[ ,:(]*[{(\[]? ?(\d+(?: ?[,;] ?\d+)+) ?[})\]]?\)?", re.IGNORECASE)
_NONLINEARITIES = {"hs": "hard_swish", "h-swish": "hard_swish", "re": "relu", "relu6": "relu6", "relu": "relu"}


@dataclass(frozen=True, slots=True)
class Step:
    """A layer inside a module. `inputs` are names of steps before it; "" is what leads into the module."""

    name: str
    type: str
    inputs: tuple[str, ...]
    params: dict[str, Any]


@dataclass(slots=True)
class Module:
    """A composite row of a table: its words, its numbers, and how many channels come in and go out, where known."""

    text: str
    params: dict[str, Any]
    channels_in: int | None
    channels_out: int | None
    steps: list[Step] = field(default_factory=list)

    @property
    def strides(self) -> int:
        return self.number("stride", "strides", "s") or 1

    def number(self, *names: str) -> int | None:
        """The whole number under the first of these columns that there is."""
        for name in names:
            value = self.params.get(name)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
        return None

    def add(self, name: str, kind: str, *inputs: str, **params: Any) -> str:
        taken = {step.name for step in self.steps}
        fresh = next(n for n in chain([name], (f"{name}_{k}" for k in count(2))) if n not in taken)
        self.steps.append(Step(fresh, kind, inputs, params))
        return fresh

    def conv(self, source: str, filters: int, kernel: int = 1, strides: int = 1, activation: str = "relu") -> str:
        size, step = [kernel, kernel], [strides, strides]
        params: dict[str, Any] = {"filters": filters, "kernel_size": size, "strides": step, "padding": "same"}
        if activation:
            params["activation"] = activation
        return self.add(f"conv{kernel}x{kernel}", "Conv2D", source, **params)

    def plus_input(self, last: str, filters: int) -> str | None:
        """The sum with what led into the module, convolved where the two differ; `None` where that can't be told."""
        if self.channels_in is None:
            return None
        way = ""
        if self.strides > 1 or self.channels_in != filters:
            way = self.conv("", filters, 1, self.strides, "")
        return self.add("add", "Add", last, way)


def inside(layer: Layer, channels_in: int | None) -> list[Step] | None:
    """The layers of a `Block`, each after its inputs, the one that gives its result last; `None` where it doesn't say.

    Args:
        channels_in: of what leads into it, where that is known.
    """
    params = {" ".join(name.casefold().split()): value for name, value in layer.params.items()}
    text = " ".join((layer.label, *(value for value in params.values() if isinstance(value, str))))
    out = layer.output_shape[-1] if layer.output_shape else None
    for form in _FORMS:
        module = Module(text, params, channels_in, out)
        if form(module) and module.steps:
            return module.steps
    return None


def _fire(module: Module) -> bool:
    """A convolution that narrows (s1x1) and several side by side that widen (e1x1, e3x3)."""
    found = [(m[1], int(m[2]), n) for key, n in module.params.items() if (m := _FIRE.match(key))]
    if any(not isinstance(n, int) or n <= 0 for _, _, n in found):
        return False
    squeeze = [(kernel, n) for what, kernel, n in found if what == "s"]
    expand = [(kernel, n) for what, kernel, n in found if what == "e"]
    if len(squeeze) != 1 or not 2 <= len(expand) <= _LONGEST:
        return False
    narrow = module.conv("", squeeze[0][1], squeeze[0][0])
    module.add("concat", "Concatenate", *[module.conv(narrow, n, kernel) for kernel, n in expand])
    return True


def _inception(module: Module) -> bool:
    """Branches by the size of their kernels, and one with pooling, side by side."""
    branches = list(_branches(module.params))
    if not 2 <= len(branches) <= _LONGEST or any(
        len(b.numbers) < 2 and b.kernel > 1 and not b.narrow for b in branches
    ):
        return False
    ends = []
    for kernel, numbers, narrow in branches:
        convs = [*([(1, narrow)] if narrow else []), *[(kernel, n) for n in numbers]]
        if len(numbers) > 1 and not narrow:  # "24-48-48" below #5x5: one that narrows, then two of 3 x 3
            convs = [(1, numbers[0]), *[(kernel if len(numbers) == 2 else 3, n) for n in numbers[1:]]]
        way = ""
        for index, (size, filters) in enumerate(convs):
            way = module.conv(way, filters, size, module.strides if index == len(convs) - 1 else 1)
        ends.append(way)
    pooled = next((value for key, value in module.params.items() if _POOL.fullmatch(key)), None)
    if pooled is not None:
        told = _POOLED.fullmatch(str(pooled).strip().casefold())
        if told is None:
            return False
        kind = "AveragePooling2D" if (told[1] or "").startswith("a") else "MaxPooling2D"
        step = {"strides": [module.strides] * 2, "padding": "same"}
        way = module.add("pool", kind, "", pool_size=[3, 3], **step)
        ends.append(module.conv(way, int(told[2])) if told[2].isdigit() else way)
    last = module.add("concat", "Concatenate", *ends)
    if out := module.number("#out", "out"):
        last = module.conv(last, out)
    return _ended(module, last, out)


class _Branch(NamedTuple):
    kernel: int
    #: Filters of its convolutions in order, and of the one of 1 x 1 in front that has a column of its own.
    numbers: list[int]
    narrow: int | None


def _branches(params: dict[str, Any]) -> Iterator[_Branch]:
    reduced = {(m[1], m[2]): n for key, n in params.items() if (m := _BRANCH.fullmatch(key)) and m[3]}
    for key, value in params.items():
        match = _BRANCH.fullmatch(key)
        if not match or match[3] or value in (None, 0, "0", "-"):
            continue
        numbers = _chain(value)
        if not numbers or None in numbers:
            continue
        narrow = reduced.get((match[1], match[2]))
        told = [n for n in numbers if n is not None]
        narrow = narrow if isinstance(narrow, int) and narrow > 0 else None
        yield _Branch(int(match[2]), told * 2 if match[1] else told, narrow)


def _chain(value: Any) -> list[int | None]:
    """ "24-48-48" in order, `None` for an X; nothing for what is no such row of numbers."""
    text = str(value).strip()
    if isinstance(value, bool) or not _CHAIN.fullmatch(text):
        return []
    return [int(part) if part.isdigit() else None for part in re.split(r" ?[-–] ?", text)][:_LONGEST]


def _crelu(module: Module) -> bool:
    """Narrow, convolve, stand beside its negative, widen: "24-24-64"; an X where there is no convolution."""
    value = next((value for key, value in module.params.items() if re.sub(r"\W", "", key) == "crelu"), None)
    numbers = _chain(value) if value is not None else []
    kernel = _KERNEL.search(module.text)
    if len(numbers) != 3 or kernel is None:
        return False
    before, between, after = numbers
    if between is None:
        return False
    way = "" if before is None else module.conv("", before)
    way = module.conv(way, between, int(kernel[1]), module.strides, "")
    way = module.add("concat", "Concatenate", way, module.add("negative", "Rescaling", way, scale=-1.0))
    way = module.add("relu", "Activation", way, activation="relu")
    if after is not None:
        way = module.conv(way, after)
    return _ended(module, way, after)


def _ended(module: Module, last: str, filters: int | None) -> bool:
    """With a shortcut past the module where a column says so; whether that could be drawn."""
    if not any(key.startswith("residual") and value is True for key, value in module.params.items()):
        return True
    return filters is not None and module.plus_input(last, filters) is not None


def _inverted(module: Module) -> bool:
    """Widen, convolve each map by itself, weigh the maps where that is said, narrow without a function."""
    out = module.number("#out", "c", "out", "output channels", "channels", "#channels") or module.channels_out
    wide = module.number("exp size", "expansion size", "#exp")
    factor = module.number("t", "expansion", "expansion factor", "exp", "expand ratio")
    if wide is None and factor is None and (named := _EXPANSION.search(module.text)):
        factor = int(named[1])
    if wide is None and factor is not None and module.channels_in is not None:
        wide = factor * module.channels_in
    if not _INVERTED.search(module.text) or out is None or wide is None or module.channels_in is None:
        return False
    efficient = re.search(r"mb ?conv", module.text, re.IGNORECASE) is not None
    function = _NONLINEARITIES.get(str(module.params.get("nl", "")).casefold(), "silu" if efficient else "relu6")
    kernel = _KERNEL.search(module.text)
    size = int(kernel[1]) if kernel else 3

    def normal(way: str, activation: str) -> str:
        way = module.add("bn", "BatchNormalization", way)
        return module.add("act", "Activation", way, activation=activation) if activation else way

    def plain(way: str, filters: int, activation: str) -> str:
        shape = {"filters": filters, "kernel_size": [1, 1], "strides": [1, 1]}
        return normal(module.add("conv1x1", "Conv2D", way, **shape, padding="same", use_bias=False), activation)

    way = plain("", wide, function) if wide != module.channels_in else ""
    steps = {"kernel_size": [size, size], "strides": [module.strides] * 2, "padding": "same", "use_bias": False}
    way = normal(module.add("depthwise", "DepthwiseConv2D", way, **steps), function)
    squeezes = efficient or module.params.get("se") is True
    if squeezes:
        # A quarter of the wide maps (Howard et al. 2019), or of those that came in (Tan and Le 2019).
        few = max(1, (module.channels_in if efficient else wide) // 4)
        gate = module.add("squeeze", "GlobalAveragePooling2D", way, keepdims=True)
        gate = module.conv(gate, few, 1, 1, function if efficient else "relu")
        gate = module.conv(gate, wide, 1, 1, "sigmoid" if efficient else "hard_sigmoid")
        way = module.add("scale", "Multiply", way, gate)
    way = plain(way, out, "")
    if module.strides == 1 and module.channels_in == out:
        module.add("add", "Add", way, "")
    return True


def _pyramid(module: Module) -> bool:
    """Spatial pyramid pooling: the largest value in each cell of several grids, as one row."""
    match = _PYRAMID.search(module.text)
    sides = [int(side) for side in re.findall(r"\d+", match[1])] if match else []
    if not 2 <= len(sides) <= _LONGEST or not all(0 < side < 50 for side in sides):
        return False
    ends = [module.add(f"pool{n}x{n}", "AdaptiveMaxPooling2D", "", output_size=[n, n]) for n in sides]
    ends = [module.add("flat", "Flatten", end) for end in ends]
    module.add("concat", "Concatenate", *ends)
    return True


_FORMS: tuple[Callable[[Module], bool], ...] = (_fire, _crelu, _inception, _inverted, _pyramid)
