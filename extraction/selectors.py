"""What pages and API ask of papers."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet

from extraction.models import Figure, Paper, Reading


def papers(*, search: str = "", state: str = "") -> QuerySet[Paper]:
    """Papers, newest first, that hold every word of `search` in title, authors, abstract or a caption.

    Each has `figure_count` and `flow_count` (figures that are networks).
    """
    found = (
        Paper.objects.select_related("uploaded_by")
        .annotate(
            figure_count=Count("figures", filter=Q(figures__table=None)),
            flow_count=Count("figures", filter=Q(figures__table=None, figures__is_flow=True)),
        )
        .order_by("-created_at", "-pk")
    )
    for word in search.casefold().split()[:10]:
        found = found.filter(Q(search_text__contains=word) | Q(file_name__icontains=word))
    if state:
        found = found.filter(state=state)
    return found


def figures(*, paper: Paper) -> QuerySet[Figure]:
    """The figures of a paper in order, each with `readings` (newest last), without a query a figure."""
    return Figure.objects.filter(paper=paper).prefetch_related(
        Prefetch("readings", queryset=Reading.objects.order_by("pk"))
    )
