"""Moderators' decisions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.submissions import Submission
from annotations.models.tasks import Task
from extraction.append_only import AppendOnly


class Review(AppendOnly):
    """What a moderator decided about one answer: once, whatever is clicked twice."""

    class Decision(models.TextChoices):
        APPROVE = "approve", "approved"
        RETURN = "return", "returned"
        REJECT = "reject", "rejected"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reviews")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="review")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=10, choices=Decision)
    reason = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="approve") | ~Q(reason=""), name="review_says_why_it_does_not_approve"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.decision} by {self.moderator}"
