"""Rating and talking: every form works as a form; where htmx sends it, only its part of the page comes back."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Comment, GoldFlow
from annotations.numbers import number
from annotations.selectors import gold as gold_selectors
from annotations.selectors.talk import About
from annotations.services import talk as services
from annotations.services.errors import ServiceError
from annotations.services.permissions import may_contribute
from annotations.views._http import is_htmx, member, needs
from annotations.views._talk import Draft, rating_context, status_of, talk_context
from annotations.views.networks import show_network


def _find(pk: int) -> GoldFlow:
    try:
        return gold_selectors.network(pk)
    except GoldFlow.DoesNotExist as error:
        raise Http404(f"There is no network with the number {pk}.") from error


def _find_comment(pk: int) -> Comment:
    return get_object_or_404(Comment.objects.select_related("gold__figure", "gold__paper", "user", "answers"), pk=pk)


@require_safe
def talk(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The comments alone, for htmx; anybody else gets the page that they stand on."""
    found = _find(pk)
    if not is_htmx(request):
        return redirect(f"{found.get_absolute_url()}?{request.GET.urlencode()}#talk")
    return render(request, "networks/talk_list.html", talk_context(request, found))


@needs(may_contribute)
@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _find(pk)
    answered = number(request.POST.get("answers", ""))
    draft = Draft(text=request.POST.get("text", ""), about=request.POST.get("about", "")[:210], answers=answered)
    part = About.parse(draft.about)
    try:
        said = services.comment(
            gold=found,
            user=member(request),
            text=draft.text,
            key=_key(request),
            framework=part.framework,
            element=part.element,
            answers=_find_comment(answered) if answered else None,
        )
    except ServiceError as error:
        refused = Draft(draft.text[: services.MAX_TEXT * 2], str(error), draft.about, answered)
        return _shown(request, found, draft=refused, status=status_of(error))
    return _shown(request, found, said=said)


def _key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Http404("The form has no key of its own.") from error


def _back(request: HttpRequest) -> QueryDict:
    """Which comments the page showed when the form was sent."""
    return QueryDict(request.POST.get("back", "")[:400])


def _shown(
    request: HttpRequest, gold: GoldFlow, *, said: Comment | None = None, draft: Draft | None = None, status: int = 200
) -> HttpResponseBase:
    """The comments as they are now. A new conversation stands first, so it is there whatever page was shown."""
    shown = _back(request)
    if said is not None and said.answers_id is None:
        part = About(said.framework, said.element)
        shown = QueryDict(urlencode({"about": part}) if shown.get("about") else "")
    if is_htmx(request):
        context = {**talk_context(request, gold, shown=shown, draft=draft), "new": said}
        return render(request, "networks/talk.html", context, status=status)
    if draft is not None:
        return show_network(request, gold, shown=shown, draft=draft, status=status)
    query = f"?{shown.urlencode()}" if shown else ""
    return redirect(f"{gold.get_absolute_url()}{query}#{f'comment-{said.pk}' if said else 'talk'}")


@require_safe
def comment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Where a comment stands: on its network's page, from its conversation on."""
    found = _find_comment(pk)
    upto = found.answers_id or found.pk
    return redirect(f"{found.gold.get_absolute_url()}?upto={upto}#comment-{found.pk}")


@needs(lambda user: None)
@require_POST
def hide(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _change(request, _find_comment(pk), away=True)


@needs(lambda user: None)
@require_POST
def show(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _change(request, _find_comment(pk), away=False)


def _change(request: HttpRequest, found: Comment, *, away: bool) -> HttpResponseBase:
    change = services.hide if away else services.show
    refusal = ""
    try:
        change(comment=found, actor=member(request), reason=request.POST.get("reason", ""))
    except ServiceError as error:
        refusal = str(error)
    page = _find(number(request.POST.get("network", "")) or found.gold_id)
    if is_htmx(request):
        context = {**talk_context(request, page, shown=_back(request)), "refusal": refusal}
        return render(request, "networks/talk.html", context)
    if refusal:
        messages.info(request, refusal)
    return _shown(request, page)


@needs(may_contribute)
@require_POST
def rate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give stars, or with `stars` 0 take them back."""
    found = _find(pk)
    user, framework = member(request), request.POST.get("framework", "")
    stars = number(request.POST.get("stars", ""))
    error = ""
    try:
        if stars == 0:
            services.take_rating_back(gold=found, user=user, framework=framework)
        else:
            services.rate(gold=found, user=user, stars=stars or 0, framework=framework)
    except ServiceError as refusal:
        error = str(refusal)
    if is_htmx(request):
        context = {**rating_context(request, found), "rating_error": error, "swapped": True}
        return render(request, "networks/rating.html", context)
    if error:
        messages.info(request, error)
    return redirect(f"{found.get_absolute_url()}#ratings")
