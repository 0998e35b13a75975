"""Deciding about many tasks at once: what would happen, doing it, taking all of it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Review, Task
from annotations.numbers import number
from annotations.selectors.review import Criteria
from annotations.services import review as services
from annotations.services.errors import Invalid
from annotations.services.permissions import may_review
from annotations.views._http import go, member, needs


class CriteriaForm(forms.Form):
    probability = forms.FloatField(label="Sure at least (%)", min_value=50, max_value=100, initial=99)
    disputed = forms.IntegerField(label="In dispute at most", min_value=0, max_value=1000, initial=0)
    answers = forms.IntegerField(label="Answers at least", min_value=1, max_value=100, initial=2)
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Networks and kinds"), ("correct", "Networks"), ("classify", "Kinds")],
    )

    def criteria(self) -> Criteria:
        data = self.cleaned_data
        return Criteria(
            probability=data["probability"] / 100,
            disputed=data["disputed"],
            answers=data["answers"],
            kind=data["kind"],
        )


@needs(may_review)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponseBase:
    """With criteria, what would be approved and what not, and why; posted, exactly that is done."""
    if request.method == "POST":
        return _do(request)
    form = CriteriaForm(request.GET or None, label_suffix="")
    context: dict[str, Any] = {"form": form, "batch": uuid4(), "most": services.MAX_BULK}
    if form.is_bound and form.is_valid():
        outcomes = services.bulk(moderator=member(request), criteria=form.criteria(), dry_run=True)
        context |= {
            "looked": True,
            "would": [one for one in outcomes if not one.why_not],
            "would_not": [one for one in outcomes if one.why_not],
        }
    return render(request, "review/bulk.html", context)


def _do(request: HttpRequest) -> HttpResponseBase:
    try:
        tasks = dict(_pair(text) for text in request.POST.getlist("task"))
        batch = UUID(request.POST.get("batch", ""))
    except ValueError:
        return go(request, "review-bulk", message="The form could not be read. Look again what would be approved.")
    if not tasks:
        return go(request, "review-bulk", message="Nothing was chosen, so nothing was approved.")
    try:
        services.bulk(moderator=member(request), tasks=tasks, dry_run=False, batch=batch)
    except Invalid as error:
        return go(request, "review-bulk", message=str(error))
    return redirect("review-batch", batch)


def _pair(text: str) -> tuple[int, int]:
    """ "12:34": a task, and the consensus that was looked at."""
    task, consensus = (number(part) for part in text.split(":", 1))
    if task is None or consensus is None:
        raise ValueError(text)
    return task, consensus


@needs(may_review)
@require_safe
def done(request: HttpRequest, batch: UUID) -> HttpResponseBase:
    """What was decided together."""
    reviews = list(
        Review.objects.filter(batch=batch)
        .select_related("task__paper", "task__figure", "moderator", "undo", "gold_flow")
        .defer("flow", "task__paper__abstract", "task__paper__search_text", "gold_flow__flow", "gold_flow__outline")
    )
    if not reviews:
        return go(request, "review-bulk", message="Nothing was approved: all of it was decided or changed meanwhile.")
    standing = [one for one in reviews if not one.undone]
    context = {"batch": batch, "reviews": reviews, "standing": len(standing), "second": Task.State.SECOND}
    return render(request, "review/batch.html", context)


@needs(may_review)
@require_POST
def undo(request: HttpRequest, batch: UUID) -> HttpResponseBase:
    outcomes = services.undo_batch(batch=batch, moderator=member(request))
    if not outcomes and not Review.objects.filter(batch=batch).exists():
        raise Http404("Nothing was decided under this number.")
    refused = [one for one in outcomes if one.why_not]
    taken = len(outcomes) - len(refused)
    words = f"{taken} taken back." if taken or not refused else ""
    if refused:
        words += f" {len(refused)} not: {refused[0].why_not}"
    return go(request, "review-batch", batch, message=words.strip())
