"""Is a figure a network, and which of the five kinds is it?

`classify(images)` computes pooled features of EfficientNet-Lite0 (ImageNet weights, ONNX Runtime) and puts a small
linear head on them that lies in `model/`. What a paper says beside a figure may be added (see `beside`). Neither the
runtime nor the weights are loaded before the first call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from extraction.classify.beside import Beside, built_in
from extraction.classify.features import Array, Image, pooled
from extraction.classify.head import Head, model_version
from extraction.flow.model import KINDS

__all__ = ["MODEL_VERSION", "Beside", "Verdict", "classify"]

#: Names the head that lies in the repository; changes whenever the head does.
MODEL_VERSION = model_version()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier says of one figure."""

    is_flow: bool
    #: That the figure shows a network at all, where as many figures do as do not.
    flow_probability: float
    #: The likeliest of the five kinds, whether or not it is a flow.
    kind: str
    #: Of each kind, given that it is a flow; they add up to 1.
    kind_probabilities: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, probabilities to four places."""
        return {
            "is_flow": self.is_flow,
            "flow_probability": round(self.flow_probability, 4),
            "kind": self.kind,
            "kind_probabilities": {kind: round(value, 4) for kind, value in self.kind_probabilities.items()},
        }


def classify(
    images: Sequence[Image], head: Head | None = None, beside: Sequence[Beside] | None = None
) -> list[Verdict]:
    """A verdict for each image (height x width x 3, 8 bits, RGB), by the built-in head or another one.

    Args:
        beside: what stands beside each of them in its paper; without, the picture alone counts.

    Raises:
        WeightsError: if the network's weights are not installed.
        HeadError: if a stored map can't be used.
    """
    rows = [None] * len(images) if beside is None else [one.numbers() for one in beside]
    return [_verdict(pooled([image]), head or _head(), row) for image, row in zip(images, rows, strict=True)]


def _verdict(features: Array, head: Head, beside: Array | None) -> Verdict:
    """One row at a time: how sums are rounded depends on the number of rows, and a verdict must not."""
    flow, kinds = head.probabilities(features)
    if beside is not None and beside.any():
        flow = built_in().to(flow, beside[None])
    probability = float(flow[0])
    by_kind = dict(zip(KINDS, kinds[0].tolist(), strict=True))
    return Verdict(probability >= 0.5, probability, max(by_kind, key=by_kind.__getitem__), by_kind)


@cache
def _head() -> Head:
    return Head.load()
