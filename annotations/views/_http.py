"""What the views share: answers that say why not, and htmx's two ways of going elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse

from annotations.services.permissions import Denied, Person

P = ParamSpec("P")


def person(request: HttpRequest) -> Person:
    return request.user


def member(request: HttpRequest) -> User:
    """The signed-in person, in views that only they reach."""
    return cast(User, request.user)


def check(denied: Denied | None) -> None:
    """Go on, or answer with 403 and the reason."""
    if denied:
        raise PermissionDenied(denied.reason)


def needs(
    permission: Callable[[Person], Denied | None],
) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Who is not signed in is asked to; who may not is told why."""

    def decorate(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            check(permission(request.user))
            return view(request, *args, **kwargs)

        return cast(Callable[..., HttpResponseBase], wrapped)

    return decorate


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in, and from there back to the page: the one that asks, where a script asked for a part of it."""
    if is_htmx(request):
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        return go(request, f"{reverse('account_login')}?{urlencode({'next': page})}")
    # What was sent can't be sent again from the sign-in; the page that it came from can.
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("contribute")
    return redirect_to_login(back)


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def go(request: HttpRequest, to: Any, *args: Any, message: str = "") -> HttpResponse:
    """Go to another page, also where htmx asked for a part of this one."""
    if message:
        messages.info(request, message)
    url = resolve_url(to, *args)
    if is_htmx(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
