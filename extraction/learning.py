"""What a worker does for a retraining: labels to features, features to a head, a head to a decision."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

import numpy as np

from extraction import classifier, labels, retraining
from extraction.classify import sets
from extraction.classify.features import BACKBONE
from extraction.classify.retraining import code_version, retrain
from extraction.classify.sets import FigureSet
from extraction.classify.training import Figures
from extraction.feature_store import features_of
from extraction.labels import AcceptedLabel
from extraction.models import TrainingRun

logger = logging.getLogger(__name__)


class NothingToLearn(Exception):
    """There is nothing that would change the version in use. The message says so."""


def work(run: TrainingRun) -> None:
    """Carry a claimed run to its end.

    Raises:
        retraining.LostClaim, NothingToLearn
        sets.SetError: the sets of the installation can't be used.
    """
    tell = partial(retraining.tell, run=run)
    frozen = sets.load(sets.FROZEN)
    present = classifier.present()
    base_figures = run.base_figures or (present.run.base_figures if present.run and not run.anew else None)
    base = sets.base_of(base_figures, run.seed)
    release = labels.accepted()
    known = set() if run.anew else retraining.known_of(_with_release(present.run))
    new = labels.new_among(release, known)
    retraining.record(
        run=run,
        release=[label.to_dict() for label in release],
        release_sha256=labels.release_sha256(release),
        labels=len(release),
        new_labels=sum(new),
        base_figures=base_figures,
        backbone=BACKBONE,
        code_version=code_version(),
        compared_with=present.version,
    )
    tell(line=f"{len(release)} accepted labels, {sum(new)} of them new; compared with {present.version}")
    if not any(new) and not run.anew and {label.says for label in release} == known:
        raise NothingToLearn("No label is new or was taken back since the version in use was made.")
    rows = features_of(label.picture for label in release)
    usable = [row for row, label in enumerate(release) if label.picture in rows and label.paper not in frozen.papers]
    if len(usable) < len(release):
        tell(line=f"{len(release) - len(usable)} labels left out: their picture is gone, or the test set has the paper")
    used = [release[row] for row in usable]
    outcome = retrain(
        base,
        _as_set(used, rows, base),
        people=[label.told_by for label in used],
        new=np.array([new[row] for row in usable], bool),
        present=present.head,
        frozen=frozen,
        best=present.run.metrics.get("best") if present.run else None,
        seed=run.seed,
        tell=lambda line: tell(line=line),
    )
    retraining.finish(run=run, outcome=outcome, before=present)


def _with_release(run: TrainingRun | None) -> TrainingRun | None:
    return TrainingRun.objects.only("release").get(pk=run.pk) if run else None


def _as_set(used: Sequence[AcceptedLabel], rows: dict[str, np.ndarray], base: FigureSet) -> FigureSet:
    """Labels as the base has them. A paper is a source."""
    if not used:
        return base.where(np.arange(0))
    features = np.stack([rows[label.picture] for label in used])
    figures = Figures(
        np.array([label.picture for label in used]),
        np.array([label.kind for label in used]),
        np.ones(len(used), bool),
        np.array([f"paper:{label.paper}" for label in used]),
        np.full(len(used), "develop"),
    )
    return FigureSet(figures, features[:, 0], features[:, 1])
