"""What the views share: answers that say why not, and htmx's two ways of going elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url

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
            check(permission(request.user))
            return view(request, *args, **kwargs)

        return cast(Callable[..., HttpResponseBase], login_required(wrapped))

    return decorate


def go(request: HttpRequest, to: Any, *args: Any, message: str = "") -> HttpResponse:
    """Go to another page, also where htmx asked for a part of this one."""
    if message:
        messages.info(request, message)
    url = resolve_url(to, *args)
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
