"""Moderators' decisions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.submissions import Consensus, Submission
from annotations.models.tasks import Task
from extraction.append_only import AppendOnly


class Review(AppendOnly):
    """What a moderator decided about a task: about its consensus, about one answer, or with a flow of their own."""

    class Decision(models.TextChoices):
        APPROVE = "approve", "approved"
        RETURN = "return", "returned"
        REJECT = "reject", "rejected"

    class Code(models.TextChoices):
        """Why an answer was not taken, for its author and for counting."""

        LAYERS = "layers", "layers are missing or don't exist"
        CONNECTIONS = "connections", "connections are wrong"
        PARAMETERS = "parameters", "parameters are wrong"
        UNTOUCHED = "untouched", "nothing was corrected"
        NOT_A_NETWORK = "not_a_network", "the figure shows no network"
        UNREADABLE = "unreadable", "the figure can't be read"
        SPAM = "spam", "it is no honest answer"
        OTHER = "other", "another reason"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reviews")
    #: From 1 for each task: of two moderators who decide at the same moment, one comes second and is told so.
    number = models.PositiveIntegerField()
    #: Which answer it is about; none where it is about the consensus.
    submission = models.ForeignKey(Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews")
    consensus = models.ForeignKey(Consensus, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews")
    #: What was approved, where the moderator edited it first.
    flow = models.JSONField(null=True, blank=True)
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=10, choices=Decision)
    code = models.CharField(max_length=20, choices=Code, blank=True)
    reason = models.TextField(blank=True, max_length=2000)
    #: The task's state before: what an undo goes back to.
    before = models.CharField(max_length=10, choices=Task.State)
    #: The first moderator's approval that this one confirms.
    confirms = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="confirmed_by"
    )
    #: Decisions made together.
    batch = models.UUIDField(null=True, blank=True, db_index=True)
    #: Made by the client once for each decision, so that the same one sent twice counts once.
    key = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="review_number_once"),
            models.UniqueConstraint(fields=["moderator", "key"], name="review_key_once"),
            models.CheckConstraint(
                condition=Q(decision="approve") | ~Q(reason="") | ~Q(code=""),
                name="review_says_why_it_does_not_approve",
            ),
            models.CheckConstraint(
                condition=Q(submission__isnull=False) | Q(consensus__isnull=False) | Q(flow__isnull=False),
                name="review_is_about_something",
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.task_id}: {self.decision} by {self.moderator}"

    @property
    def undone(self) -> bool:
        return hasattr(self, "undo")


class ReviewUndo(AppendOnly):
    """A decision that was taken back."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="undo")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.review}, taken back by {self.actor}"


class ReviewRemark(AppendOnly):
    """What a moderator says about one element of an answer that goes back."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="remarks")
    #: Id of a layer, or "source>target" of a connection, in the answer's flow.
    element = models.CharField(max_length=200)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.element}: {self.text}"
