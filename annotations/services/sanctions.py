"""Moderators keep people from writing or contributing for a while.

A mute and a ban run side by side, each to its own end; the newest of its kind counts, and a lift ends both.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from annotations.models import Contributor, Lease, Notice, Review, Sanction, Task
from annotations.selectors.answers import standing
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import forget, may_act_on, when
from annotations.services.states import lock, move
from extraction.plain import plain

MAX_REASON = 2000
#: A sanction ends. Who must never come back is made inactive by an administrator.
LONGEST = timedelta(days=5 * 366)

Kind = Sanction.Kind


def mute(*, person: User, actor: User, until: datetime, reason: str) -> Sanction:
    """Keep somebody from writing what others read. The same sent twice counts once.

    Raises:
        NotAllowed, Invalid
    """
    return _restrict(Kind.MUTE, person, actor, until, reason)


def ban(*, person: User, actor: User, until: datetime, reason: str) -> Sanction:
    """Keep somebody from contributing. What they are at work on goes back to the others; their drafts stay.

    Raises:
        NotAllowed, Invalid
    """
    sanction = _restrict(Kind.BAN, person, actor, until, reason)
    # After the ban is stored: from here on they take nothing new. Killed in between, their leases run out.
    _give_back(person, actor)
    return sanction


def lift(*, person: User, actor: User, reason: str) -> Sanction:
    """Let somebody do everything again.

    Raises:
        NotAllowed, Invalid
        Conflict: nothing restricts them.
    """
    reason = _allowed(person, actor, reason)
    now = timezone.now()
    with transaction.atomic():
        row = _row(person)
        running = [until for until in (row.muted_until, row.banned_until) if until and until > now]
        if not running:
            raise Conflict(f"{person} may do everything already.")
        sanction = Sanction.objects.create(user=person, kind=Kind.LIFT, reason=reason, actor=actor)
        row.muted_until = row.banned_until = None
        row.save(update_fields=["muted_until", "banned_until", "updated_at"])
        log("lift", actor=actor, person=person, before=f"until {when(max(running))}", note=reason)
        _tell(sanction, "A moderator ended your restrictions. You can do everything again.")
    forget(person)
    return sanction


def _restrict(kind: Kind, person: User, actor: User, until: datetime, reason: str) -> Sanction:
    reason = _allowed(person, actor, reason)
    now = timezone.now()
    if until <= now:
        raise Invalid("Choose an end that lies in the future.")
    if until > now + LONGEST:
        raise Invalid(f"Choose an end within {LONGEST.days // 366} years.")
    with transaction.atomic():
        row = _row(person)
        last = person.sanctions.order_by("pk").last()
        if last and (last.kind, last.until, last.reason, last.actor_id) == (kind, until, reason, actor.pk):
            return last
        field = "muted_until" if kind == Kind.MUTE else "banned_until"
        before = getattr(row, field)
        sanction = Sanction.objects.create(user=person, kind=kind, until=until, reason=reason, actor=actor)
        setattr(row, field, until)
        row.save(update_fields=[field, "updated_at"])
        log(
            kind,
            actor=actor,
            person=person,
            before=f"until {when(before)}" if before and before > now else "",
            after=f"until {when(until)}",
            note=reason,
        )
        done = "write no comments" if kind == Kind.MUTE else "not contribute"
        _tell(sanction, f"A moderator decided that you may {done} until {when(until)}: “{reason}”")
    forget(person)
    return sanction


def _allowed(person: User, actor: User, reason: str) -> str:
    if denied := may_act_on(actor, person):
        raise NotAllowed.because(denied)
    reason = plain(reason).strip()[:MAX_REASON]
    if not reason:
        raise Invalid(f"Say why. {person} reads it.")
    return reason


def _row(person: User) -> Contributor:
    """The person's row, held until the transaction ends: of two moderators one comes second."""
    Contributor.objects.get_or_create(user=person)
    return Contributor.objects.select_for_update().get(user=person)


def _tell(sanction: Sanction, text: str) -> None:
    from annotations.services.notices import notify

    # Who did it stands in the log; the person is told by the site.
    notify(
        user=sanction.user,
        kind=Notice.Kind.SANCTION,
        text=text[:500],
        url=reverse("restrictions"),
        key=f"sanction {sanction.pk}",
    )


def _give_back(person: User, actor: User) -> None:
    held = Task.objects.filter(leases__user=person, leases__state=Lease.State.OPEN)
    waiting = Task.objects.filter(submissions__user=person, state=Task.State.RETURNED)
    for pk in sorted({*held.values_list("pk", flat=True), *waiting.values_list("pk", flat=True)}):
        with transaction.atomic():
            task = lock(pk)
            leases = task.leases.filter(user=person, state=Lease.State.OPEN)
            if leases.update(state=Lease.State.RELEASED):
                log(
                    "release",
                    actor=actor,
                    task=task,
                    person=person,
                    before=Lease.State.OPEN,
                    after=Lease.State.RELEASED,
                    note="banned",
                )
            if task.state == Task.State.RETURNED and _waits_for(task) == person.pk:
                move(task, "lapse", actor=actor, note=f"{person} is banned")


def _waits_for(task: Task) -> int | None:
    """Whose answer went back last."""
    returned = standing(task.reviews.filter(decision=Review.Decision.RETURN)).select_related("submission")
    last = returned.order_by("pk").last()
    return last.submission.user_id if last and last.submission else None
