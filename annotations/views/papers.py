"""Papers: list, upload, the page of one, how far the reading is."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.selectors.page_paper import paper_page
from annotations.selectors.pages import papers_page
from annotations.services import demand
from annotations.services.errors import Conflict
from annotations.services.permissions import may_contribute, may_download_paper, may_retry, may_upload
from annotations.views._http import check, go, member, needs, person
from extraction import services
from extraction.models import Figure, Paper

UNREAD = (Paper.State.QUEUED, Paper.State.READING)
#: Files in one go.
MAX_FILES = 50


def facets(query: QueryDict) -> dict[str, list[str]]:
    return {name: query.getlist(name) for name in ("state", "layer", "drawn", "framework")}


def without(query: QueryDict, *names: str) -> str:
    """The query of the address without some of its fields, for links that change those."""
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest.urlencode()


@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    listing = papers_page(
        query=request.GET.get("q", "").strip()[:200],
        picked=facets(request.GET),
        sort=request.GET.get("sort", ""),
        page=request.GET.get("page", 1),
    )
    return render(request, "papers/papers.html", {"listing": listing, "rest_of_query": without(request.GET, "page")})


@needs(may_upload)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take in PDFs. One that is taken in leads to its page; of several, and of refusals, this page tells."""
    refused: list[str] = []
    status = 200
    if request.method == "POST":
        files = request.FILES.getlist("file")[:MAX_FILES]
        taken: list[tuple[Paper, bool]] = []
        for file in files:
            try:
                taken.append(services.add_paper(file=file, name=file.name or "", uploaded_by=member(request)))
            except services.UploadError as error:
                refused.append(str(error))
        if not files:
            refused.append("No file came in. Choose a PDF, or drop one on the page.")
        if len(taken) == 1 and not refused:
            paper, new = taken[0]
            return go(request, paper, message="" if new else "This paper is already here. Nothing was read again.")
        if taken and not refused:
            return go(request, "upload")
        status = 422
    rows = list(Paper.objects.filter(uploaded_by=member(request)).defer("abstract", "search_text")[:20])
    context = {
        "refused": refused,
        "rows": rows,
        "waiting": any(row.state in UNREAD for row in rows),
        "max_mb": settings.MAX_UPLOAD_BYTES // 1024 // 1024,
        "max_pages": settings.MAX_PAPER_PAGES,
    }
    return render(request, "papers/upload.html", context, status=status)


@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Paper.objects.select_related("uploaded_by"), pk=pk)
    context = {
        "page": paper_page(paper=found, viewer=person(request)),
        "paper": found,
        "unread": found.state in UNREAD,
        "may_retry": may_retry(person(request), found) is None,
        "may_download": may_download_paper(person(request), found) is None,
    }
    return render(request, "papers/paper.html", context)


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the reading is, asked every second while it goes on; then the page is told to show the result."""
    found = get_object_or_404(Paper.objects.defer("abstract", "search_text"), pk=pk)
    context = {"paper": found, "unread": found.state in UNREAD, "row": "row" in request.GET}
    response = render(request, "papers/progress.html", context)
    if not context["unread"] and not context["row"]:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Paper, pk=pk)
    check(may_retry(person(request), found))
    services.retry_paper(paper=found, actor=member(request))
    return redirect(found)


@needs(may_contribute)
@require_POST
def request_code(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Somebody wants the code of a figure; the button says so, on the paper's page."""
    figure = get_object_or_404(Figure.objects.select_related("paper"), pk=pk)
    said = f"Noted. You are told when code of {str(figure).lower()} is there."
    try:
        demand.request_code(figure=figure, user=member(request))
    except Conflict as error:
        said = str(error)
    messages.info(request, said)
    return redirect(f"{figure.paper.get_absolute_url()}#figure-{figure.pk}")
