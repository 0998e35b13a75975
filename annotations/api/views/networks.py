"""Gold flows and their code."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import condition
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.serializers import CodeOut, ErrorOut, NetworkDetailOut, NetworkRowOut
from annotations.models import Artifact, GoldFlow, GoldWithdrawal
from annotations.selectors import archive, gold
from annotations.selectors.stars import with_stars
from annotations.services.demand import ZIP, record_download


class Networks(ListAPIView[GoldFlow]):
    """Approved networks in their newest version, newest first."""

    serializer_class = NetworkRowOut

    def get_queryset(self) -> Any:
        query = self.request.query_params
        found = gold.gold_flows(
            search=query.get("search", ""),
            layer_types=tuple(query.getlist("layer")),
            verified=query.get("verified") in {"1", "true"},
        )
        return with_stars(found)

    @extend_schema(
        parameters=[
            OpenApiParameter("search", description="Words of its name or its paper."),
            OpenApiParameter("layer", description="A layer type it must have; may stand several times.", many=True),
            OpenApiParameter("verified", bool, description="Only those with code that was built and run."),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


def _etag(request: HttpRequest, number: int) -> str | None:
    """A gold flow never changes; what is said of its code does, and whether it was withdrawn."""
    rows = Artifact.objects.filter(gold_id=number).order_by("pk").values_list("framework", "state", "attempt")
    withdrawn = GoldWithdrawal.objects.filter(gold=number).exists()
    told = hashlib.sha256(repr((number, list(rows), withdrawn)).encode()).hexdigest()[:32]
    return f'"{told}"' if rows else None


@method_decorator(condition(etag_func=_etag), name="get")
class OneNetwork(RetrieveAPIView[GoldFlow]):
    """A network with its flow, where each value comes from, and the state of its code. Answers `If-None-Match`."""

    serializer_class = NetworkDetailOut
    lookup_url_kwarg = "number"

    def get_object(self) -> GoldFlow:
        try:
            return gold.network(self.kwargs["number"])
        except GoldFlow.DoesNotExist:
            raise Http404("There is no network of this number.") from None


class Code(APIView):
    @extend_schema(responses={200: CodeOut, 404: ErrorOut})
    def get(self, request: Request, number: int, framework: str) -> Response:
        """Code that was built and run, with its proof."""
        artifact = gold.verified_artifact(number, framework)
        if artifact is None:
            raise Http404("There is no code for this framework that was built and run.")
        if request.method == "GET":
            record_download(gold=artifact.gold, what=framework)
        artifact.filename = archive.code_filename(artifact)
        return Response(CodeOut(artifact).data)


class Archive(APIView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, 404: ErrorOut})
    def get(self, request: Request, number: int) -> HttpResponse:
        """A zip of all verified code with flow, citation, provenance, proofs and requirements."""
        try:
            found = gold.network(number)
        except GoldFlow.DoesNotExist:
            raise Http404("There is no network of this number.") from None
        if request.method == "GET":
            record_download(gold=found, what=ZIP)
        return zip_response(found)


def zip_response(found: GoldFlow) -> HttpResponse:
    response = HttpResponse(archive.archive(found), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{archive.slug(found)}-{found.number}.zip"'
    return response
