"""Contributing: what there is to do, the next task, and the two kinds of task."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Skip, Task
from annotations.models.submissions import ANSWER_KINDS
from annotations.selectors import tasks as task_selectors
from annotations.selectors.page_home import question
from annotations.selectors.page_people import tally
from annotations.services import tasks as task_services
from annotations.services.errors import Conflict, NotAllowed, ServiceError
from annotations.services.permissions import Denied, may_answer, may_contribute
from annotations.views import kept
from annotations.views._http import check, member, needs, person


@require_safe
def contribute(request: HttpRequest) -> HttpResponse:
    counted = kept.hand_in(request)
    user = person(request)
    signed_in = None if may_contribute(user) else member(request)
    context = {
        "work": task_selectors.contribute_page(signed_in),
        "counted": counted,
        "kept": len(kept.answers(request)),
        "tally": tally(user=signed_in) if signed_in else None,
        "first_question": None if signed_in else question(user=user),
    }
    return render(request, "contribute/contribute.html", context)


@needs(may_contribute)
@require_POST
def next_task(request: HttpRequest) -> HttpResponseBase:
    """Lead to the next task. With `kind`, to one of that kind."""
    kept.hand_in(request)
    kind = request.POST.get("kind", "")
    found = _next_of_kind(request, kind) if kind in Task.Kind.values else _next(request)
    if found is None:
        messages.info(request, "Nothing is left to do for you right now. Come back later, or add a paper.")
        return redirect("contribute")
    return redirect(found)


def _next(request: HttpRequest) -> Task | None:
    assignment = task_services.next_task(user=member(request))
    return assignment.task if assignment else None


def _next_of_kind(request: HttpRequest, kind: str) -> Task | None:
    for found in task_selectors.available(member(request)).filter(kind=kind).order_by("-priority", "pk")[:20]:
        try:
            task_services.take(task=found, user=member(request))
        except (Conflict, NotAllowed):
            continue  # somebody was quicker
        return found
    return None


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
        **{name: reverse(f"api:task-{name}", args=[found.pk]) for name in ("draft", "submit", "skip", "release")},
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
    context = {
        "task": found,
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
    kept.hand_in(request, but_last=True)
    return _next_question(request, found)


def _next_question(request: HttpRequest, after: Task) -> HttpResponseBase:
    done = (after.pk, *(given.task for given in kept.answers(request)))
    following = question(user=person(request), skipped=done)
    if following:
        return redirect(following)
    if not request.user.is_authenticated:
        messages.info(request, "That was the last open question. Sign in, and your answers count under your name.")
        return redirect("account_login")
    kept.hand_in(request)
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
