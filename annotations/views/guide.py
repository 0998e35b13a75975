"""The guide for volunteers and moderators, and what the site does with data."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

#: Address and title of each page, in reading order.
PAGES = {
    "start": "What this is",
    "correcting": "Correcting a network",
    "kinds": "Kinds of figures",
    "points": "Points and levels",
    "moderating": "Deciding about answers",
    "code": "Using the code",
    "uploading": "Adding papers",
}


@require_safe
def guide(request: HttpRequest, page: str = "start") -> HttpResponse:
    if page not in PAGES:
        raise Http404("The guide has no such page.")
    names = list(PAGES)
    following = names[names.index(page) + 1 :][:1]
    context = {
        "pages": PAGES,
        "page": page,
        "title": PAGES[page],
        "following": (following[0], PAGES[following[0]]) if following else None,
    }
    return render(request, f"guide/{page}.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "guide/privacy.html")
