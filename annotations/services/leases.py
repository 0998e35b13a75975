"""Who is at work on what: leases of minutes, renewed while somebody is there, given back when they leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.models import Lease, Submission, Task
from annotations.services.errors import Conflict, LeaseLost, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import may_answer
from annotations.services.states import lock

State = Lease.State
#: So many leases that ran out are put away in one sweep.
SWEEP = 1000
OTHERS = "Others are at work on this task. Take the next one."


class Busy(Conflict):
    """Somebody is taking or answering this task at this very moment."""


def take(*, task: Task, user: User, chosen_by: str = "", wait: bool = True) -> Lease:
    """A lease on one of the task's places, or this person's running one, renewed.

    `chosen_by` is the step of the search that found the task; empty where the person chose it.

    Raises:
        NotAllowed: this person may not answer this task.
        Conflict: others hold all its places.
        Busy: without `wait`, somebody else has the task's row at this moment.
    """
    with transaction.atomic():
        try:
            locked = lock(task.pk, wait=wait)
        except Task.DoesNotExist as error:
            raise Busy("Somebody else is taking this task at this moment.") from error
        return take_held(task=locked, user=user, chosen_by=chosen_by)


def take_held(*, task: Task, user: User, chosen_by: str = "", answered: bool = False) -> Lease:
    """`take` of a task whose row the caller holds; `answered` where this person's answer is there already."""
    if denied := may_answer(user, task):
        raise NotAllowed.because(denied)
    if task.purpose == Task.Purpose.KNOWN and chosen_by != "known" and not _may_have(user, task):
        raise Conflict(OTHERS)  # as with any other task that is not to be had
    now = timezone.now()
    held = {lease.slot: lease for lease in task.leases.filter(state__in=[State.OPEN, State.SUBMITTED])}
    own = next((x for x in held.values() if x.user_id == user.pk and x.state == State.OPEN), None)
    if own is not None:
        own.expires_at = _expiry(now)
        own.save(update_fields=["expires_at"])
        return own
    for slot in range(1, task.answers_wanted + 1):
        lease = held.get(slot)
        if lease is not None and lease.state == State.OPEN and lease.expires_at <= now:
            _expire(lease)
            lease = None
        if lease is None:
            return _new(task, user, slot, chosen_by, now)
    if _gets_one_more(task, user, answered):
        task.answers_wanted += 1
        Task.objects.filter(pk=task.pk).update(answers_wanted=task.answers_wanted)
        return _new(task, user, task.answers_wanted, chosen_by, now)
    raise Conflict(OTHERS)


def _new(task: Task, user: User, slot: int, chosen_by: str, now: datetime) -> Lease:
    lease = Lease(
        task=task, user=user, slot=slot, slots=task.answers_wanted, chosen_by=chosen_by, expires_at=_expiry(now)
    )
    try:
        with transaction.atomic():
            lease.save()
    except IntegrityError as error:
        raise Conflict("Somebody else took this task a moment ago.") from error
    log("lease", actor=user, task=task, after=State.OPEN, note=chosen_by)
    return lease


def _may_have(user: User, task: Task) -> bool:
    from annotations.services.known import may_have

    return may_have(user, task)


def _gets_one_more(task: Task, user: User, answered: bool) -> bool:
    """Whether a place is made for somebody though all are taken, so that no work is lost.

    Their own may have gone to somebody else while they were away, or, with a question about a kind, never have been
    taken: visitors answer those before they sign in.
    """
    last = Submission.objects.filter(task=task, round=task.round, user=user).order_by("pk").last()
    if last is not None:
        return True  # a moderator asked them for it, or they could not be here
    began = Lease.objects.filter(task=task, user=user, state=State.EXPIRED).exists()
    quick = answered and task.kind == Task.Kind.CLASSIFY
    return (began or quick) and task.answers_wanted < settings.ANSWERS_LIMIT


def _expiry(now: datetime) -> datetime:
    return now + timedelta(minutes=settings.LEASE_MINUTES)


def _expire(lease: Lease) -> None:
    lease.state = State.EXPIRED
    lease.save(update_fields=["state"])
    log("lease expired", task=lease.task, before=State.OPEN, after=State.EXPIRED, note=str(lease.user))


def heartbeat(*, task: Task, user: User) -> Lease:
    """This person is still at it: their lease is renewed. One that ran out is taken up again if a place is free.

    Raises:
        NotAllowed: nothing is to be answered any more.
        Conflict: they gave the task back, or never had it.
        LeaseLost: others hold all its places meanwhile. The draft is kept.
    """
    with transaction.atomic():
        locked = lock(task.pk)
        last = Lease.objects.filter(task=task, user=user).order_by("pk").last()
        if denied := may_answer(user, locked):
            raise NotAllowed.because(denied)
        if last is None or last.state not in (State.OPEN, State.EXPIRED):
            raise Conflict("You don't hold this task. Open it again to go on.")
        try:
            return take_held(task=locked, user=user, chosen_by=last.chosen_by)
        except Conflict as error:
            raise LeaseLost from error


def release(*, task: Task, user: User, until: datetime | None = None) -> None:
    """Give the task back. Its draft stays. Does nothing where this person holds no lease.

    With `until`, only a lease that was not renewed beyond that time: a page that is left may tell so later than the
    next one asks for the task again.
    """
    with transaction.atomic():
        lock(task.pk)
        leases = Lease.objects.filter(task=task, user=user, state=State.OPEN)
        if until is not None:
            leases = leases.filter(expires_at__lte=until)
        if leases.update(state=State.RELEASED):
            log("release", actor=user, task=task, before=State.OPEN, after=State.RELEASED)


def expire() -> int:
    """Leases that ran out are put away, so that their places show as free. Returns how many. Safe to repeat."""
    found = Lease.objects.filter(state=State.OPEN, expires_at__lte=timezone.now()).order_by("expires_at")
    count = 0
    for task_id in dict.fromkeys(found.values_list("task_id", flat=True)[:SWEEP]):
        with transaction.atomic():
            lock(task_id)  # nobody renews one of them meanwhile
            for lease in found.filter(task=task_id).select_related("user", "task"):
                _expire(lease)
                count += 1
    return count
