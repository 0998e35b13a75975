"""What was right: an answer beside the truth, for its author."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations.models import Task
from annotations.selectors import tasks as task_selectors
from annotations.selectors.feedback import Feedback
from annotations.selectors.feedback import feedback as find
from annotations.services.permissions import Denied, Person
from annotations.views._http import member, needs


def _signed_in(user: Person) -> Denied | None:
    """Whoever may no longer contribute may still see what was right."""
    return None


@needs(_signed_in)
@require_safe
def feedback(request: HttpRequest, pk: int) -> HttpResponseBase:
    try:
        task = task_selectors.get_task(pk)
    except Task.DoesNotExist as error:
        raise Http404(f"There is no task with the number {pk}.") from error
    found = find(task=task, user=member(request))
    if found is None:
        raise Http404(f"You have not answered task {pk}.")
    headline, sentence = words(found)
    context = {"task": task, "feedback": found, "headline": headline, "sentence": sentence}
    return render(request, "contribute/feedback.html", context)


def words(found: Feedback) -> tuple[str, str]:
    """What somebody is told first: what was good before what was not."""
    told = found.assessment
    if told is None:
        return "Your answer is in", "Thank you. A moderator decides when enough people have answered."
    if found.kind:
        if not found.wrong:
            return "That is right", "You saw how this figure is drawn."
        return "Not this time", "These two kinds are easy to mix up. Here is what it is."
    if not found.wrong:
        return "All of it is right", "Every layer, every value and every connection. Nothing to add."
    count = f"{found.wrong} element{'s' if found.wrong > 1 else ''}"
    if told.score >= 0.95:
        return "Nearly all of it is right", f"Only {count} to look at again. They are marked in the graph."
    if told.points > 0:
        return "You made it better", f"Your corrections helped, and {count} would still be different."
    if told.score >= 0.7:
        return (
            "A good part of it is right",
            f"{count.capitalize()} would be different. This is what to look for next time.",
        )
    return (
        "This one was hard",
        f"{count.capitalize()} would be different. Compare the two at your leisure; it gets easier.",
    )
