"""What people are told: the page of notices, and which of them come by mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Notice
from annotations.numbers import number
from annotations.selectors import notices as selectors
from annotations.services import notices as services
from annotations.services.errors import Invalid
from annotations.services.mails import read_token
from annotations.services.permissions import SIGN_IN, Denied, Person
from annotations.views._http import go, member, needs


def _is_member(user: Person) -> Denied | None:
    """Everybody with an account, also who may not contribute: what they are told is theirs to read."""
    return None if user.is_authenticated else SIGN_IN


@needs(_is_member)
@require_safe
def notices(request: HttpRequest) -> HttpResponseBase:
    page = selectors.notices_page(user=member(request), page=request.GET.get("page", 1))
    return render(request, "notices/notices.html", {"listing": page, "rest_of_query": ""})


@needs(_is_member)
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """On to what a notice tells of; it then counts as read."""
    found = get_object_or_404(Notice, pk=pk, user=member(request))
    services.mark_read(user=member(request), notice_id=found.pk)
    return redirect(found.url)


@needs(_is_member)
@require_POST
def read(request: HttpRequest) -> HttpResponseBase:
    """Mark those that were on the page, and all before them, as read."""
    upto = number(request.POST.get("upto", ""))
    if upto is not None:
        services.mark_read(user=member(request), upto=upto)
    return go(request, "notices")


@needs(_is_member)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponseBase:
    user = member(request)
    if request.method == "POST":
        wanted = set(request.POST.getlist("mail"))
        services.set_mail(user=user, wanted={kind: kind in wanted for kind in Notice.Kind.values})
        return go(request, "notice-settings", message="Saved: mails come as you chose.")
    context = {"switches": selectors.switches(user), "address": selectors.mail_address(user)}
    return render(request, "notices/settings.html", context)


# A mail program presses this button, with no cookie and no form of ours (RFC 8058); the token says who wants it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Switch mails of one kind off. Looking does nothing: mail servers follow links to see where they lead."""
    try:
        _, kind = read_token(token)
        if request.method == "POST":
            services.switch_off(token=token)
    except Invalid as error:
        return render(request, "notices/off.html", {"error": str(error)}, status=404)
    context = {"kind": Notice.Kind(kind).label, "done": request.method == "POST"}
    return render(request, "notices/off.html", context)
