"""Moderators' pages: the queue, what is compared, the decision, and taking it back. Many at once: `review_bulk`."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Consensus, Review, Submission, Task
from annotations.numbers import number
from annotations.selectors import review as selectors
from annotations.selectors import tasks as task_selectors
from annotations.selectors import worth
from annotations.services import review as services
from annotations.services.choices import chosen_flow
from annotations.services.errors import Conflict, Invalid, NotAllowed, ServiceError
from annotations.services.permissions import may_review
from annotations.views._http import check, go, member, needs
from annotations.views._review import Desk, graph, said_of
from extraction.flow.model import Flow, FlowError

MAX_QUEUE = selectors.MAX_QUEUE
State = Task.State


@needs(may_review)
@require_safe
def queue(request: HttpRequest) -> HttpResponseBase:
    user = member(request)
    rows = list(selectors.queue_of(user)[:MAX_QUEUE])
    first = next((task for task in rows if not task.own and not task.confirms), None)
    return render(request, "review/queue.html", {"queue": rows, "first": first, "order": worth.IN_WORDS})


@needs(may_review)
@require_safe
def review_task(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The whole page; the rest of it is loaded once, and each next task is put in its place."""
    desk = _desk(request, pk)
    if desk is None:
        state = Task.objects.get(pk=pk).get_state_display()
        return go(request, "review", message=f"This task is {state}; nothing is to be decided there.")
    rows = list(selectors.queue_of(member(request))[:MAX_QUEUE])
    context = _context(request, desk, rows)
    context |= {"queue": rows, "order": worth.IN_WORDS, "done": _done(request)}
    return render(request, "review/review.html", context)


@needs(may_review)
@require_safe
def part(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One task without the page around it, for the page that goes on to it."""
    desk = _desk(request, pk)
    if desk is None:
        return HttpResponse(status=204)
    return render(request, "review/task.html", _context(request, desk))


def _desk(request: HttpRequest, pk: int) -> Desk | None:
    """What lies before the moderator; nothing where nothing is to be decided."""
    page = selectors.review_page(task=_task(pk), user=member(request))
    waits = page.task.state in {State.OPEN, State.IN_REVIEW, State.SECOND}
    return Desk(page, member(request)) if waits and page.waiting else None


def _task(pk: int) -> Task:
    try:
        return task_selectors.get_task(pk)
    except Task.DoesNotExist as error:
        raise Http404(f"There is no task with the number {pk}.") from error


def _context(request: HttpRequest, desk: Desk, rows: list[Any] | None = None) -> dict[str, Any]:
    following = selectors.next_in_queue(user=member(request), after=desk.task, among=rows)
    return {"desk": desk, "task": desk.task, "page": desk.page, "following": following, "key": uuid4()}


def _done(request: HttpRequest) -> dict[str, Any] | None:
    """The decision that led here, where it can be taken back: an edit was approved on a page of its own."""
    done = number(request.GET.get("done", ""))
    if done is None:
        return None
    review = Review.objects.filter(pk=done, moderator=member(request), undo=None).select_related("task__paper").first()
    return {"said": said_of(review.task, review), "review": review} if review else None


@needs(may_review)
@require_safe
def compare(request: HttpRequest, pk: int, what: str) -> HttpResponseBase:
    """The graph of one answer over what its author was shown, or of the consensus over the gold flow."""
    desk = _desk(request, pk)
    if desk is None:
        raise Http404("Nothing is to be decided about this task any more.")
    if what == "gold" and desk.page.gold is not None and desk.flow is not None:
        return JsonResponse(graph(desk.flow, Flow.from_dict(desk.page.gold.flow)))
    answer = next((one for one in desk.answers if str(one.submission.pk) == what), None)
    if answer is None or answer.submission.flow is None:
        raise Http404("This task has no such answer.")
    return JsonResponse(graph(answer.submission.flow, answer.shown))


# --- Deciding ---------------------------------------------------------------------------------------------------------


@needs(may_review)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Decide and go on to the next task; a refusal stays here and says why.

    A page that goes on by itself asks for JSON: what was said, where to take it back, and which task is next.
    """
    task = _task(pk)
    following = selectors.next_in_queue(user=member(request), after=task)
    try:
        review = _decide(request, task)
    except Conflict as error:
        return _refused(request, task, error, 409)
    except (Invalid, FlowError) as error:
        return _refused(request, task, error, 422)
    except NotAllowed as error:
        return _refused(request, task, error, 403)
    task.refresh_from_db(fields=["state"])
    said = said_of(task, review)
    if _wants_json(request):
        if following is None:
            messages.info(request, f"{said} That was the last one.")
        return JsonResponse({"said": said, "undo": reverse("review-undo", args=[review.pk]), **_next(following)})
    if following is None:
        return go(request, "review", message=f"{said} That was the last one.")
    return go(request, "review-task", following.pk, message=said)


def _decide(request: HttpRequest, task: Task) -> Review:
    data = request.POST
    submission = consensus = flow = None
    if answer := number(data.get("answer", "")):
        submission = get_object_or_404(Submission, pk=answer, task=task)
    else:
        consensus = get_object_or_404(Consensus, pk=number(data.get("consensus", "")) or 0, task=task)
    if choices := _choices(data.get("choices", "")):
        if consensus is None or consensus.flow is None:
            raise Invalid("Values are chosen for the consensus only.")
        shown = selectors.review_page(task=task, user=member(request)).shown
        flow = chosen_flow(Flow.from_dict(consensus.flow), consensus.elements, choices, shown=shown).to_dict()
    return services.decide(
        moderator=member(request),
        decision=data.get("decision", ""),
        submission=submission,
        consensus=consensus,
        flow=flow,
        reason=data.get("reason", ""),
        code=data.get("code", ""),
        remarks=list(zip(data.getlist("remark-element"), data.getlist("remark"), strict=False)),
        number=number(data.get("number", "")),
        key=_uuid(data.get("key", "")),
    )


def _choices(text: str) -> dict[str, int]:
    """What was chosen instead of what the consensus has: places in rankings, by keys of elements."""
    if not text:
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("What you chose could not be read. Reload the page and choose again.") from error
    good = isinstance(read, dict) and all(type(place) is int for place in read.values())
    if not good:
        raise Invalid("What you chose could not be read. Reload the page and choose again.")
    return {str(key): place for key, place in read.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _next(following: Task | None) -> dict[str, Any]:
    if following is None:
        return {"next": None, "queue": reverse("review")}
    return {
        "next": {
            "task": following.pk,
            "url": reverse("review-task", args=[following.pk]),
            "part": reverse("review-part", args=[following.pk]),
        }
    }


def _refused(request: HttpRequest, task: Task, error: Exception, status: int) -> HttpResponseBase:
    if _wants_json(request):
        return JsonResponse({"error": str(error)}, status=status)
    messages.info(request, str(error))
    desk = _desk(request, task.pk)
    return redirect("review-task", task.pk) if desk is not None else redirect("review")


@needs(may_review)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a decision back, and go to its task."""
    review = get_object_or_404(Review.objects.select_related("task__paper", "task__figure"), pk=pk)
    try:
        services.undo(review=review, moderator=member(request))
    except ServiceError as error:
        return _refused(request, review.task, error, 409)
    said = f"{review.task.figure} of “{review.task.paper}”: taken back."
    if _wants_json(request):
        return JsonResponse({"said": said, **_next(review.task)})
    return go(request, "review-task", review.task_id, message=said)


@needs(may_review)
@require_safe
def after(request: HttpRequest, pk: int) -> HttpResponseBase:
    """From a decision that was made on a page of its own to the next task; the number is that of its task."""
    following = selectors.next_in_queue(user=member(request), after=_task(pk))
    last = Review.objects.filter(task=pk, moderator=member(request)).order_by("number").last()
    if following is None:
        return go(request, "review", message="That was the last one.")
    return redirect(f"{reverse('review-task', args=[following.pk])}{f'?done={last.pk}' if last else ''}")


# --- Editing ----------------------------------------------------------------------------------------------------------


@needs(may_review)
@require_safe
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The editor, from which the consensus is approved with changes."""
    desk = _desk(request, pk)
    if desk is None:
        return go(request, "review", message="Nothing is to be decided about this task any more.")
    check(desk.page.denied)
    if not desk.may_edit or desk.page.consensus is None:
        return go(request, "review-task", pk, message="There is no flow to edit here.")
    consensus = desk.page.consensus
    here = reverse("review-task", args=[pk])
    urls = {
        "catalogue": reverse("api:catalogue"),
        "submit": reverse("api:review-decide", args=[pk]),
        "check": reverse("api:flow-check"),
        "preview": reverse("api:flow-preview"),
        "next": reverse("review-after", args=[pk]),
        "back": here,
        # Nothing is stored on the way: the browser keeps what is edited.
        **dict.fromkeys(("draft", "skip", "release", "heartbeat", "lease"), here),
    }
    task = task_selectors.task_payload(task=desk.task, user=member(request))
    config = {
        "task": task | {"reading": {"id": consensus.pk, "flow": consensus.flow}, "draft": None, "lease": None},
        "urls": urls,
        "csrf": get_token(request),
        "user": f"review-{consensus.pk}-{member(request).pk}",
        "review": {"consensus": consensus.pk, "number": desk.page.number},
    }
    return render(request, "review/edit.html", {"task": desk.task, "title": desk.title, "config": config})
