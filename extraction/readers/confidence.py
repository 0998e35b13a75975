"""How sure a reading is, from what shows in it: the stated confidence is the share that is right.

The weights are fitted (ridge and logistic regression) to the readings of the benchmark's `develop` figures, pictures
and PDFs together. A figure of many layers is harder, one that falls into many pieces has lost connections.
"""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.flow.model import Flow

#: Layers less sure than this are weak.
WEAK = 0.5
#: Of the whole figure: logarithm of the layers, pieces by layers, share of weak layers, product of the mean
#: confidences of layers and connections, constant.
FIGURE = (-0.152, -0.968, -0.233, 0.317, 1.274)
#: Of a layer and of a connection: its own confidence, the figure's, constant.
LAYER = (5.989, 0.815, -2.09)
CONNECTION = (1.581, 4.364, -3.169)


def calibrated(flow: Flow) -> Flow:
    """The flow with confidences that say how often such a figure, layer or connection is read right."""
    if not flow.layers:
        return flow
    sure = figure_confidence(flow)
    return replace(
        flow,
        layers=tuple(replace(layer, confidence=_share(LAYER, layer.confidence, sure)) for layer in flow.layers),
        connections=tuple(replace(c, confidence=_share(CONNECTION, c.confidence, sure)) for c in flow.connections),
        confidence=round(sure, 3),
    )


def figure_confidence(flow: Flow) -> float:
    """The expected mean of the F1 of layers and connections."""
    layers = [layer.confidence or 0.0 for layer in flow.layers]
    connections = [c.confidence or 0.0 for c in flow.connections]
    count = len(layers)
    features = (
        math.log(count),
        _pieces(flow) / count,
        sum(value < WEAK for value in layers) / count,
        sum(layers) / count * (sum(connections) / len(connections) if connections else 0.0),
        1.0,
    )
    return max(0.02, min(0.99, sum(w * f for w, f in zip(FIGURE, features, strict=True))))


def _pieces(flow: Flow) -> int:
    """How many parts of the figure nothing joins."""
    parent = {layer.id: layer.id for layer in flow.layers}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for c in flow.connections:
        parent[root(c.source)] = root(c.target)
    return sum(parent[name] == name for name in parent)


def _share(weights: tuple[float, float, float], own: float | None, sure: float) -> float:
    value = weights[0] * (own or 0.0) + weights[1] * sure + weights[2]
    return round(1 / (1 + math.exp(-value)), 3)
