"""Reports of abuse."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import body, person
from annotations.api.serializers import ErrorOut
from annotations.api.views.review import MayReview
from annotations.api.views.talk import find, find_comment
from annotations.models import Report
from annotations.selectors import reports as selectors
from annotations.services import reports


class ReportIn(serializers.Serializer[Any]):
    comment = serializers.IntegerField(required=False, help_text="One of these three.")
    network = serializers.IntegerField(required=False)
    person = serializers.CharField(required=False, max_length=150)
    code = serializers.ChoiceField(Report.Code.choices)
    text = serializers.CharField(required=False, allow_blank=True, default="", help_text="At most 2000 signs.")


class ReportOut(serializers.ModelSerializer[Report]):
    network = serializers.IntegerField(source="gold_id", allow_null=True, read_only=True)
    person = serializers.CharField(source="person.username", allow_null=True, default=None, read_only=True)

    class Meta:
        model = Report
        fields = ["id", "comment", "network", "person", "code", "text", "state", "answer", "created_at", "handled_at"]


class OpenReportOut(ReportOut):
    reporter = serializers.CharField(source="reporter.username", read_only=True)

    class Meta(ReportOut.Meta):
        fields = [*ReportOut.Meta.fields, "reporter"]


class HandleIn(serializers.Serializer[Any]):
    uphold = serializers.BooleanField(help_text="It is right: a comment is taken away.")
    answer = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="For who reported it; needed to dismiss."
    )
    withdraw_network = serializers.BooleanField(required=False, default=False)


class Reports(ListAPIView[Report]):
    """What you reported, the newest first, and what came of it."""

    serializer_class = ReportOut
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        return selectors.own(person(self.request))

    @extend_schema(
        request=ReportIn, responses={201: ReportOut, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut, 429: ErrorOut}
    )
    def post(self, request: Request) -> Response:
        """Report a comment, a network or a person. Said again while it is open, it counts once."""
        sent = body(ReportIn, request)
        made = reports.report(
            reporter=person(request),
            code=sent["code"],
            text=sent["text"],
            comment=find_comment(sent["comment"]) if "comment" in sent else None,
            gold=find(sent["network"]) if "network" in sent else None,
            person=get_object_or_404(User, username=sent["person"], is_active=True) if "person" in sent else None,
        )
        return Response(ReportOut(made).data, status=201)


class OpenReports(ListAPIView[Report]):
    """Reports that wait for a moderator, the oldest first."""

    serializer_class = OpenReportOut
    permission_classes = [MayReview]

    def get_queryset(self) -> Any:
        return selectors.reports().filter(state=Report.State.OPEN).order_by("pk")


class Handle(APIView):
    permission_classes = [MayReview]

    @extend_schema(
        request=HandleIn,
        responses={200: ReportOut(many=True), 400: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Answer a report and all open ones about the same thing, which are returned. For moderators."""
        found = get_object_or_404(Report.objects.select_related("comment", "gold", "person"), pk=pk)
        handled = reports.handle(report=found, moderator=person(request), **body(HandleIn, request))
        return Response(ReportOut(handled, many=True).data)
