"""Moderators' pages: the queue, the difference, the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Submission, Task
from annotations.selectors import review as selectors
from annotations.selectors import tasks as task_selectors
from annotations.selectors.page_review import Change, changes
from annotations.services import review as services
from annotations.services.errors import Conflict, Invalid
from annotations.services.permissions import may_review
from annotations.views._http import go, is_htmx, member, needs

MAX_QUEUE = 200


@dataclass(frozen=True, slots=True)
class Comparison:
    """An answer beside something earlier: what it started from, or what it would replace."""

    label: str
    changes: tuple[Change, ...]
    #: What the graph shows.
    view: dict[str, Any]


@needs(may_review)
@require_safe
def queue(request: HttpRequest) -> HttpResponseBase:
    context = {"queue": list(selectors.queue()[:MAX_QUEUE]), "first": selectors.next_in_queue(user=member(request))}
    return render(request, "review/queue.html", context)


@needs(may_review)
@require_safe
def review_task(request: HttpRequest, pk: int) -> HttpResponseBase:
    try:
        task = task_selectors.get_task(pk)
    except Task.DoesNotExist as error:
        raise Http404(f"There is no task with the number {pk}.") from error
    page = selectors.review_page(task=task, user=member(request))
    waiting = [answer for answer in page.answers if answer.review is None]
    if task.state != Task.State.IN_REVIEW or not waiting:
        return go(
            request, "review", message=f"This task is {task.get_state_display()}; nothing is to be decided there."
        )
    return render(request, "review/review.html", _context(request, task, page, waiting))


def _context(
    request: HttpRequest, task: Task, page: selectors.ReviewPage, waiting: list[selectors.Answer]
) -> dict[str, Any]:
    asked = request.GET.get("answer", "")
    # Their own answer is no moderator's to decide: another one comes first.
    waiting.sort(key=lambda answer: (str(answer.submission.pk) != asked, answer.denied is not None))
    chosen = waiting[0]
    comparisons = []
    picture = {
        "image_url": reverse("figure-image", args=[task.figure_id]),
        "width": task.figure.width,
        "height": task.figure.height,
    }
    for label, difference in (
        ("Reading to answer", chosen.from_reading),
        (f"Gold version {page.gold.version} to answer" if page.gold else "", chosen.from_gold),
    ):
        if difference is not None:
            view = {"flow": chosen.submission.flow, "other": difference.to_dict(), **picture}
            comparisons.append(Comparison(label, tuple(changes(difference)), view))
    return {
        "task": task,
        "queue": list(selectors.queue()[:MAX_QUEUE]),
        "answer": chosen,
        "waiting": waiting,
        "earlier": [answer for answer in page.answers if answer.review is not None],
        "gold": page.gold,
        "comparisons": comparisons,
        "following": selectors.next_in_queue(user=member(request), after=task),
    }


@needs(may_review)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Decide about one answer and go on to the next task; a refusal stays here and says why."""
    submission = get_object_or_404(Submission.objects.select_related("task"), pk=_pk(request), task=pk)
    reason = request.POST.get("reason", "")
    try:
        review = services.decide(
            submission=submission,
            moderator=member(request),
            decision=request.POST.get("decision", ""),
            reason=reason,
        )
    except Invalid as error:
        if is_htmx(request):
            return _refused(request, submission, str(error), reason)
        messages.info(request, str(error))
        return redirect("review-task", pk)
    except Conflict as error:
        messages.info(request, str(error))
        return go(request, "review")
    following = selectors.next_in_queue(user=member(request), after=submission.task)
    said = f"{submission.task.figure} of “{submission.task.paper}”: {review.get_decision_display()}."
    if following is None:
        return go(request, "review", message=f"{said} That was the last one.")
    return go(request, "review-task", following.pk, message=said)


def _pk(request: HttpRequest) -> int:
    text = request.POST.get("answer", "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404("The form does not say which answer it decides about.")
    return int(text)


def _refused(request: HttpRequest, submission: Submission, error: str, reason: str) -> HttpResponse:
    context = {
        "task": submission.task,
        "submission": submission,
        "error": error,
        "reason": reason,
        "decision": request.POST.get("decision", ""),
    }
    return render(request, "review/decide.html", context, status=422)
