"""Ratings and comments."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import SignedIn, body, person
from annotations.api.serializers import ErrorOut
from annotations.models import Comment, CommentHiding, GoldFlow, Rating
from annotations.models.gold import FRAMEWORKS
from annotations.selectors import gold as gold_selectors
from annotations.selectors.stars import ratings
from annotations.selectors.talk import visible
from annotations.services import talk


class RateIn(serializers.Serializer[Any]):
    stars = serializers.IntegerField(min_value=1, max_value=5)
    framework = serializers.ChoiceField(
        FRAMEWORKS, required=False, allow_blank=True, default="", help_text="Empty: the network itself."
    )


class RatedOut(serializers.Serializer[Any]):
    framework = serializers.CharField(help_text="Empty: the network itself.")
    average = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    mine = serializers.IntegerField(help_text="Your own stars, 0 for none.")


class RatingOut(serializers.ModelSerializer[Rating]):
    class Meta:
        model = Rating
        fields = ["gold", "framework", "stars", "changed_at"]


class CommentIn(serializers.Serializer[Any]):
    key = serializers.UUIDField(help_text="Made by the client, one a comment: sent twice, it counts once.")
    text = serializers.CharField(
        help_text="Plain text of at most 4000 signs; `@name` tells a person.", trim_whitespace=False
    )
    framework = serializers.ChoiceField(FRAMEWORKS, required=False, allow_blank=True, default="")
    element = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Id of a layer, or `source>target` of a connection."
    )
    answers = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="Comment it answers.")


class CommentOut(serializers.ModelSerializer[Comment]):
    user = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = Comment
        fields = ["id", "gold", "user", "framework", "element", "answers", "text", "created_at"]


class AwayIn(serializers.Serializer[Any]):
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=500, default="", help_text="Needed from moderators."
    )


class HidingOut(serializers.ModelSerializer[CommentHiding]):
    class Meta:
        model = CommentHiding
        fields = ["comment", "hidden", "reason", "created_at"]


def find(number: int) -> GoldFlow:
    try:
        return gold_selectors.network(number)
    except GoldFlow.DoesNotExist:
        raise Http404("There is no network of this number.") from None


class Ratings(APIView):
    @extend_schema(responses=RatedOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        """The stars of a network, then of its code for each framework that ran."""
        return Response(RatedOut(ratings(gold=find(number), user=request.user).rows, many=True).data)

    @extend_schema(
        request=RateIn, responses={200: RatingOut, 400: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
    )
    def put(self, request: Request, number: int) -> Response:
        """Give stars, or change those you gave. Nobody rates what was made from their own answers."""
        sent = body(RateIn, request)
        return Response(RatingOut(talk.rate(gold=find(number), user=person(request), **sent)).data)

    @extend_schema(
        parameters=[OpenApiParameter("framework", enum=[name for name, _ in FRAMEWORKS])],
        responses={204: None, 404: ErrorOut},
    )
    def delete(self, request: Request, number: int) -> Response:
        """Take your stars back."""
        framework = request.query_params.get("framework", "")
        talk.take_rating_back(gold=find(number), user=person(request), framework=framework)
        return Response(status=204)


class Comments(GenericAPIView[Comment]):
    """What is said about a network in all its versions, the oldest first, without what was taken away."""

    serializer_class = CommentOut

    @extend_schema(
        parameters=[
            OpenApiParameter("framework", description="Only about its code for this framework."),
            OpenApiParameter("element", description="Only about this layer (`c1`) or connection (`c1>p1`)."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses={200: CommentOut(many=True)},
    )
    def get(self, request: Request, number: int) -> Response:
        found = visible(Comment.objects.filter(gold__figure=find(number).figure_id).select_related("user"))
        for name in ("framework", "element"):
            if value := request.query_params.get(name):
                found = found.filter(**{name: value})
        page = self.paginate_queryset(found.order_by("pk"))
        return self.get_paginated_response(CommentOut(page, many=True).data)

    @extend_schema(
        request=CommentIn,
        responses={201: CommentOut, 400: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut, 429: ErrorOut},
    )
    def post(self, request: Request, number: int) -> Response:
        """Say something about a network, its code or an element, or answer a comment."""
        sent = body(CommentIn, request)
        answered = sent.pop("answers")
        said = talk.comment(
            gold=find(number),
            user=person(request),
            answers=find_comment(answered) if answered is not None else None,
            **sent,
        )
        return Response(CommentOut(said).data, status=201)


def find_comment(pk: int) -> Comment:
    return get_object_or_404(Comment.objects.select_related("gold__figure", "gold__paper", "user", "answers"), pk=pk)


class Hide(SignedIn):
    @extend_schema(request=AwayIn, responses={200: HidingOut, 400: ErrorOut, 403: ErrorOut, 404: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Take a comment away: your own, or, as a moderator who says why, anybody's."""
        reason = body(AwayIn, request)["reason"]
        return Response(HidingOut(talk.hide(comment=find_comment(pk), actor=person(request), reason=reason)).data)


class Show(SignedIn):
    @extend_schema(
        request=AwayIn, responses={200: HidingOut, 400: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Put a comment back that was taken away."""
        reason = body(AwayIn, request)["reason"]
        return Response(HidingOut(talk.show(comment=find_comment(pk), actor=person(request), reason=reason)).data)
