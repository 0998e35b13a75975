"""What the boxes, octagons and numbers of a picture of Caffe's `draw_net` say of the net."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.flow.model import BBox, Connection, Layer
from extraction.vocabulary.tools import CAFFE, caffe_type, in_place_rank

#: Of a box's text without spaces.
_BOX = re.compile(r"[^A-Za-z0-9_/.]*(?P<name>.*?)\((?P<kind>[A-Z]\w*)\)(?P<rest>(?:[a-z_]+:-?[\dIlO]*)*)-?")
_NUMBER = re.compile(r"(kernelsize|stride|pad|group):([\dIlO]+)")
#: Digits that are taken for letters.
_DIGITS = str.maketrans("IlO", "110")
_POOL = re.compile(r"(MAX|AVE|STOCHASTIC)(Pooling)|(Pooling)(MAX|AVE|STOCHASTIC)")
#: The colour of layers that work in place.
GREEN = (0x90, 0xEE, 0x90)
#: Layers with a number beside the arrow that leaves them.
NUMBERED = ("Convolution", "Deconvolution", "InnerProduct")
#: What seems to be a capital I where small letters end is the number of a layer.
_NUMBER_ONE = re.compile(r"(?<=[a-z])I(?=\d*(_|$))")


@dataclass(frozen=True, slots=True)
class Box:
    """One node of the picture."""

    #: A layer's box; else a blob.
    layer: bool
    text: str
    place: BBox
    #: Works in place: its one blob is both what it reads and what it makes.
    in_place: bool = False

    @property
    def words(self) -> Words | None:
        """What a layer's box says; `None` where it is not a layer's text."""
        found = _BOX.fullmatch(self.text.replace(" ", ""))
        if not found:
            return None
        numbers = {key: int(value.translate(_DIGITS)) for key, value in _NUMBER.findall(found["rest"])}
        return Words(_NUMBER_ONE.sub("1", found["name"]), _kind(found["kind"]), numbers)

    @property
    def printed(self) -> str:
        return self.words.kind if self.words else ""


@dataclass(frozen=True, slots=True)
class Words:
    name: str
    kind: str
    #: `kernelsize`, `stride`, `group` and `pad`, those that are printed.
    numbers: Mapping[str, int]

    @property
    def label(self) -> str:
        said = {"kernelsize": "kernel size"}
        return " ".join([self.name, f"({self.kind})", *(f"{said.get(k, k)}: {v}" for k, v in self.numbers.items())])


def _kind(tight: str) -> str:
    """A layer's type as Caffe prints it; one that is told wrong in a letter is the one that Caffe has."""
    if found := _POOL.fullmatch(tight):
        return " ".join(part for part in found.groups() if part)
    if tight in CAFFE:
        return tight
    near = difflib.get_close_matches(tight, CAFFE, 1, 0.86)
    return near[0] if near and len(tight) > 4 and len(near[0]) == len(tight) else tight


def in_place(colour: tuple[int, int, int]) -> bool:
    """Whether a box of this colour (red, green, blue) is of a layer that works in place."""
    return max(abs(a - b) for a, b in zip(colour, GREEN, strict=True)) < 40


def layer_of(number: int, box: Box, units: int | None) -> Layer:
    """The layer of a box; `units` is the number beside the arrow that leaves it."""
    if not box.layer:
        name = box.text.replace(" ", "")  # what seems to be one between letters set far apart: blobs' names have none
        return Layer(f"n{number}", "Input", name, name, bbox=box.place)
    words = box.words
    if words is None:
        return Layer(f"n{number}", "Block" if box.text else "Unknown", box.text, box.text, bbox=box.place)
    numbers = words.numbers
    kernel = numbers.get("kernelsize")
    kind, own = caffe_type(words.kind, kernel)
    params: dict[str, Any] = dict(own)
    window = "pool_size" if "Pooling" in kind else "kernel_size"
    if kernel is not None and (kernel or "Pooling" not in kind):
        params[window] = [kernel, kernel]
        if "stride" in numbers:
            params["strides"] = [numbers["stride"]] * 2
        if "pad" in numbers:
            params["padding"] = numbers["pad"]
        if "group" in numbers and kind == "Conv2D":
            params["groups"] = numbers["group"]
    if units is not None and kind in ("Conv2D", "Conv2DTranspose", "Dense"):
        params["units" if kind == "Dense" else "filters"] = units
    return Layer(
        f"n{number}", kind, words.name, words.label, params=params, bbox=box.place,
        provenance=dict.fromkeys(params, "figure"),
    )  # fmt: skip


def join(boxes: Sequence[Box], arrows: Mapping[tuple[int, int], float]) -> tuple[list[int], list[Connection]]:
    """The nodes that are layers, and their connections.

    Blobs are no layers, except those that no layer makes: they are inputs. Layers that work in place on one blob form a
    row, in the order of `IN_PLACE_ORDER`.

    Args:
        arrows: source and target of each, with how sure it is.
    """
    arrows = _both_ways(boxes, arrows)
    made_by: dict[int, list[int]] = {}
    read_by: dict[int, list[int]] = {}
    direct: list[tuple[int, int]] = []
    for source, target in arrows:
        if boxes[source].layer and not boxes[target].layer:
            made_by.setdefault(target, []).append(source)
        elif boxes[target].layer and not boxes[source].layer:
            read_by.setdefault(source, []).append(target)
        elif boxes[source].layer:
            direct.append((source, target))
    layers = [i for i, box in enumerate(boxes) if box.layer]
    pairs: dict[tuple[int, int], float] = {pair: arrows[pair] for pair in direct}
    for blob in sorted({*made_by, *read_by}):
        makers, readers = made_by.get(blob, []), read_by.get(blob, [])
        inside = [layer for layer in makers if layer in readers]
        inside.sort(key=lambda layer: in_place_rank(boxes[layer].printed))
        outer = [layer for layer in makers if layer not in inside]
        if not outer:
            outer = [blob]
            layers.append(blob)
        before = outer
        for layer in inside:
            for source in before:
                pairs[source, layer] = min(_sure(arrows, blob, source, layer))
            before = [layer]
        for layer in readers:
            if layer not in inside:
                for source in before:
                    pairs[source, layer] = min(_sure(arrows, blob, source, layer))
    layers.sort()
    order = {layer: i for i, layer in enumerate(layers)}
    ranked = sorted(pairs, key=lambda pair: (order[pair[1]], boxes[pair[0]].place[0], boxes[pair[0]].place[1]))
    return layers, [Connection(f"n{a}", f"n{b}", pairs[a, b]) for a, b in ranked]


def _both_ways(boxes: Sequence[Box], arrows: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Arrows with those that are missing or wrong at layers that work in place: each has one blob, and two arrows."""
    result = dict(arrows)
    for number, box in enumerate(boxes):
        if not box.in_place:
            continue
        own = [pair for pair in result if number in pair]
        blobs = Counter(a if b == number else b for a, b in own)
        blobs = Counter({blob: count for blob, count in blobs.items() if not boxes[blob].layer})
        if not blobs:  # its arrows were lost: most likely it belongs to the nearest blob
            blobs = Counter([i for i, other in enumerate(boxes) if not other.layer])
        if not blobs:
            continue
        blob = min(blobs, key=lambda i: (-blobs[i], _distance(boxes[i].place, box.place)))
        sure = max(result.get((blob, number), 0.4), result.get((number, blob), 0.4))
        for pair in own:
            del result[pair]
        result[blob, number] = result[number, blob] = sure
    return result


def _distance(a: BBox, b: BBox) -> float:
    return math.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3])


def _sure(arrows: Mapping[tuple[int, int], float], blob: int, source: int, target: int) -> tuple[float, float]:
    return arrows.get((source, blob), 1.0), arrows.get((blob, target), 1.0)
