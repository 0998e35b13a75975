"""Networks: list, and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotations.models import GoldFlow
from annotations.selectors import gold as gold_selectors
from annotations.selectors.page_network import network_page
from annotations.selectors.pages import networks_page
from annotations.views._http import person
from annotations.views._talk import Draft, rating_context, talk_context
from annotations.views._versions import versions
from annotations.views.papers import facets, without


@require_safe
def networks(request: HttpRequest) -> HttpResponse:
    most = request.GET.get("most", "").strip()
    listing = networks_page(
        query=request.GET.get("q", "").strip()[:200],
        picked=facets(request.GET),
        most=count(most),
        sort=request.GET.get("sort", ""),
        page=request.GET.get("page", 1),
    )
    context = {"listing": listing, "most": most, "rest_of_query": without(request.GET, "page")}
    return render(request, "networks/networks.html", context)


def count(text: str) -> int | None:
    """A count as people write it: 5000000, 5,000,000, 5M; `None` where it is none."""
    text = text.replace(",", "").replace(" ", "").casefold()
    unit = {"k": 10**3, "m": 10**6, "b": 10**9}.get(text[-1:], 1)
    digits = text[:-1] if unit > 1 else text
    try:
        number = float(digits) * unit
    except ValueError:
        return None
    return int(number) if 0 <= number < 10**15 else None


@require_safe
def network(request: HttpRequest, number: int) -> HttpResponse:
    try:
        gold = gold_selectors.network(number)
    except GoldFlow.DoesNotExist as error:
        raise Http404(f"There is no network with the number {number}.") from error
    return show_network(request, gold)


def show_network(
    request: HttpRequest,
    gold: GoldFlow,
    *,
    shown: QueryDict | None = None,
    draft: Draft | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a network; `shown` and `draft` are what a comment that was refused came from."""
    context: dict[str, Any] = {
        "page": network_page(gold=gold),
        "gold": gold,
        "view_graph": {"flow": gold.flow},
        "view_over": {
            "flow": gold.flow,
            "image_url": reverse("figure-image", args=[gold.figure_id]),
            "width": gold.figure.width,
            "height": gold.figure.height,
        },
        "permanent": request.build_absolute_uri(gold.get_absolute_url()),
        **rating_context(request, gold),
        **talk_context(request, gold, shown=shown, draft=draft),
        "versions": versions(person(request), gold),
    }
    return render(request, "networks/network.html", context, status=status)
