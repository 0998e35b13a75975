"""Tasks: the next one for a person, drafts, and what moderators and the site itself do with them.

Leases stand in `leases`, skips in `skips`; both are called from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotations.models import Draft, Lease, Task
from annotations.selectors.skill import level
from annotations.selectors.tasks import Wanted
from annotations.services import consensus
from annotations.services.errors import Conflict, Invalid, LeaseLost, NotAllowed, StaleDraft
from annotations.services.leases import expire, heartbeat, release, take, take_held
from annotations.services.log import log
from annotations.services.next_steps import STEPS
from annotations.services.permissions import may_answer, may_close, may_contribute
from annotations.services.second import overrule
from annotations.services.skips import skip
from annotations.services.states import lock, move
from extraction.flow.model import Flow
from extraction.plain import plain

__all__ = [
    "Assignment", "Wanted", "begin_round", "close", "expire", "heartbeat", "keep_draft", "lapse_returned", "next_task",
    "release", "reopen", "save_draft", "skip", "take",
]  # fmt: skip

#: How many candidates of one step are tried when others take them at the same moment: at first, and with patience.
TRIES, MANY_TRIES = 3, 20


@dataclass(frozen=True, slots=True)
class Assignment:
    task: Task
    lease: Lease
    #: Which step of the search chose it: a name of `next_steps.STEPS`.
    chosen_by: str

    @property
    def shown_step(self) -> str:
        """As the person who gets the task may see it: that its answer is known must not be told beforehand."""
        return "priority" if self.task.purpose == Task.Purpose.KNOWN else self.chosen_by


# --- The next task ----------------------------------------------------------------------------------------------------


def next_task(
    *,
    user: User,
    kind: str | None = None,
    paper: int | None = None,
    field: str | None = None,
    difficulty: int | None = None,
    besides: tuple[int, ...] = (),
) -> Assignment | None:
    """The task this person should do now, with a lease on it; `None` where nothing is left for them.

    It can be narrowed to a kind of task, a paper (its id), a field or a difficulty (1 to 3); `besides` are tasks that
    they have just answered.

    Raises:
        NotAllowed: not signed in, or banned.
        Invalid: no such kind, field or difficulty.
    """
    if denied := may_contribute(user):
        raise NotAllowed.because(denied)
    wanted = Wanted.of(kind=kind, paper=paper, field=field, difficulty=difficulty, besides=besides)
    wanted = replace(wanted, upto=level(user))
    found, missed = _first(user, wanted, tries=TRIES, wait=False)
    if found is None and missed:
        # A crowd asks at the same moment. Where one writer comes after another (SQLite), nobody takes a place between
        # this look and the grip; elsewhere everybody waits for their turn.
        with transaction.atomic():
            found, _ = _first(user, wanted, tries=MANY_TRIES, wait=True)
    return found


def _first(user: User, wanted: Wanted, *, tries: int, wait: bool) -> tuple[Assignment | None, bool]:
    """The first candidate of the first step that can be had; and whether somebody else was quicker somewhere."""
    missed = False
    for name, step in STEPS:
        for task in islice(step(user, wanted), tries):
            try:
                return Assignment(task, take(task=task, user=user, chosen_by=name, wait=wait), name), missed
            except (Conflict, NotAllowed):
                missed = True
    return None, missed


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
            lease = take_held(task=locked, user=user)
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
        locked = lock(task.pk)
        overrule(locked, actor=moderator)
        move(locked, "close", actor=moderator, note=reason.strip())
        Task.objects.filter(pk=locked.pk).update(retired=Task.Retired.MODERATOR)


def reopen(*, task: Task, moderator: User, reason: str) -> None:
    """Ask again: about a task that was closed, or, in a new round, about a gold flow in which something is wrong.

    Answers to a closed task count on; answers to an approved one have made its gold flow.

    Raises:
        NotAllowed, Invalid, Conflict
    """
    if denied := may_close(moderator):
        raise NotAllowed.because(denied)
    if not reason.strip():
        raise Invalid("Say what to look at again.")
    with transaction.atomic():
        locked = lock(task.pk)
        approved = locked.state == Task.State.APPROVED
        move(locked, "reopen", actor=moderator, note=reason.strip())
        if approved:
            begin_round(task=locked)
        else:
            Task.objects.filter(pk=locked.pk).update(retired="")
            locked.retired = ""
            consensus.update(task=locked, actor=moderator)


def begin_round(*, task: Task) -> None:
    """The next round of a task that was opened again and whose row the caller holds: everybody may answer anew.

    The places that were answered are free again. Who is at work goes on in the new round.
    """
    task.leases.filter(state=Lease.State.SUBMITTED).update(state=Lease.State.RELEASED)
    held = task.leases.filter(state=Lease.State.OPEN).order_by("-slot").values_list("slot", flat=True).first()
    task.round += 1
    task.retired = ""
    task.answers_wanted = max(settings.ANSWERS_FIRST, held or 1)
    Task.objects.filter(pk=task.pk).update(round=task.round, retired=task.retired, answers_wanted=task.answers_wanted)
    consensus.update(task=task)
    log("round", task=task, before=str(task.round - 1), after=str(task.round))


def lapse_returned() -> int:
    """Tasks that went back to authors who did not come back are open to all again. Safe to repeat."""
    limit = timezone.now() - timedelta(days=settings.RETURN_DAYS)
    count = 0
    for pk in Task.objects.filter(state=Task.State.RETURNED, changed_at__lt=limit).values_list("pk", flat=True):
        with transaction.atomic():
            task = lock(pk)
            if task.state == Task.State.RETURNED and task.changed_at < limit:
                Task.objects.filter(pk=pk).update(retired="")
                task.retired = ""
                move(task, "lapse", actor=None, note=f"not answered again within {settings.RETURN_DAYS} days")
                consensus.update(task=task)
                count += 1
    return count
