"""What you are told, and how."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.base import SignedIn, body, person
from annotations.api.serializers import ErrorOut
from annotations.models import Notice
from annotations.selectors import notices as selectors
from annotations.services import notices


class NoticeOut(serializers.ModelSerializer[Notice]):
    actor = serializers.CharField(source="actor.username", allow_null=True, default=None, read_only=True)

    class Meta:
        model = Notice
        fields = ["id", "kind", "actor", "text", "url", "created_at", "read_at"]


class ReadIn(serializers.Serializer[Any]):
    upto = serializers.IntegerField(help_text="The newest one that you have seen; it and all before it become read.")


class ReadOut(serializers.Serializer[Any]):
    marked = serializers.IntegerField(help_text="How many were unread.")


class SwitchOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Notice.Kind.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    mail = serializers.BooleanField()


class SwitchIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Notice.Kind.choices)
    mail = serializers.BooleanField()


class Notices(ListAPIView[Notice]):
    """Your notices, the newest first."""

    serializer_class = NoticeOut
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        return selectors.notices(person(self.request), unread=self.request.query_params.get("unread") in {"1", "true"})

    @extend_schema(parameters=[OpenApiParameter("unread", bool, description="Only those that you have not read.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Read(SignedIn):
    @extend_schema(request=ReadIn, responses={200: ReadOut, 400: ErrorOut})
    def post(self, request: Request) -> Response:
        """Mark notices as read. Safe to repeat."""
        marked = notices.mark_read(user=person(request), upto=body(ReadIn, request)["upto"])
        return Response({"marked": marked})


class Preferences(SignedIn):
    @extend_schema(responses=SwitchOut(many=True))
    def get(self, request: Request) -> Response:
        """Which kinds of notices come by mail."""
        return Response(SwitchOut(selectors.switches(person(request)), many=True).data)

    @extend_schema(request=SwitchIn, responses={200: SwitchOut(many=True), 400: ErrorOut})
    def put(self, request: Request) -> Response:
        """Switch the mails of one kind on or off."""
        sent = body(SwitchIn, request)
        notices.set_mail(user=person(request), wanted={sent["kind"]: sent["mail"]})
        return self.get(request)
