"""Files of papers, given to those who may have them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import condition, require_safe

from annotations.api.views.networks import zip_response
from annotations.models import GoldFlow
from annotations.selectors import archive, gold
from annotations.services.demand import ZIP, record_download
from annotations.services.permissions import may_download_paper
from extraction.models import Figure, Paper


def _etag(request: HttpRequest, pk: int) -> str | None:
    # An image is stored under what it contains.
    name = Figure.pictures.filter(pk=pk).values_list("image", flat=True).first()
    return f'"{name}"' if name else None


@require_safe
@condition(etag_func=_etag)
def figure_image(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture of a figure. Anybody may see it, as anybody may see the paper's page."""
    figure = get_object_or_404(Figure.pictures.only("image"), pk=pk)
    response = FileResponse(figure.image.open("rb"), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def paper_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF, for its uploader and the moderators: it belongs to its authors, so it isn't published."""
    paper = get_object_or_404(Paper, pk=pk)
    if denied := may_download_paper(request.user, paper):
        raise PermissionDenied(denied.reason)
    return FileResponse(
        paper.file.open("rb"), as_attachment=True, filename=f"{paper.sha256[:12]}.pdf", content_type="application/pdf"
    )


@require_safe
def network_code(request: HttpRequest, number: int, framework: str) -> HttpResponse:
    """Code that was built and run, as a file. Other code is not given away here."""
    artifact = gold.verified_artifact(number, framework)
    if artifact is None:
        raise Http404("There is no code for this framework that was built and run.")
    if request.method == "GET":
        record_download(gold=artifact.gold, what=framework)
    kind = "text/x-python" if artifact.filename.endswith(".py") else "text/plain"
    response = HttpResponse(artifact.source, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{archive.code_filename(artifact)}"'
    return response


@require_safe
def network_zip(request: HttpRequest, number: int) -> HttpResponse:
    """All verified code of a network with flow, citation, provenance, proofs and requirements."""
    try:
        found = gold.network(number)
    except GoldFlow.DoesNotExist:
        raise Http404("There is no network of this number.") from None
    if request.method == "GET":
        record_download(gold=found, what=ZIP)
    return zip_response(found)
