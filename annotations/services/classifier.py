"""Retraining the classifier by what people settled: where the labels come from, who may start it and go back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from annotations.selectors import training as selectors
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import may_retrain
from annotations.services.training import known_sources
from extraction import retraining
from extraction.classifier import newest_promotion
from extraction.classify import MODEL_VERSION
from extraction.flow.model import KINDS
from extraction.labels import AcceptedLabel, Provider
from extraction.models import Promotion, TrainingRun
from extraction.retraining import Cause

MAX_NOTE = 500


def accepted() -> Sequence[AcceptedLabel]:
    """Settled kinds of figures whose papers may be learned from (see `annotations.selectors.training`)."""
    known = known_sources(settings.BENCHMARK_DIR)
    return [
        AcceptedLabel(
            figure=label.figure.pk,
            picture=Path(str(label.figure.image.name)).stem,
            paper=label.figure.paper.sha256,
            kind=label.kind,
            told_by=label.told_by or (label.decided_by,),
            review=label.review,
        )
        for label in selectors.labels()
        if label.kind in {"none", *KINDS}
        and selectors.source_of(label.figure.paper.sha256, known).part == selectors.DEVELOP
    ]


def mark() -> str:
    return json.dumps(selectors.marks(), sort_keys=True)


LABELS = Provider(accepted, mark)


def start(*, actor: User) -> tuple[TrainingRun, bool]:
    """Begin a retraining, or find the one that is open. Returns it and whether it is new.

    Raises:
        NotAllowed
    """
    if denied := may_retrain(actor):
        raise NotAllowed.because(denied)
    with transaction.atomic():
        run, new = retraining.start(cause=Cause.PERSON, actor=actor)
        if new:
            log("retrain", actor=actor, after=str(run))
    return run, new


def use(*, run: TrainingRun | None, actor: User, note: str = "") -> Promotion:
    """Let an earlier promoted version answer again; `None` is the head that comes with the installation.

    Raises:
        NotAllowed, Invalid
        Conflict: it is in use, never was promoted, or can't be used.
    """
    if denied := may_retrain(actor):
        raise NotAllowed.because(denied)
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise Invalid(f"The reason is too long: {len(note)} signs, at most {MAX_NOTE}.")
    before = newest_promotion()
    try:
        with transaction.atomic():
            done = retraining.use(run=run, actor=actor, note=note)
            log(
                "use classifier",
                actor=actor,
                before=before.version if before else MODEL_VERSION,
                after=done.version,
                note=note,
            )
    except retraining.CanNotGoBack as error:
        raise Conflict(str(error)) from error
    return done
