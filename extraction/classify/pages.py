"""The report as a page (HTML): tables, plots, and a gallery of the worst errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import numpy as np
import PIL.Image

from extraction.classify import charts, comparing
from extraction.classify.experiments import Experiment, Row, accuracy_table, measure_table
from extraction.classify.features import Image

#: Errors that are shown of each experiment, and the longest side of their pictures.
WORST, SIDE = 24, 320

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1e2026 }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
table { display: block; overflow-x: auto }
th, td { border-bottom: 1px solid #d8dade; padding: .3rem .7rem; text-align: left; white-space: nowrap }
img { max-width: 100% } .many { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; width: 16rem; border: 1px solid #d8dade; padding: .5rem } figcaption { font-size: 13px }
figure img { display: block; margin: auto; max-height: 12rem }
"""


def write(folder: Path, experiments: Sequence[Experiment], image_of: Callable[[str], Image], best: str) -> Path:
    """Writes `index.html` and its pictures into `folder`; the gallery shows errors of the classifier `best`.

    Args:
        image_of: the picture of a figure, by its entry in `Figures.files`.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for number, experiment in enumerate(experiments, 1):
        stem = f"{number}-{re.sub('[^a-z0-9]+', '-', experiment.title.lower()).strip('-')}"
        charts.measures(experiment, folder / f"{stem}-measures.png")
        charts.calibration([(row.name, row.test) for row in experiment.rows], folder / f"{stem}-calibration.png")
        parts += [f"<h2>{escape(experiment.title)}</h2><p>{escape(experiment.about)}</p>"]
        parts += [_table(accuracy_table(experiment)), _table(measure_table(experiment))]
        parts += [_image(f"{stem}-measures.png", "measures with intervals")]
        parts += ["<h3>What was said of what</h3><div class=many>"]
        for place, row in enumerate(experiment.rows):
            name = f"{stem}-confusion-{place}.png"
            charts.confusion_matrix(row.test, row.name, folder / name)
            parts.append(_image(name, f"confusion matrix of {row.name}"))
        parts += ["</div><h3>Calibration</h3>", _image(f"{stem}-calibration.png", "calibration")]
        chosen = next((row for row in experiment.rows if row.name == best), experiment.rows[-1])
        parts += [f"<h3>Worst errors of {escape(chosen.name)}</h3><div class=many>"]
        parts += _gallery(folder, stem, chosen, image_of)
        parts += ["</div>"]
    page = folder / "index.html"
    title = "Classifiers of figures"
    page.write_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1>{''.join(parts)}</html>\n",
        encoding="utf-8",
    )
    return page


def worst(row: Row, count: int = WORST) -> list[int]:
    """Wrong answers, by how improbable the right one was said to be."""
    said, kinds = row.test, row.test.figures.kinds
    places = np.array([charts.ANSWERS.index(str(kind)) for kind in kinds], int)
    given = comparing.answers(said.flow, said.kinds)[np.arange(len(kinds)), places]
    wrong = np.flatnonzero(said.said() != kinds)
    return [int(i) for i in wrong[np.argsort(given[wrong], kind="stable")][:count]]


def _gallery(folder: Path, stem: str, row: Row, image_of: Callable[[str], Image]) -> list[str]:
    parts = []
    said, figures = row.test, row.test.figures
    answers = said.said()
    for number, i in enumerate(worst(row)):
        file = str(figures.files[i])
        name = f"{stem}-error-{number}.png"
        picture = PIL.Image.fromarray(image_of(file))
        picture.thumbnail((SIDE, SIDE))
        picture.save(folder / name)
        sure = float(comparing.answers(said.flow[i : i + 1], said.kinds[i : i + 1]).max())
        words = f"is <b>{escape(str(figures.kinds[i]))}</b>, said <b>{escape(str(answers[i]))}</b> ({100 * sure:.0f}%)"
        picture_of = _image(name, "a figure that was classified wrong")
        words += f"<br>{escape(Path(file).name)}"
        parts.append(f"<figure>{picture_of}<figcaption>{words}</figcaption></figure>")
    return parts


def _table(lines: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{row(lines[0], 'th')}{''.join(row(line, 'td') for line in lines[1:])}</table>"


def _image(name: str, words: str) -> str:
    return f'<img src="{escape(name)}" alt="{escape(words)}" loading=lazy>'
