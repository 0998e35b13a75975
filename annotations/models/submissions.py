"""Answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.tasks import Lease, Task
from extraction.append_only import AppendOnly
from extraction.models import FIGURE_KINDS

if TYPE_CHECKING:
    from annotations.models.review import Review

NO_NETWORK = "none"
ANSWER_KINDS = [*FIGURE_KINDS, (NO_NETWORK, "no network")]


class Submission(AppendOnly):
    """One answer to a task. An answer that was returned is followed by another; it never changes itself."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="submissions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    #: The task's round when it was given.
    round = models.PositiveSmallIntegerField(default=1)
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
            # One answer a person, task and round; each further one follows exactly one that was returned.
            models.UniqueConstraint(
                fields=["task", "round", "user"],
                condition=Q(follows__isnull=True),
                name="one_answer_a_person_and_round",
            ),
            models.CheckConstraint(
                condition=Q(flow__isnull=False, answer_kind="") | (Q(flow__isnull=True) & ~Q(answer_kind="")),
                name="submission_is_flow_or_kind",
            ),
        ]

    @property
    def review(self) -> Review | None:
        """The decision about it that stands. Lists load it with `selectors.answers.with_review`."""
        standing: list[Review] | None = getattr(self, "standing_reviews", None)
        if standing is None:
            standing = list(self.reviews.filter(undo__isnull=True).select_related("moderator").order_by("pk"))
        return standing[-1] if standing else None

    def __str__(self) -> str:
        return f"answer {self.pk} of {self.user} to task {self.task_id}"


class Withdrawal(AppendOnly):
    """An answer that no longer counts: its author was found to be a spammer, say. It stays to be seen."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="withdrawal")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.submission} withdrawn by {self.actor}"


class Consensus(AppendOnly):
    """What the answers of one round say together, after each of them. The newest counts."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="consensuses")
    round = models.PositiveSmallIntegerField()
    #: From 1, over all rounds of the task.
    number = models.PositiveIntegerField()
    #: How many answers it was made of.
    answers = models.PositiveSmallIntegerField()
    flow = models.JSONField(null=True, blank=True)
    outline = models.JSONField(null=True, blank=True)
    answer_kind = models.CharField(max_length=10, blank=True, choices=ANSWER_KINDS)
    #: Every element with its ranking of values and who said what (`annotations.consensus.merge`).
    elements = models.JSONField(default=list)
    #: That all of it is right.
    probability = models.FloatField()
    #: How many elements people differ about.
    disputed = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, blank=True)
    #: `extraction.flow.canonical.digest`, of a flow.
    digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="consensus_number_once")]

    def __str__(self) -> str:
        return f"consensus {self.number} of task {self.task_id}, from {self.answers}"
