"""Who may do what, with answers that say why not.

Each question returns `None` for yes, or `Denied` with the reason in words for the person who asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from annotations.models import Comment, CommentHiding, GoldFlow, Lease, Report, Review, Sanction, Submission, Task
from extraction.models import Paper

MODERATOR = "moderator"
ADMINISTRATOR = "administrator"

Person: TypeAlias = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why."""

    reason: str

    def __str__(self) -> str:
        return self.reason


SIGN_IN = Denied("Sign in first.")


@dataclass(frozen=True, slots=True)
class _Known:
    groups: frozenset[str]
    muted_until: datetime | None
    banned_until: datetime | None


def _known(user: User) -> _Known:
    """What decides over a person's permissions, asked once a request, in one query."""
    cached: _Known | None = getattr(user, "_known_for_permissions", None)
    if cached is None:
        rows = list(
            User.objects.filter(pk=user.pk).values_list(
                "groups__name", "contributor__muted_until", "contributor__banned_until"
            )
        )
        muted, banned = rows[0][1:] if rows else (None, None)
        cached = _Known(frozenset(row[0] for row in rows if row[0]), muted, banned)
        user._known_for_permissions = cached  # type: ignore[attr-defined]  # lasts as long as the request
    return cached


def forget(user: User) -> None:
    """A person's groups or restrictions changed: this object asks again."""
    if hasattr(user, "_known_for_permissions"):
        del user._known_for_permissions


def group_names(user: User) -> frozenset[str]:
    """The names of a user's groups."""
    return _known(user).groups


def when(moment: datetime) -> str:
    """A moment in words, for sentences."""
    return f"{moment.astimezone(UTC):%d %B %Y, %H:%M} UTC".lstrip("0")


def is_moderator(user: Person) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or bool(group_names(user) & {MODERATOR, ADMINISTRATOR})


def is_administrator(user: Person) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or ADMINISTRATOR in group_names(user)


def may_contribute(user: Person) -> Denied | None:
    if not user.is_authenticated or not user.is_active:
        return SIGN_IN
    banned = _known(user).banned_until
    if banned is not None and banned > timezone.now():
        return Denied(
            f"A moderator banned you until {when(banned)}. Until then you can read and download everything, but not "
            f"contribute.{_why(user, Sanction.Kind.BAN)}"
        )
    return None


def may_write(user: Person) -> Denied | None:
    """May this person write comments and reasons that others read?"""
    if denied := may_contribute(user):
        return denied
    muted = _known(cast(User, user)).muted_until
    if muted is not None and muted > timezone.now():
        return Denied(
            f"A moderator muted you until {when(muted)}. Until then you can go on answering questions, but not write "
            f"comments.{_why(user, Sanction.Kind.MUTE)}"
        )
    return None


def restriction(user: Person) -> str:
    """What a moderator keeps this person from at the moment, for the head of every page; empty where from nothing."""
    if not user.is_authenticated:
        return ""
    known, now = _known(user), timezone.now()
    if known.banned_until is not None and known.banned_until > now:
        return f"You are banned until {when(known.banned_until)}."
    if known.muted_until is not None and known.muted_until > now:
        return f"You are muted until {when(known.muted_until)}."
    return ""


def _why(user: Person, kind: str) -> str:
    sanction = Sanction.objects.filter(user_id=cast(int, user.pk), kind=kind).order_by("pk").last()
    return f" The reason: “{sanction.reason}”" if sanction else ""


def may_moderate(user: Person) -> Denied | None:
    """May this person see who did what, and restrict others?"""
    if not is_moderator(user):
        return Denied("Only moderators see these pages.")
    return may_contribute(user)


def may_act_on(actor: Person, person: User) -> Denied | None:
    """May a moderator restrict this person, or withdraw their work?"""
    if denied := may_moderate(actor):
        return denied
    if actor.pk == person.pk:
        return Denied("You can't do this to yourself. Ask another moderator.")
    if is_moderator(person) and not is_administrator(actor):
        return Denied(f"{person} is a moderator. Only administrators can do this.")
    return None


def may_give_roles(actor: Person, person: User) -> Denied | None:
    if not is_administrator(actor):
        return Denied("Only administrators give and take roles.")
    if denied := may_contribute(actor):
        return denied
    if actor.pk == person.pk:
        return Denied("You can't change your own role. Ask another administrator.")
    return None


def may_retrain(user: Person) -> Denied | None:
    """May this person start a retraining of the classifier, or choose which version of it answers?"""
    if not is_administrator(user):
        return Denied("Only administrators retrain the classifier and choose its version.")
    return may_contribute(user)


def may_upload(user: Person) -> Denied | None:
    return may_contribute(user)


def may_retry(user: Person, paper: Paper) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    if user.pk == paper.uploaded_by_id or is_moderator(user):
        return None
    return Denied("Who uploaded the paper and the moderators can have it read again.")


def may_download_paper(user: Person, paper: Paper) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    if user.pk == paper.uploaded_by_id or is_moderator(user):
        return None
    return Denied("The PDF belongs to its authors. Only who uploaded it and the moderators can download it here.")


def may_answer(user: Person, task: Task) -> Denied | None:
    """May this person work on this task? Whether a place is free is another question."""
    if denied := may_contribute(user):
        return denied
    answers = Submission.objects.filter(task=task, round=task.round, user_id=cast(int, user.pk))
    last = answers.select_related("withdrawal").order_by("pk").last()
    if last is not None:
        review = last.review
        if hasattr(last, "withdrawal"):
            return Denied("A moderator set your answer aside, so now others are asked.")
        if review is None:
            return Denied("You have answered this already.")
        if review.decision == Review.Decision.REJECT:
            return Denied("A moderator rejected your answer, so now others are asked.")
    match task.state:
        case Task.State.OPEN:
            return None
        case Task.State.RETURNED if last is not None and last.review is not None:
            return None if last.review.decision == Review.Decision.RETURN else Denied("You have answered this already.")
        case Task.State.RETURNED | Task.State.IN_REVIEW if last is None and _began(user, task):
            # Whoever was at work when others had said enough hands in all the same: nobody's work is lost.
            return None
        case Task.State.RETURNED:
            return Denied("This answer went back to its author, who is asked first.")
        case Task.State.IN_REVIEW:
            return Denied("All answers are in; a moderator looks at them.")
        case _:
            return Denied(f"This task is {task.get_state_display()}; no more answers are needed.")


def _began(user: Person, task: Task) -> bool:
    """Whether this person is at work on the task, or was until their time ran out."""
    begun = Lease.objects.filter(task=task, user_id=cast(int, user.pk))
    return begun.filter(state__in=[Lease.State.OPEN, Lease.State.EXPIRED]).exists()


def may_review(user: Person) -> Denied | None:
    if not user.is_authenticated or not user.is_active:
        return SIGN_IN
    # Asked for the menu of every page: who is no moderator costs no second query.
    return may_contribute(user) if is_moderator(user) else Denied("Only moderators decide about answers.")


def may_decide(user: Person, submission: Submission) -> Denied | None:
    if denied := may_review(user):
        return denied
    if submission.user_id == user.pk:
        return Denied("This is your own answer. Another moderator decides about it.")
    return None


def may_decide_round(user: Person, task: Task) -> Denied | None:
    """May this person decide about the consensus of a task's round, or approve anything in it?"""
    if denied := may_review(user):
        return denied
    own = Submission.objects.filter(task=task, round=task.round, withdrawal=None, user_id=cast(int, user.pk))
    if own.exists():
        return Denied("You have answered this question yourself. Another moderator decides about it.")
    return None


def may_propose(user: Person, gold: GoldFlow) -> Denied | None:
    """May this person say that a network can be bettered? Whether it is the offered version is another question."""
    return may_write(user)


def may_revert(user: Person, gold: GoldFlow) -> Denied | None:
    """May this person bring an earlier version back? It must not be their own work."""
    if denied := may_review(user):
        return denied
    if gold.credits.filter(user_id=cast(int, user.pk)).exists():
        return Denied("This version was made from your own answer. Another moderator brings it back.")
    return None


def may_see_answer(user: Person, submission: Submission) -> Denied | None:
    """Nobody sees another's answer to a task before giving their own."""
    if denied := may_contribute(user):
        return denied
    if submission.user_id == user.pk or is_moderator(user):
        return None
    if submission.task.state in {Task.State.APPROVED, Task.State.CLOSED}:
        return None
    own = Submission.objects.filter(task=submission.task_id, round=submission.round, user_id=cast(int, user.pk))
    if own.exists():
        return None
    return Denied("You see the answers of others when you have given yours.")


def may_close(user: Person) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    return None if is_moderator(user) else Denied("Only moderators close and reopen tasks.")


# --- Talk -------------------------------------------------------------------------------------------------------------


def may_rate(user: Person, gold: GoldFlow) -> Denied | None:
    """Whose answers are in it has said already that it is right; stars are what others think."""
    if denied := may_contribute(user):
        return denied
    if any(credit.user_id == user.pk for credit in gold.credits.all()):
        return Denied("This network was made from your own answers. Others say how good it is.")
    return None


def may_hide(user: Person, comment: Comment) -> Denied | None:
    """Authors take their comments away, banned or not; moderators take away anybody's."""
    if not user.is_authenticated or not user.is_active:
        return SIGN_IN
    if comment.user_id == user.pk:
        return None
    return may_contribute(user) if is_moderator(user) else Denied("Its author and the moderators can take it away.")


def may_show(user: Person, comment: Comment, hiding: CommentHiding) -> Denied | None:
    """Who took it away puts it back; of what a moderator took away, a moderator does who did not write it."""
    if not user.is_authenticated or not user.is_active:
        return SIGN_IN
    if comment.user_id == user.pk:
        own = hiding.actor_id == user.pk
        return may_write(user) if own else Denied("A moderator took it away. Another one can put it back.")
    if hiding.actor_id == comment.user_id:
        return Denied("Its author took it away, and only they can put it back.")
    return may_contribute(user) if is_moderator(user) else Denied("Only moderators put it back.")


def may_handle(user: Person, report: Report) -> Denied | None:
    """May this person answer a report? Nobody does about themselves or their own work."""
    if denied := may_review(user):
        return denied
    about = {report.person_id, report.comment.user_id if report.comment else None}
    if user.pk in about or (report.gold and any(credit.user_id == user.pk for credit in report.gold.credits.all())):
        return Denied("This report is about you or your own work. Another moderator answers it.")
    return None
