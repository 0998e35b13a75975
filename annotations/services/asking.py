"""In which order people are asked about kinds: what the classifier is unsure of, and no two alike in a row.

The questions share out their uncertainties anew: the highest goes to the one to ask first, and so on
(`extraction.classify.asking`). So their order changes, and their weight against other tasks does not. A worker does it,
when the version of the classifier, the labels or the questions have changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from annotations.models import Consensus, Task
from annotations.selectors import training
from annotations.services.demand import set_uncertainty
from extraction import classifier, labels
from extraction.dispatch import send_on_commit

ORDER_QUESTIONS = "annotations.jobs.order_questions"
#: So many of the most unsure questions are put in order; the others stay behind them by their uncertainty.
MOST = 500
SEEN, SEEN_SECONDS = "asking:seen", 24 * 3600


def send_if_due() -> None:
    """Have the questions put in order by a worker, where something changed since the last time. Safe to repeat."""
    mark = _mark()
    if cache.get(SEEN) != mark:
        cache.set(SEEN, mark, SEEN_SECONDS)
        send_on_commit(ORDER_QUESTIONS)


def _mark() -> str:
    newest = classifier.newest_promotion()
    asked = _unanswered().aggregate(count=Count("pk"), last=Max("pk"))
    return json.dumps([newest.number if newest else 0, training.marks(), asked], sort_keys=True)


def _unanswered() -> QuerySet[Task]:
    """Open questions about kinds that nobody has answered."""
    answered = Consensus.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), answers__gt=0)
    return Task.objects.filter(
        ~Exists(answered), kind=Task.Kind.CLASSIFY, state=Task.State.OPEN, purpose=Task.Purpose.QUESTION
    )


def order_questions() -> int:
    """Put the questions about kinds in order. Returns how many there are. Safe to repeat.

    Raises:
        extraction.classify.sets.SetError, extraction.classify.weights.WeightsError: the installation is not whole.
    """
    # Heavy: only a worker pays for it.
    from extraction.classify import asking, comparing, sets
    from extraction.feature_store import features_of

    tasks = list(_unanswered().select_related("figure").order_by("-uncertainty", "pk")[:MOST])
    rows = features_of(Path(str(task.figure.image.name)).stem for task in tasks)
    tasks = [task for task in tasks if Path(str(task.figure.image.name)).stem in rows]
    if not tasks:
        return 0
    features = np.stack([rows[Path(str(task.figure.image.name)).stem][0] for task in tasks])
    told = features_of(label.picture for label in labels.accepted())
    present = classifier.present()
    base = sets.base_of(present.run.base_figures if present.run else None, present.run.seed if present.run else 0)
    labelled = np.stack([*base.plain, *(both[0] for both in told.values())])
    probabilities = comparing.answers(*present.head.probabilities(features))
    order = asking.order(features, probabilities, labelled, len(tasks))
    unsure = sorted((1 - probabilities.max(axis=1)).tolist(), reverse=True)
    wanted = {tasks[row].pk: value for row, value in zip(order, unsure, strict=True)}
    with transaction.atomic():
        # One that somebody is answering keeps its place: nobody waits for an order of tasks.
        held = Task.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=wanted).order_by("pk")
        locked = {task.pk: task for task in held}
        for pk in _unanswered().filter(pk__in=locked).values_list("pk", flat=True):
            set_uncertainty(task=locked[pk], uncertainty=wanted[pk])
    return len(tasks)
