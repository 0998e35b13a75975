"""Simulated networks as rows of volumes, in many manners, with the flow that each figure shows.

They are no part of what the classifier learns from (`figures.SORTS`): readers are measured on them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from extraction.flow.model import BBox
from extraction.simulate.kinds.canvas import Canvas, Colour, Look, Point
from extraction.simulate.kinds.flows import stack
from extraction.simulate.kinds.photos import picture
from extraction.simulate.kinds.solids import cuboid

Rng = np.random.Generator

#: Words for an operation, and the types that they mean; {n} counts, {k} is a kernel, {c} are channels.
WORDS: dict[str, tuple[str, ...]] = {
    "Conv2D": ("conv{n}", "Conv {k}x{k}", "Convolution", "{k}x{k} conv", "Conv+ReLU", "Convolutions"),
    "MaxPooling2D": ("max pool", "Max pooling", "MaxPool 2x2", "2x2 max pooling"),
    "Block": ("Pool", "Subsampling", "Pooling", "pool"),
    "Dense": ("fc{n}", "FC", "Dense", "Fully connected", "Full connection"),
    "Conv2DTranspose": ("deconv", "Deconv {k}x{k}", "up-conv"),
    "UpSampling2D": ("Upsampling", "upsample", "unpooling"),
    "Activation": ("softmax", "Softmax"),
}
#: In which order and with which signs a size is printed; channels, height, width.
SIZES = ("{c}@{h}x{w}", "{h}x{w}x{c}", "{h} x {w} x {c}", "{c}x{h}x{w}", "{c} @ {h}x{w}", "{h}×{w}×{c}")


@dataclass(slots=True)
class _Step:
    """One volume of the network, and the operation that makes it."""

    type: str
    shape: tuple[int, ...]
    params: dict[str, Any] = field(default_factory=dict)
    words: str = ""


@dataclass(slots=True)
class _Manner:
    """How one figure is drawn."""

    stacked: bool
    #: "name": a name at each volume, "between": the operation between two, "legend", or "none".
    naming: str
    #: "words", "edges" (a number along each edge), "channels", or "none".
    sizes: str
    size_form: str
    links: str
    above: bool
    inside: bool
    white: bool
    by_type: bool
    slope: Point
    clear: int
    #: Sheets: how far each is moved, and whether they are seen from the side.
    shift: Point
    slant: float | None
    gap: float
    #: Each volume stands half before the one that it comes from.
    close: bool
    bars: str


def _network(rng: Rng, words: dict[str, str]) -> list[_Step]:
    """Sizes fall, channels grow; dense layers at the end, or the way back up."""
    size = int(rng.choice([28, 32, 64, 112, 224]))
    channels = int(rng.choice([1, 3]))
    steps = [_Step("Input", (size, size, channels))]
    count, back = int(rng.integers(2, 6)), rng.random() < 0.2
    channels = int(rng.choice([6, 16, 32, 64]))
    pool = str(rng.choice(["MaxPooling2D", "MaxPooling2D", "Block", ""]))
    number = 0
    for _ in range(count):
        for _ in range(int(rng.choice([1, 1, 1, 2, 3])) if count < 4 else 1):
            number += 1
            kernel = int(rng.choice([1, 3, 3, 5, 7]))
            size = size if pool else max(2, size // 2)
            steps.append(_made("Conv2D", (size, size, channels), words, number, kernel))
        if pool and size > 3:
            size //= 2
            steps.append(_made(pool, (size, size, channels), words, number, 2))
        channels = min(1024, channels * 2)
    if back:
        up = str(rng.choice(["Conv2DTranspose", "UpSampling2D"]))
        for n in range(count):
            size, channels = size * 2, max(4, channels // 2)
            steps.append(_made(up, (size, size, channels), words, n + 1, 3))
    else:
        for _ in range(int(rng.integers(0, 4))):
            number += 1
            units = int(rng.choice([10, 84, 120, 128, 256, 500, 512, 1000, 4096]))
            steps.append(_made("Dense", (units,), words, number, 0))
        if len(steps[-1].shape) == 1 and rng.random() < 0.3:
            steps.append(_made("Activation", (10,), words, number, 0))
    return steps


def _made(kind: str, shape: tuple[int, ...], words: dict[str, str], number: int, kernel: int) -> _Step:
    form = words[kind]
    params: dict[str, Any] = {}
    if kind in ("Conv2D", "Conv2DTranspose") and "{k}" in form:
        params["kernel_size"] = [kernel, kernel]
    if "ReLU" in form:
        params["activation"] = "relu"
    if kind == "MaxPooling2D" and "2x2" in form:
        params["pool_size"] = [2, 2]
    if kind == "Activation":
        params["activation"] = "softmax"
    return _Step(kind, shape, params, form.format(n=number, k=kernel, c=shape[-1]))


def _manner(rng: Rng, look: Look, stacked: bool) -> _Manner:
    angle = rng.uniform(0.35, 1.1)
    slope = rng.uniform(0.15, 0.6)
    shift = rng.uniform(3, 10)
    naming = str(rng.choice(["name", "between", "legend", "none"], p=[0.45, 0.3, 0.1, 0.15]))
    shares = [0.5, 0.0, 0.15, 0.35] if stacked else [0.5, 0.15, 0.15, 0.2]
    return _Manner(
        stacked=stacked,
        naming="name" if naming == "legend" and stacked else naming,
        sizes=str(rng.choice(["words", "edges", "channels", "none"], p=shares)),
        size_form=str(rng.choice(SIZES)),
        links=str(rng.choice(["arrow", "patch", "corners", "none"], p=[0.35, 0.3, 0.1, 0.25])),
        above=bool(rng.random() < 0.5),
        inside=bool(rng.random() < 0.12),
        white=bool(rng.random() < 0.4) and look.border,  # or nothing could be seen
        by_type=bool(rng.random() < 0.5),
        slope=(slope * float(np.cos(angle)), slope * float(np.sin(angle))),
        clear=int(rng.choice([255, 255, 255, 170])),
        shift=(shift, shift * float(rng.choice([1, 1, -1]))),
        slant=rng.uniform(0.25, 0.6) if stacked and rng.random() < 0.2 else None,
        gap=rng.uniform(24, 80),
        close=not stacked and naming in ("legend", "none") and bool(rng.random() < 0.6),
        bars=str(rng.choice(["flat", "solid", "rod", "circles"], p=[0.4, 0.3, 0.2, 0.1])),
    )  # fmt: skip


def row_of_volumes(look: Look, rng: Rng) -> Canvas:
    """Cuboids from left to right, the flow noted down."""
    return _row(look, rng, stacked=False)


def row_of_stacks(look: Look, rng: Rng) -> Canvas:
    """Stacks of sheets from left to right, the flow noted down."""
    return _row(look, rng, stacked=True)


def _row(look: Look, rng: Rng, *, stacked: bool) -> Canvas:
    words = {kind: str(rng.choice(forms)) for kind, forms in WORDS.items()}
    steps = _network(rng, words)
    manner = _manner(rng, look, stacked)
    if manner.naming == "legend":
        manner.white, manner.by_type = False, True
    if manner.close:
        manner.sizes, manner.links = "none", str(rng.choice(["arrow", "none"]))
    tall = rng.uniform(120, 230)
    side = [_side(step, steps, tall) for step in steps]
    wide = sum(1.6 * s + manner.gap + 5.2 * look.text[1] + 90 for s in side) + 200
    c = Canvas(wide, tall * 1.9 + 230, look, rng)
    colours = {kind: c.colour(i) for i, kind in enumerate(WORDS)}
    middle, x = c.height / 2, 60.0
    last: str | None = None
    before: tuple[_Step, BBox, Point] | None = None
    for i, step in enumerate(steps):
        fill: Colour | None = (
            None if manner.white else colours.get(step.type, c.colour(5)) if manner.by_type else c.colour(0)
        )
        photo = i == 0 and rng.random() < 0.3
        box, spot = _drawn(c, step, manner, side[i], x, middle, fill, photo)
        if before is not None:
            _link(c, manner, before, (step, box, spot), middle)
        label = _written(c, step, manner, box, before, photo)
        params = dict(step.params) if manner.naming in ("name", "between") and step.words and label else {}
        kind = step.type
        if manner.naming == "none" and kind in ("MaxPooling2D", "Block", "Conv2DTranspose", "UpSampling2D"):
            kind = "Conv2D"  # what nobody can see is what most volumes are
        if manner.naming == "none" and kind == "Activation":
            kind = "Dense"
        shape = step.shape if manner.sizes == "words" and label and len(step.shape) == 3 else None
        if manner.sizes != "none" and len(step.shape) == 1 and label and kind == "Dense":
            params["units"] = step.shape[0]
        if manner.sizes == "channels" and kind in ("Conv2D", "Conv2DTranspose") and label:
            params["filters"] = step.shape[-1]
        last = c.shown.layer(kind, box, label, (last,) if last else (), params=params, shape=shape)
        before = (step, box, spot)
        x = box[2] + _room(c, manner, steps, i)
        if manner.close and len(step.shape) == 3 and not photo:
            x = box[2] - 0.85 * side[i] * manner.slope[0] + 4
    if manner.naming == "legend":
        _legend(c, [kind for kind in WORDS if any(step.type == kind for step in steps)], words, colours)
    return c


def _side(step: _Step, steps: list[_Step], tall: float) -> float:
    if len(step.shape) == 1:
        return tall * 0.75
    return tall * max(0.16, math.sqrt(step.shape[0] / steps[0].shape[0]))


def _room(c: Canvas, manner: _Manner, steps: list[_Step], i: int) -> float:
    """Pixels to the next volume: there is room for what is printed between."""
    if i + 1 == len(steps):
        return 0
    if manner.naming == "between":
        return max(manner.gap, 5.2 * c.size)
    if manner.sizes == "words" or manner.naming == "name":
        return max(manner.gap, 2.2 * c.size)
    return manner.gap if manner.links != "none" else manner.gap * 0.4


def _drawn(
    c: Canvas, step: _Step, manner: _Manner, side: float, x: float, middle: float, fill: Colour | None, photo: bool
) -> tuple[BBox, Point]:
    """Draw a volume whose left edge is x; its box and the place on its front where a filter would look."""
    if photo:
        c.paste(picture(c.rng), x, middle - side / 2, side, side)
        return (x, middle - side / 2, x + side, middle + side / 2), (x + 0.6 * side, middle)
    if len(step.shape) == 1:
        return _bar(c, manner, side, x, middle, fill)
    if manner.stacked:
        count = (
            1 if step.shape[-1] == 1 else 3 if step.shape[-1] == 3 else int(min(9, 3 + np.log2(step.shape[-1]) / 1.4))
        )
        dx, dy = manner.shift
        rise = abs(dy) * (count - 1)
        top = middle - (side + rise) / 2 + (rise if dy < 0 else 0)
        if manner.slant:
            lean = (side * manner.slant, -side * manner.slant * 0.6)
            stack(c, x, top - lean[1] / 2, side, side, count, (abs(dx), 0.0), fill, c.rng, lean)
            box = (x, top + lean[1] / 2, x + lean[0] + abs(dx) * (count - 1), top + side - lean[1] / 2)
            return box, (box[2] - 0.5 * lean[0], middle)
        wide, high = stack(c, x, top, side, side, count, manner.shift, fill, c.rng)
        y0 = middle - high / 2
        return (x, y0, x + wide, y0 + high), (x + wide - side * 0.5, top + dy * (count - 1) + side * 0.5)
    thick = max(6.0, min(90.0, 4.5 * float(np.log2(step.shape[-1] + 1)) ** 1.2))
    deep = (side * manner.slope[0], side * manner.slope[1])
    y = middle + (side + deep[1]) / 2
    cuboid(c, x, y, thick, side, deep, fill, manner.clear)
    return (x, y - side - deep[1], x + thick + deep[0], y), (x + thick * 0.5, y - side * 0.5)


def _bar(c: Canvas, manner: _Manner, side: float, x: float, middle: float, fill: Colour | None) -> tuple[BBox, Point]:
    top, low = middle - side / 2, middle + side / 2
    if manner.bars == "circles":
        count = 8
        for k in range(count):
            c.circle(x + 8, top + (k + 0.5) * side / count, side / count * 0.42, fill)
        return (x, top, x + 16, low), (x + 8, middle)
    if manner.bars == "solid":
        cuboid(c, x, low, 9, side, (7, 6), fill, 255)
        return (x, top - 6, x + 16, low), (x + 8, middle)
    if manner.bars == "rod":
        lean = side * 0.5
        c.polygon([(x, top), (x + 14, top), (x + 14 + lean, low), (x + lean, low)], fill, True)
        return (x, top, x + 14 + lean, low), (x + 7 + lean / 2, middle)
    c.box(x, top, 14, side, fill, border=True)
    return (x, top, x + 14, low), (x + 7, middle)


def _link(
    c: Canvas, manner: _Manner, one: tuple[_Step, BBox, Point], other: tuple[_Step, BBox, Point], middle: float
) -> None:
    (_, box, spot), (target, to, there) = one, other
    if manner.close and to[0] < box[2]:
        return
    if manner.links == "arrow":
        c.arrow((box[2] + 3, middle), (to[0] - 3, middle))
    elif len(target.shape) == 1 and manner.links != "none":
        c.line([(box[2], box[1] + 2), (to[0], to[1])], width=1)
        c.line([(box[2], box[3] - 2), (to[0], to[3])], width=1)
    elif manner.links == "patch":
        small = max(6.0, 0.16 * (box[3] - box[1]))
        x, y = spot
        c.polygon([(x - small, y - small), (x, y - small), (x, y), (x - small, y)], None, True)
        for corner in ((x, y - small), (x, y)):
            c.line([corner, there], width=1)
    elif manner.links == "corners":
        c.line([(box[2], box[1] + 2), (to[0], to[1] + 2)], width=1)
        c.line([(box[2], box[3] - 2), (to[0], to[3] - 2)], width=1)


def _written(
    c: Canvas, step: _Step, manner: _Manner, box: BBox, before: tuple[_Step, BBox, Point] | None, photo: bool
) -> str:
    """Write what stands by a volume; its label, from top to bottom, empty where there is none."""
    high, low = box[1] - 0.9 * c.size, box[3] + 0.9 * c.size
    x = (box[0] + box[2]) / 2
    room = box[2] - box[0] + max(manner.gap, 2.2 * c.size) * 0.8
    lines: list[tuple[float, str]] = []
    size = ""
    if manner.sizes == "words":
        size = manner.size_form.format(h=step.shape[0], w=step.shape[0], c=step.shape[-1])
    elif manner.sizes in ("channels", "edges"):
        size = str(step.shape[-1])
    if size and len(step.shape) == 1:
        size = str(step.shape[0])
    name = step.words if manner.naming == "name" else ""
    if step.type == "Input" and manner.naming in ("name", "between") and manner.above:
        name = "Input"
    if manner.naming == "between" and before is not None:
        left = before[1][2] if manner.links != "patch" else before[1][2] - 10
        at = (left + box[0]) / 2
        y = min(high, before[1][1] - 0.9 * c.size) if manner.above else max(low, before[1][3] + 0.9 * c.size)
        y += (-1.6 if manner.above else 1.6) * c.size if size else 0
        text = step.words.replace(" ", "\n", 1) if len(step.words) > 8 else step.words
        c.text(at, y + (-0.6 if manner.above else 0.6) * c.size * ("\n" in text), text, room=5 * c.size)
        lines.append((y, step.words))
    if name and manner.inside and box[3] - box[1] > 60 and not photo:
        c.text((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, name, room=box[2] - box[0])
        lines.append(((box[1] + box[3]) / 2, name))
        name = ""
    if name:
        y = high if manner.above else low
        c.text(x, y, name, room=room)
        lines.append((y, name))
    if size:
        below = bool(name) == manner.above or (not name and manner.above)
        y = low if below or not name else high
        c.text(x, y, size, room=room)
        lines.append((y, size))
    if manner.sizes == "edges" and len(step.shape) == 3:
        c.text(box[0] - 0.4 * c.size, (box[1] + box[3]) / 2, str(step.shape[0]), anchor="rm", size=0.8 * c.size)
        lines.append(((box[1] + box[3]) / 2, str(step.shape[0])))
    return " ".join(text for _, text in sorted(lines, key=lambda line: line[0]))


def _legend(c: Canvas, kinds: list[str], words: dict[str, str], colours: dict[str, Colour]) -> None:
    """What the colours mean, in a column below."""
    for i, kind in enumerate(kinds):
        y = c.height - 16 - 26 * i
        c.box(c.width * 0.5, y - 8, 24, 15, colours[kind], border=True)
        c.text(c.width * 0.5 + 34, y, words[kind].format(n=1, k=3, c=64), anchor="lm", size=c.size * 0.9)
