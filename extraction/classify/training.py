"""Making the head: labelled figures in, two calibrated linear maps out.

Labels are `labels.csv` and `split.csv` of the benchmark. Only the part `develop` is learned from.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.classify.features import Image
from extraction.classify.head import Array, Head
from extraction.classify.images import load_image
from extraction.classify.one_thread import one_thread
from extraction.classify.prior import Prior
from extraction.classify.stored import Store
from extraction.classify.whitening import Whitening
from extraction.flow.model import KINDS

Values = NDArray[Any]

#: What a label counts of which the labeller was not sure.
UNSURE_WEIGHT = 0.5
#: Principal components that each map is learned on, and its inverse strength of regularisation. Chosen by
#: cross-validation on `develop`, whole sources left out.
FLOW_COMPONENTS, FLOW_C = 200, 1e-2
KIND_COMPONENTS, KIND_C = 100, 1e-2
#: What simulated figures teach (see `prior`) is worth so many times a component to “flow or not”. The kinds do without:
#: cross-validation found it no help to them.
PRIOR_SCALE = 0.7
FOLDS = 6
#: With fewer flows, or fewer other figures, all examples calibrate.
FEWEST_DRAWN = 20
SEED = 0


class DataError(Exception):
    """The folder is not a set of labelled figures. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Labelled figures; every field has one entry a figure."""

    files: Values
    kinds: Values
    sure: Values
    sources: Values
    parts: Values

    def __len__(self) -> int:
        return len(self.files)

    def where(self, chosen: Values) -> Figures:
        return Figures(
            self.files[chosen], self.kinds[chosen], self.sure[chosen], self.sources[chosen], self.parts[chosen]
        )


def read_labels(folder: Path) -> Figures:
    """The labels of `folder` (`labels.csv`, `images/`, and `split.csv` there or beside).

    Raises:
        DataError: if a file, a column or a source's part is missing.
    """
    split_file = next((path for path in (folder / "split.csv", folder.parent / "split.csv") if path.is_file()), None)
    if split_file is None or not (folder / "labels.csv").is_file():
        raise DataError(f"{folder} needs labels.csv, and split.csv there or in the folder above")
    try:
        with split_file.open(newline="", encoding="utf-8") as file:
            parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
        with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
            rows = [
                (folder / "images" / row["file"], row["kind"], row["confidence"] == "sure", row["source"])
                for row in csv.DictReader(file)
            ]
        part = [parts[row[3]] for row in rows]
    except KeyError as error:
        raise DataError(f"{folder}: {error} is missing from labels.csv or split.csv") from error
    if unknown := sorted({row[1] for row in rows} - {"none", *KINDS}):
        raise DataError(f"{folder}: {', '.join(unknown)} is no kind of figure")
    if not rows:
        return Figures(*(np.array([], kind) for kind in (object, str, bool, str, str)))
    files, kinds, sure, sources = (np.array(column) for column in zip(*rows, strict=True))
    return Figures(files, kinds, sure, sources, np.array(part))


def read_all(folders: Sequence[Path]) -> Figures:
    """The labels of several folders as one set. A source that stands in two of them must be in the same part of both.

    Raises:
        DataError
    """
    sets = [read_labels(folder) for folder in folders]
    joined = Figures(
        *(
            np.concatenate([getattr(one, name) for one in sets])
            for name in ("files", "kinds", "sure", "sources", "parts")
        )
    )
    parts: dict[str, str] = {}
    for source, part in zip(joined.sources, joined.parts, strict=True):
        if parts.setdefault(source, part) != part:
            raise DataError(f"{source} is in the part {part} of one folder and in {parts[source]} of another")
    return joined


def compute_features(
    files: Sequence[Path],
    *,
    mirrored: bool = False,
    store: Store | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Array:
    """A row a file, or of its mirror image; from the store where it has it."""
    store = store or Store()
    rows = []
    for index, file in enumerate(files):
        image: Image = load_image(file)
        rows.append(store.of(np.ascontiguousarray(image[:, ::-1]) if mirrored else image))
        if progress is not None:
            progress(index + 1, len(files))
    return np.stack(rows)


@dataclass(frozen=True, slots=True)
class Trained:
    head: Head
    #: Predictions for the figures learned from, each by a head that never saw its source.
    flow: Array
    kinds: Array


@one_thread()
def train(
    figures: Figures,
    plain: Array,
    mirrored: Array,
    *,
    prior: Prior | None = None,
    drawn: Values | None = None,
    seed: int = SEED,
) -> Trained:
    """Learn from all of `figures`; mirror images count as further examples of the kinds.

    Both maps are calibrated on predictions for left-out sources: the first with two parameters so that it is right
    where flows and other figures are equally common, the second with a temperature. `seed` decides which sources are
    left out together.

    Args:
        prior: what simulated figures taught, for “flow or not”.
        drawn: which figures were drawn as they came; the others were asked about because they were in doubt, and would
            tell too little of a head: they calibrate nothing. All, where nothing is said.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    logits = np.zeros((len(figures), 1 + len(KINDS)), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, test in folds.split(plain, figures.kinds, figures.sources):
        head = fit(figures.where(learn), plain[learn], mirrored[learn], prior)
        logits[test, :1] = plain[test] @ head.flow_weights + head.flow_bias
        logits[test, 1:] = plain[test] @ head.kind_weights + head.kind_bias
    usual = _enough(figures, np.ones(len(figures), bool) if drawn is None else drawn)
    slope, offset = platt(logits[usual, 0], figures.where(usual))
    heat = temperature(logits[usual, 1:], figures.where(usual))
    head = fit(figures, plain, mirrored, prior)
    head = Head(
        head.flow_weights * slope,
        head.flow_bias * slope + offset,
        head.kind_weights / heat,
        head.kind_bias / heat,
    )
    calibrated = np.column_stack([logits[:, 0] * slope + offset, logits[:, 1:] / heat]).astype(np.float32)
    identity = np.eye(calibrated.shape[1], dtype=np.float32)
    flow, kinds = Head(
        identity[:, :1], np.zeros(1, np.float32), identity[:, 1:], np.zeros(len(KINDS), np.float32)
    ).probabilities(calibrated)
    return Trained(head, flow, kinds)


@one_thread()
def fit(figures: Figures, plain: Array, mirrored: Array, prior: Prior | None) -> Head:
    """The two maps before they are calibrated."""
    weight = weights_of(figures)
    flow = figures.kinds != "none"
    flow_weights, flow_bias = _linear(plain, flow, weight, FLOW_COMPONENTS, FLOW_C, prior=prior)
    both, twice = np.concatenate([plain, mirrored]), np.tile(flow, 2)
    kind_weights, kind_bias = _linear(
        both, np.tile(figures.kinds, 2), np.tile(weight, 2) / 2, KIND_COMPONENTS, KIND_C, among=twice
    )
    return Head(flow_weights, flow_bias, kind_weights, kind_bias)


def _linear(
    rows: Array,
    labels: Values,
    weight: Values,
    components: int,
    strength: float,
    among: Values | None = None,
    prior: Prior | None = None,
) -> tuple[Array, Array]:
    """Standardise, whiten by principal components of all rows, fit a logistic regression: one linear map in the end.

    `among` chooses the rows that the regression learns from; what the prior says stands beside the components.
    """
    from sklearn.linear_model import LogisticRegression

    # With as many components as rows, whitening makes noise of what it has not seen: at most half as many.
    whitening = Whitening.of(rows, min(components, max(1, len(rows) // 2)))
    chosen = np.ones(len(rows), bool) if among is None else among
    seen = whitening(rows)
    given, offset = prior.scaled(rows) if prior is not None else (np.zeros((rows.shape[1], 0)), np.zeros(0))
    given, offset = PRIOR_SCALE * given, PRIOR_SCALE * offset
    seen = np.column_stack([seen, rows @ given + offset])
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=3000)
    model.fit(seen[chosen], labels[chosen], sample_weight=weight[chosen])
    count = whitening.map.shape[1]
    weights, bias = whitening.linear(model.coef_[:, :count], model.intercept_)
    weights, bias = weights + given @ model.coef_[:, count:].T, bias + model.coef_[:, count:] @ offset
    if weights.shape[1] > 1:
        # A kind that does not occur among the examples is never said.
        places = [list(model.classes_).index(kind) if kind in model.classes_ else None for kind in KINDS]
        weights = np.column_stack([weights[:, i] if i is not None else np.zeros(len(weights)) for i in places])
        bias = np.array([bias[i] if i is not None else -100.0 for i in places])
    return weights.astype(np.float32), bias.astype(np.float32)


def _enough(figures: Figures, drawn: Values) -> Values:
    """These figures, or all where there are too few of them to calibrate on."""
    flow = figures.kinds[drawn & figures.sure] != "none"
    return drawn if min(flow.sum(), (~flow).sum()) >= FEWEST_DRAWN else np.ones(len(figures), bool)


def weights_of(figures: Figures) -> Values:
    """What each label counts."""
    return np.where(figures.sure, 1.0, UNSURE_WEIGHT)


def softmaxed(logits: Array) -> Array:
    """Rows of logits to rows of probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def platt(logits: Array, figures: Figures) -> tuple[np.float32, np.float32]:
    """Platt's scaling of “flow or not”: slope and offset, right where flows and other figures are equally common.

    Where a threshold parts the two perfectly the slope would grow without bound, and all that is unlike them would be
    as sure as they are. There one more figure of each is thought on the other's side, as Platt does (1999).
    """
    from sklearn.linear_model import LogisticRegression

    rows, flow = logits[figures.sure, None], figures.kinds[figures.sure] != "none"
    model = LogisticRegression(C=1e6, class_weight="balanced")
    if rows[flow].min() > rows[~flow].max():
        counts = np.where(flow, flow.sum(), (~flow).sum())
        share = (counts + 1) / (counts + 2)
        rows, flow = np.concatenate([rows, rows]), np.concatenate([flow, ~flow])
        model.fit(rows, flow, sample_weight=np.concatenate([share, 1 - share]))
    else:
        model.fit(rows, flow)
    return np.float32(model.coef_[0, 0]), np.float32(model.intercept_[0])


def temperature(logits: Array, figures: Figures) -> np.float32:
    """The temperature under which the true kinds are likeliest."""
    from scipy.optimize import minimize_scalar

    chosen = figures.sure & (figures.kinds != "none")
    rows = logits[chosen].astype(np.float64)
    truth = np.array([KINDS.index(kind) for kind in figures.kinds[chosen]])

    def loss(log_temperature: float) -> float:
        scaled = rows / np.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(truth)), truth]))

    return np.float32(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
