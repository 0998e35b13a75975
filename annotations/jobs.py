"""What workers do for this app."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

from celery import shared_task
from django.conf import settings

from annotations.models import Artifact
from annotations.services import (
    asking,
    crowd_rebuild,
    demand,
    demo,
    gold,
    known,
    notices,
    skill,
    task_creation,
    tasks,
    training,
)
from extraction.flow.model import Flow
from extraction.heartbeat import beating
from extraction.models import Figure

logger = logging.getLogger(__name__)
State = Artifact.State


@shared_task(name=gold.BUILD_ARTIFACT)
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
    from extraction.codegen import Code, Refusal, generate
    from extraction.proof import prove

    flow = Flow.from_dict(artifact.gold.flow)
    try:
        code = generate(flow, artifact.framework, citation=artifact.gold.paper.citation)
    except Refusal as refusal:
        gold.finish_artifact(
            artifact=artifact, state=State.REFUSED, message=refusal.reason, layer=str(refusal.layer or "")[:200]
        )
        return
    keras: Code | None = None
    if code.framework != "keras":
        with suppress(Refusal):
            keras = generate(flow, "keras")
    proof = prove(code, keras)
    ended = {"verified": State.VERIFIED, "unavailable": State.UNTRIED}.get(proof.state, State.FAILED)
    gold.finish_artifact(
        artifact=artifact,
        state=ended,
        filename=code.filename,
        source=code.source,
        lines={layer: list(span) for layer, span in code.lines.items()},
        assumptions=[assumption.to_dict() for assumption in code.assumptions],
        proof=proof.to_dict(),
        message=proof.error or "",
    )


@shared_task(name=notices.MAIL_NOTICE)
def mail_notice(notice_id: int) -> None:
    """Mail one notice. Sent twice, it goes out once."""
    notices.mail(notice_id=notice_id)


@shared_task(name=skill.REASSESS_KNOWN)
def reassess_known(figure_id: int) -> None:
    """Compare answers to known questions about a figure with what is right now. Safe to repeat."""
    skill.reassess_known(figure=Figure.pictures.get(pk=figure_id))


@shared_task(name=training.HAND_OVER)
def hand_over() -> None:
    """Something was settled: it goes to what the classifier and the readers are trained and measured on."""
    training.hand_over()


@shared_task(name=asking.ORDER_QUESTIONS)
def order_questions() -> None:
    """Questions about kinds find their order anew. Safe to repeat."""
    asking.order_questions()


@shared_task(name=demo.STAGE_DEMO)
def stage_demo() -> None:
    """The example paper was read on a site for trying out: scripted people go to work on it. Sent twice, it is once."""
    demo.catch_up()


@shared_task
def requeue_stale() -> None:
    gold.requeue_stale()
    task_creation.create_missing_tasks()
    tasks.lapse_returned()
    tasks.expire()
    demand.refresh_when_due()
    notices.mail_waiting()
    known.tend()
    crowd_rebuild.refit_if_due()
    demo.catch_up()
    training.catch_up()
    asking.send_if_due()
