"""Reports of abuse: somebody says so, a moderator looks, and the reporter is told what became of it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from annotations.models import Comment, GoldFlow, Notice, Report
from annotations.services.errors import Conflict, Invalid, NotAllowed, TooMany
from annotations.services.gold import withdraw
from annotations.services.log import log
from annotations.services.notices import notify
from annotations.services.permissions import may_contribute, may_handle
from annotations.services.talk import about, hide
from annotations.talk_text import says_something, tidy
from extraction.plain import one_line, plain

MAX_TEXT = 2000
State = Report.State


def report(
    *,
    reporter: User,
    code: str,
    text: str = "",
    comment: Comment | None = None,
    gold: GoldFlow | None = None,
    person: User | None = None,
) -> Report:
    """Say that a comment, a network or a person's work is abuse. The same thing said again while it is open is one.

    Raises:
        NotAllowed: not signed in, or banned.
        Invalid: no code, not one thing, oneself, or "something else" without words.
        Conflict: the comment was taken away already.
        TooMany: too many reports within a day.
    """
    if denied := may_contribute(reporter):
        raise NotAllowed.because(denied)
    if sum(thing is not None for thing in (comment, gold, person)) != 1:
        raise Invalid("Report one thing: a comment, a network or a person.")
    if reporter.pk in {person.pk if person else None, comment.user_id if comment else None}:
        raise Invalid("You can't report yourself. Your own comments you can take away.")
    text = _words(code, text)
    things = {"comment": comment, "gold": gold, "person": person}
    with transaction.atomic():
        # Reports of one person come one after another: then they can be counted, and said twice is once.
        User.objects.select_for_update(no_key=True).get(pk=reporter.pk)
        if earlier := Report.objects.filter(reporter=reporter, state=State.OPEN, **things).first():
            return earlier
        if comment is not None and (hiding := comment.hidings.last()) and hiding.hidden:
            raise Conflict("This comment was taken away already.")
        day = timezone.now() - timedelta(days=1)
        if Report.objects.filter(reporter=reporter, created_at__gt=day).count() >= settings.REPORTS_PER_DAY:
            raise TooMany(f"You have reported {settings.REPORTS_PER_DAY} things within a day. Go on tomorrow.")
        said = Report.objects.create(reporter=reporter, code=code, text=text, **things)
        log("report", actor=reporter, gold=_gold(said), person=_person(said), after=code, note=text)
    return said


def _words(code: str, text: str) -> str:
    if code not in Report.Code.values:
        raise Invalid("Choose what is wrong with it.")
    text = tidy(plain(text))
    if len(text) > MAX_TEXT:
        raise Invalid(f"A report has at most {MAX_TEXT:,} characters; this one has {len(text):,}. Shorten it.")
    if code == Report.Code.OTHER and not says_something(text):
        raise Invalid("Say in a few words what is wrong with it.")
    return text


def handle(
    *, report: Report, moderator: User, uphold: bool, answer: str = "", withdraw_network: bool = False
) -> list[Report]:
    """Answer a report, and with it all open ones about the same thing. Every reporter is told.

    Upholding one about a comment takes the comment away; about a network, it withdraws it where `withdraw_network` says
    so. People are muted and banned on a page of its own, with an end and a reason. The same answer sent twice is one.

    Raises:
        NotAllowed: no moderator, or it is about themselves.
        Invalid: dismissed without an answer, or an answer too long.
        Conflict: somebody has answered otherwise.
    """
    if denied := may_handle(moderator, report):
        raise NotAllowed.because(denied)
    answer = tidy(plain(answer))
    if len(answer) > MAX_TEXT:
        raise Invalid(f"An answer has at most {MAX_TEXT:,} characters; this one has {len(answer):,}. Shorten it.")
    if not uphold and not says_something(answer):
        raise Invalid("Say why not: who reported it reads your answer.")
    state = State.UPHELD if uphold else State.DISMISSED
    with transaction.atomic():
        same = list(_same(report).select_for_update(of=("self",)).order_by("pk"))
        held = next(row for row in same if row.pk == report.pk)
        if held.state != State.OPEN:
            if (held.state, held.handled_by_id) == (state, moderator.pk):
                return [held]
            raise Conflict(f"{held.handled_by} has answered this report already: {held.get_state_display()}.")
        if uphold:
            _act(held, moderator, answer or held.get_code_display(), withdraw_network)
        handled = [row for row in same if row.state == State.OPEN]
        for row in handled:
            row.state, row.handled_by, row.handled_at, row.answer = state, moderator, timezone.now(), answer
            row.save(update_fields=["state", "handled_by", "handled_at", "answer"])
            log(
                "uphold report" if uphold else "dismiss report",
                actor=moderator,
                gold=_gold(row),
                person=_person(row),
                before=State.OPEN,
                after=state,
                note=answer,
            )
            _tell(row)
    return handled


def _same(report: Report) -> QuerySet[Report]:
    """All reports about the same thing."""
    return Report.objects.select_related("comment__gold", "gold", "person", "reporter", "handled_by").filter(
        comment=report.comment, gold=report.gold, person=report.person
    )


def _act(report: Report, moderator: User, reason: str, withdraw_network: bool) -> None:
    if report.comment is not None:
        hide(comment=report.comment, actor=moderator, reason=one_line(reason)[:500])
    elif report.gold is not None and withdraw_network:
        withdraw(gold=report.gold, moderator=moderator, reason=reason)


def _tell(report: Report) -> None:
    what = subject(report)
    word = "A moderator agrees" if report.state == State.UPHELD else "A moderator sees it otherwise"
    answer = f": {report.answer}" if report.answer else "."
    notify(
        user=report.reporter,
        kind=Notice.Kind.REPORT,
        text=f"You reported {what}. {word}{answer}",
        url=f"{reverse('reports')}#report-{report.pk}",
        key=f"report-{report.pk}",
        actor=report.handled_by,
    )


def subject(report: Report) -> str:
    """What a report is about, in words."""
    if report.comment is not None:
        return f"a comment on {about(report.comment, by_name=False)}"
    if report.gold is not None:
        return f"{one_line(report.gold.title)} (No. {report.gold.number})"
    return str(report.person)


def _gold(report: Report) -> GoldFlow | None:
    return report.comment.gold if report.comment else report.gold


def _person(report: Report) -> User | None:
    return report.comment.user if report.comment else report.person
