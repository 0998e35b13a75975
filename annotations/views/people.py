"""People's pages, and who was right most."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotations.selectors import leaderboard as boards
from annotations.selectors.page_people import profile_page
from annotations.services.permissions import is_moderator
from annotations.views._http import member, person


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    found = get_object_or_404(User, username=username, is_active=True)
    own = found.pk == request.user.pk
    context = {
        "page": profile_page(person=found, viewer=person(request)),
        "own": own,
        "inside": own or is_moderator(person(request)),
    }
    return render(request, "people/profile.html", context)


@require_safe
def leaderboard(request: HttpRequest) -> HttpResponse:
    viewer = member(request) if request.user.is_authenticated else None
    board = boards.board(period=request.GET.get("period", "week"), field=request.GET.get("field", ""), viewer=viewer)
    context = {"board": board, "periods": boards.PERIODS, "fields": boards.FIELDS, "least": boards.LEAST_ANSWERS}
    return render(request, "people/leaderboard.html", context)
