"""Retrainings of the classifier: started, taken by a worker, decided; and going back to an earlier version.

One at a time: the database refuses a second open run. A worker that is killed stops beating; the sweep gives the run
to another one, or gives it up.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from extraction import labels
from extraction.classifier import Present, check_artifact, newest_promotion, store_artifact
from extraction.classify import MODEL_VERSION
from extraction.classify.head import HeadError
from extraction.classify.retraining import Outcome
from extraction.classify.training import SEED
from extraction.dispatch import send_on_commit
from extraction.models import Promotion, TrainingEvent, TrainingRun
from extraction.plain import plain

logger = logging.getLogger(__name__)

RETRAIN = "extraction.jobs.retrain"
State, Cause = TrainingRun.State, TrainingRun.Cause
OPEN = (State.WAITING, State.RUNNING)
#: Where the last look at accepted labels is remembered, so that the sweep counts them only when they changed.
SEEN = "training:seen"
SEEN_SECONDS = 24 * 3600


class LostClaim(Exception):
    """This worker was taken for dead: what it found no longer counts."""


class CanNotGoBack(ValueError):
    """The message says why, for the person who asked."""


# --- Starting ---------------------------------------------------------------------------------------------------------


def start(
    *,
    cause: str,
    actor: User | None = None,
    base_figures: int | None = None,
    anew: bool = False,
    seed: int = SEED,
    send: bool = True,
) -> tuple[TrainingRun, bool]:
    """Begin a retraining, or find the one that is open already. Returns the run and whether it is new.

    With `send` a worker gets it; otherwise whoever started it carries it on (and the sweep, should that die).
    """
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                cause=cause,
                started_by=actor,
                base_figures=base_figures,
                anew=anew,
                seed=seed,
                heartbeat_at=timezone.now(),
            )
            _log(run, "", State.WAITING, actor=actor)
            if send:
                send_on_commit(RETRAIN, run.pk)
            return run, True
    except IntegrityError:
        found = TrainingRun.objects.filter(state__in=OPEN).first()
        # The other one may have ended in this very moment.
        return (found, False) if found else (TrainingRun.objects.latest("pk"), False)


def start_if_due() -> TrainingRun | None:
    """Begin a retraining where enough labels are new since the last one, whatever became of that. Safe to repeat."""
    if not settings.RETRAIN_AFTER or TrainingRun.objects.filter(state__in=OPEN).exists():
        return None
    mark = labels.mark()
    if cache.get(SEEN) == mark:
        return None
    if counts().new < settings.RETRAIN_AFTER:
        cache.set(SEEN, mark, SEEN_SECONDS)
        return None
    run, new = start(cause=Cause.LABELS)
    return run if new else None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many labels are accepted, and how many of them are new since the last retraining."""

    accepted: int
    new: int


def counts() -> Counts:
    last = TrainingRun.objects.exclude(release_sha256="").order_by("pk").last()
    found = labels.accepted()
    return Counts(len(found), sum(labels.new_among(found, known_of(last))))


def known_of(run: TrainingRun | None) -> set[tuple[str, str]]:
    """What the labels say that a run learned from."""
    rows = run.release if run else []
    return {labels.AcceptedLabel.from_dict(row).says for row in rows}


# --- In a worker ------------------------------------------------------------------------------------------------------


def claim(*, run_id: int) -> TrainingRun | None:
    """Take a waiting run for this worker. `None` where it does not wait (any more)."""
    with transaction.atomic():
        taken = TrainingRun.objects.filter(pk=run_id, state=State.WAITING).update(
            state=State.RUNNING, attempt=F("attempt") + 1, heartbeat_at=timezone.now()
        )
        if not taken:
            return None
        run = TrainingRun.objects.get(pk=run_id)
        _log(run, State.WAITING, State.RUNNING, note=f"attempt {run.attempt}")
    return run


def beat(*, run: TrainingRun) -> None:
    """The worker is alive."""
    _mine(run).update(heartbeat_at=timezone.now())


def tell(*, run: TrainingRun, line: str) -> None:
    """A line for the run's log.

    Raises:
        LostClaim
    """
    now = timezone.now()
    text = f"{now:%Y-%m-%d %H:%M:%S} {plain(line)}\n"
    if not _mine(run).update(log=Concat(F("log"), Value(text)), heartbeat_at=now):
        raise LostClaim


def record(*, run: TrainingRun, **facts: Any) -> None:
    """What it learns from, as soon as that is known: so a run that fails tells of it, too.

    Raises:
        LostClaim
    """
    if not _mine(run).update(**facts):
        raise LostClaim


def finish(*, run: TrainingRun, outcome: Outcome, before: Present) -> None:
    """Store what came out, and promote it where nothing speaks against it.

    Raises:
        LostClaim
    """
    # The file first: it is named by what it contains, so one that ends up unused does no harm.
    sha256 = store_artifact(outcome.content)
    reasons = () if run.anew else outcome.reasons
    metrics = outcome.to_dict()
    if run.anew:
        # What versions of another line reached is no limit for those of this one.
        metrics["best"] = {name: metrics["after"][name] for name in metrics["best"]}
    with transaction.atomic():
        row = _mine(run).select_for_update().first()
        if row is None:
            raise LostClaim
        newest = newest_promotion()
        if (newest.number if newest else 0) != before.number:
            reasons = (
                *reasons,
                f"While it ran, another version than {before.version}, which it was compared with, came into use. "
                "Start it again.",
            )
        state = State.REFUSED if reasons else State.PROMOTED
        _mine(run).update(
            state=state,
            message="\n".join(reasons),
            version=outcome.version,
            artifact_sha256=sha256,
            metrics=metrics,
            finished_at=timezone.now(),
        )
        _log(row, State.RUNNING, state, note="\n".join(reasons))
        if not reasons:
            row.version = outcome.version
            _promote(row, before.number, actor=None, note="no worse on the test set" if not run.anew else "begun anew")


def fail(*, run: TrainingRun, message: str) -> None:
    """It can't go on. Does nothing where another worker has it."""
    with transaction.atomic():
        if _mine(run).update(state=State.FAILED, message=plain(message), finished_at=timezone.now()):
            _log(run, State.RUNNING, State.FAILED, note=plain(message))


def _mine(run: TrainingRun) -> Any:
    return TrainingRun.objects.filter(pk=run.pk, state=State.RUNNING, attempt=run.attempt)


# --- Going back -------------------------------------------------------------------------------------------------------


def use(*, run: TrainingRun | None, actor: User | None, note: str) -> Promotion:
    """Let an earlier promoted version answer again; `None` is the head that comes with the installation.

    Raises:
        CanNotGoBack: the version never was promoted, is in use, or its file is gone.
    """
    newest = newest_promotion()
    now = newest.run_id if newest else None
    if (run.pk if run else None) == now:
        raise CanNotGoBack("This version is the one in use.")
    if run is not None:
        if run.state != State.PROMOTED:
            raise CanNotGoBack(f"{run} was never promoted, so it can't be used.")
        try:
            check_artifact(run)
        except HeadError as error:
            raise CanNotGoBack(f"Version {run.version} can't be used: {error}") from error
    try:
        with transaction.atomic():
            return _promote(run, newest.number if newest else 0, actor=actor, note=note)
    except IntegrityError:
        raise CanNotGoBack("Another version came into use at the same moment. Look again.") from None


def _promote(run: TrainingRun | None, last: int, *, actor: User | None, note: str) -> Promotion:
    version = run.version if run else MODEL_VERSION
    return Promotion.objects.create(number=last + 1, run=run, version=version, actor=actor, note=note)


# --- Nothing hangs ----------------------------------------------------------------------------------------------------


def requeue_stale() -> int:
    """Find runs whose worker or message is lost, and send them again; give up after `MAX_ATTEMPTS`. Returns how many.

    Safe to run at any time, twice, and at the same time.
    """
    limit = timezone.now() - timedelta(seconds=settings.STALE_SECONDS)
    sent = 0
    for run in TrainingRun.objects.filter(state__in=OPEN, heartbeat_at__lt=limit).defer("release", "log"):
        same = TrainingRun.objects.filter(
            pk=run.pk, state=run.state, attempt=run.attempt, heartbeat_at=run.heartbeat_at
        )
        if run.state == State.RUNNING and run.attempt >= settings.MAX_ATTEMPTS:
            message = (
                f"Its worker stopped without a word {run.attempt} times. It may need more memory than there is, or "
                "workers are being killed."
            )
            with transaction.atomic():
                if same.update(state=State.FAILED, message=message, finished_at=timezone.now()):
                    _log(run, State.RUNNING, State.FAILED, note=message)
            continue
        with transaction.atomic():
            if same.update(state=State.WAITING, heartbeat_at=timezone.now()):
                if run.state == State.RUNNING:
                    _log(run, State.RUNNING, State.WAITING, note="its worker gave no sign of life any more")
                send_on_commit(RETRAIN, run.pk)
                sent += 1
    return sent


def _log(run: TrainingRun, before: str, after: str, *, actor: User | None = None, note: str = "") -> None:
    TrainingEvent.objects.create(run=run, actor=actor, before=before, after=after, note=note)
