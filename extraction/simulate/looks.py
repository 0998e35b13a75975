"""The looks that a design can be drawn in, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from random import Random
from typing import Any

from extraction.codegen import Code, Refusal, generate_completed
from extraction.flow.checks import Report, report
from extraction.flow.complete import Completion, complete
from extraction.flow.model import BBox, Flow
from extraction.simulate import caffe_net, draw_net, free_looks, keras_model, plot_model, worn
from extraction.simulate.design import Design
from extraction.simulate.graphviz import MOST_PIXELS, GraphvizError, TooLargeError, draw
from extraction.simulate.png import Pixels, encode
from extraction.vocabulary import tools


class Subject:
    """A design with all that is made of it, each only once and only if it is asked for."""

    def __init__(self, design: Design) -> None:
        self.design = design
        #: Pixels that a picture of it may have.
        self.most_pixels = MOST_PIXELS

    @cached_property
    def flow(self) -> Flow:
        return self.design.to_flow()

    @cached_property
    def completion(self) -> Completion:
        return complete(self.flow)

    @cached_property
    def report(self) -> Report:
        return report(self.flow, self.completion)

    def code(self, framework: str) -> Code | Refusal:
        """Code of the same generators as everywhere, or why there is none."""
        if framework not in self._codes:
            try:
                self._codes[framework] = generate_completed(self.flow, self.completion, framework)
            except Refusal as refusal:
                self._codes[framework] = refusal
        return self._codes[framework]

    @cached_property
    def _codes(self) -> dict[str, Code | Refusal]:
        return {}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what it shows."""

    #: Height, width and as `png.encode` takes it; valid until the next one is drawn.
    pixels: Pixels
    grey: bool
    flow: Flow
    #: How it was drawn, for the manifest.
    options: Mapping[str, Any]

    def png(self) -> bytes:
        return encode(self.pixels, grey=self.grey)


#: Draws a subject, or says that this look can't.
Look = Callable[[Subject, Random], Picture | None]
#: Letters of 14 points are then 10 pixels high.
LEAST_DPI = 52
#: A look draws with other options where Graphviz loses a connection, or the picture would be too large.
_TRIES = 5


def draw_in(look: str, subject: Subject) -> Picture | None:
    """The design in a look, the same every time; `None` where the look can't show it."""
    rng = subject.design.rng(look)
    for _ in range(_TRIES):
        try:
            return LOOKS[look](subject, rng)
        except GraphvizError:
            continue
    return None


def _fitting(subject: Subject, source: Callable[[int], str], dpi: int) -> tuple[Pixels, dict[str, BBox], int]:
    """The picture at this resolution, or at a lower one where it would be too large.

    Raises:
        GraphvizError: it can't be drawn, or letters would be too small to be read.
    """
    while True:
        try:
            drawing = draw(source(dpi), dpi, subject.most_pixels)
            return drawing.pixels, drawing.boxes, dpi
        except TooLargeError as error:
            dpi = int(dpi * min(error.fitting, 0.98))
            if dpi < LEAST_DPI:
                raise


# --- Keras ------------------------------------------------------------------------------------------------------------

_DPIS = (96,) * 12 + (64, 72, 72, 100, 120, 150, 200, 200, 200)
_SERIFS = ("",) * 5 + ("Simulated Serif", "Simulated Serif", "DejaVu Serif", "DejaVu Sans", "Simulated Sans")
_SANS = ("",) * 4 + ("Simulated Sans", "Simulated Sans", "DejaVu Sans")
#: How often each version draws.
_DIALECTS: Mapping[str, int] = {
    "keras-1": 10, "keras-2": 14, "tf-2.0": 8, "tf-2.4": 20, "tf-2.9": 16, "keras-3.0": 10, "keras-3": 22,
}  # fmt: skip
_MISSING = {1: tools.NOT_IN_KERAS_1, 2: tools.NOT_IN_KERAS_2, 3: tools.NOT_IN_KERAS_3}


def keras(subject: Subject, rng: Random, version: int | None = None) -> Picture | None:
    kinds = {layer.type for layer in subject.flow.layers}
    dialects = [
        dialect
        for dialect, weight in _DIALECTS.items()
        for _ in range(weight)
        if version in (None, plot_model.DIALECTS[dialect]) and not kinds & _MISSING[plot_model.DIALECTS[dialect]]
    ]
    if not dialects:
        return None
    options = keras_options(rng, rng.choice(dialects))
    model, nested = keras_layers(subject, rng, options)
    if options.trainable:
        options = replace(options, frozen=_frozen(model, rng))
    pixels, boxes, dpi = _fitting(
        subject,
        lambda dpi: plot_model.dot_source(model, replace(options, dpi=dpi)),
        96 if options.dialect == "keras-1" else options.dpi,
    )
    said = asdict(options) | {
        "dpi": dpi, "frozen": len(options.frozen), "nested": nested, "sequential": model.sequential
    }  # fmt: skip
    colourful = options.trainable and options.version == 3
    return Picture(pixels, not colourful, plot_model.shown(model, options, boxes), said)


def keras_options(rng: Random, dialect: str) -> plot_model.Options:
    version = plot_model.DIALECTS[dialect]
    return plot_model.Options(
        dialect=dialect,
        shapes=rng.random() < 0.75,
        names=rng.random() < 0.75,
        dtype=dialect not in ("keras-1", "keras-2") and rng.random() < 0.15,
        activations=dialect in ("tf-2.9", "keras-3.0", "keras-3") and rng.random() < 0.45,
        trainable=(version == 3 or dialect == "tf-2.9") and rng.random() < 0.12,
        rankdir="LR" if dialect != "keras-1" and rng.random() < 0.2 else "TB",
        dpi=rng.choice(_DPIS) if dialect not in ("keras-1", "keras-2") else 96,
        font=rng.choice(_SANS if version == 3 else _SERIFS),
    )


def keras_layers(subject: Subject, rng: Random, options: plot_model.Options) -> tuple[keras_model.KerasModel, int]:
    """The model to draw, and how many models are nested in it."""
    flow, version = subject.flow, options.version
    counted_from = 1 if options.dialect in ("keras-1", "keras-2") else 0
    if keras_model.is_chain(flow) and rng.random() < 0.5:
        return keras_model.build_sequential(flow, version=version, counted_from=counted_from), 0
    nested: list[tuple[int, int]] = []
    if options.dialect not in ("keras-1", "keras-2") and rng.random() < 0.12:
        spans = [(start, end) for start, end, _ in subject.design.spans]
        if not spans:
            size = rng.randint(2, 6)
            spans = [(start, start + size) for start in range(1, len(flow.layers) - size, size)]
        rng.shuffle(spans)
        nested = sorted(keras_model.nestable(flow, spans)[: rng.randint(1, 3)])
    return keras_model.build(flow, nested, version=version, counted_from=counted_from), len(nested)


def _frozen(model: keras_model.KerasModel, rng: Random) -> frozenset[str]:
    """The first layers, as those who take over a trained network have it; often none."""
    if rng.random() < 0.4:
        return frozenset()
    names = [box.name for box in model.boxes() if box.weighted]
    return frozenset(names[: rng.randint(0, len(names))])


# --- Caffe ------------------------------------------------------------------------------------------------------------


def caffe(subject: Subject, rng: Random) -> Picture | None:
    code = subject.code("caffe")
    if isinstance(code, Code):
        net = caffe_net.parse(code.source)
    elif caffe_net.drawable(subject.flow):
        net = caffe_net.from_flow(subject.flow)
    else:
        return None
    net = caffe_net.dress(net, rng)
    options = draw_net.Options(
        rankdir=rng.choice(("LR",) * 5 + ("TB",) * 4 + ("BT",)),
        late=rng.random() < 0.25,
        edge_labels=rng.random() < 0.95,
        dpi=rng.choice((96,) * 8 + (72, 120)),
        font=rng.choice(_SERIFS),
    )
    pixels, boxes, dpi = _fitting(subject, lambda dpi: draw_net.dot_source(net, replace(options, dpi=dpi)), options.dpi)
    said = asdict(options) | {"dpi": dpi, "from_code": isinstance(code, Code)}
    return Picture(pixels, False, draw_net.shown(net, options, boxes), said)


# --- Looks that no reader is tuned on ---------------------------------------------------------------------------------


def free(subject: Subject, rng: Random, style: str) -> Picture | None:
    options = free_looks.options(style, rng)
    pixels, boxes, dpi = _fitting(subject, lambda dpi: free_looks.dot_source(subject.flow, options, dpi), options.dpi)
    flow = free_looks.shown(subject.flow, options, boxes)
    return Picture(pixels, False, flow, asdict(options) | {"dpi": dpi})


#: Wearing a picture takes memory for every pixel several times over.
WORN_PIXELS = 12_000_000


def degraded(subject: Subject, rng: Random, wear: str) -> Picture | None:
    """A picture of one of the two looks that readers know, no longer as it was made."""
    base = rng.choice((keras, keras, caffe)) if wear != "sketch" else partial(free, style="graphviz")
    subject.most_pixels = WORN_PIXELS
    try:
        picture = base(subject, rng) or keras(subject, rng)
    finally:
        subject.most_pixels = MOST_PIXELS
    if picture is None:
        return None
    pixels, flow, said = worn.WEARS[wear](worn.colours(picture.pixels), picture.flow, rng)
    of = "graphviz" if wear == "sketch" else "caffe" if "late" in picture.options else "keras"
    return Picture(pixels, False, flow, {**said, "of": of, "drawn": dict(picture.options)})


LOOKS: Mapping[str, Look] = {
    "keras": keras,
    "keras1": partial(keras, version=1),
    "keras2": partial(keras, version=2),
    "keras3": partial(keras, version=3),
    "caffe": caffe,
    "netron": partial(free, style="netron"),
    "graphviz": partial(free, style="graphviz"),
    "tikz": partial(free, style="tikz"),
    "straight": partial(free, style="straight"),
    "sketch": partial(degraded, wear="sketch"),
    "jpeg": partial(degraded, wear="jpeg"),
    "blur": partial(degraded, wear="blur"),
    "scan": partial(degraded, wear="scan"),
}
#: Looks kept for measuring: no reader is tuned on them.
FOR_MEASURING = ("netron", "graphviz", "tikz", "straight", "sketch", "jpeg", "blur", "scan")
