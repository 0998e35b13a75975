"""Moderators' tools: people, what may be done about them, and the record of who did what."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Sanction, Submission
from annotations.numbers import number
from annotations.selectors import audit, audit_export, moderation
from annotations.services import roles, sanctions, withdrawals
from annotations.services.errors import Invalid, ServiceError
from annotations.services.permissions import may_act_on, may_moderate
from annotations.views._http import check, go, member, needs
from annotations.views.papers import without

#: Choices of the form, in days.
LENGTHS = {1: "1 day", 3: "3 days", 7: "1 week", 30: "30 days", 365: "1 year"}
#: Answers that one request withdraws; the page leads on to the rest.
AT_ONCE = 100


@needs(may_moderate)
@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    listing = moderation.people_page(
        query=request.GET.get("q", "").strip()[:100],
        show=request.GET.get("show", ""),
        sort=request.GET.get("sort", ""),
        page=request.GET.get("page", 1),
    )
    context = {"listing": listing, "rest_of_query": without(request.GET, "page")}
    return render(request, "moderation/people.html", context)


@needs(may_moderate)
@require_safe
def person(request: HttpRequest, username: str) -> HttpResponseBase:
    return _person(request, _find(username))


def _find(username: str) -> User:
    return get_object_or_404(User, username=username)


def _person(request: HttpRequest, found: User, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "page": moderation.person_page(person=found, viewer=member(request)),
        "lengths": LENGTHS,
        "asked": timezone.now().isoformat(timespec="seconds"),
        "roles": {"": "Volunteer", **{name: name.capitalize() for name in roles.PERMISSIONS}},
        "own_role": next((name for name in roles.PERMISSIONS if found.groups.filter(name=name).exists()), ""),
        "error": error,
        "sent": request.POST,
    }
    return render(request, "moderation/person.html", context, status=status)


@needs(may_moderate)
@require_POST
def restrict(request: HttpRequest, username: str) -> HttpResponseBase:
    """Mute, ban, or lift."""
    found, actor = _find(username), member(request)
    reason = request.POST.get("reason", "")
    try:
        match request.POST.get("kind", ""):
            case Sanction.Kind.MUTE:
                sanction = sanctions.mute(person=found, actor=actor, until=_until(request), reason=reason)
            case Sanction.Kind.BAN:
                sanction = sanctions.ban(person=found, actor=actor, until=_until(request), reason=reason)
            case Sanction.Kind.LIFT:
                sanction = sanctions.lift(person=found, actor=actor, reason=reason)
            case _:
                raise Invalid("Choose what to do: mute, ban or lift.")
    except ServiceError as error:
        return _person(request, found, error=str(error), status=422)
    said = f"{found} {sanction.get_kind_display()}."
    return go(request, "moderation-person", found.username, message=said)


def _until(request: HttpRequest) -> datetime:
    """When it ends: a day, or so many days from when the form was opened, so that the form sent twice is one."""
    if day := request.POST.get("until", "").strip():
        try:
            return datetime.combine(datetime.fromisoformat(day).date(), time(23, 59, 59), UTC)
        except ValueError as error:
            raise Invalid(f"“{day[:20]}” is no day. Write it like 2026-01-31.") from error
    days = request.POST.get("days", "")
    if days not in {str(length) for length in LENGTHS}:
        raise Invalid("Say when it ends.")
    return _asked(request) + timedelta(days=int(days))


def _asked(request: HttpRequest) -> datetime:
    now = timezone.now()
    try:
        asked = datetime.fromisoformat(request.POST.get("asked", ""))
        return asked if now - timedelta(days=1) < asked <= now else now
    except (ValueError, TypeError):
        return now


@needs(may_moderate)
@require_POST
def role(request: HttpRequest, username: str) -> HttpResponseBase:
    found = _find(username)
    try:
        roles.set_role(person=found, role=request.POST.get("role", ""), actor=member(request))
    except ServiceError as error:
        return _person(request, found, error=str(error), status=422)
    return go(request, "moderation-person", found.username, message=f"The role of {found} is stored.")


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, username: str) -> HttpResponseBase:
    """All unreviewed work of a person: GET says what would be withdrawn, POST does it. One answer: POST with it."""
    return _withdraw_all(request, username) if "answer" not in request.POST else _withdraw_one(request, username)


@needs(may_moderate)
def _withdraw_all(request: HttpRequest, username: str) -> HttpResponseBase:
    found = _find(username)
    check(may_act_on(member(request), found))
    context: dict[str, Any] = {"person": found, "reason": request.POST.get("reason", "")}
    status = 200
    if request.method == "POST":
        try:
            done = withdrawals.withdraw_all(
                person=found, actor=member(request), reason=context["reason"], at_most=AT_ONCE
            )
        except ServiceError as error:
            context["error"], status = str(error), 422
        else:
            if not done.left:
                said = f"{len(done.answers)} answers of {found} are withdrawn."
                return go(request, "moderation-person", found.username, message=said)
            context["done"] = len(done.answers)
    context["run"] = moderation.dry_run(person=found)
    return render(request, "moderation/withdraw.html", context, status=status)


@needs(may_moderate)
def _withdraw_one(request: HttpRequest, username: str) -> HttpResponseBase:
    found = _find(username)
    pk = number(request.POST["answer"]) or 0
    submission = get_object_or_404(Submission.objects.select_related("user"), pk=pk, user=found)
    try:
        withdrawals.withdraw(submission=submission, actor=member(request), reason=request.POST.get("reason", ""))
    except ServiceError as error:
        return _person(request, found, error=str(error), status=422)
    return go(request, "moderation-person", found.username, message=f"Answer {pk} is withdrawn.")


@needs(may_moderate)
@require_safe
def log(request: HttpRequest) -> HttpResponseBase:
    context: dict[str, Any] = {"verbs": audit.VERBS, "sent": request.GET, "formats": list(audit_export.FORMATS)}
    status = 200
    try:
        filters = audit.Filters.parse(request.GET)
        page = audit.log_page(filters, before=request.GET.get("before", ""))
        context |= {"filters": filters, "page": page, "query": filters.query(), "first": "before" not in request.GET}
    except Invalid as error:
        context["error"], status = str(error), 422
    return render(request, "moderation/log.html", context, status=status)


@needs(may_moderate)
@require_safe
def log_export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """All lines that the filters let through, the oldest first."""
    if ending not in audit_export.FORMATS:
        raise Http404(f"The log is given as {' or '.join(audit_export.FORMATS)}.")
    try:
        filters = audit.Filters.parse(request.GET)
    except Invalid:
        return redirect(f"{reverse('moderation-log')}?{request.GET.urlencode()}")
    kind, write = audit_export.FORMATS[ending]
    response = StreamingHttpResponse(write(audit.everything(filters)), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="log-{timezone.now():%Y-%m-%d}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def restrictions(request: HttpRequest) -> HttpResponseBase:
    """What a person may not do for a while, why, and what they may."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    user = member(request)
    return render(request, "moderation/restrictions.html", {"page": moderation.restrictions_page(person=user)})
