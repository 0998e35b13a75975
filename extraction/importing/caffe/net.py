"""A net as its prototxt defines it: layers of one phase, each input led back to the layer that makes it.

Source: `NetParameter` and `V1LayerParameter` in BVLC Caffe's `caffe.proto`, and its `net.cpp` and `upgrade_proto.cpp`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extraction.flow.model import MAX_LAYERS
from extraction.importing.prototxt import Message, PrototxtError, parse
from extraction.importing.result import ModelError, short

PHASES = ("TEST", "TRAIN")

#: V1's enumeration of layer types -> the names of today, where they differ in more than case.
V1 = {
    "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL", "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution", "DATA": "Data",
    "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout", "DUMMY_DATA": "DummyData",
    "EUCLIDEAN_LOSS": "EuclideanLoss", "ELTWISE": "Eltwise", "EXP": "Exp", "FLATTEN": "Flatten",
    "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss", "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData", "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN",
    "MEMORY_DATA": "MemoryData", "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss", "MVN": "MVN",
    "POOLING": "Pooling", "POWER": "Power", "RELU": "ReLU", "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss", "SILENCE": "Silence", "SOFTMAX": "Softmax",
    "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split", "SLICE": "Slice", "TANH": "TanH",
    "WINDOW_DATA": "WindowData", "THRESHOLD": "Threshold",
}  # fmt: skip

#: A blob: index of the layer that makes it, and which of its tops it is.
Source = tuple[int, int]


@dataclass(slots=True)
class Definition:
    """One layer of the net."""

    name: str
    type: str
    message: Message
    bottoms: list[str] = field(default_factory=list)
    tops: list[str] = field(default_factory=list)
    #: For each bottom, where it comes from.
    sources: list[Source] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.message.line

    def param(self, name: str) -> Message:
        return self.message.message(name)

    def error(self, reason: str) -> ModelError:
        return ModelError(reason, layer=self.name, line=self.line)


@dataclass(slots=True)
class Net:
    name: str
    layers: list[Definition]
    phase: str

    def uses(self) -> dict[Source, list[tuple[int, int]]]:
        """For every blob the layers that read it, and as which bottom."""
        found: dict[Source, list[tuple[int, int]]] = {
            (i, top): [] for i, layer in enumerate(self.layers) for top in range(len(layer.tops))
        }
        for i, layer in enumerate(self.layers):
            for place, source in enumerate(layer.sources):
                found[source].append((i, place))
        return found


def read_net(text: str, phase: str | None = None) -> Net:
    """The net of a phase; without one, of the test phase where that is whole, else of the training phase.

    Raises:
        ModelError: with the line and what is wrong there.
    """
    try:
        message = parse(text)
    except PrototxtError as error:
        raise ModelError(str(error)) from error
    tried = [[*_inputs(message), *_layers(message, each)] for each in ([phase] if phase else PHASES)]
    chosen = next((i for i, layers in enumerate(tried) if not _missing(layers)), 0)
    layers = tried[chosen]
    # A net whose data layers were cut off, or are given by a program.
    absent = _missing(layers) - {blob for layer in layers for blob in layer.tops}
    layers = [*(Definition(blob, "Input", Message(), tops=[blob]) for blob in sorted(absent)), *layers]
    return _linked(message, layers, phase or PHASES[chosen])


def _missing(layers: list[Definition]) -> set[str]:
    """Blobs that are read before a layer makes them."""
    made: set[str] = set()
    missing: set[str] = set()
    for layer in layers:
        missing.update(blob for blob in layer.bottoms if blob not in made)
        made.update(layer.tops)
    return missing


def _linked(message: Message, layers: list[Definition], phase: str) -> Net:
    if not any(layer.type != "Input" for layer in layers):
        if any(message.get(name) is not None for name in ("net", "train_net", "base_lr")):
            raise ModelError("this is a solver, not a net; give the file that it names as its net")
        raise ModelError(f"the file holds no layers of a Caffe net (phase {phase})")
    made: dict[str, Source] = {}
    for i, layer in enumerate(layers):
        for blob in layer.bottoms:
            if blob not in made:
                raise layer.error(f"its input `{short(blob)}` is made by no layer before it (phase {phase})")
            layer.sources.append(made[blob])
        made |= {blob: (i, top) for top, blob in enumerate(layer.tops)}
    return Net(str(message.get("name", "")), layers, phase)


def _inputs(message: Message) -> Iterator[Definition]:
    """The fields `input`, `input_dim` and `input_shape` of older nets, as layers."""
    names, shapes = [str(name) for name in message.all("input")], message.all("input_shape")
    dims = message.all("input_dim")
    for i, name in enumerate(names):
        shape = shapes[i] if i < len(shapes) and isinstance(shapes[i], Message) else None
        if shape is None and len(dims) >= 4 * (i + 1):
            shape = Message([("dim", size) for size in dims[4 * i : 4 * i + 4]])
        rows = [("shape", shape)] if shape else []
        yield Definition(name, "Input", Message([("input_param", Message(list(rows)))]), tops=[name])


def _layers(message: Message, phase: str) -> Iterator[Definition]:
    count = 0
    for key, item in message.fields:
        if key not in ("layer", "layers"):
            continue
        if not isinstance(item, Message):
            raise ModelError(f"`{key}` must be a message in braces, is {short(item)}")
        if isinstance(item.get("layer"), Message):
            raise ModelError(
                "layers inside of layers are the form of 2013; upgrade the file with `upgrade_net_proto_text`",
                line=item.line,
            )
        if not _included(item, phase):
            continue
        count += 1
        if count > MAX_LAYERS:
            raise ModelError(f"there are more than {MAX_LAYERS:,} layers", line=item.line)
        yield _definition(item)


def _definition(item: Message) -> Definition:
    kind, name = item.get("type"), item.get("name", "")
    for what, value in (("type", kind), ("name", name)):
        if not isinstance(value, str | int):
            raise ModelError(f"a layer's `{what}` is missing or no text", line=item.line)
    kind = V1.get(str(kind), str(kind))
    bottoms, tops = item.all("bottom"), item.all("top")
    wrong = next((blob for blob in (*bottoms, *tops) if not isinstance(blob, str | int)), None)
    if wrong is not None:
        raise ModelError("`bottom` and `top` are names of blobs", layer=str(name), line=item.line)
    return Definition(
        str(name) or (str(tops[0]) if tops else kind), kind, item, [str(b) for b in bottoms], [str(t) for t in tops]
    )


def _included(item: Message, phase: str) -> bool:
    """Caffe's rule: a layer is there if an `include` meets the phase, or no `exclude` does. No stages, level 0."""

    def meets(rules: Sequence[object]) -> bool:
        return any(
            isinstance(rule, Message)
            and str(rule.get("phase", phase)) == phase
            and not rule.all("stage")
            and _number(rule.get("min_level", 0)) <= 0 <= _number(rule.get("max_level", 0))
            for rule in rules
        )

    includes = item.all("include")
    return meets(includes) if includes else not meets(item.all("exclude"))


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
