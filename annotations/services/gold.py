"""Gold flows and the code made from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotations.models import (
    Artifact,
    GoldCredit,
    GoldFlow,
    GoldLayerType,
    GoldWithdrawal,
    Notice,
    Review,
    Submission,
    Task,
)
from annotations.models.gold import FRAMEWORKS
from annotations.selectors.gold import offered_of
from annotations.services import skill
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.log import log
from annotations.services.notices import notify, tell_requesters
from annotations.services.permissions import may_propose, may_revert, may_review
from annotations.services.states import lock, move
from annotations.services.tasks import begin_round
from extraction.dispatch import send_on_commit
from extraction.flow.canonical import digest
from extraction.flow.model import Flow
from extraction.models import Figure
from extraction.outline import outline
from extraction.plain import plain

BUILD_ARTIFACT = "annotations.jobs.build_artifact"
State = Artifact.State
MAX_REASON = 2000


def approve_flow(
    *,
    task: Task,
    review: Review,
    flow: dict[str, Any],
    people: Iterable[int],
    submission: Submission | None = None,
    probability: float | None = None,
) -> GoldFlow:
    """The approved flow as the next gold flow of its figure, with its code on the way. Call it in a transaction.

    `people` are the ids of those whose answers it was made from.
    """
    return _store(
        task.figure_id,
        flow,
        people,
        paper=task.paper,
        submission=submission,
        review=review,
        approved_by=review.moderator,
        probability=probability,
        log_task=task,
    )


def _store(
    figure_id: int, flow: dict[str, Any], people: Iterable[int], *, log_task: Task | None = None, **values: Any
) -> GoldFlow:
    figure = Figure.pictures.select_for_update().get(pk=figure_id)  # versions of one figure come one after another
    previous = GoldFlow.objects.filter(figure_id=figure_id).order_by("version").last()
    read = Flow.from_dict(flow)
    gold = GoldFlow.objects.create(
        figure=figure,
        version=previous.version + 1 if previous else 1,
        previous=previous,
        name=read.name[:200],
        flow=flow,
        outline=outline(read),
        digest=digest(read),
        **values,
    )
    GoldCredit.objects.bulk_create(GoldCredit(gold=gold, user_id=person) for person in dict.fromkeys(people))
    GoldLayerType.objects.bulk_create(
        GoldLayerType(gold=gold, type=name[:100], count=count)
        for name, count in sorted(Counter(layer.type for layer in read.layers).items())
    )
    log("gold", actor=gold.approved_by, task=log_task, gold=gold, after=f"No. {gold.number}, version {gold.version}")
    for framework, _ in FRAMEWORKS:
        _queue(Artifact.objects.create(gold=gold, framework=framework, heartbeat_at=timezone.now()))
    return gold


# --- Versions ---------------------------------------------------------------------------------------------------------


def propose(*, gold: GoldFlow, user: User, reason: str) -> Task:
    """Ask for a better version: the network's question is open again, and people start from this gold flow.

    The same person's proposal sent twice is one.

    Raises:
        NotAllowed, Invalid
        Conflict: this is not the version that is offered, or a better one is being worked on already.
    """
    if denied := may_propose(user, gold):
        raise NotAllowed.because(denied)
    reason = _reason(reason, "Say what is wrong with this version, so that others know where to look.")
    with transaction.atomic():
        task = lock(question_of(gold).pk)
        if task.state != Task.State.APPROVED:
            if task.state == Task.State.OPEN and _proposed_by(task) == user.pk:
                return task
            if task.state == Task.State.CLOSED:
                raise Conflict("A moderator closed the question about this network, and can open it again.")
            raise Conflict("A better version of this network is being worked on already. Answer that question instead.")
        offered = offered_of(gold.figure_id)
        if offered is None or offered.pk != gold.pk:
            other = f"No. {offered.number} is offered now. Look at that one first." if offered else ""
            raise Conflict(f"This version is not offered any more. {other}".strip())
        move(task, "propose", actor=user, note=reason)
        begin_round(task=task)
        log("proposal", actor=user, task=task, gold=gold, after=f"round {task.round}", note=reason)
    return task


def _proposed_by(task: Task) -> int | None:
    return task.events.filter(verb="propose").order_by("pk").values_list("actor", flat=True).last()


def question_of(gold: GoldFlow) -> Task:
    """The task whose answers it was made from, also where an earlier version was brought back."""
    while gold.review is None and gold.reverts_to is not None:
        gold = gold.reverts_to
    if gold.review is None:
        raise Conflict("Nobody was asked for this network; it can't be asked for again.")
    return gold.review.task


def revert(*, gold: GoldFlow, moderator: User, reason: str) -> GoldFlow:
    """Bring an earlier version back: as the next version, with the earlier one's content.

    Raises:
        NotAllowed, Invalid
        Conflict: it is the one that is offered, or was withdrawn.
    """
    if denied := may_revert(moderator, gold):
        raise NotAllowed.because(denied)
    reason = _reason(reason, "Say why the earlier version is better.")
    with transaction.atomic():
        Figure.pictures.select_for_update().get(pk=gold.figure_id)
        offered = offered_of(gold.figure_id)
        if offered is not None and gold.pk in {offered.pk, offered.reverts_to_id}:
            if offered.pk != gold.pk and offered.approved_by_id == moderator.pk:
                return offered  # sent twice
            raise Conflict("This version is the one that is offered now.")
        if GoldWithdrawal.objects.filter(gold=gold).exists():
            raise Conflict(f"No. {gold.number} was withdrawn. Bring another version back.")
        people = gold.credits.values_list("user", flat=True)
        new = _store(
            gold.figure_id, gold.flow, people, paper=gold.paper, reverts_to=gold, approved_by=moderator,
            probability=gold.probability,
        )  # fmt: skip
        before = f"No. {offered.number}, version {offered.version}" if offered else ""
        after = f"No. {new.number}, as version {gold.version}"
        log("revert", actor=moderator, gold=new, before=before, after=after, note=reason)
        _tell(new, moderator, f"“{new.title}” is as version {gold.version} again: {reason}", f"gold-{new.number}")
        skill.reassess(figure=gold.figure)
    return new


def withdraw(*, gold: GoldFlow, moderator: User, reason: str) -> GoldWithdrawal:
    """Offer this version no longer. Its page stays and says so. Twice is once.

    Raises:
        NotAllowed, Invalid
    """
    if denied := may_review(moderator):
        raise NotAllowed.because(denied)
    reason = _reason(reason, "Say why this version is withdrawn: its page shows it.")
    with transaction.atomic():
        Figure.pictures.select_for_update().get(pk=gold.figure_id)
        if earlier := GoldWithdrawal.objects.filter(gold=gold).first():
            return earlier
        withdrawal = take_back(gold=gold, moderator=moderator, reason=reason)
        _tell(gold, moderator, f"“{gold.title}” was withdrawn: {reason}", f"gold-{gold.number}-withdrawn")
        skill.reassess(figure=gold.figure)
    return withdrawal


def take_back(*, gold: GoldFlow, moderator: User, reason: str) -> GoldWithdrawal:
    """Withdraw a gold flow that stands. Call it in a transaction, and `skill.reassess` after it."""
    withdrawal = GoldWithdrawal.objects.create(gold=gold, actor=moderator, reason=reason)
    log("withdraw network", actor=moderator, gold=gold, before="offered", after="withdrawn", note=reason)
    return withdrawal


def _reason(text: str, asked: str) -> str:
    text = plain(text).strip()[:MAX_REASON]
    if not text:
        raise Invalid(asked)
    return text


def _tell(gold: GoldFlow, actor: User, text: str, key: str) -> None:
    for credit in gold.credits.select_related("user"):
        url = gold.get_absolute_url()
        notify(user=credit.user, kind=Notice.Kind.DECISION, text=text, url=url, key=key, actor=actor)


# --- Their code -------------------------------------------------------------------------------------------------------


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
        changed = Artifact.objects.filter(
            pk=artifact.pk, state__in=[State.FAILED, State.REFUSED, State.UNTRIED]
        ).update(state=State.BUILDING, running=False, message="", layer="", losses=0, heartbeat_at=timezone.now())
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
            if state == State.VERIFIED:
                tell_requesters(gold=artifact.gold)
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
