"""The front page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations.selectors.page_home import home_page
from annotations.views import kept
from annotations.views._http import person


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    kept.hand_in(request)
    return render(request, "home/home.html", {"home": home_page(user=person(request))})
