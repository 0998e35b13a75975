"""What was approved, and the code made from it."""

from __future__ import annotations

from django.conf import settings
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
    #: The one answer it is; none where it is a consensus, a moderator's edit, or an earlier version brought back.
    submission = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="gold_flows"
    )
    #: The decision that made it; none where an earlier version was brought back.
    review = models.OneToOneField(Review, null=True, blank=True, on_delete=models.PROTECT, related_name="gold_flow")
    #: The earlier version that was brought back, and who did it.
    reverts_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    #: What the consensus gave for all of it being right; none where there was none.
    probability = models.FloatField(null=True, blank=True)
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


class GoldCredit(AppendOnly):
    """Whose answers a gold flow was made from."""

    gold = models.ForeignKey(GoldFlow, on_delete=models.PROTECT, related_name="credits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="gold_credits")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["gold", "user"], name="gold_credit_once")]

    def __str__(self) -> str:
        return f"{self.user} for No. {self.gold_id}"


class GoldWithdrawal(AppendOnly):
    """A gold flow that is no longer offered. Its number keeps its meaning; its page says what became of it."""

    gold = models.OneToOneField(GoldFlow, on_delete=models.PROTECT, related_name="withdrawal")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"No. {self.gold_id} withdrawn by {self.actor}"


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
    #: Of the people who answered, how many said so; none where it follows from an approved flow.
    votes = models.PositiveSmallIntegerField(null=True, blank=True)
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
        #: It was tried and broke; the message tells.
        FAILED = "failed", "did not run"
        #: What runs it is not installed here.
        UNTRIED = "untried", "not tried here"
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


class Download(models.Model):
    """How often code was fetched on one day: what is wanted, and nothing about who wanted it."""

    gold = models.ForeignKey(GoldFlow, on_delete=models.PROTECT, related_name="downloads")
    #: A framework, or "zip".
    what = models.CharField(max_length=10)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "what", "day"], name="download_day_once")]

    def __str__(self) -> str:
        return f"No. {self.gold_id} {self.what} {self.day}: {self.count}"


class Request(AppendOnly):
    """Somebody wants the code of a figure."""

    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requests")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["figure", "user"], name="one_request_a_person_and_figure")]

    def __str__(self) -> str:
        return f"{self.user} wants {self.figure}"
