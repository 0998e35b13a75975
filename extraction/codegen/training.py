"""What a flow says of its training, in one form for all frameworks; what it doesn't say is assumed, and marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from extraction.codegen.plan import Node, Part
from extraction.codegen.text import plain, quoted
from extraction.flow.model import Flow

Loss = Literal[
    "categorical_crossentropy", "binary_crossentropy", "mean_squared_error", "mean_absolute_error", "huber",
    "kl_divergence", "hinge",
]  # fmt: skip

#: Words that a paper uses -> our name; the first that is found counts.
OPTIMIZERS: tuple[tuple[str, str], ...] = (
    ("adamw", "adamw"), ("adamax", "adamax"), ("nadam", "nadam"), ("adam", "adam"), ("rmsprop", "rmsprop"),
    ("adagrad", "adagrad"), ("adadelta", "adadelta"), ("nesterov", "nesterov"), ("momentum", "sgd"), ("sgd", "sgd"),
    ("gradient descent", "sgd"),
)  # fmt: skip
LOSSES: tuple[tuple[str, Loss], ...] = (
    ("binary", "binary_crossentropy"), ("logistic", "binary_crossentropy"), ("sigmoid", "binary_crossentropy"),
    ("bce", "binary_crossentropy"), ("cross", "categorical_crossentropy"), ("softmax", "categorical_crossentropy"),
    ("log likelihood", "categorical_crossentropy"), ("nll", "categorical_crossentropy"), ("huber", "huber"),
    ("smooth l1", "huber"), ("kl", "kl_divergence"), ("kullback", "kl_divergence"), ("hinge", "hinge"),
    ("absolute", "mean_absolute_error"), ("mae", "mean_absolute_error"), ("l1", "mean_absolute_error"),
    ("squared", "mean_squared_error"), ("mse", "mean_squared_error"), ("l2", "mean_squared_error"),
    ("euclidean", "mean_squared_error"),
)  # fmt: skip


#: Larger rates, batches and counts are misread.
MAX_NUMBER = 10**6


@dataclass(frozen=True, slots=True)
class Value:
    """A value and the comment that says where it comes from."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate falls: multiplied by `factor` every `epochs`, or along a cosine."""

    kind: Literal["steps", "exponential", "cosine"]
    factor: float = 0.1
    epochs: int = 30


@dataclass(frozen=True, slots=True)
class Training:
    optimizer: Value
    learning_rate: Value
    batch_size: Value
    epochs: Value
    #: `momentum`, `weight_decay`, `beta_1`, `beta_2`, `epsilon`, `gradient_clipping` where the paper says them.
    options: Mapping[str, Value]
    #: What the paper says of the loss; `None` where it says nothing.
    loss: Value | None
    schedule: Schedule | None
    #: The schedule in the paper's words, for a comment.
    schedule_words: str
    #: Whatever else is said, as comment lines.
    notes: tuple[str, ...]

    def loss_of(self, output: Node) -> Value:
        """The loss for one output: what is said, or what goes with its last activation."""
        if self.loss is not None:
            return self.loss
        fitting = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}
        return Value(fitting.get(last_activation(output), "mean_squared_error"), "assumed")


def training_of(flow: Flow) -> Training:
    said = flow.training
    optimizer = _word(said, "optimizer", OPTIMIZERS) or Value("sgd" if "momentum" in said else "adam", "assumed")
    adaptive = str(optimizer.value).startswith(("adam", "nadam", "rms"))
    epochs = _number(said, "epochs", whole=True) or Value(10, "assumed")
    words = _words(said, "learning_rate_schedule")
    options = {}
    for name in ("momentum", "weight_decay", "beta_1", "beta_2", "epsilon", "gradient_clipping"):
        if (value := _number(said, name)) is not None and _sensible(name, value.value):
            options[name] = value
    used = {"optimizer", "learning_rate", "batch_size", "epochs", "loss", "learning_rate_schedule", *options}
    return Training(
        optimizer=optimizer,
        learning_rate=_number(said, "learning_rate") or Value(0.001 if adaptive else 0.01, "assumed"),
        batch_size=_number(said, "batch_size", whole=True) or Value(32, "assumed"),
        epochs=epochs,
        options=options,
        loss=_word(said, "loss", LOSSES),
        schedule=_schedule(words, int(epochs.value)),
        schedule_words=f"{quoted(words)}, {_source(said['learning_rate_schedule'])}" if words else "",
        notes=tuple(
            f"{plain(name, 40)}: {quoted(_words(said, name))}, {_source(entry)}"
            for name, entry in said.items()
            if (name not in used or (name == "loss" and _word(said, "loss", LOSSES) is None)) and _words(said, name)
        ),
    )


def last_activation(output: Node) -> str:
    """The activation that makes an output, past layers that pass their input on."""
    node = output
    while node.type in ("Output", "Identity", "Flatten", "Reshape") and len(node.inputs) == 1:
        node = node.inputs[0]
    if node.type == "Softmax":
        return "softmax"
    return node.activation()


def _source(entry: Mapping[str, Any]) -> str:
    source = plain(str(entry.get("provenance") or "given"), 20)
    page = entry.get("page")
    return f"{source}, page {page}" if isinstance(page, int) and not isinstance(page, bool) else source


def _words(said: Mapping[str, Mapping[str, Any]], name: str) -> str:
    value = said.get(name, {}).get("value")
    return "" if value is None else plain(str(value))


def _word(said: Mapping[str, Mapping[str, Any]], name: str, words: tuple[tuple[str, Any], ...]) -> Value | None:
    text = re.sub(r"[-_\s]+", " ", _words(said, name)).lower()
    for word, meaning in words:
        if re.search(rf"\b{word}" if len(word) > 2 else rf"\b{word}\b", text) or word in text.replace(" ", ""):
            return Value(meaning, _source(said[name]))
    return None


def _number(said: Mapping[str, Mapping[str, Any]], name: str, *, whole: bool = False) -> Value | None:
    """A number above 0, also where it stands as text ("1e-3", "128 images")."""
    value = said.get(name, {}).get("value")
    if isinstance(value, list | tuple) and value:
        value = value[0]
    if isinstance(value, str):
        found = re.search(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", value.replace(",", ""))
        value = float(found[0]) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_NUMBER:
        return None
    if whole:
        value = max(1, int(value))
    return Value(value, _source(said[name]))


def _sensible(name: str, value: float) -> bool:
    return value < 1 if name in ("momentum", "beta_1", "beta_2", "weight_decay", "epsilon") else True


def _schedule(words: str, epochs: int) -> Schedule | None:
    text = words.lower()
    if not text:
        return None
    if "cosine" in text:
        return Schedule("cosine")
    factor = _factor(text)
    every = re.search(r"every\s+(\d+)\s+epoch", text)
    if "exponential" in text:
        return Schedule("exponential", factor or 0.95, 1)
    if every and factor:
        return Schedule("steps", factor, max(1, int(every[1])))
    if factor and ("step" in text or "when" in text or "plateau" in text):
        return Schedule("steps", factor, max(1, epochs // 3))
    return None


def _factor(text: str) -> float | None:
    """What the rate is multiplied by, from "divided by 10", "factor of 0.1", "multiplied by 0.97"."""
    if found := re.search(r"(?:divided|divide|dividing)\s+by\s+(\d+(?:\.\d+)?)", text):
        return round(1 / float(found[1]), 6) if float(found[1]) > 1 else None
    if found := re.search(r"(?:factor|multipl\w+|decay\w*|by)\D{0,12}(\d+(?:\.\d+)?)", text):
        number = float(found[1])
        return number if 0 < number < 1 else round(1 / number, 6) if number > 1 else None
    if "halv" in text:
        return 0.5
    return None


def trains(part: Part, parameters: Mapping[str, int | None]) -> bool:
    """The model has something to learn."""
    return any(parameters.get(node.id) for node in part.nodes)
