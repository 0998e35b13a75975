"""Retrainings of the classifier, and which of its versions is in use."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from extraction.append_only import AppendOnly


class TrainingRun(models.Model):
    """One retraining: what it learned from, how it went, what came out. What it did not learn from is no run."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        PROMOTED = "promoted", "promoted"
        REFUSED = "refused", "refused"
        FAILED = "failed", "failed"

    class Cause(models.TextChoices):
        PERSON = "person", "somebody"
        LABELS = "labels", "enough new labels"
        COMMAND = "command", "a command"

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    cause = models.CharField(max_length=10, choices=Cause)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: Always 1: so that the database allows one open run at a time.
    place = models.PositiveSmallIntegerField(default=1, editable=False)
    #: Why it was refused or failed, in words.
    message = models.TextField(blank=True)

    #: What it learned from: the accepted labels as they were (see `extraction.labels`), and the SHA-256 of that list.
    release = models.JSONField(default=list)
    release_sha256 = models.CharField(max_length=64, blank=True)
    labels = models.PositiveIntegerField(default=0)
    #: Those of them that the version it was compared with did not learn from.
    new_labels = models.PositiveIntegerField(default=0)
    #: Learned from so many figures of the base set; none: from all of them.
    base_figures = models.PositiveIntegerField(null=True, blank=True)
    #: Begins a line of versions: it is compared with nothing. Only commands do that.
    anew = models.BooleanField(default=False)
    backbone = models.CharField(max_length=40, blank=True)
    code_version = models.CharField(max_length=60, blank=True)
    seed = models.PositiveIntegerField(default=0)

    #: Version that it was compared with, and what came out.
    compared_with = models.CharField(max_length=60, blank=True)
    version = models.CharField(max_length=60, blank=True)
    artifact_sha256 = models.CharField(max_length=64, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    log = models.TextField(blank=True)

    #: Each time a worker takes it this grows: what an earlier worker still says no longer counts.
    attempt = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(state__in=["waiting", "running"]), name="training_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Retraining {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}


class TrainingEvent(AppendOnly):
    """A change of a retraining's state."""

    run = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    #: Nobody: the worker.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before or 'new'} → {self.after}"


class Promotion(AppendOnly):
    """From then on this version answers. The newest one counts; going back is a further row."""

    #: From 1 without a gap: of two at the same moment one comes second and is told so.
    number = models.PositiveIntegerField(unique=True)
    #: The retraining that it comes from; none: the head that comes with the installation.
    run = models.ForeignKey(TrainingRun, null=True, blank=True, on_delete=models.PROTECT, related_name="promotions")
    version = models.CharField(max_length=60)
    at = models.DateTimeField(auto_now_add=True)
    #: Nobody: the worker, because the test set said so.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.version} from {self.at:%Y-%m-%d %H:%M}"
