"""People's pages."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotations.selectors.page_people import profile_page
from annotations.views._http import person


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    found = get_object_or_404(User, username=username, is_active=True)
    page = profile_page(person=found, viewer=person(request))
    return render(request, "people/profile.html", {"page": page, "own": found.pk == request.user.pk})
