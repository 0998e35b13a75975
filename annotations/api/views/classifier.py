"""How the classifier learns: the version in use, its retrainings, going back."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import SignedIn, body, person
from annotations.api.serializers import ErrorOut
from annotations.api.views.moderation import MayModerate
from annotations.selectors import page_classifier
from annotations.services import classifier as services
from annotations.services.permissions import may_moderate
from extraction.classifier import Present, present
from extraction.models import Promotion, TrainingRun


class RunOut(serializers.ModelSerializer[TrainingRun]):
    message = serializers.SerializerMethodField(help_text="Why it was not promoted.")
    started_by = serializers.SerializerMethodField(help_text="For moderators; else and for no person null.")
    metrics = serializers.SerializerMethodField(
        help_text="On the frozen test set: `before`, `after`, `range_after` and `range_gain` (95% of paired resamples "
        "of whole papers), and how many new labels are contradicted. Who gave them, for moderators: `people`."
    )

    class Meta:
        model = TrainingRun
        fields = [
            "id",
            "state",
            "cause",
            "started_by",
            "message",
            "labels",
            "new_labels",
            "release_sha256",
            "base_figures",
            "anew",
            "backbone",
            "code_version",
            "seed",
            "compared_with",
            "version",
            "artifact_sha256",
            "metrics",
            "created_at",
            "finished_at",
        ]

    def _inside(self) -> bool:
        request = self.context.get("request")
        return request is not None and may_moderate(request.user) is None

    def get_message(self, run: TrainingRun) -> str:
        return page_classifier.said_of(run, inside=self._inside())

    @extend_schema_field({"type": "string", "nullable": True})
    def get_started_by(self, run: TrainingRun) -> str | None:
        return run.started_by.username if run.started_by and self._inside() else None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_metrics(self, run: TrainingRun) -> dict[str, Any]:
        return {name: value for name, value in run.metrics.items() if name != "people" or self._inside()}


class WholeRunOut(RunOut):
    log = serializers.SerializerMethodField(help_text="For moderators; else empty.")

    class Meta(RunOut.Meta):
        fields = [*RunOut.Meta.fields, "log"]

    def get_log(self, run: TrainingRun) -> str:
        return run.log if self._inside() else ""


class PromotionOut(serializers.ModelSerializer[Promotion]):
    class Meta:
        model = Promotion
        fields = ["number", "version", "run", "at"]


class PresentOut(serializers.Serializer[Present]):
    version = serializers.CharField()
    run = serializers.IntegerField(
        source="run.pk", default=None, allow_null=True, help_text="null: it comes with the installation."
    )
    number = serializers.IntegerField(help_text="How many times a version came into use.")
    problem = serializers.CharField(help_text="Why the version promoted last is not the one in use; else empty.")


class LabelOut(serializers.Serializer[Any]):
    figure = serializers.IntegerField()
    picture = serializers.CharField(help_text="SHA-256 of it.")
    paper = serializers.CharField(help_text="SHA-256 of its file.")
    kind = serializers.CharField()
    told_by = serializers.ListField(child=serializers.CharField())
    review = serializers.IntegerField(allow_null=True, help_text="The decision that settled it.")


class UseIn(serializers.Serializer[Any]):
    run = serializers.IntegerField(allow_null=True, help_text="null: the version that comes with the installation.")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=services.MAX_NOTE)


class Classifier(APIView):
    @extend_schema(responses=PresentOut)
    def get(self, request: Request) -> Response:
        """The version of the classifier in use."""
        return Response(PresentOut(present()).data)


class Runs(ListAPIView[TrainingRun]):
    """All retrainings, the newest first."""

    serializer_class = RunOut

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return page_classifier.listed()


class Retrain(SignedIn):
    @extend_schema(request=None, responses={200: RunOut, 201: RunOut, 403: ErrorOut})
    def post(self, request: Request) -> Response:
        """Start a retraining (administrators). One at a time: 200 gives the one that is under way, 201 a new one."""
        run, new = services.start(actor=person(request))
        return Response(RunOut(run, context={"request": request}).data, status=201 if new else 200)


class OneRun(APIView):
    @extend_schema(responses={200: WholeRunOut, 404: ErrorOut})
    def get(self, request: Request, pk: int) -> Response:
        """A retraining: what it learned from, how it went, what came out."""
        run = get_object_or_404(TrainingRun.objects.select_related("started_by").defer("release"), pk=pk)
        return Response(WholeRunOut(run, context={"request": request}).data)


class Release(APIView):
    permission_classes = [MayModerate]

    @extend_schema(responses={200: LabelOut(many=True), 403: ErrorOut, 404: ErrorOut})
    def get(self, request: Request, pk: int) -> Response:
        """The accepted labels that a retraining learned from, as they were (moderators)."""
        return Response(get_object_or_404(TrainingRun, pk=pk).release)


class Use(SignedIn):
    @extend_schema(request=UseIn, responses={200: PromotionOut, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request) -> Response:
        """Let an earlier promoted version answer again (administrators). 409: it is in use, or can't be used."""
        sent = body(UseIn, request)
        chosen = get_object_or_404(TrainingRun.objects.defer("release"), pk=sent["run"]) if sent["run"] else None
        return Response(PromotionOut(services.use(run=chosen, actor=person(request), note=sent["note"])).data)
