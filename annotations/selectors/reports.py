"""Reports of abuse: one's own, and what waits for the moderators."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from annotations.models import Comment, CommentHiding, GoldFlow, Report
from annotations.services.permissions import Denied, may_handle
from annotations.services.reports import subject

PAGE_SIZE = 30
#: Reports of one look at the queue.
MAX_QUEUE = 300


def reports() -> QuerySet[Report]:
    """Reports with all that is said of them."""
    return (
        Report.objects.select_related(
            "reporter", "handled_by", "person", "gold__figure", "gold__paper", "comment__user", "comment__gold__figure",
            "comment__gold__paper",
        )
        .defer("gold__flow", "comment__gold__flow")
        .prefetch_related("gold__credits")
    )  # fmt: skip


def own(user: User) -> QuerySet[Report]:
    """What a person reported, the newest first."""
    return reports().filter(reporter=user).order_by("-pk")


@dataclass(frozen=True, slots=True)
class OwnPage:
    page: Page[Report]


def own_page(*, user: User, page: int | str = 1) -> OwnPage:
    return OwnPage(Paginator(own(user), PAGE_SIZE).get_page(page))


@dataclass(frozen=True, slots=True)
class Case:
    """One thing with all open reports about it, the oldest first."""

    reports: tuple[Report, ...]
    subject: str
    url: str
    #: Of a comment: it was taken away already.
    hidden: bool
    denied: Denied | None

    @property
    def first(self) -> Report:
        return self.reports[0]


def queue(*, user: User) -> list[Case]:
    """What waits, most reported first, then the oldest; `user` is the moderator who looks."""
    hidings = Prefetch("comment__hidings", CommentHiding.objects.order_by("pk"))
    found = reports().filter(state=Report.State.OPEN).prefetch_related(hidings).order_by("pk")[:MAX_QUEUE]
    cases: dict[tuple[int | None, ...], list[Report]] = {}
    for report in found:
        cases.setdefault((report.comment_id, report.gold_id, report.person_id), []).append(report)
    made = [_case(rows, user) for rows in cases.values()]
    return sorted(made, key=lambda case: (-len(case.reports), case.first.pk))


def _case(rows: list[Report], user: User) -> Case:
    first = rows[0]
    all_hidings = list(first.comment.hidings.all()) if first.comment else []
    return Case(
        reports=tuple(rows),
        subject=subject(first),
        url=url_of(comment=first.comment, gold=first.gold, person=first.person),
        hidden=bool(all_hidings) and all_hidings[-1].hidden,
        denied=may_handle(user, first),
    )


def url_of(*, comment: Comment | None = None, gold: GoldFlow | None = None, person: User | None = None) -> str:
    """Where the thing is that a report is about."""
    if comment is not None:
        return reverse("comment", args=[comment.pk])
    if gold is not None:
        return gold.get_absolute_url()
    return reverse("profile", args=[person.username]) if person else ""
