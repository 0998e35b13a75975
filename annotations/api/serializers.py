"""What goes in and out of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotations.models import Artifact, GoldFlow, Skip, Task
from annotations.models.gold import FRAMEWORKS
from annotations.models.submissions import ANSWER_KINDS
from extraction.models import Figure, Hyperparameter, Paper, Reading, Table


@extend_schema_field(OpenApiTypes.OBJECT)
class FlowField(serializers.JSONField):
    """A flow in its JSON form (`format: dlp2c-flow`)."""


# --- In ---------------------------------------------------------------------------------------------------------------


class UploadIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="The paper as a PDF.", allow_empty_file=True)


class DraftIn(serializers.Serializer[Any]):
    flow = FlowField()
    revision = serializers.IntegerField(
        min_value=0, help_text="The one this draft started from; 0 where there is none."
    )


class SubmitIn(serializers.Serializer[Any]):
    key = serializers.UUIDField(help_text="Made by the client, one an answer: sent twice, it counts once.")
    flow = FlowField(required=False, help_text="For a task to correct.")
    answer_kind = serializers.ChoiceField(ANSWER_KINDS, required=False, help_text="For a task to classify.")
    comment = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class SkipIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(Skip.Reason.choices)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class NextIn(serializers.Serializer[Any]):
    """What you want to work on; nothing: whatever there is."""

    kind = serializers.ChoiceField(Task.Kind.choices, required=False)
    paper = serializers.IntegerField(required=False)
    field = serializers.ChoiceField(Task.Field.choices, required=False)
    difficulty = serializers.IntegerField(required=False, min_value=1, max_value=3)


class ReleaseIn(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        required=False, help_text="Only a lease that was not renewed beyond this time, as you know it."
    )


class ReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class FlowIn(serializers.Serializer[Any]):
    flow = FlowField()


class PreviewIn(FlowIn):
    framework = serializers.ChoiceField(FRAMEWORKS)


# --- Out --------------------------------------------------------------------------------------------------------------


class HyperparameterOut(serializers.ModelSerializer[Hyperparameter]):
    class Meta:
        model = Hyperparameter
        fields = ["name", "value", "page", "sentence"]


class FigureTaskOut(serializers.ModelSerializer[Task]):
    """What is asked about a figure, and why no more, where no more is."""

    class Meta:
        model = Task
        fields = ["id", "kind", "state", "retired"]


class FigureOut(serializers.ModelSerializer[Figure]):
    image_url = serializers.HyperlinkedIdentityField(view_name="figure-image")
    readings: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    tasks = FigureTaskOut(many=True, read_only=True, source="questions", help_text="What people are asked about it.")

    class Meta:
        model = Figure
        fields = [
            "id",
            "number",
            "page",
            "bbox",
            "caption",
            "image_url",
            "width",
            "height",
            "content",
            "is_flow",
            "flow_probability",
            "kind",
            "kind_probabilities",
            "classifier",
            "readings",
            "tasks",
        ]


class TableOut(serializers.ModelSerializer[Table]):
    readings: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Table
        fields = ["id", "number", "page", "bbox", "caption", "rows", "readings"]


class PaperOut(serializers.ModelSerializer[Paper]):
    figure_count = serializers.IntegerField(read_only=True)
    flow_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Paper
        fields = [
            "id",
            "sha256",
            "file_name",
            "title",
            "authors",
            "year",
            "state",
            "stage",
            "pages_done",
            "pages_total",
            "message",
            "created_at",
            "read_at",
            "figure_count",
            "flow_count",
        ]


class PaperDetailOut(PaperOut):
    figures = FigureOut(many=True, read_only=True)
    tables = TableOut(many=True, read_only=True)
    hyperparameters = HyperparameterOut(many=True, read_only=True)

    class Meta(PaperOut.Meta):
        fields = [*PaperOut.Meta.fields, "abstract", "warnings", "figures", "tables", "hyperparameters"]


class ReadingOut(serializers.ModelSerializer[Reading]):
    flow = FlowField(read_only=True)

    class Meta:
        model = Reading
        fields = [
            "id",
            "paper",
            "figure",
            "table",
            "model_name",
            "confidence",
            "reader",
            "classifier",
            "created_at",
            "flow",
        ]


class TaskRowOut(serializers.ModelSerializer[Task]):
    title = serializers.CharField(source="paper.__str__", read_only=True)
    figure_number = serializers.CharField(source="figure.number", read_only=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "kind",
            "state",
            "retired",
            "field",
            "difficulty",
            "paper",
            "title",
            "figure",
            "figure_number",
            "priority",
        ]


class SkippedOut(TaskRowOut):
    reason = serializers.ChoiceField(Skip.Reason.choices, source="skip_reason", read_only=True)
    skipped_at = serializers.DateTimeField(read_only=True)

    class Meta(TaskRowOut.Meta):
        fields = [*TaskRowOut.Meta.fields, "reason", "skipped_at"]


class LeaseOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class TaskPaperOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()


class TaskFigureOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="`Figure 3`, or `Table 2 (A)` where a table is asked about")
    number = serializers.CharField()
    page = serializers.IntegerField()
    caption = serializers.CharField()
    image_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    kind = serializers.CharField()


class TaskReadingOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    flow = FlowField()


class TaskDraftOut(serializers.Serializer[Any]):
    flow = FlowField()
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField()


class RemarkOut(serializers.Serializer[Any]):
    element = serializers.CharField(help_text="Id of a layer, or `source>target` of a connection.")
    text = serializers.CharField()


class ReturnedOut(serializers.Serializer[Any]):
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    remarks = RemarkOut(many=True)


class TaskOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Task.Kind.choices)
    state = serializers.ChoiceField(Task.State.choices)
    retired = serializers.ChoiceField(Task.Retired.choices, allow_blank=True)
    field = serializers.ChoiceField(Task.Field.choices)
    difficulty = serializers.IntegerField()
    paper = TaskPaperOut()
    figure = TaskFigureOut()
    reading = TaskReadingOut(allow_null=True)
    draft = TaskDraftOut(allow_null=True)
    lease = LeaseOut(allow_null=True)
    returned = ReturnedOut(allow_null=True)


class NextOut(TaskOut):
    chosen_by = serializers.CharField(
        help_text="Which step of the search chose it: `own_lease`, `returned`, `started`, `disagreement`, `priority` "
        "or `skipped`."
    )


class DraftOut(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    lease = LeaseOut()


class SubmittedOut(serializers.Serializer[Any]):
    submission = serializers.IntegerField()
    next_url = serializers.CharField()


class ArtifactOut(serializers.ModelSerializer[Artifact]):
    class Meta:
        model = Artifact
        fields = ["framework", "state", "message", "layer", "finished_at"]


class NetworkOut(serializers.ModelSerializer[GoldFlow]):
    title = serializers.CharField(read_only=True)
    paper_title = serializers.CharField(source="paper.__str__", read_only=True)
    figure_number = serializers.CharField(source="figure.number", read_only=True)
    artifacts = ArtifactOut(many=True, read_only=True)

    class Meta:
        model = GoldFlow
        fields = [
            "number",
            "version",
            "previous",
            "title",
            "paper",
            "paper_title",
            "figure",
            "figure_number",
            "outline",
            "digest",
            "created_at",
            "artifacts",
        ]


class NetworkRowOut(NetworkOut):
    stars = serializers.FloatField(read_only=True, allow_null=True, help_text="The average of what people gave.")
    raters = serializers.IntegerField(read_only=True, help_text="How many gave stars.")

    class Meta(NetworkOut.Meta):
        fields = [*NetworkOut.Meta.fields, "stars", "raters"]


class NetworkDetailOut(NetworkOut):
    flow = FlowField(read_only=True)
    withdrawn = serializers.CharField(
        source="withdrawal.reason", default=None, read_only=True, help_text="Why it is not offered any more."
    )
    provenance = serializers.SerializerMethodField()

    class Meta(NetworkOut.Meta):
        fields = [*NetworkOut.Meta.fields, "reverts_to", "withdrawn", "flow", "provenance"]

    def get_provenance(self, gold: GoldFlow) -> dict[str, Any]:
        from annotations.selectors.archive import provenance

        return provenance(gold)


class CodeOut(serializers.Serializer[Any]):
    network = serializers.IntegerField(source="gold_id")
    framework = serializers.CharField()
    filename = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    lines = serializers.JSONField()
    assumptions = serializers.JSONField()
    proof = serializers.JSONField()


class ProblemOut(serializers.Serializer[Any]):
    layer = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    severity = serializers.ChoiceField([("error", "error"), ("warning", "warning")])
    connection = serializers.ListField(child=serializers.CharField(), allow_null=True)


class AssumptionOut(serializers.Serializer[Any]):
    layer = serializers.CharField()
    parameter = serializers.CharField()
    value = serializers.JSONField()
    reason = serializers.CharField()
    provenance = serializers.CharField(help_text="`inferred` from what is printed, or `assumed`.")


class CheckOut(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    problems = ProblemOut(many=True)
    parameters = serializers.IntegerField(allow_null=True)
    output_shapes = serializers.DictField(child=serializers.ListField(allow_null=True))
    layer_parameters = serializers.DictField(child=serializers.IntegerField())
    assumptions = AssumptionOut(many=True)


class RefusalOut(serializers.Serializer[Any]):
    layer = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    lines = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    refusal = RefusalOut(allow_null=True)


class ErrorOut(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="What is wrong, in a sentence that can be shown.")
