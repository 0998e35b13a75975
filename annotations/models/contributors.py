"""What is known of contributors: how good they are, what they may do, what they are told."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotations.models.gold import FigureKind, GoldFlow
from annotations.models.submissions import Submission
from annotations.models.tasks import Task
from extraction.append_only import AppendOnly


class Contributor(models.Model):
    """What follows from a person's answers so far. Made anew from them at any time."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contributor")
    #: As `annotations.consensus.crowd` keeps it.
    skill = models.JSONField(default=dict, blank=True)
    spam_probability = models.FloatField(default=0)
    #: From 1 to 3: opens harder tasks.
    level = models.PositiveSmallIntegerField(default=1)
    reputation = models.IntegerField(default=0)
    #: Elements told right and wrong, by known answers and gold flows.
    right = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    known_answers = models.PositiveIntegerField(default=0)
    #: Until when they may not write, or not answer either; from `Sanction`.
    muted_until = models.DateTimeField(null=True, blank=True)
    banned_until = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["-reputation"])]

    def __str__(self) -> str:
        return f"{self.user}, level {self.level}"


class Crowd(models.Model):
    """What is known of contributors in general, where a newcomer starts from, and how good the reader is: one row."""

    state = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"the crowd at {self.updated_at:%Y-%m-%d %H:%M}"


class KnownAnswer(AppendOnly):
    """The right answer to a task of purpose `known`: a gold flow, or a figure's kind."""

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="known_answer")
    gold = models.ForeignKey(GoldFlow, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    figure_kind = models.ForeignKey(FigureKind, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gold__isnull=False, figure_kind__isnull=True)
                | models.Q(gold__isnull=True, figure_kind__isnull=False),
                name="known_answer_is_flow_or_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"known answer to {self.task_id}"


class Assessment(AppendOnly):
    """How right an answer was, once the right one is known. A newer one (after a better gold flow) replaces it."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="assessments")
    number = models.PositiveSmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assessments")
    gold = models.ForeignKey(GoldFlow, null=True, blank=True, on_delete=models.PROTECT, related_name="assessments")
    known = models.BooleanField(default=False)
    #: Elements told right and wrong, by `annotations.consensus.model.ElementKind`.
    right = models.JSONField(default=dict)
    wrong = models.JSONField(default=dict)
    #: Each difference to the right answer, for feedback: `{"element", "what", "given", "wanted"}`.
    mistakes = models.JSONField(default=list)
    #: Right elements over all, 0 to 1.
    score = models.FloatField()
    #: What it adds to the reputation: corrections that were right, less those that were wrong.
    points = models.IntegerField()
    #: What the points of an earlier assessment of the same answer take back.
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    field = models.CharField(max_length=10, choices=Task.Field)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at", "user"]), models.Index(fields=["user", "id"])]
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="assessment_number_once")]

    def __str__(self) -> str:
        return f"{self.submission}: {self.score:.0%}"


class Sanction(AppendOnly):
    """A moderator keeps somebody from writing or answering for a while, or lets them again.

    The newest of each kind counts; a lift ends both.
    """

    class Kind(models.TextChoices):
        MUTE = "mute", "may not write comments"
        BAN = "ban", "may not contribute"
        LIFT = "lift", "may do everything again"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField(max_length=10, choices=Kind)
    until = models.DateTimeField(null=True, blank=True, help_text="when it ends; of a ban or a mute")
    reason = models.TextField(max_length=2000)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="lift") | models.Q(until__isnull=False), name="sanction_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"
