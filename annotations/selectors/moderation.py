"""What moderators see of people: who they are, how right they are, what was done about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from annotations.models import Contributor, GoldFlow, Report, Sanction, Submission, Task
from annotations.selectors.answers import undecided, with_review
from annotations.selectors.audit import Entry, Filters, log_page
from annotations.selectors.skill import SUSPICIOUS, standing, suspects
from annotations.services.permissions import ADMINISTRATOR, MODERATOR, Denied, may_act_on, may_give_roles

#: In these states answers of the current round have not been used for anything yet.
UNSETTLED = (Task.State.OPEN, Task.State.IN_REVIEW, Task.State.SECOND, Task.State.RETURNED)
PAGE_SIZE = 50
SHOWN_ANSWERS = 50
SHOWN_EVENTS = 12

SORTS = {
    "suspects": "Suspects first",
    "new": "Newest first",
    "answers": "Most answers",
    "name": "Name",
}
SHOWS = {
    "": "Everybody",
    "suspects": "Suspects",
    "reported": "Reported",
    "restricted": "Muted or banned",
    "moderators": "Moderators",
}


def unreviewed(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those that count and that nothing was made of yet: no decision, no approved round.

    Answers to known questions are not among them: what they are worth is known already.
    """
    return undecided(answers).filter(
        task__state__in=UNSETTLED, task__purpose=Task.Purpose.QUESTION, round=F("task__round")
    )


@dataclass(frozen=True, slots=True)
class PeoplePage:
    #: Each person with what `_tell` adds.
    page: Page[Any]
    query: str
    show: str
    sort: str
    sorts: dict[str, str]
    shows: dict[str, str]

    @property
    def show_label(self) -> str:
        return self.shows[self.show]


def people_page(*, query: str = "", show: str = "", sort: str = "", page: Any = 1) -> PeoplePage:
    """People, those first of whom it is likeliest that they don't answer honestly."""
    show = show if show in SHOWS else ""
    sort = sort if sort in SORTS else "suspects"
    found = _shown(User.objects.all(), show)
    for word in query.split()[:5]:
        found = found.filter(username__icontains=word)  # addresses are nobody's to try out
    orders: dict[str, list[Any]] = {
        "suspects": [F("contributor__spam_probability").desc(nulls_last=True), "-pk"],
        "new": ["-pk"],
        "answers": [F("contributor__answers").desc(nulls_last=True), "-pk"],
        "name": ["username"],
    }
    rows = found.order_by(*orders[sort]).select_related("contributor").prefetch_related("groups")
    paged = Paginator(rows, PAGE_SIZE).get_page(page)
    people = list(paged.object_list)
    _tell(people)
    paged.object_list = people
    return PeoplePage(paged, query, show, sort, SORTS, SHOWS)


def _shown(people: QuerySet[User], show: str) -> QuerySet[User]:
    now = timezone.now()
    match show:
        case "suspects":
            return people.filter(pk__in=[suspect.user.pk for suspect in suspects()])
        case "reported":
            about = Report.objects.filter(
                Q(person=OuterRef("pk")) | Q(comment__user=OuterRef("pk")), state=Report.State.OPEN
            )
            return people.filter(Exists(about))
        case "restricted":
            return people.filter(Q(contributor__muted_until__gt=now) | Q(contributor__banned_until__gt=now))
        case "moderators":
            return people.filter(Q(groups__name__in=[MODERATOR, ADMINISTRATOR]) | Q(is_superuser=True)).distinct()
    return people


def _tell(people: list[User]) -> None:
    """Counts for the people of one page, in a fixed number of queries."""
    keys = [person.pk for person in people]
    given = _counts(Submission.objects.filter(user__in=keys), "user")
    waiting = _counts(unreviewed(Submission.objects.filter(user__in=keys)), "user")
    last = dict(Submission.objects.filter(user__in=keys).order_by().values_list("user").annotate(Max("created_at")))
    reports: dict[int, int] = {}
    open_reports = Report.objects.filter(state=Report.State.OPEN)
    for path in ("person", "comment__user"):
        for key, count in _counts(open_reports.filter(**{f"{path}__in": keys}), path).items():
            reports[key] = reports.get(key, 0) + count
    reasons = {suspect.user.pk: suspect.reasons for suspect in suspects(keys)}
    now = timezone.now()
    for person in people:
        facts: Any = person
        facts.reasons = reasons.get(person.pk, ())
        facts.told = told = getattr(person, "contributor", None)
        facts.right_share = right_share(told)
        facts.suspicious = is_suspicious(told)
        facts.muted_until = _running(told.muted_until if told else None, now)
        facts.banned_until = _running(told.banned_until if told else None, now)
        facts.given = given.get(person.pk, 0)
        facts.waiting = waiting.get(person.pk, 0)
        facts.last_answer = last.get(person.pk)
        facts.open_reports = reports.get(person.pk, 0)
        facts.role_name = role_name(person, {group.name for group in person.groups.all()})


def _counts(rows: QuerySet[Any], by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(Count("pk")))


def role_name(person: User, groups: set[str]) -> str:
    if person.is_superuser or ADMINISTRATOR in groups:
        return "Administrator"
    return "Moderator" if MODERATOR in groups else "Volunteer"


# --- One person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One row; `state` is waiting, used (a network was made with it), approved, returned, rejected or withdrawn."""

    submission: Submission
    state: str
    #: Of its elements, how many were right; `None` while nobody knows.
    score: float | None
    #: Why it does not count.
    reason: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    person: User
    role: str
    told: Contributor | None
    muted_until: datetime | None
    banned_until: datetime | None
    given: int
    networks: int
    waiting: int
    answers: list[GivenAnswer]
    sanctions: list[Sanction]
    reports: list[Report]
    events: list[Entry]
    #: Why their answers may not be honest, in words.
    reasons: tuple[str, ...]
    #: Why the one who looks may not do something about them, or give them a role.
    denied: Denied | None
    role_denied: Denied | None

    @property
    def right_share(self) -> float | None:
        return right_share(self.told)

    @property
    def suspicious(self) -> bool:
        return is_suspicious(self.told)


def is_suspicious(told: Contributor | None) -> bool:
    return told is not None and told.spam_probability >= SUSPICIOUS


def right_share(told: Contributor | None) -> float | None:
    total = told.right + told.wrong if told else 0
    return told.right / total if told and total else None


def person_page(*, person: User, viewer: User) -> PersonPage:
    """All that a moderator needs to decide about a person."""
    now = timezone.now()
    told = Contributor.objects.filter(user=person).first()
    reports = Report.objects.filter(Q(person=person) | Q(comment__user=person))
    return PersonPage(
        person=person,
        role=role_name(person, set(person.groups.values_list("name", flat=True))),
        told=told,
        muted_until=_running(told.muted_until if told else None, now),
        banned_until=_running(told.banned_until if told else None, now),
        given=person.submissions.count(),
        networks=GoldFlow.objects.filter(credits__user=person).count(),
        waiting=unreviewed(person.submissions.all()).count(),
        answers=_answers(person),
        sanctions=list(person.sanctions.select_related("actor").order_by("-pk")[:SHOWN_ANSWERS]),
        reports=list(
            reports.select_related("reporter", "comment__gold__paper", "comment__gold__figure", "handled_by")
            .defer("comment__gold__flow")
            .order_by("-pk")[:SHOWN_ANSWERS]
        ),
        events=log_page(Filters(person=person), size=SHOWN_EVENTS).entries,
        reasons=tuple(reason for suspect in suspects([person.pk]) for reason in suspect.reasons),
        denied=may_act_on(viewer, person),
        role_denied=may_give_roles(viewer, person),
    )


def _running(until: datetime | None, now: datetime) -> datetime | None:
    return until if until and until > now else None


def _answers(person: User) -> list[GivenAnswer]:
    shown = (
        with_review(person.submissions.all())
        .select_related("task__figure", "task__paper", "withdrawal__actor")
        .prefetch_related(Prefetch("assessments", standing().only("submission_id", "score").order_by("pk")))
        .defer("flow", "task__paper__abstract", "task__paper__search_text")
        .order_by("-pk")[:SHOWN_ANSWERS]
    )
    return [_answer(submission) for submission in shown]


def _answer(submission: Submission) -> GivenAnswer:
    assessments = list(submission.assessments.all())
    score = assessments[-1].score if assessments else None
    if hasattr(submission, "withdrawal"):
        return GivenAnswer(submission, "withdrawn", score, submission.withdrawal.reason)
    review = submission.review
    if review is not None:
        return GivenAnswer(submission, str(review.get_decision_display()), score, review.reason)
    task = submission.task
    settled = task.state not in UNSETTLED or submission.round < task.round
    state = "known" if task.purpose == Task.Purpose.KNOWN else "used" if settled else "waiting"
    return GivenAnswer(submission, state, score, "")


@dataclass(frozen=True, slots=True)
class DryRun:
    """What withdrawing all unreviewed work of a person would do."""

    #: Those shown, the newest first, and how many there are.
    answers: list[Submission]
    count: int
    #: Of their tasks, how many wait for a moderator and may have to ask more people.
    in_review: int


def dry_run(*, person: User) -> DryRun:
    found = unreviewed(person.submissions.all())
    shown = found.select_related("task__figure", "task__paper").defer(
        "flow", "task__paper__abstract", "task__paper__search_text"
    )
    return DryRun(
        list(shown.order_by("-pk")[:SHOWN_ANSWERS]),
        found.count(),
        found.filter(task__state__in=[Task.State.IN_REVIEW, Task.State.SECOND]).values("task").distinct().count(),
    )


@dataclass(frozen=True, slots=True)
class RestrictionsPage:
    """What a person sees of their own restrictions."""

    muted_until: datetime | None
    banned_until: datetime | None
    history: list[Sanction]


def restrictions_page(*, person: User) -> RestrictionsPage:
    now = timezone.now()
    told = Contributor.objects.filter(user=person).first()
    return RestrictionsPage(
        _running(told.muted_until if told else None, now),
        _running(told.banned_until if told else None, now),
        list(person.sanctions.order_by("-pk")[:SHOWN_ANSWERS]),
    )
