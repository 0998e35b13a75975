"""Simulated figures of the five kinds and of what is no network, in many looks, to train on and to measure.

    image = draw("box3d", "slides", seed=7)          # height x width x 3, 8 bits

    image, flow = draw_flow("box3d", "slides", seed=7)   # and what it shows

A figure is drawn by a *sort* (a function of `flows`, `charts`, …: a tower of boxes, a bar chart) in a *look* (colours,
letters, strokes, how it was kept: `canvas.LOOKS`). The same kind, look and seed give the same pixels with the same
versions of Pillow and NumPy.
"""

from __future__ import annotations

from extraction.simulate.kinds.canvas import LOOKS
from extraction.simulate.kinds.figures import HELD_OUT, KINDS, SHOWING, Simulated, draw, draw_flow, drawn, plan

__all__ = ["HELD_OUT", "KINDS", "LOOKS", "SHOWING", "Simulated", "draw", "draw_flow", "drawn", "plan"]
