"""Learning what the words beside a figure are worth: labelled figures of papers in, a linear map out."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from extraction import sandbox
from extraction.classify.beside import SIZE, Addition, Beside, log_odds
from extraction.classify.head import Array
from extraction.classify.one_thread import one_thread
from extraction.classify.prior import fitting
from extraction.classify.sets import FigureSet
from extraction.classify.training import FOLDS, SEED, DataError, Figures, Trained, Values, train, weights_of
from extraction.flow.model import KINDS
from extraction.sandbox import Limits

#: Of regularisation. Chosen by cross-validation on `develop`, whole sources left out.
STRENGTH = 3.0
#: For one paper.
LIMITS = Limits(seconds=300)


@one_thread()
def learn(figures: Figures, flow: Array, rows: Array) -> Addition:
    """Under which the labels are likeliest, by logistic regression with a given offset.

    Args:
        flow: of each figure, the probability of being a network by a head that never saw its source.
        rows: what stands beside (figures x `SIZE`); figures that have nothing there count for nothing.
    """
    from scipy.optimize import minimize

    known = rows.any(axis=1)
    x, offset = rows[known].astype(np.float64), log_odds(flow[known])
    truth = figures.kinds[known] != "none"
    counts = np.maximum(np.bincount(truth, minlength=2), 1)
    weight = weights_of(figures)[known] * (len(truth) / (2 * counts))[truth.astype(int)]

    def loss(weights: Values) -> tuple[float, Values]:
        odds = offset + x @ weights
        slope = x.T @ (weight * ((1 + np.tanh(odds / 2)) / 2 - truth)) + STRENGTH * weights
        unlikely = np.logaddexp(0, np.where(truth, -odds, odds))
        return float((weight * unlikely).sum() + STRENGTH * (weights**2).sum() / 2), slope

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return Addition(np.asarray(found.x, np.float32))


def cross_validated(labelled: FigureSet, rows: Array, seed: int = SEED) -> tuple[Trained, Array]:
    """What heads say of sources that they never saw, alone (in `Trained`), and the first answer with the addition.

    The additions did not see these sources either. The head in the result learned from all figures.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    prior = fitting(labelled.plain.shape[1])
    whole = train(labelled.figures, labelled.plain, labelled.mirrored, prior=prior)
    flow, added = np.zeros(len(labelled), np.float32), np.zeros(len(labelled), np.float32)
    kinds = np.zeros((len(labelled), len(KINDS)), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for known, test in folds.split(rows, labelled.figures.kinds != "none", labelled.figures.sources):
        part = labelled.where(known)
        trained = train(part.figures, part.plain, part.mirrored, prior=prior)
        addition = learn(part.figures, trained.flow, rows[known])
        flow[test], kinds[test] = trained.head.probabilities(labelled.plain[test])
        added[test] = addition.to(flow[test], rows[test])
    return Trained(whole.head, flow, kinds), added


def read_beside(folder: Path, papers: Path) -> dict[str, Array]:
    """The numbers of each labelled figure, by the SHA-256 of its picture.

    Args:
        folder: labelled figures; `labels.csv` names paper, page, box, content and caption of those from papers.
        papers: their PDF files, `<slug>.pdf`, read in a child process. For those that are missing the caption must do.

    Raises:
        DataError: if labels.csv is missing or lacks columns.
        SandboxError: if a PDF can't be read.
    """
    try:
        with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        by_paper: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            by_paper.setdefault(row["slug"], []).append(row)
        found = {}
        for slug, own in sorted(by_paper.items()):
            inside: Sequence[Any] = [((), 0)] * len(own)
            path = papers / f"{slug}.pdf"
            if slug and path.is_file():
                boxes = [[int(row["page"]), *(float(row[side]) for side in ("x0", "y0", "x1", "y1"))] for row in own]
                inside = sandbox.run(f"{__name__}:look_inside", {"path": path, "boxes": boxes}, limits=LIMITS)
            for row, (words, strokes) in zip(own, inside, strict=True):
                content = {"both": "mixed", "none": ""}.get(row["content"], row["content"]) if slug else ""
                name = hashlib.sha256((folder / "images" / row["file"]).read_bytes()).hexdigest()
                found[name] = Beside(row["caption"], words, strokes, content).numbers()
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{folder}: labels.csv can't be used: {error}") from error
    return found


def look_inside(payload: dict[str, Any]) -> list[tuple[list[str], int]]:
    """The child's side: words and number of strokes in each of the boxes (page, x0, y0, x1, y1) of a PDF."""
    import pymupdf

    from extraction.pdf.strokes import read_strokes

    document = pymupdf.open(payload["path"])
    found = []
    for number, *box in payload["boxes"]:
        page = document[number - 1]
        words = [
            text
            for x0, y0, x1, y1, text, *_ in page.get_text("words")
            if box[0] <= (x0 + x1) / 2 <= box[2] and box[1] <= (y0 + y1) / 2 <= box[3]
        ]
        strokes = 0
        for stroke in read_strokes(page):
            xs, ys = zip(*stroke.points, strict=True)
            strokes += min(xs) < box[2] and max(xs) > box[0] and min(ys) < box[3] and max(ys) > box[1]
        found.append((words, int(strokes)))
    return found


def rows_of(figures: Figures, beside: dict[str, Array]) -> Array:
    """Figures x `SIZE`, by the names of their pictures; zeros where nothing is known."""
    nothing = np.zeros(SIZE, np.float32)
    return np.stack([beside.get(str(name), nothing) for name in figures.files])
