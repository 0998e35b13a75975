"""The outline of a flow: what a list shows of it, so that lists never open the flow itself."""

from __future__ import annotations

from collections import deque
from typing import TypedDict

from extraction.flow.model import Flow

#: A longer flow is outlined by its first layers; `count` still tells all.
MAX_LAYERS = 400


class Outline(TypedDict):
    #: How many layers there are.
    count: int
    #: Their types, in the order of computation.
    types: list[str]
    #: Connections that skip over layers: places of source and target in `types`.
    skips: list[tuple[int, int]]


def outline(flow: Flow) -> Outline:
    order = _order(flow)[:MAX_LAYERS]
    place = {layer_id: index for index, layer_id in enumerate(order)}
    types = {layer.id: layer.type for layer in flow.layers}
    skips = sorted(
        (place[connection.source], place[connection.target])
        for connection in flow.connections
        if connection.source in place
        and connection.target in place
        and place[connection.target] - place[connection.source] > 1
    )
    return {"count": len(flow.layers), "types": [types[layer_id] for layer_id in order], "skips": skips}


def _order(flow: Flow) -> list[str]:
    """Sources before targets, otherwise as written; what stands in a cycle comes last."""
    outputs = flow.outputs_of()
    waiting = {layer_id: len(inputs) for layer_id, inputs in flow.inputs_of().items()}
    ready = deque(layer_id for layer_id, count in waiting.items() if count == 0)
    order: list[str] = []
    while ready:
        layer_id = ready.popleft()
        order.append(layer_id)
        # Depth first, so that a branch stays together.
        for target in reversed(outputs[layer_id]):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.appendleft(target)
    done = set(order)
    return order + [layer.id for layer in flow.layers if layer.id not in done]
