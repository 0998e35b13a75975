"""Contributing: what there is to do, the next task, and the two kinds of task."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Skip, Submission, Task
from annotations.models.submissions import ANSWER_KINDS
from annotations.selectors import tasks as task_selectors
from annotations.selectors.page_contribute import contribute_page, query_of
from annotations.selectors.page_home import question
from annotations.selectors.page_people import tally
from annotations.selectors.tasks import Wanted
from annotations.services import tasks as task_services
from annotations.services.errors import Conflict, Invalid, NotAllowed, ServiceError
from annotations.services.permissions import Denied, may_answer, may_contribute
from annotations.templatetags.flows import span
from annotations.views import kept
from annotations.views._http import check, member, needs, person

#: What the editor asks the API for, by name.
EDITOR_CALLS = ("draft", "submit", "skip", "release", "heartbeat", "lease")


@require_safe
def contribute(request: HttpRequest) -> HttpResponse:
    counted = kept.hand_in(request)
    user = person(request)
    signed_in = None if may_contribute(user) else member(request)
    wanted = _wanted(request)
    context = {
        "work": contribute_page(signed_in, wanted),
        "counted": len(counted),
        "to_learn": feedback(counted),
        "without_paper": query_of(wanted, paper=None),
        "kept": len(kept.answers(request)),
        "tally": tally(user=signed_in) if signed_in else None,
        "first_question": None if signed_in else question(user=user),
        "lease": span(timedelta(minutes=settings.LEASE_MINUTES)),
    }
    return render(request, "contribute/contribute.html", context)


def _wanted(request: HttpRequest, **besides: Any) -> Wanted:
    """What is asked for in the address or the form; what doesn't exist is as if it had not been said."""
    asked = {**request.GET.dict(), **request.POST.dict()}
    wishes: dict[str, Any] = {}
    for name in ("kind", "paper", "field", "difficulty"):
        wish: dict[str, Any] = {name: asked.get(name)}
        with suppress(Invalid):
            Wanted.of(**wish)
            wishes |= wish
    return Wanted.of(**wishes, **besides)


@needs(may_contribute)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def next_task(request: HttpRequest) -> HttpResponseBase:
    """Lead to the next task: of a kind, of a paper, in a field, of a difficulty, where the address or form says so."""
    counted = kept.hand_in(request)
    if to_learn := feedback(counted):
        return redirect(to_learn)
    wanted = _wanted(request)
    found = _next(request, wanted)
    if found is None:
        messages.info(request, nothing_left(wanted))
        query = query_of(wanted)
        return redirect(reverse("contribute") + (f"?{query}" if query else ""))
    return redirect(found)


def _next(request: HttpRequest, wanted: Wanted) -> Task | None:
    assignment = task_services.next_task(
        user=member(request),
        kind=wanted.kind,
        paper=wanted.paper,
        field=wanted.field,
        difficulty=wanted.difficulty,
        besides=wanted.besides,
    )
    return assignment.task if assignment else None


def nothing_left(wanted: Wanted) -> str:
    if wanted:
        return "Nothing of that is left to do for you right now. Choose something else, or take what comes."
    return "Nothing is left to do for you right now. Come back later, or add a paper."


def feedback(given: Iterable[Submission]) -> str:
    """Where to look at what was right, if one of these answers was to a question whose answer is known."""
    for submission in given:
        if submission.task.purpose == Task.Purpose.KNOWN:
            return reverse("task-feedback", args=[submission.task_id])
    return ""


def _find(pk: int, **wanted: str) -> Task:
    try:
        found = task_selectors.get_task(pk)
    except Task.DoesNotExist as error:
        raise Http404(f"There is no task with the number {pk}.") from error
    if any(getattr(found, name) != value for name, value in wanted.items()):
        raise Http404(f"Task {pk} asks for something else.")
    return found


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _find(pk)
    if found.kind == Task.Kind.CLASSIFY:
        return _classify(request, found)
    return _correct(request, found)


@needs(may_contribute)
def _correct(request: HttpRequest, found: Task) -> HttpResponseBase:
    user = member(request)
    denied = may_answer(user, found)
    if denied is None:
        try:
            task_services.take(task=found, user=user)
        except (Conflict, NotAllowed) as error:
            denied = Denied(str(error))
    if denied:
        return render(request, "contribute/not_now.html", {"task": found, "denied": denied}, status=403)
    urls = {
        "catalogue": reverse("api:catalogue"),
        **{name: reverse(f"api:task-{name}", args=[found.pk]) for name in EDITOR_CALLS},
        "check": reverse("api:flow-check"),
        "preview": reverse("api:flow-preview"),
        "back": reverse("contribute"),
    }
    config: dict[str, Any] = {
        "task": task_selectors.task_payload(task=found, user=user),
        "urls": urls,
        "csrf": get_token(request),
        # What the browser keeps of unsent edits is kept apart for each person.
        "user": str(user.pk),
    }
    return render(request, "contribute/correct.html", {"task": found, "config": config})


def _classify(request: HttpRequest, found: Task) -> HttpResponse:
    """One question with six answers. Without an account one may answer too; see `kept`."""
    user = person(request)
    given = next((answer for answer in kept.answers(request) if answer.task == found.pk), None)
    denied = may_answer(user, found) if user.is_authenticated else None
    if denied and not given:
        return render(request, "contribute/not_now.html", {"task": found, "denied": denied}, status=403)
    kept_answers = kept.answers(request)
    lease = task_selectors.running_lease(task=found, user=member(request)) if user.is_authenticated else None
    context = {
        "task": found,
        "until": lease.expires_at.isoformat() if lease and not given else "",
        "given": given,
        "last": kept_answers[-1] if kept_answers and not given else None,
        "kept": len(kept_answers),
        "tally": tally(user=member(request)) if user.is_authenticated else None,
        "reasons": Skip.Reason.choices,
    }
    return render(request, "contribute/classify.html", context)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Keep the answer to a question about a kind, and ask the next one. `undo` takes the last one back."""
    if "undo" in request.POST:
        taken_back = kept.undo(request)
        if taken_back is None:
            messages.info(request, "That answer is handed in already.")
            return redirect("contribute")
        return redirect("task", taken_back.task)
    if "settle" in request.POST:
        # The page lets go of its last answer: its time is over, or its reader leaves.
        kept.hand_in(request)
        return HttpResponse(status=204)
    found = _find(pk, kind=Task.Kind.CLASSIFY)
    kind = request.POST.get("kind", "")
    if kind not in dict(ANSWER_KINDS):
        messages.info(request, "Choose one of the six answers.")
        return redirect(found)
    if request.user.is_authenticated:
        check(may_answer(person(request), found))
    kept.keep(request, found, kind)
    if to_learn := feedback(kept.hand_in(request, but_last=True)):
        return redirect(to_learn)
    return _next_question(request, found)


def _next_question(request: HttpRequest, after: Task) -> HttpResponseBase:
    done = (after.pk, *(given.task for given in kept.answers(request)))
    if not request.user.is_authenticated:
        if following := question(user=person(request), skipped=done):
            return redirect(following)
        messages.info(request, "That was the last open question. Sign in, and your answers count under your name.")
        return redirect("account_login")
    found = _next(request, Wanted(kind=Task.Kind.CLASSIFY, besides=done))
    if found:
        return redirect(found)
    if to_learn := feedback(kept.hand_in(request)):
        return redirect(to_learn)
    messages.info(request, "Thank you: that was the last open question about kinds.")
    return redirect("contribute")


@needs(may_contribute)
@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _find(pk, kind=Task.Kind.CLASSIFY)
    try:
        task_services.skip(task=found, user=member(request), reason=request.POST.get("reason", Skip.Reason.TOO_HARD))
    except ServiceError as error:
        messages.info(request, str(error))
    return _next_question(request, found)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """A page about a kind is left without an answer: somebody else may have the question."""
    if request.user.is_authenticated:
        until = parse_datetime(request.POST.get("until", "")[:40])
        if until is not None and until.tzinfo is not None:
            task_services.release(task=_find(pk), user=member(request), until=until)
    return HttpResponse(status=204)
