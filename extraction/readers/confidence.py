"""How sure a reading is, from what it leaves open: the stated confidence is the share that is right.

Of a whole figure it is the expected mean of the F1 of layers and connections. Every sign of `evidence` counts alike,
by how large it is beside what is usual. Weights of their own, fitted, gave no better order of figures left out, so
only two numbers of the figure's are fitted; `bench/confidence.py` fits them, and those of layers and connections, to
the readings of the benchmark's figures that rules are made on, pictures and PDFs together.
"""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.flow.model import Flow
from extraction.pdf.model import Image
from extraction.readers.evidence import Evidence, evidence
from extraction.readers.primitives import Drawing

#: The median of each sign over the figures that show it: such a one counts half.
USUAL = Evidence(
    doubt=0.32, weak=0.7, untold=0.11, empty=0.5, rootless=0.19,
    crowded=0.13, stacked=0.38, unread=0.32, unused=0.41, unexplained=0.017,
)  # fmt: skip
#: Of the whole figure: mean of the signs, constant.
FIGURE = (-11.52, 5.74)
#: Of a layer and of a connection: its own confidence, the figure's, constant.
LAYER = (4.21, 3.48, -2.88)
CONNECTION = (2.58, 3.82, -2.74)


def calibrated(flow: Flow, drawing: Drawing, image: Image) -> Flow:
    """The flow with confidences that say how often such a figure, layer or connection is read right."""
    if not flow.layers:
        return flow
    sure = figure_confidence(evidence(flow, drawing, image))
    return replace(
        flow,
        layers=tuple(replace(layer, confidence=_share(LAYER, layer.confidence, sure)) for layer in flow.layers),
        connections=tuple(replace(c, confidence=_share(CONNECTION, c.confidence, sure)) for c in flow.connections),
        confidence=round(sure, 3),
    )


def as_its_elements(flow: Flow) -> Flow:
    """The flow of a picture that a program drew, as sure as its layers and connections are on the mean."""
    own = [layer.confidence for layer in flow.layers] + [connection.confidence for connection in flow.connections]
    stated = [value for value in own if value is not None]
    return replace(flow, confidence=round(sum(stated) / len(stated), 3)) if stated else flow


def figure_confidence(signs: Evidence) -> float:
    """The expected mean of the F1 of layers and connections."""
    return _logistic(FIGURE[0] * trouble(signs) + FIGURE[1])


def trouble(signs: Evidence, usual: Evidence = USUAL) -> float:
    """All signs as one, from 0 to 1; large ones soon count no more than larger ones."""
    return sum(sign / (sign + half) for sign, half in zip(signs, usual, strict=True)) / len(usual)


def _share(weights: tuple[float, float, float], own: float | None, sure: float) -> float:
    return round(_logistic(weights[0] * (own or 0.0) + weights[1] * sure + weights[2]), 3)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
