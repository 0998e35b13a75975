"""The poster's six classifiers on any features: both questions, calibrated, whole sources kept apart.

All learn from the same standardised principal components. Calibration is made on predictions for left-out sources:
Platt's scaling for flow or not, a temperature for the kinds, as for the built-in head (see `training`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from extraction.classify.head import Array
from extraction.classify.one_thread import one_thread
from extraction.classify.training import Figures, Values, platt, softmaxed, temperature, weights_of
from extraction.flow.model import KINDS

FOLDS = 4
SEED = 0
COMPONENTS = 100
TREES = 300
#: Of the neural network.
UNITS, DROPOUT, STEPS = 128, 0.5, 200

#: Rows of components to scores: log-odds of the second of two classes, or log-probabilities of many.
Score = Callable[[Array], Array]


def _bayes(rows: Array, labels: Values, weight: Values, seed: int) -> Score:
    from sklearn.naive_bayes import GaussianNB

    return _log(GaussianNB(var_smoothing=1e-2).fit(rows, labels, weight))


def _tree(rows: Array, labels: Values, weight: Values, seed: int) -> Score:
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(class_weight="balanced", min_samples_leaf=3, random_state=seed)
    return _log(model.fit(rows, labels, weight))


def _regression(rows: Array, labels: Values, weight: Values, seed: int) -> Score:
    from sklearn.linear_model import LogisticRegression

    return _log(LogisticRegression(C=1e-2, class_weight="balanced", max_iter=3000).fit(rows, labels, weight))


def _forest(rows: Array, labels: Values, weight: Values, seed: int) -> Score:
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(TREES, class_weight="balanced", min_samples_leaf=2, random_state=seed)
    return _log(model.fit(rows, labels, weight))


def _svm(rows: Array, labels: Values, weight: Values, seed: int) -> Score:
    """Whitening makes all components count the same, which suits no kernel: their spread is given back in part."""
    from sklearn.svm import SVC

    spread = np.linspace(1, 0.2, rows.shape[1])
    model = SVC(C=3.0, class_weight="balanced").fit(rows * spread, labels, weight)
    return lambda new: np.asarray(model.decision_function(new * spread), np.float32)


def _network(rows: Array, labels: Values, weight: Values, seed: int) -> Score:
    """All rows in each step, so that one step is compiled; what was learned is applied by NumPy."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    keras.utils.set_random_seed(seed)
    classes, places = np.unique(labels, return_inverse=True)
    balanced = weight / np.bincount(places, weight)[places] * weight.sum() / len(classes)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((rows.shape[1],)),
            layers.Dropout(DROPOUT / 2),
            layers.Dense(UNITS, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            layers.Dropout(DROPOUT),
            layers.Dense(len(classes), activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(rows, places, sample_weight=balanced, epochs=STEPS, batch_size=len(rows), shuffle=False, verbose=0)
    inner, inner_bias, outer, outer_bias = (
        keras.ops.convert_to_numpy(array.value) for array in model.trainable_weights
    )
    return lambda new: _scores(softmaxed(np.maximum(new @ inner + inner_bias, 0) @ outer + outer_bias))


def _log(model: Any) -> Score:
    return lambda rows: _scores(np.asarray(model.predict_proba(rows), np.float32))


def _scores(probabilities: Array) -> Array:
    logs = np.log(np.maximum(probabilities, 1e-6))
    return np.asarray(logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs, np.float32)


#: By the names that the poster has for them.
SIX: dict[str, Callable[[Array, Values, Values, int], Score]] = {
    "Naive Bayes": _bayes,
    "Decision Tree": _tree,
    "Logistic Regression": _regression,
    "RDF": _forest,
    "SVM (RBF Kernel)": _svm,
    "Neural Network": _network,
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A classifier of both questions."""

    name: str
    #: Rows of features to the probability of a flow, and of each kind.
    probabilities: Callable[[Array], tuple[Array, Array]]
    #: Of the figures learned from, each by one that never saw its source.
    flow: Array
    kinds: Array


@one_thread()
def fit(name: str, figures: Figures, rows: Array, *, seed: int = SEED) -> Fitted:
    """Learn both questions from these figures.

    Raises:
        KeyError: if the name is none of `SIX`.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    make = SIX[name]
    flow_scores = np.zeros(len(figures), np.float32)
    kind_scores = np.zeros((len(figures), len(KINDS)), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, test in folds.split(rows, figures.kinds, figures.sources):
        flow, kinds = _both(make, figures.where(learn), rows[learn], seed)
        flow_scores[test], kind_scores[test] = flow(rows[test]), kinds(rows[test])
    slope, offset = platt(flow_scores, figures)
    heat = temperature(kind_scores, figures)
    flow, kinds = _both(make, figures, rows, seed)

    def calibrated(flow_score: Array, kind_score: Array) -> tuple[Array, Array]:
        odds = flow_score * slope + offset
        return np.asarray((1 + np.tanh(odds / 2)) / 2, np.float32), softmaxed(kind_score / heat)

    return Fitted(
        name,
        lambda new: calibrated(flow(new), kinds(new)),
        *calibrated(flow_scores, kind_scores),
    )


def _both(make: Any, figures: Figures, rows: Array, seed: int) -> tuple[Score, Score]:
    """Scores of both questions, by models of these figures alone."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    count = max(2, min(COMPONENTS, len(rows) // 3, rows.shape[1]))
    space = make_pipeline(StandardScaler(), PCA(count, whiten=True, svd_solver="randomized", random_state=seed)).fit(
        rows
    )
    seen, weight = np.asarray(space.transform(rows), np.float32), weights_of(figures)
    is_flow = figures.kinds != "none"
    flow = make(seen, is_flow, weight, seed)
    among = figures.kinds[is_flow]
    kinds = make(seen[is_flow], among, weight[is_flow], seed)
    present = np.array([KINDS.index(kind) for kind in np.unique(among)])

    def kind_score(new: Array) -> Array:
        # A kind that does not occur among the examples is never said.
        full = np.full((len(new), len(KINDS)), -30.0, np.float32)
        found = kinds(np.asarray(space.transform(new), np.float32))
        full[:, present] = found if found.ndim == 2 else np.column_stack([np.zeros(len(found)), found])
        return full

    return lambda new: flow(np.asarray(space.transform(new), np.float32)), kind_score
