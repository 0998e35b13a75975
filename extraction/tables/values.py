"""The numbers of a layer's other cells, under the catalogue's names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.tables.spec import FILTERS_FIRST, HALF, MAX_KERNEL, THREE_STRIDES, TWO_STRIDES, Spec
from extraction.tables.text import tidy
from extraction.tables.words import spelled

_KEYS = re.compile(
    r"(?P<key>#? ?(?:maps|filters|channels|hidden(?: units)?|units)|kernel(?: size)?|window|pool(?: size)?|strides?"
    r"|dilation|pad(?:ding)?|\b[kspc])"
    r" ?[:=] ?(?P<value>\d+(?:x\d+){0,2})"
    r"|(?P<word>kernel size|window size|pool size|strides|dilation rate) (?P<number>\d+(?:x\d+){0,2})",
    re.IGNORECASE,
)
_TUPLE = re.compile(r"\((\d{1,5}(?: ?, ?[\da-zA-Z]{1,5}){1,3})\)")
_ALONG_LINE = re.compile(r"\((\d{1,4}), ?\w+, ?(\w+)\)")
_CAFFE_STYLE = re.compile(r"(?:\((?P<k>\d+), ?(?P<n>\d+)\)|(?P<pool>\d+))/(?P<s>\d+),(?P<p>\d+)(?:x| ?× ?)?(?P<r>\d+)?")


def merged(spec: Spec, other: Spec) -> Spec:
    """The layer with what another cell of its row says of a layer of its type."""
    names = {parameter.name for parameter in CATALOGUE[spec.type].parameters} if spec.type in CATALOGUE else set()
    return replace(spec, params={**{k: v for k, v in other.params.items() if k in names}, **spec.params})


def with_values(spec: Spec, text: str, *, padded: bool = False, depth: int | None = None) -> Spec:
    """The layer with the numbers of another cell of its row ("7x7/2", "#maps:512, k:3x3, s:1, p:1", "4096").

    Args:
        padded: a number after the stride is the padding ("3x3/1, 1"), not the filters.
        depth: channels of the layer's input: the third side of a kernel as deep ("7x7x3, 2") tells no filters.
    """
    text = FILTERS_FIRST.sub(r"\2x\3, \1", spelled(tidy(text)))
    params = dict(spec.params)
    if spec.type == "Dropout" and re.fullmatch(r"0?\.\d+", text):
        return replace(spec, params={**params, "rate": float(text)})
    if "1D" in spec.type and (sides := _ALONG_LINE.fullmatch(text)):
        # The window, what goes in, what comes out.
        _set(spec.type, params, "k", [int(sides[1])])
        text = sides[2]
    if not _CAFFE_STYLE.fullmatch(text):
        text = _TUPLE.sub(_untupled, text)
    deep = re.match(r"\d{1,2}x\d{1,2}x(\d{1,5})(?![\dx])", text)
    if deep and depth == int(deep[1]):
        text = re.sub(r"^(\d+x\d+)x\d+, ?(\d)$", r"\1/\2", re.sub(r"^(\d+x\d+)x\d+$", r"\1", text))
    keyed = {
        (match["key"] or match["word"]).lower().strip("# "): match["value"] or match["number"]
        for match in _KEYS.finditer(text)
    }
    if keyed:
        if bare := re.match(r"(\d{1,2}(?:x\d{1,2}){1,2}), ?(?=[a-z])", text):
            _set(spec.type, params, "k", [int(n) for n in bare[1].split("x")])
        for key, value in keyed.items():
            _set(spec.type, params, key, [int(n) for n in value.split("x")])
        if count := re.search(r"^(\d{1,5})(?=, )|(\d{1,5}) (?:filters|kernels|channels|maps|units|neurons)\b", text):
            _set(spec.type, params, "c", [int(count[1] or count[2])])
    elif match := _CAFFE_STYLE.fullmatch(text):
        _set(spec.type, params, "k", [int(match["k"] or match["pool"])])
        _set(spec.type, params, "s", [int(match["s"])])
        _set(spec.type, params, "p", [int(match["p"])])
        if match["n"]:
            _set(spec.type, params, "c", [int(match["n"])])
    elif HALF.fullmatch(text) and spec.type in ("Conv2D", "Conv2DTranspose"):
        return replace(spec, type="Conv2DTranspose", params={**params, "strides": [2, 2]})
    else:
        if match := re.search(r"(?<![\w.])(\d{1,5}(?:x\d{1,5}){1,3})(?!\w)", text):
            _filter_shape(spec.type, params, [int(n) for n in match[1].split("x")])
        if steps := THREE_STRIDES.search(text):
            _set(spec.type, params, "s", [int(n) for n in steps.groups()])
        elif steps := TWO_STRIDES.search(text):
            _set(spec.type, params, "s", [int(n) for n in steps.groups() if n])
        elif match := re.search(r"(?:/ ?|stride ?[:=]? ?)(\d)(?!\d)", text):
            _set(spec.type, params, "s", [int(match[1])])
        if match := re.search(r"(?<![a-z])pad(?:ding)? ?(\d)(?!\d)", text):
            _set(spec.type, params, "p", [int(match[1])])
        rest = re.sub(r"\(?[x×] ?\d+\)?|\d+x[\dx]+|/ ?\d|(?:stride|pad) ?\d", " ", text)
        if match := re.search(r"(?<![\w.{,%])(\d{1,5})(?![\w.}%])", rest):
            _set(spec.type, params, "p" if padded else "c", [int(match[1])])
    return replace(spec, type=_by_rank(spec.type, params), params=params)


def _untupled(match: re.Match[str]) -> str:
    """ "(1, 64)" as "1x64"; where letters stand in for numbers only the first two, the kernel's sides, are meant."""
    sides = re.split(r" ?, ?", match[1])
    numbers = [side for side in sides if side.isdecimal()]
    return "x".join(numbers if len(numbers) == len(sides) else sides[:2] if sides[:2] == numbers[:2] else [])


def _by_rank(kind: str, params: dict[str, Any]) -> str:
    """A convolution with three kernel sides is one over three axes."""
    sides = params.get("kernel_size") or params.get("pool_size")
    other = kind.replace("2D", f"{len(sides)}D") if isinstance(sides, list) else kind
    return other if other in CATALOGUE else kind


def _filter_shape(kind: str, params: dict[str, Any], numbers: list[int]) -> None:
    """ "3x3", "3x3x64" (filters last), "3x3x32x64" (inputs and filters last), "1024x1000" of a dense layer."""
    if kind == "Dense":
        _set(kind, params, "units", numbers[-1:])
        return
    if "Pooling" not in kind and max(numbers[:2]) > MAX_KERNEL and (min(numbers[:2]) > 1 or len(numbers) > 2):
        return
    # A window of a pooling may be as large as its map.
    whole = "Pooling" in kind and numbers[1:2] == numbers[2:]
    cubic = len(numbers) == 3 and (numbers[2] <= MAX_KERNEL or whole)
    spatial = 3 if cubic else 2
    _set(kind, params, "k", numbers[:spatial])
    if len(numbers) > spatial and kind != "DepthwiseConv2D":
        _set(kind, params, "c", numbers[-1:])


def _set(kind: str, params: dict[str, Any], key: str, numbers: list[int]) -> None:
    """Put numbers under the catalogue's name for what `key` means."""
    known = {parameter.name for parameter in CATALOGUE[kind].parameters} if kind in CATALOGUE else set()
    rank = (CATALOGUE[kind].rank if kind in CATALOGUE else None) or len(numbers)
    if len(numbers) == 1 and "kernel_size" in params:
        rank = len(params["kernel_size"])
    sides = numbers * rank if len(numbers) == 1 else numbers
    if key.startswith(("k", "window", "pool")):
        for name in ("kernel_size", "pool_size", "size"):
            if name in known:
                params[name] = sides
    elif key.startswith("dil"):
        params.update({"dilation_rate": sides} if "dilation_rate" in known else {})
    elif key.startswith("s") and "strides" in known:
        params["strides"] = sides
    elif key.startswith("p") and (kind.startswith("Conv") or "Pooling" in kind):
        params["padding"] = numbers[0]
    elif key.startswith(("map", "filter", "channel", "hidden", "unit", "c")):
        for name in ("filters", "units", "output_dim"):
            if name in known or (kind == "Bidirectional" and name == "units"):
                params[name] = numbers[0]
