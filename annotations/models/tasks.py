"""Questions to people, and who is at work on which."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from extraction.append_only import AppendOnly
from extraction.models import Figure, Paper, Reading


class Task(models.Model):
    """One question about one figure: is it a network and of which kind, or: what is its flow?"""

    class Kind(models.TextChoices):
        CLASSIFY = "classify", "tell the kind of a figure"
        CORRECT = "correct", "correct a flow"

    class Purpose(models.TextChoices):
        QUESTION = "question", "nobody knows the answer yet"
        #: The answer is known (`KnownAnswer`): it tells how good a contributor is, and shows them what they missed.
        KNOWN = "known", "the answer is known"

    class State(models.TextChoices):
        OPEN = "open", "open"
        IN_REVIEW = "in_review", "in review"
        SECOND = "second", "waiting for a second moderator"
        RETURNED = "returned", "returned to its author"
        APPROVED = "approved", "approved"
        CLOSED = "closed", "closed"

    class Retired(models.TextChoices):
        """Why no more answers are asked for."""

        CONSENSUS = "consensus", "the answers agree"
        NO_FLOW = "no_flow", "the figure shows no network"
        UNREADABLE = "unreadable", "the figure can't be read"
        MODERATOR = "moderator", "a moderator decided"
        LIMIT = "limit", "many answers, and they still differ"

    class Field(models.TextChoices):
        """What a paper is about, as its title and abstract tell."""

        VISION = "vision", "images and video"
        LANGUAGE = "language", "language"
        AUDIO = "audio", "speech and music"
        GENERATION = "generation", "generating"
        CONTROL = "control", "games and robots"
        SCIENCE = "science", "science and medicine"
        OTHER = "other", "everything else"

    kind = models.CharField(max_length=10, choices=Kind)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="tasks")
    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="tasks")
    #: What a volunteer starts from. A question about the kind has none.
    reading = models.ForeignKey(Reading, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.QUESTION)
    #: A better proposal to a gold flow starts the next round; answers belong to the round they were given in.
    round = models.PositiveSmallIntegerField(default=1)
    #: Grows while people differ, see `services.consensus`.
    answers_wanted = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    #: Why no more answers are asked for; empty while they are.
    retired = models.CharField(max_length=10, choices=Retired, blank=True)
    field = models.CharField(max_length=10, choices=Field, default=Field.OTHER)
    #: From 1 (newcomers) to 3; a contributor's level opens it.
    difficulty = models.PositiveSmallIntegerField(default=1)
    #: How unsure the consensus is, 0 to 1: of the reading alone while nobody has answered.
    uncertainty = models.FloatField(default=1)
    #: How much people want this one: ratings, downloads, requests.
    demand = models.FloatField(default=0)
    #: Higher comes first; made of uncertainty, demand and age.
    priority = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-priority", "pk"]
        indexes = [models.Index(fields=["state", "purpose", "-priority", "id"])]
        constraints = [
            models.CheckConstraint(condition=Q(answers_wanted__gte=1), name="task_wants_an_answer"),
            models.CheckConstraint(
                condition=Q(kind="classify", reading__isnull=True) | Q(kind="correct", reading__isnull=False),
                name="task_reading_fits_kind",
            ),
            # What makes the creation of tasks safe to repeat.
            models.UniqueConstraint(
                fields=["reading"], condition=Q(kind="correct", purpose="question"), name="task_once_a_reading"
            ),
            models.UniqueConstraint(
                fields=["figure"], condition=Q(kind="classify", purpose="question"), name="task_classify_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.figure} of “{self.paper}”"

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])


class Lease(models.Model):
    """A volunteer's hold on one of a task's places. A place that was answered stays taken."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        SUBMITTED = "submitted", "submitted"
        RELEASED = "released", "given back"
        EXPIRED = "expired", "run out"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="leases")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leases")
    #: Which of the task's places, from 1, and how many there are.
    slot = models.PositiveSmallIntegerField()
    slots = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    #: Which step of the search for the next task chose it; empty where the person did.
    chosen_by = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "expires_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "user"], condition=Q(state="open"), name="one_open_lease_a_volunteer_and_task"
            ),
            models.UniqueConstraint(
                fields=["task", "slot"],
                condition=Q(state__in=["open", "submitted"]),
                name="never_more_leases_than_the_task_asks_for",
            ),
            models.CheckConstraint(condition=Q(slot__gte=1) & Q(slot__lte=F("slots")), name="lease_slot_of_slots"),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.task_id} ({self.state})"

    @property
    def is_running(self) -> bool:
        return self.state == self.State.OPEN and self.expires_at > timezone.now()


class Draft(models.Model):
    """What a volunteer has so far. It survives the lease, so nobody's work is lost by a pause."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts")
    flow = models.JSONField()
    #: Grows by one with each save. A save that names an older one comes from another window and is refused.
    revision = models.PositiveIntegerField()
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="one_draft_a_volunteer_and_task")]

    def __str__(self) -> str:
        return f"draft {self.revision} of {self.user} for {self.task_id}"


class Skip(AppendOnly):
    """A volunteer could not answer, and says why. The task is offered to them again when nothing else is left."""

    class Reason(models.TextChoices):
        UNREADABLE = "unreadable", "I can't read the figure"
        NOT_A_NETWORK = "not_a_network", "This is no network"
        WRONG_CROP = "wrong_crop", "The figure is cut wrongly"
        TOO_HARD = "too_hard", "It is too hard for me"
        LATER = "later", "I'll come back to it"
        OTHER = "other", "Another reason"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="skips")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=20, choices=Reason)
    comment = models.CharField(max_length=500, blank=True)
    #: How often this person has skipped this task, from 1.
    number = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user", "number"], name="skips_are_numbered")]

    def __str__(self) -> str:
        return f"{self.user} skipped {self.task_id}: {self.reason}"
