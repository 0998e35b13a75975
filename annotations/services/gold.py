"""Gold flows and the code made from them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotations.models import Artifact, GoldFlow, GoldLayerType, Review, Submission, Task
from annotations.models.gold import FRAMEWORKS
from annotations.services.errors import Conflict, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import may_review
from extraction.dispatch import send_on_commit
from extraction.flow.canonical import digest
from extraction.flow.model import Flow
from extraction.models import Figure
from extraction.plain import plain

BUILD_ARTIFACT = "annotations.jobs.build_artifact"
State = Artifact.State


def approve_flow(*, task: Task, submission: Submission, review: Review) -> GoldFlow:
    """The approved answer as the next gold flow of its figure, with its code on the way. Call it in a transaction."""
    Figure.objects.select_for_update().get(pk=task.figure_id)  # versions of one figure come one after another
    previous = GoldFlow.objects.filter(figure_id=task.figure_id).order_by("version").last()
    flow = Flow.from_dict(submission.flow)
    gold = GoldFlow.objects.create(
        paper=task.paper,
        figure=task.figure,
        version=previous.version + 1 if previous else 1,
        previous=previous,
        submission=submission,
        review=review,
        name=flow.name[:200],
        flow=submission.flow,
        outline=submission.outline,
        digest=digest(flow),
    )
    GoldLayerType.objects.bulk_create(
        GoldLayerType(gold=gold, type=name[:100], count=count)
        for name, count in sorted(Counter(layer.type for layer in flow.layers).items())
    )
    log("gold", actor=review.moderator, task=task, gold=gold, after=f"No. {gold.number}, version {gold.version}")
    for framework, _ in FRAMEWORKS:
        _queue(Artifact.objects.create(gold=gold, framework=framework, heartbeat_at=timezone.now()))
    return gold


def _queue(artifact: Artifact) -> None:
    send_on_commit(BUILD_ARTIFACT, artifact.pk, artifact.attempt)


def rebuild(*, artifact: Artifact, actor: User) -> None:
    """Have code that is not verified built again.

    Raises:
        NotAllowed, Conflict
    """
    if denied := may_review(actor):
        raise NotAllowed.because(denied)
    with transaction.atomic():
        changed = Artifact.objects.filter(pk=artifact.pk, state__in=[State.FAILED, State.REFUSED]).update(
            state=State.BUILDING, running=False, message="", layer="", losses=0, heartbeat_at=timezone.now()
        )
        if not changed:
            raise Conflict("Only code that is done and not verified is built again.")
        log("rebuild", actor=actor, gold=artifact.gold, before=artifact.state, after=State.BUILDING)
        artifact.refresh_from_db()
        _queue(artifact)


# --- For the worker ---------------------------------------------------------------------------------------------------


def claim_artifact(*, artifact_id: int, attempt: int) -> Artifact | None:
    """Take code to build for this worker; `None` where another attempt is on it or it is done."""
    taken = Artifact.objects.filter(pk=artifact_id, state=State.BUILDING, attempt=attempt).update(
        attempt=F("attempt") + 1, running=True, heartbeat_at=timezone.now()
    )
    if not taken:
        return None
    return Artifact.objects.select_related("gold__paper", "gold__figure").get(pk=artifact_id)


def beat(*, artifact: Artifact) -> None:
    """The worker is alive."""
    _mine(artifact).update(heartbeat_at=timezone.now())


def finish_artifact(*, artifact: Artifact, state: str, **values: Any) -> bool:
    """Store how the build ended. Returns False, and stores nothing, where another worker has it meanwhile."""
    with transaction.atomic():
        changed = _mine(artifact).update(state=state, running=False, finished_at=timezone.now(), **plain(values))
        if changed:
            log(
                "artifact",
                gold=artifact.gold,
                before=State.BUILDING,
                after=state,
                note=f"{artifact.framework}: {values.get('message', '')}".rstrip(": "),
            )
    return bool(changed)


def _mine(artifact: Artifact) -> Any:
    return Artifact.objects.filter(pk=artifact.pk, state=State.BUILDING, attempt=artifact.attempt)


def requeue_stale() -> int:
    """Find builds whose worker or message is lost, and send them again. Returns how many. Safe to repeat."""
    limit = timezone.now() - timedelta(seconds=settings.STALE_SECONDS)
    sent = 0
    for artifact in Artifact.objects.filter(state=State.BUILDING, heartbeat_at__lt=limit).select_related("gold"):
        if artifact.running and artifact.losses + 1 >= settings.MAX_ATTEMPTS:
            finish_artifact(
                artifact=artifact,
                state=State.FAILED,
                losses=artifact.losses + 1,
                message=f"Building stopped without a word {artifact.losses + 1} times.",
            )
            continue
        with transaction.atomic():
            changed = (
                _mine(artifact)
                .filter(heartbeat_at=artifact.heartbeat_at)
                .update(running=False, losses=F("losses") + int(artifact.running), heartbeat_at=timezone.now())
            )
            if changed:
                _queue(artifact)
                sent += 1
    return sent
