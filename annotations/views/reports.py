"""Reports of abuse: the form, one's own, and the moderators' queue."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Comment, GoldFlow, Report
from annotations.numbers import number
from annotations.selectors import reports as selectors
from annotations.services import reports as services
from annotations.services.errors import ServiceError
from annotations.services.permissions import may_contribute, may_review
from annotations.views._http import go, member, needs
from annotations.views._talk import status_of


@needs(may_contribute)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, what: str, name: str) -> HttpResponseBase:
    """Say what is wrong with a comment, a network or a person, and go back to it."""
    thing = _find(what, name)
    sent = {"code": request.POST.get("code", ""), "text": request.POST.get("text", "")}
    error, status = "", 200
    if request.method == "POST":
        try:
            services.report(reporter=member(request), code=sent["code"], text=sent["text"], **thing)
        except ServiceError as refusal:
            error, status = str(refusal), status_of(refusal)
        else:
            said = "Thank you. A moderator looks at it, and you are told what came of it."
            return go(request, selectors.url_of(**thing), message=said)
    context = {**thing, "codes": Report.Code.choices, "sent": sent, "error": error, "back": selectors.url_of(**thing)}
    return render(request, "reports/report.html", context, status=status)


def _find(what: str, name: str) -> dict[str, Any]:
    if what == "person":
        return {"person": get_object_or_404(User, username=name, is_active=True)}
    pk = number(name)
    if pk is not None and what == "comment":
        return {
            "comment": get_object_or_404(Comment.objects.select_related("gold__figure", "gold__paper", "user"), pk=pk)
        }
    if pk is not None and what == "network":
        return {"gold": get_object_or_404(GoldFlow.objects.select_related("figure", "paper"), pk=pk)}
    raise Http404("There is nothing here to report.")


@needs(may_contribute)
@require_safe
def own(request: HttpRequest) -> HttpResponseBase:
    """What somebody has reported, and what came of it."""
    listing = selectors.own_page(user=member(request), page=request.GET.get("page", 1))
    return render(request, "reports/own.html", {"listing": listing, "rest_of_query": ""})


@needs(may_review)
@require_safe
def queue(request: HttpRequest) -> HttpResponseBase:
    return render(request, "reports/queue.html", {"queue": selectors.queue(user=member(request))})


@needs(may_review)
@require_POST
def handle(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Answer a report and all others about the same thing; a refusal says why, with the answer kept."""
    found = get_object_or_404(Report.objects.select_related("comment", "gold", "person"), pk=pk)
    answer = request.POST.get("answer", "")
    uphold = request.POST.get("decision") == "uphold"
    try:
        handled = services.handle(
            report=found,
            moderator=member(request),
            uphold=uphold,
            answer=answer,
            withdraw_network="withdraw" in request.POST,
        )
    except ServiceError as error:
        context = {
            "queue": selectors.queue(user=member(request)),
            "refused": {"pk": found.pk, "answer": answer, "error": str(error)},
        }
        return render(request, "reports/queue.html", context, status=status_of(error))
    told = f"{len(handled)} people were told" if len(handled) > 1 else "Who reported it was told"
    return go(request, "moderation-reports", message=f"{'Upheld' if uphold else 'Dismissed'}. {told}.")
