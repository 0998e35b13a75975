"""Lines that meet right before a box: a fan of arrows that come from it, or go into it."""

from __future__ import annotations

import math

from extraction.readers.primitives import Point
from extraction.readers.skeleton import Branch, Graph
from extraction.readers.things import Things

#: So near to a box, in heights of a line, several lines meet that end there; each comes in so straight (cosine).
MEETING, ASLANT = 0.5, 0.35


def end_at_boxes(graph: Graph, corner: Point, things: Things, unit: float, line: float) -> None:
    """Give the lines that meet right before a box, where none of them goes on, an end there."""
    reach = MEETING * unit + line
    for node in range(len(graph.places)):
        there = graph.at(node)
        if len(set(there)) < 3:
            continue
        ways = [graph.heading(i, node, 0.8 * unit) for i in there]
        dx, dy = -sum(x for x, _ in ways), -sum(y for _, y in ways)
        length = math.hypot(dx, dy) or 1.0
        onward = (dx / length, dy / length)
        if max(wx * onward[0] + wy * onward[1] for wx, wy in ways) > -ASLANT:
            continue
        x, y = graph.places[node]
        far = next(
            (
                step
                for step in range(1, int(reach) + 1)
                if things.at_box((x + corner[0] + onward[0] * step, y + corner[1] + onward[1] * step), 1.0, unit)
            ),
            0,
        )
        if far:
            points = [(round(x + onward[0] * k), round(y + onward[1] * k)) for k in range(far + 1)]
            graph.places.append((x + onward[0] * far, y + onward[1] * far))
            branch = Branch(node, len(graph.places) - 1, points, [line] * len(points))
            graph.branches = [*graph.branches, branch]
