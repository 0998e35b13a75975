"""Tasks and their leases, drafts and skips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotations.models import Draft, Lease, Skip, Submission, Task
from annotations.selectors.tasks import available
from annotations.services.errors import Conflict, Invalid, LeaseLost, NotAllowed, StaleDraft
from annotations.services.log import log
from annotations.services.permissions import may_answer, may_close, may_contribute
from annotations.services.states import lock, move
from extraction.flow.model import Flow
from extraction.plain import plain

#: How many tasks from the top of the queue are tried when others take them at the same moment.
TRIES = 20


@dataclass(frozen=True, slots=True)
class Assignment:
    task: Task
    lease: Lease
    #: Which step chose it: `resume`, `returned` or `queue`.
    chosen_by: str


# --- The next task ----------------------------------------------------------------------------------------------------


def next_task(*, user: User) -> Assignment | None:
    """The task this person should do now, with a lease on it; `None` where nothing is left for them.

    Raises:
        NotAllowed: not signed in.
    """
    if denied := may_contribute(user):
        raise NotAllowed.because(denied)
    for name, candidates in (("resume", _resume(user)), ("returned", _returned(user)), ("queue", _queue(user))):
        for task in candidates[:TRIES]:
            try:
                return Assignment(task, take(task=task, user=user), name)
            except (Conflict, NotAllowed):
                continue  # somebody was quicker
    return None


def _resume(user: User) -> QuerySet[Task]:
    """What this person is at work on."""
    open_lease = Q(leases__user=user, leases__state=Lease.State.OPEN, leases__expires_at__gt=timezone.now())
    return Task.objects.filter(open_lease, state__in=[Task.State.OPEN, Task.State.RETURNED]).order_by("-leases__pk")


def _returned(user: User) -> QuerySet[Task]:
    """What a moderator gave back to this person."""
    mine = Submission.objects.filter(task=OuterRef("pk"), user=user)
    return Task.objects.filter(Exists(mine), state=Task.State.RETURNED).order_by("changed_at")


def _queue(user: User) -> QuerySet[Task]:
    """What anybody may answer, with a place free, that this person has neither answered nor skipped."""
    return available(user).order_by("-priority", "pk")


# --- Leases -----------------------------------------------------------------------------------------------------------


def take(*, task: Task, user: User) -> Lease:
    """A lease on one of the task's places, or this person's running one, renewed.

    Raises:
        NotAllowed: this person may not answer this task.
        Conflict: others hold all its places.
    """
    with transaction.atomic():
        return _take(lock(task.pk), user)


def _take(task: Task, user: User) -> Lease:
    if denied := may_answer(user, task):
        raise NotAllowed.because(denied)
    now = timezone.now()
    held = {lease.slot: lease for lease in task.leases.filter(state__in=[Lease.State.OPEN, Lease.State.SUBMITTED])}
    own = next((x for x in held.values() if x.user_id == user.pk and x.state == Lease.State.OPEN), None)
    if own is not None:
        own.expires_at = _expiry(now)
        own.save(update_fields=["expires_at"])
        return own
    for slot in range(1, task.answers_wanted + 1):
        lease = held.get(slot)
        if lease is not None and lease.state == Lease.State.OPEN and lease.expires_at <= now:
            lease.state = Lease.State.EXPIRED
            lease.save(update_fields=["state"])
            log("lease expired", task=task, before=Lease.State.OPEN, after=Lease.State.EXPIRED, note=str(lease.user))
            lease = None
        if lease is None:
            new = Lease(task=task, user=user, slot=slot, slots=task.answers_wanted, expires_at=_expiry(now))
            try:
                with transaction.atomic():
                    new.save()
            except IntegrityError as error:
                raise Conflict("Somebody else took this task a moment ago.") from error
            log("lease", actor=user, task=task, after=Lease.State.OPEN)
            return new
    raise Conflict("Others are at work on this task. Take the next one.")


def _expiry(now: datetime) -> datetime:
    return now + timedelta(minutes=settings.LEASE_MINUTES)


def release(*, task: Task, user: User) -> None:
    """Give the task back. Its draft stays. Does nothing where this person holds no lease."""
    with transaction.atomic():
        lock(task.pk)
        if Lease.objects.filter(task=task, user=user, state=Lease.State.OPEN).update(state=Lease.State.RELEASED):
            log("release", actor=user, task=task, before=Lease.State.OPEN, after=Lease.State.RELEASED)


def skip(*, task: Task, user: User, reason: str, comment: str = "") -> None:
    """Give the task back for good, with a reason. Twice is once.

    Raises:
        NotAllowed: this person may not answer this task.
        Invalid: not one of the reasons.
    """
    if reason not in Skip.Reason.values:
        raise Invalid(f"Say why, with one of: {', '.join(Skip.Reason.values)}.")
    with transaction.atomic():
        locked = lock(task.pk)
        if Skip.objects.filter(task=task, user=user).exists():
            return
        if denied := may_answer(user, locked):
            raise NotAllowed.because(denied)
        Skip.objects.create(task=task, user=user, reason=reason, comment=comment[:500])
        log("skip", actor=user, task=task, after=reason, note=comment[:500])
        release(task=task, user=user)


# --- Drafts -----------------------------------------------------------------------------------------------------------


def save_draft(*, task: Task, user: User, flow: Any, revision: int) -> tuple[Draft, Lease]:
    """Keep what this person has so far, and renew their lease.

    `revision` is the one they started from, 0 where there was none. The same save sent twice counts once.

    Raises:
        FlowError: not the form of a flow.
        NotAllowed: this person may not answer this task.
        StaleDraft: a newer draft is stored.
        LeaseLost: somebody else holds the task now. The draft is stored all the same.
    """
    data = Flow.from_dict(plain(flow)).to_dict()
    with transaction.atomic():
        locked = lock(task.pk)
        if denied := may_answer(user, locked):
            raise NotAllowed.because(denied)
        draft = _store_draft(locked, user, data, revision)
        try:
            lease = _take(locked, user)
        except Conflict:
            lease = None
    if lease is None:
        raise LeaseLost
    return draft, lease


def _store_draft(task: Task, user: User, data: dict[str, Any], revision: int) -> Draft:
    draft = Draft.objects.filter(task=task, user=user).first()
    current = draft.revision if draft else 0
    if draft and revision == current - 1 and draft.flow == data:
        return draft  # the answer to the first try was lost
    if revision != current:
        raise StaleDraft(current)
    return keep_draft(task=task, user=user, flow=data)


def keep_draft(*, task: Task, user: User, flow: dict[str, Any]) -> Draft:
    """Make this the draft, whatever it was. The caller holds the task's row."""
    draft = Draft.objects.filter(task=task, user=user).first() or Draft(task=task, user=user, revision=0)
    draft.flow = flow
    draft.revision += 1
    draft.save()
    return draft


# --- Moderators and the site itself -----------------------------------------------------------------------------------


def close(*, task: Task, moderator: User, reason: str) -> None:
    """Ask nobody any more.

    Raises:
        NotAllowed, Invalid, Conflict
    """
    if denied := may_close(moderator):
        raise NotAllowed.because(denied)
    if not reason.strip():
        raise Invalid("Say why the task is closed.")
    with transaction.atomic():
        move(lock(task.pk), "close", actor=moderator, note=reason.strip())


def reopen(*, task: Task, moderator: User, reason: str) -> None:
    """Ask again: about a task that was closed, or about a gold flow in which something is wrong.

    Raises:
        NotAllowed, Invalid, Conflict
    """
    if denied := may_close(moderator):
        raise NotAllowed.because(denied)
    if not reason.strip():
        raise Invalid("Say what to look at again.")
    with transaction.atomic():
        locked = lock(task.pk)
        move(locked, "reopen", actor=moderator, note=reason.strip())
        # The places that were answered are free again.
        locked.leases.filter(state=Lease.State.SUBMITTED).update(state=Lease.State.RELEASED)


def lapse_returned() -> int:
    """Tasks that went back to authors who did not come back are open to all again. Safe to repeat."""
    limit = timezone.now() - timedelta(days=settings.RETURN_DAYS)
    count = 0
    for pk in Task.objects.filter(state=Task.State.RETURNED, changed_at__lt=limit).values_list("pk", flat=True):
        with transaction.atomic():
            task = lock(pk)
            if task.state == Task.State.RETURNED and task.changed_at < limit:
                move(task, "lapse", actor=None, note=f"not answered again within {settings.RETURN_DAYS} days")
                count += 1
    return count
