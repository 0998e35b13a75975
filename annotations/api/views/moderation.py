"""What moderators may see and do about people, and the record of who did what."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import body, person
from annotations.api.serializers import ErrorOut
from annotations.models import Sanction
from annotations.numbers import number
from annotations.selectors import audit
from annotations.services import sanctions, withdrawals
from annotations.services.permissions import may_moderate

MAX_PAGE = 200
#: Answers that one request withdraws.
MAX_AT_ONCE = 200


class MayModerate(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        denied = may_moderate(request.user)
        self.message = denied.reason if denied else None
        return denied is None


class EntryOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="Empty: the site itself.")
    verb = serializers.CharField()
    person = serializers.CharField(help_text="Whom it was done to.")
    task = serializers.IntegerField(allow_null=True)
    gold = serializers.IntegerField(allow_null=True, help_text="Number of the network.")
    paper = serializers.IntegerField(allow_null=True)
    subject = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    note = serializers.CharField()
    batch = serializers.UUIDField(allow_null=True, help_text="Equal for what was done together.")


class LogOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="Address of the older lines.")
    results = EntryOut(many=True)


class Log(APIView):
    permission_classes = [MayModerate]

    @extend_schema(
        responses={200: LogOut, 400: ErrorOut, 403: ErrorOut},
        parameters=[
            OpenApiParameter("actor", description="User name of who did it."),
            OpenApiParameter("site", bool, description="Only what nobody did: the site itself."),
            OpenApiParameter("person", description="User name of whom it was done to."),
            OpenApiParameter("verb", enum=list(audit.VERBS)),
            OpenApiParameter("task", int),
            OpenApiParameter("gold", int, description="Number of a network."),
            OpenApiParameter("paper", int),
            OpenApiParameter("batch", description="What was done together."),
            OpenApiParameter("since", description="First day, UTC, like 2026-01-31."),
            OpenApiParameter("until", description="Last day."),
            OpenApiParameter("before", description="From `next` of an earlier answer."),
            OpenApiParameter("page_size", int),
        ],
    )
    def get(self, request: Request) -> Response:
        """The record of who did what, the newest first."""
        query = request.query_params
        filters = audit.Filters.parse(query)
        size = number(query.get("page_size", ""))
        page = audit.log_page(
            filters,
            before=query.get("before", ""),
            size=audit.PAGE_SIZE if size is None else min(max(size, 1), MAX_PAGE),
        )
        following = query.copy()
        following["before"] = page.older
        address = request.build_absolute_uri(f"?{following.urlencode()}") if page.older else None
        return Response({"next": address, "results": EntryOut([entry.row() for entry in page.entries], many=True).data})


class RestrictIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Sanction.Kind.choices)
    until = serializers.DateTimeField(required=False, allow_null=True, help_text="When it ends; of a mute or a ban.")
    reason = serializers.CharField(max_length=sanctions.MAX_REASON)

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["kind"] != Sanction.Kind.LIFT and sent.get("until") is None:
            raise serializers.ValidationError({"until": "Say when it ends."})
        return sent


class SanctionOut(serializers.ModelSerializer[Sanction]):
    user = serializers.CharField(source="user.username", read_only=True)
    actor = serializers.CharField(source="actor.username", read_only=True)

    class Meta:
        model = Sanction
        fields = ["id", "user", "kind", "until", "reason", "actor", "created_at"]


class Restrict(APIView):
    permission_classes = [MayModerate]

    @extend_schema(request=RestrictIn, responses={200: SanctionOut, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, username: str) -> Response:
        """Mute or ban a person until a moment, or lift both. The same sent twice counts once."""
        sent = body(RestrictIn, request)
        found, actor = get_object_or_404(User, username=username), person(request)
        match sent["kind"]:
            case Sanction.Kind.MUTE:
                done = sanctions.mute(person=found, actor=actor, until=sent["until"], reason=sent["reason"])
            case Sanction.Kind.BAN:
                done = sanctions.ban(person=found, actor=actor, until=sent["until"], reason=sent["reason"])
            case _:
                done = sanctions.lift(person=found, actor=actor, reason=sent["reason"])
        return Response(SanctionOut(done).data)


class WithdrawIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=withdrawals.MAX_REASON)
    dry_run = serializers.BooleanField(default=True, help_text="Only say what would be withdrawn.")


class WithdrawnOut(serializers.Serializer[Any]):
    answers = serializers.ListField(child=serializers.IntegerField())
    left = serializers.IntegerField(help_text="Send the same again for these.")
    batch = serializers.UUIDField(allow_null=True)


class Withdraw(APIView):
    permission_classes = [MayModerate]

    @extend_schema(request=WithdrawIn, responses={200: WithdrawnOut, 400: ErrorOut, 403: ErrorOut})
    def post(self, request: Request, username: str) -> Response:
        """Let a person's unreviewed answers no longer count. It is final, and a dry run unless you say otherwise."""
        sent = body(WithdrawIn, request)
        done = withdrawals.withdraw_all(
            person=get_object_or_404(User, username=username),
            actor=person(request),
            reason=sent["reason"],
            dry_run=sent["dry_run"],
            at_most=MAX_AT_ONCE,
        )
        return Response(WithdrawnOut(done).data)
