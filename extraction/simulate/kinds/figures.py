"""Which sorts of figures there are of each kind, and a plan of many: so many of each kind, looks in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from extraction.flow.model import KINDS as FLOW_KINDS
from extraction.flow.model import Flow
from extraction.simulate.kinds import charts, flows, others, rows, solids, units
from extraction.simulate.kinds.canvas import LOOKS, Canvas, Image, Look, varied

Sort = Callable[[Look, np.random.Generator], Canvas]
KINDS = ("none", *FLOW_KINDS)
#: Looks that nothing is learned from where whole looks are held out.
HELD_OUT = ("dark", "flat", "scan")

#: Of each kind the sorts and how often they come.
SORTS: dict[str, tuple[tuple[Sort, float], ...]] = {
    "neurons": ((units.columns_of_units, 0.65), (units.perceptron, 0.15), (units.lattice_of_units, 0.2)),
    "box2d": ((flows.chain_of_boxes, 0.45), (flows.graph_of_boxes, 0.35), (flows.bars_in_a_row, 0.2)),
    "stacked2d": ((flows.stacks_of_maps, 0.85), (flows.planes_above_each_other, 0.15)),
    "box3d": ((solids.row_of_cuboids, 0.65), (solids.towers_of_cuboids, 0.2), (solids.volumes_and_windows, 0.15)),
    "pipeline": ((solids.system, 0.8), (solids.column_of_steps, 0.2)),
    "none": tuple(
        (sort, share)
        for sort, share in (
            (charts.line_plot, 2.0), (charts.bar_chart, 1.5), (charts.scatter_plot, 1.0), (charts.box_plot, 0.5),
            (charts.pie_chart, 0.5), (charts.heat_map, 1.0), (charts.confusion_matrix, 1.0), (others.pictures, 3.0),
            (others.table, 1.0), (others.algorithm, 1.0), (others.street_map, 0.7), (others.class_diagram, 1.5),
            (others.tree, 1.0), (others.flow_chart, 1.0), (others.sequence_diagram, 0.7), (others.scattered_graph, 0.7),
            (others.signal, 0.7), (others.geometry, 0.7), (others.screen, 0.7),
        )
    ),
}  # fmt: skip

#: The sorts that note which flow they show. The classifier learns from `SORTS` alone.
SHOWING: dict[str, Sort] = {"stacked2d": rows.row_of_stacks, "box3d": rows.row_of_volumes}


@dataclass(frozen=True, slots=True)
class Simulated:
    """One figure of a plan; `draw(kind, look, seed)` makes its pixels."""

    kind: str
    look: str
    seed: int


def draw(kind: str, look: str, seed: int) -> Image:
    """The figure of this kind (or "none"), look and seed: height x width x 3, 8 bits, RGB.

    Raises:
        KeyError: if there is no such kind or look.
    """
    return drawn(kind, look, seed)[0]


def drawn(kind: str, look: str, seed: int) -> tuple[Image, str]:
    """The figure and the name of its sort."""
    rng = np.random.default_rng((seed, KINDS.index(kind), tuple(LOOKS).index(look)))
    sorts = SORTS[kind]
    shares = np.array([share for _, share in sorts])
    sort = sorts[int(rng.choice(len(sorts), p=shares / shares.sum()))][0]
    return sort(varied(LOOKS[look], rng), rng).finished(), sort.__name__


def draw_flow(kind: str, look: str, seed: int) -> tuple[Image, Flow]:
    """A figure of the kinds in `SHOWING` and the flow that it shows, in the picture's pixels.

    Raises:
        KeyError: if there is no such kind or look.
    """
    rng = np.random.default_rng((seed, KINDS.index(kind), tuple(LOOKS).index(look), 1))
    canvas = SHOWING[kind](varied(LOOKS[look], rng), rng)
    image = canvas.finished()
    return image, canvas.shown.flow(kind, canvas.origin, canvas.scale, (image.shape[1], image.shape[0]))


def plan(count: int, seed: int, none_share: float = 0.35) -> Iterator[Simulated]:
    """So many figures, `none_share` of them no network, the rest of the five kinds in turn, all looks equally often."""
    looks = tuple(LOOKS)
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        kind = "none" if rng.random() < none_share else str(rng.choice(FLOW_KINDS))
        yield Simulated(kind, looks[i % len(looks)], seed * 1_000_003 + i)
