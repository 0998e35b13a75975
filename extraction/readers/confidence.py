"""How sure a reading is, from what it leaves open and a second look: the stated confidence is the share that is right.

Of a whole figure it is the expected mean of the F1 of layers and connections. Every sign of `evidence` counts alike,
by how large it is beside what is usual. Weights of their own, fitted, gave no better order of figures left out, so
only two numbers of the figure's are fitted, of readings of pixels and of a PDF's lines each; `bench/confidence.py`
fits them, and those of layers and connections, to the readings of the benchmark's figures that rules are made on.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from extraction.flow.model import Flow
from extraction.readers.evidence import Evidence
from extraction.readers.second_look import Agreement, agreed_in_all

#: The median of each sign over the figures that show it: such a one counts half.
USUAL = Evidence(
    doubt=0.38, weak=0.54, untold=0.17, empty=0.5, rootless=0.2,
    crowded=0.22, stacked=0.4, unread=0.32, unused=0.35, unexplained=0.014,
)  # fmt: skip
#: What counts as trouble of what a second look says otherwise: so much orders the figures that rules are made on best.
OTHERWISE = 0.27


class Weights(NamedTuple):
    """What counts how much, and a constant."""

    #: Of the whole figure: trouble.
    figure: tuple[float, float]
    #: Of a layer and of a connection: its own confidence, the figure's, whether the second look has it.
    layer: tuple[float, float, float, float]
    connection: tuple[float, float, float, float]


PIXELS = Weights((-7.03, 4.25), (5.36, 1.92, 0.98, -3.57), (2.42, 4.32, 1.17, -4.15))
#: Of a PDF's lines, which are looked at once: another measure of what is near gives the same flow nearly always.
LINES = Weights((-8.33, 4.72), (4.03, 4.73, 0.0, -4.3), (6.17, -0.11, 0.0, -1.64))


def calibrated(flow: Flow, signs: Evidence, agreed: Agreement | None = None) -> Flow:
    """The flow with confidences that say how often such a figure, layer or connection is read right.

    `agreed` is what a second look at its pixels says, `None` where lines were read.
    """
    weights = PIXELS if agreed else LINES
    agreed = agreed or agreed_in_all(flow)
    sure = figure_confidence(signs, agreed.figure, weights)

    def share(of: tuple[float, float, float, float], own: float | None, again: float) -> float:
        return round(_logistic(of[0] * (own or 0.0) + of[1] * sure + of[2] * again + of[3]), 3)

    layers = zip(flow.layers, agreed.layers, strict=True)
    connections = zip(flow.connections, agreed.connections, strict=True)
    return replace(
        flow,
        layers=tuple(replace(x, confidence=share(weights.layer, x.confidence, again)) for x, again in layers),
        connections=tuple(
            replace(x, confidence=share(weights.connection, x.confidence, again)) for x, again in connections
        ),
        confidence=round(sure, 3),
    )


def as_its_elements(flow: Flow) -> Flow:
    """The flow of a picture that a program drew, as sure as its layers and connections are on the mean."""
    own = [layer.confidence for layer in flow.layers] + [connection.confidence for connection in flow.connections]
    stated = [value for value in own if value is not None]
    return replace(flow, confidence=round(sum(stated) / len(stated), 3)) if stated else flow


def figure_confidence(signs: Evidence, agreed: float, weights: Weights) -> float:
    """The expected mean of the F1 of layers and connections; `agreed` is the share that a second look says, too."""
    return _logistic(weights.figure[0] * trouble(signs, agreed) + weights.figure[1])


def trouble(signs: Evidence, agreed: float = 1.0, usual: Evidence = USUAL) -> float:
    """All signs as one, from 0 to 1, large ones soon count no more than larger ones; and what is said otherwise."""
    own = sum(sign / (sign + half) for sign, half in zip(signs, usual, strict=True)) / len(usual)
    return own + OTHERWISE * (1 - agreed)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
