"""Versions of a network: a better one is proposed, an earlier one brought back, one withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from annotations.models import GoldFlow
from annotations.services import gold as services
from annotations.services.errors import ServiceError
from annotations.services.permissions import may_contribute, may_review
from annotations.views._http import member, needs

View = Callable[[HttpRequest, GoldFlow], HttpResponseBase]


def _about(view: View) -> Callable[..., HttpResponseBase]:
    """Something is done about a network. What the services refuse is said on its page."""

    @require_POST
    @wraps(view)
    def wrapped(request: HttpRequest, number: int) -> HttpResponseBase:
        found = get_object_or_404(GoldFlow.objects.select_related("review__task", "figure", "paper"), pk=number)
        try:
            return view(request, found)
        except ServiceError as error:
            messages.info(request, str(error))
            return redirect(found)

    return wrapped


@needs(may_contribute)
@_about
def propose(request: HttpRequest, found: GoldFlow) -> HttpResponseBase:
    """Open the question again, and lead to it."""
    return redirect(services.propose(gold=found, user=member(request), reason=request.POST.get("reason", "")))


@needs(may_review)
@_about
def revert(request: HttpRequest, found: GoldFlow) -> HttpResponseBase:
    new = services.revert(gold=found, moderator=member(request), reason=request.POST.get("reason", ""))
    messages.info(request, f"Version {found.version} is back, as No. {new.number}. Its code is being built.")
    return redirect(new)


@needs(may_review)
@_about
def withdraw(request: HttpRequest, found: GoldFlow) -> HttpResponseBase:
    services.withdraw(gold=found, moderator=member(request), reason=request.POST.get("reason", ""))
    messages.info(request, f"No. {found.number} is withdrawn. Its page stays and says so.")
    return redirect(found)
