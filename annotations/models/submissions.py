"""Answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.tasks import Lease, Task
from extraction.append_only import AppendOnly
from extraction.models import FIGURE_KINDS

NO_NETWORK = "none"
ANSWER_KINDS = [*FIGURE_KINDS, (NO_NETWORK, "no network")]


class Submission(AppendOnly):
    """One answer to a task. An answer that was returned is followed by another; it never changes itself."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="submissions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="submission")
    #: Made by the client once for each answer, so that the same answer sent twice counts once.
    key = models.UUIDField()
    #: The earlier answer of the same person that a moderator returned.
    follows = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by")
    flow = models.JSONField(null=True, blank=True)
    outline = models.JSONField(null=True, blank=True)
    answer_kind = models.CharField(max_length=10, blank=True, choices=ANSWER_KINDS)
    #: What the checks said of the flow when it was handed in.
    problems = models.JSONField(default=list, blank=True)
    comment = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="submission_key_once"),
            # One answer a person and task; each further one follows exactly one that was returned.
            models.UniqueConstraint(
                fields=["task", "user"], condition=Q(follows__isnull=True), name="one_answer_a_person_and_task"
            ),
            models.CheckConstraint(
                condition=Q(flow__isnull=False, answer_kind="") | (Q(flow__isnull=True) & ~Q(answer_kind="")),
                name="submission_is_flow_or_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} of {self.user} to task {self.task_id}"
