"""What workers do for this app."""

from __future__ import annotations

import logging
from functools import partial

from celery import shared_task
from django.conf import settings

from annotations.models import Artifact
from annotations.services import gold, task_creation, tasks
from extraction.flow.model import Flow
from extraction.heartbeat import beating

logger = logging.getLogger(__name__)
State = Artifact.State


@shared_task(name=gold.BUILD_ARTIFACT)  # type: ignore[untyped-decorator]
def build_artifact(artifact_id: int, attempt: int) -> None:
    """Write the code of a gold flow for one framework and run it. Sent twice, it is done once."""
    artifact = gold.claim_artifact(artifact_id=artifact_id, attempt=attempt)
    if artifact is None:
        return
    with beating(partial(gold.beat, artifact=artifact), every=settings.HEARTBEAT_SECONDS):
        try:
            _build(artifact)
        except Exception:
            logger.exception("Artifact %s could not be built", artifact.pk)
            gold.finish_artifact(
                artifact=artifact,
                state=State.FAILED,
                message="Something in this flow confused the generator; the administrators find the details in the "
                f"log under artifact {artifact.pk}.",
            )


def _build(artifact: Artifact) -> None:
    from extraction.codegen import Refusal, generate
    from extraction.proof import verify

    flow = Flow.from_dict(artifact.gold.flow)
    try:
        code = generate(flow, artifact.framework, citation=artifact.gold.paper.citation)
    except Refusal as refusal:
        gold.finish_artifact(
            artifact=artifact, state=State.REFUSED, message=refusal.reason, layer=str(refusal.layer or "")[:200]
        )
        return
    proof = verify(code)
    gold.finish_artifact(
        artifact=artifact,
        state=State.VERIFIED if proof.ok else State.FAILED,
        filename=code.filename,
        source=code.source,
        lines={layer: list(span) for layer, span in code.lines.items()},
        assumptions=[assumption.to_dict() for assumption in code.assumptions],
        proof=proof.to_dict(),
        message=proof.error or "",
    )


@shared_task  # type: ignore[untyped-decorator]
def requeue_stale() -> None:
    gold.requeue_stale()
    task_creation.create_missing_tasks()
    tasks.lapse_returned()
