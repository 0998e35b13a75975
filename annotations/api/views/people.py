"""How right people are: profiles, the leaderboard, and what was right about an answer of one's own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import SignedIn, person
from annotations.api.serializers import ErrorOut
from annotations.api.views.tasks import find
from annotations.models import Assessment, Task
from annotations.selectors import leaderboard
from annotations.selectors.feedback import feedback
from annotations.selectors.page_people import profile_page


class PlaceOut(serializers.Serializer[Any]):
    rank = serializers.IntegerField()
    username = serializers.CharField(source="user.username")
    points = serializers.IntegerField()
    answers = serializers.IntegerField(help_text="Answers that were compared with what is right, in that time.")
    right = serializers.FloatField(help_text="Share of their elements that was right, 0 to 1.")
    networks = serializers.IntegerField(help_text="Networks in the library, of all times and fields.")
    level = serializers.IntegerField()


class BoardOut(serializers.Serializer[Any]):
    period = serializers.ChoiceField(list(leaderboard.PERIODS.items()))
    field = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    people = serializers.IntegerField(help_text="How many have a place.")
    places = PlaceOut(many=True)
    own = PlaceOut(allow_null=True, help_text="Your place, if it is not among the first.")


class RateOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    right = serializers.IntegerField()
    wrong = serializers.IntegerField()
    share = serializers.FloatField(help_text="0 to 1.")
    everybody = serializers.FloatField(allow_null=True, help_text="Everybody's share.")


class ProfileOut(serializers.Serializer[Any]):
    username = serializers.CharField(source="person.username")
    since = serializers.DateTimeField(source="person.date_joined")
    level = serializers.IntegerField(source="standing.level")
    points = serializers.IntegerField()
    answers = serializers.IntegerField(help_text="Your own: all; of others: those that were decided.")
    assessed = serializers.IntegerField(help_text="Answers that were compared with what is right.")
    flawless = serializers.IntegerField(help_text="Those of them without a mistake.")
    networks = serializers.IntegerField()
    downloads = serializers.IntegerField()
    rates = RateOut(many=True)
    weeks = serializers.ListField(child=serializers.IntegerField(), help_text="Answers a week, this week last.")


class AssessmentOut(serializers.ModelSerializer[Assessment]):
    right = serializers.DictField(child=serializers.IntegerField())
    wrong = serializers.DictField(child=serializers.IntegerField())
    mistakes = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = Assessment
        fields = ["gold", "known", "right", "wrong", "mistakes", "score", "points", "created_at"]


class FeedbackOut(serializers.Serializer[Any]):
    submission = serializers.IntegerField(source="submission.pk")
    assessment = AssessmentOut(allow_null=True, help_text="Null while nobody knows what is right.")
    flow = serializers.SerializerMethodField(help_text="The right flow.")
    answer_kind = serializers.CharField(source="kind", allow_blank=True, help_text="The right kind.")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_flow(self, found: Any) -> dict[str, Any] | None:
        return found.gold.flow if found.gold else None


class Leaderboard(APIView):
    @extend_schema(
        operation_id="leaderboard",
        parameters=[
            OpenApiParameter("period", enum=list(leaderboard.PERIODS), description="This week where nothing is said."),
            OpenApiParameter("field", enum=Task.Field.values, description="All fields where nothing is said."),
        ],
        responses=BoardOut,
    )
    def get(self, request: Request) -> Response:
        """Who was right most: the first 50 of a time and a field."""
        viewer = person(request) if request.user.is_authenticated else None
        query = request.query_params
        found = leaderboard.board(period=query.get("period", "week"), field=query.get("field", ""), viewer=viewer)
        return Response(BoardOut(found).data)


class Profile(APIView):
    @extend_schema(responses={200: ProfileOut, 404: ErrorOut})
    def get(self, request: Request, username: str) -> Response:
        """A person's work and how often they are right. Of others, nothing about answers that are not decided."""
        found = User.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise Http404("There is nobody of this name.")
        return Response(ProfileOut(profile_page(person=found, viewer=request.user)).data)


class Feedback(SignedIn):
    @extend_schema(responses={200: FeedbackOut, 404: ErrorOut})
    def get(self, request: Request, pk: int) -> Response:
        """Your answer to a task beside what is right, once that is known."""
        found = feedback(task=find(pk), user=person(request))
        if found is None:
            raise Http404("You have not answered this task.")
        return Response(FeedbackOut(found).data)
