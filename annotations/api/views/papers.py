"""Papers, their figures and readings."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle, UserRateThrottle

from annotations.api.base import SignedIn, body, person
from annotations.api.serializers import ErrorOut, FigureOut, PaperDetailOut, PaperOut, ReadingOut, UploadIn
from annotations.selectors.tasks import questions
from annotations.services.demand import request_code
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.permissions import may_retry
from extraction import selectors, services
from extraction.models import Figure, Paper, Reading


class Papers(ListAPIView[Paper]):
    """Papers, newest first."""

    serializer_class = PaperOut
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> Any:
        query = self.request.query_params
        return selectors.papers(search=query.get("search", ""), state=query.get("state", ""))

    def get_throttles(self) -> list[Any]:
        if self.request.method != "POST":
            return super().get_throttles()
        return [UserRateThrottle(), ScopedRateThrottle()]

    throttle_scope = "upload"

    @extend_schema(
        parameters=[
            OpenApiParameter("search", description="Words of title, authors, abstract or captions."),
            OpenApiParameter("state", enum=Paper.State.values),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": UploadIn}, responses={201: PaperOut, 200: PaperOut, 400: ErrorOut})
    def post(self, request: Request) -> Response:
        """Upload a paper. 201 where it is new, 200 where it was here already. A worker reads it."""
        file = body(UploadIn, request)["file"]
        try:
            paper, new = services.add_paper(file=file, name=file.name, uploaded_by=person(request))
        except services.UploadError as error:
            raise Invalid(str(error)) from error
        return Response(_told(paper), status=201 if new else 200)


def _told(paper: Paper) -> Any:
    """A paper as lists tell it, as it stands now."""
    return PaperOut(selectors.papers().get(pk=paper.pk)).data


def asked(lookup: str) -> Prefetch[str]:
    """What people are asked about figures, as `questions` of each."""
    return Prefetch(lookup, questions().order_by("pk"), to_attr="questions")


class OnePaper(RetrieveAPIView[Paper]):
    """A paper with figures, tables and hyper-parameters; while it is read, how far that is."""

    serializer_class = PaperDetailOut

    def get_queryset(self) -> Any:
        return selectors.papers().prefetch_related(
            "figures__readings", asked("figures__tasks"), "tables__readings", "hyperparameters"
        )


class RetryPaper(SignedIn):
    @extend_schema(request=None, responses={200: PaperOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Have a paper that could not be read tried again."""
        paper = get_object_or_404(Paper, pk=pk)
        if denied := may_retry(person(request), paper):
            raise NotAllowed.because(denied)
        if not services.retry_paper(paper=paper, actor=person(request)):
            raise Conflict(f"This paper is {paper.get_state_display()}. Only one that failed is tried again.")
        return Response(_told(paper))


class Figures(ListAPIView[Figure]):
    """The figures of a paper, in order."""

    serializer_class = FigureOut

    def get_queryset(self) -> Any:
        figures = selectors.figures(paper=get_object_or_404(Paper, pk=self.kwargs["pk"]))
        return figures.prefetch_related(asked("tasks"))


class RequestCode(SignedIn):
    @extend_schema(request=None, responses={204: None, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Say that you want the code of this figure: its questions come earlier, and you are told when it is there.

        Twice is once. 409 where there is such code already.
        """
        request_code(figure=get_object_or_404(Figure.objects.select_related("paper"), pk=pk), user=person(request))
        return Response(status=204)


class Readings(ListAPIView[Reading]):
    """All readings of a paper: of its figures, its tables, and of the paper as a whole."""

    serializer_class = ReadingOut

    def get_queryset(self) -> Any:
        return Reading.objects.filter(paper=get_object_or_404(Paper, pk=self.kwargs["pk"])).order_by("pk")


class OneReading(RetrieveAPIView[Reading]):
    """What a reader made of one figure or table."""

    serializer_class = ReadingOut
    queryset = Reading.objects.all()
