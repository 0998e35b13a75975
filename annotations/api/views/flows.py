"""What the editor asks while somebody draws."""

from __future__ import annotations

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import SignedIn, body
from annotations.api.serializers import CheckOut, ErrorOut, FlowIn, PreviewIn, PreviewOut
from extraction.codegen import Refusal, generate
from extraction.flow.catalogue import catalogue_json
from extraction.flow.checks import report
from extraction.flow.complete import complete
from extraction.flow.model import Flow


class Catalogue(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    @method_decorator(cache_control(public=True, max_age=300))
    def get(self, request: Request) -> Response:
        """All layer types with their parameters: what the palette and the forms are made of."""
        return Response(catalogue_json())


class Check(SignedIn):
    @extend_schema(request=FlowIn, responses={200: CheckOut, 400: ErrorOut})
    def post(self, request: Request) -> Response:
        """Problems, shapes and parameters of a flow, and what would have to be assumed to build it."""
        flow = Flow.from_dict(body(FlowIn, request)["flow"])
        completion = complete(flow)
        assumptions = [assumption.to_dict() for assumption in completion.assumptions]
        return Response({**report(flow, completion).to_dict(), "assumptions": assumptions})


class Preview(SignedIn):
    @extend_schema(request=PreviewIn, responses={200: PreviewOut, 400: ErrorOut})
    def post(self, request: Request) -> Response:
        """The code of a flow as it stands. It has not been run."""
        sent = body(PreviewIn, request)
        try:
            code = generate(Flow.from_dict(sent["flow"]), sent["framework"])
        except Refusal as refusal:
            return Response({"source": "", "lines": {}, "refusal": {"layer": refusal.layer, "reason": str(refusal)}})
        return Response(
            {
                "source": code.source,
                "lines": {layer: list(span) for layer, span in code.lines.items()},
                "refusal": None,
            }
        )
