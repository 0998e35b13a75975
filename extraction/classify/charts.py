"""The report's pictures (PNG): measures with their intervals, confusion matrices, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from extraction.classify.experiments import MEASURES, Experiment, Said
from extraction.flow.model import KINDS

INK, FAINT, BLUE, RED = (30, 32, 38), (205, 208, 214), (44, 92, 160), (190, 60, 50)
ANSWERS = ("none", *KINDS)


def _font(size: int) -> Any:
    return PIL.ImageFont.load_default(size=size)


def measures(experiment: Experiment, path: Path) -> None:
    """A row a classifier, a column a measure: a dot, and a line for the 95% interval."""
    shown = [name for name in MEASURES if name != "calibration_error"]
    wide, high, left, top = 190, 30, 170, 50
    image = PIL.Image.new("RGB", (left + wide * len(shown) + 20, top + high * len(experiment.rows) + 40), "white")
    pen = PIL.ImageDraw.Draw(image)
    for i, name in enumerate(shown):
        x = left + wide * i
        pen.text((x + wide / 2, 20), MEASURES[name], INK, _font(14), anchor="mm")
        for tick in (0.5, 0.75, 1.0):
            place = x + 12 + (wide - 24) * (tick - 0.4) / 0.6
            pen.line((place, top - 8, place, image.height - 34), FAINT)
            pen.text((place, image.height - 22), f"{tick:g}", INK, _font(11), anchor="mm")
        for j, row in enumerate(experiment.rows):
            y, m = top + high * (j + 0.5), row.measures[name]
            low, value, up = (x + 12 + (wide - 24) * max(0.0, v - 0.4) / 0.6 for v in (m.low, m.value, m.high))
            pen.line((low, y, up, y), BLUE, 2)
            pen.ellipse((value - 4, y - 4, value + 4, y + 4), BLUE)
    for j, row in enumerate(experiment.rows):
        pen.text((left - 10, top + high * (j + 0.5)), row.name, INK, _font(14), anchor="rm")
    image.save(path)


def confusion(said: Said) -> Any:
    """How many figures of each answer (rows) were given each answer (columns)."""
    places = {answer: i for i, answer in enumerate(ANSWERS)}
    counts = np.zeros((len(ANSWERS), len(ANSWERS)), int)
    for truth, answer in zip(said.figures.kinds, said.said(), strict=True):
        counts[places[str(truth)], places[str(answer)]] += 1
    return counts


def confusion_matrix(said: Said, title: str, path: Path) -> None:
    """Shares of each row as blue, counts as numbers."""
    counts, cell, left, top = confusion(said), 58, 100, 78
    image = PIL.Image.new("RGB", (left + cell * len(ANSWERS) + 20, top + cell * len(ANSWERS) + 20), "white")
    pen = PIL.ImageDraw.Draw(image)
    pen.text((image.width / 2, 18), title, INK, _font(15), anchor="mm")
    pen.text((left + cell * 3, 42), "said", INK, _font(12), anchor="mm")
    for j, answer in enumerate(ANSWERS):
        pen.text((left - 8, top + cell * (j + 0.5)), answer, INK, _font(13), anchor="rm")
        pen.text((left + cell * (j + 0.5), top - 14), answer, INK, _font(11), anchor="mm")
        for i in range(len(ANSWERS)):
            share = counts[j, i] / max(1, counts[j].sum())
            fill = tuple(int(255 - (255 - part) * share) for part in BLUE)
            box = (left + cell * i, top + cell * j, left + cell * (i + 1) - 2, top + cell * (j + 1) - 2)
            pen.rectangle(box, fill, FAINT)
            ink = "white" if share > 0.55 else INK
            pen.text((box[0] + cell / 2, box[1] + cell / 2), str(counts[j, i]), ink, _font(15), anchor="mm")
    image.save(path)


def calibration(rows: Sequence[tuple[str, Said]], path: Path) -> None:
    """For each classifier the share of flows (up) against the probability that was said (right), in ten bins."""
    side, gap = 150, 44
    image = PIL.Image.new("RGB", ((side + gap) * len(rows) + gap, side + 90), "white")
    pen = PIL.ImageDraw.Draw(image)
    for k, (name, said) in enumerate(rows):
        x, y = gap + (side + gap) * k, 40
        pen.text((x + side / 2, 20), name, INK, _font(13), anchor="mm")
        pen.rectangle((x, y, x + side, y + side), None, FAINT)
        pen.line((x, y + side, x + side, y), FAINT)
        truth = said.figures.kinds != "none"
        place = np.minimum((said.flow * 10).astype(int), 9)
        for i in range(10):
            chosen = place == i
            if chosen.any():
                px, py = x + side * float(said.flow[chosen].mean()), y + side * (1 - float(truth[chosen].mean()))
                radius = 2 + 5 * float(chosen.mean()) ** 0.5
                pen.ellipse((px - radius, py - radius, px + radius, py + radius), RED)
        for value in (0, 1):
            pen.text((x + side * value, y + side + 12), str(value), INK, _font(11), anchor="mm")
    pen.text((gap, image.height - 14), "probability said (right) and share of flows (up)", INK, _font(12), anchor="lm")
    image.save(path)
