"""What was approved, and the code made from it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from annotations.models.review import Review
from annotations.models.submissions import ANSWER_KINDS, Submission
from extraction.append_only import AppendOnly
from extraction.models import Figure, Paper

FRAMEWORKS = [("keras", "Keras"), ("caffe", "Caffe"), ("pytorch", "PyTorch")]


class GoldFlow(AppendOnly):
    """An approved flow. Its number is for ever: a better version gets a number of its own and points back."""

    number = models.BigAutoField(primary_key=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="gold_flows")
    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="gold_flows")
    version = models.PositiveIntegerField()
    previous = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="next")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="gold_flow")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="gold_flow")
    name = models.CharField(max_length=200, blank=True)
    flow = models.JSONField()
    outline = models.JSONField()
    #: `extraction.flow.canonical.digest`: equal for equal networks, however drawn.
    digest = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["figure", "version"], name="gold_version_once"),
            models.CheckConstraint(
                condition=Q(version=1, previous__isnull=True) | Q(version__gt=1, previous__isnull=False),
                name="gold_version_follows_another",
            ),
        ]

    def __str__(self) -> str:
        return f"No. {self.number}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("network", args=[self.number])

    @property
    def title(self) -> str:
        return self.name or f"{self.figure} of “{self.paper}”"


class GoldLayerType(AppendOnly):
    """Which layer types a gold flow has, to search by."""

    gold = models.ForeignKey(GoldFlow, on_delete=models.PROTECT, related_name="layer_types")
    type = models.CharField(max_length=100, db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "type"], name="gold_layer_type_once")]

    def __str__(self) -> str:
        return f"{self.count} × {self.type}"


class FigureKind(AppendOnly):
    """The kind of a figure as people told and a moderator approved. The newest counts."""

    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="approved_kinds")
    kind = models.CharField(max_length=10, choices=ANSWER_KINDS)
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="figure_kind")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.figure}: {self.kind}"


class Artifact(models.Model):
    """The code of a gold flow for one framework, with the proof that it ran."""

    class State(models.TextChoices):
        BUILDING = "building", "being built"
        VERIFIED = "verified", "built and run"
        #: It was tried and broke, or what runs it is not installed here; the message tells.
        FAILED = "failed", "did not run"
        REFUSED = "refused", "can't be expressed"

    gold = models.ForeignKey(GoldFlow, on_delete=models.PROTECT, related_name="artifacts")
    framework = models.CharField(max_length=10, choices=FRAMEWORKS)
    state = models.CharField(max_length=10, choices=State, default=State.BUILDING)
    #: Whether a worker has taken it; before that it waits.
    running = models.BooleanField(default=False)
    filename = models.CharField(max_length=60, blank=True)
    source = models.TextField(blank=True)
    #: Layer id -> first and last line of the source.
    lines = models.JSONField(default=dict, blank=True)
    #: What the flow did not say: each `{"layer", "parameter", "value", "reason"}`.
    assumptions = models.JSONField(default=list, blank=True)
    #: Parameter count, shapes, seconds, versions: what the run gave.
    proof = models.JSONField(default=dict, blank=True)
    #: Why it was refused or failed, and at which layer.
    message = models.TextField(blank=True)
    layer = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["gold", "pk"]
        indexes = [models.Index(fields=["state", "heartbeat_at"])]
        constraints = [models.UniqueConstraint(fields=["gold", "framework"], name="one_artifact_a_framework")]

    def __str__(self) -> str:
        return f"{self.get_framework_display()} of No. {self.gold_id}: {self.state}"
