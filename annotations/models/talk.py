"""Ratings, comments, reports of abuse, and what people are told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.gold import FRAMEWORKS, GoldFlow
from extraction.append_only import AppendOnly


class Rating(models.Model):
    """How many stars a person gives a gold flow, or its code for one framework."""

    gold = models.ForeignKey(GoldFlow, on_delete=models.PROTECT, related_name="ratings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ratings")
    #: Empty: the flow itself.
    framework = models.CharField(max_length=10, choices=FRAMEWORKS, blank=True)
    stars = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gold", "user", "framework"], name="one_rating_a_person"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="rating_of_one_to_five_stars"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} stars by {self.user}"


class Comment(AppendOnly):
    """What somebody says about a gold flow, its code for one framework, or one of its elements."""

    gold = models.ForeignKey(GoldFlow, on_delete=models.PROTECT, related_name="comments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments")
    framework = models.CharField(max_length=10, choices=FRAMEWORKS, blank=True)
    #: Id of a layer, or "source>target" of a connection; empty: all of it.
    element = models.CharField(max_length=200, blank=True)
    answers = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replies")
    text = models.TextField(max_length=4000)
    #: Made by the client once for each comment, so that the same one sent twice counts once.
    key = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["gold", "id"])]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="comment_key_once")]

    def __str__(self) -> str:
        return f"{self.user} on No. {self.gold_id}"


class CommentHiding(AppendOnly):
    """A moderator, or its author, took a comment off the page or put it back. The newest counts."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="hidings")
    hidden = models.BooleanField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.comment}: {'hidden' if self.hidden else 'shown'}"


class Report(models.Model):
    """Somebody says that a comment, a gold flow or a person's work is abuse."""

    class Code(models.TextChoices):
        SPAM = "spam", "spam"
        INSULT = "insult", "insulting"
        WRONG = "wrong", "wrong on purpose"
        RIGHTS = "rights", "against somebody's rights"
        OTHER = "other", "something else"

    class State(models.TextChoices):
        OPEN = "open", "open"
        UPHELD = "upheld", "right"
        DISMISSED = "dismissed", "dismissed"

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports")
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.PROTECT, related_name="reports")
    gold = models.ForeignKey(GoldFlow, null=True, blank=True, on_delete=models.PROTECT, related_name="reports")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="reports_about"
    )
    code = models.CharField(max_length=10, choices=Code)
    text = models.TextField(blank=True, max_length=2000)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(comment__isnull=False, gold__isnull=True, person__isnull=True)
                | Q(comment__isnull=True, gold__isnull=False, person__isnull=True)
                | Q(comment__isnull=True, gold__isnull=True, person__isnull=False),
                name="report_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["reporter", "comment"], condition=Q(state="open"), name="one_open_report_of_a_comment"
            ),
            models.UniqueConstraint(
                fields=["reporter", "gold"], condition=Q(state="open"), name="one_open_report_of_a_flow"
            ),
            models.UniqueConstraint(
                fields=["reporter", "person"], condition=Q(state="open"), name="one_open_report_of_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}: {self.code}"


class Notice(models.Model):
    """Something a person is told, on the site and, unless they switched it off, by mail."""

    class Kind(models.TextChoices):
        MENTION = "mention", "somebody mentions me"
        REPLY = "reply", "somebody answers my comment"
        DECISION = "decision", "a moderator decides about my answer or comment"
        APPROVED = "approved", "a network with my work is approved"
        LEVEL = "level", "I reach a new level"
        REPORT = "report", "a report of mine is answered"
        REQUEST = "request", "code that I asked for is there"
        SANCTION = "sanction", "a moderator restricts my account"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.CharField(max_length=500)
    #: A path of the site.
    url = models.CharField(max_length=300)
    #: What it tells of, so that the same is told once.
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "read_at"]),
            # What may still have to be mailed, for the sweep.
            models.Index(fields=["created_at"], condition=Q(mailed_at__isnull=True), name="notice_not_mailed"),
        ]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_key_once")]

    def __str__(self) -> str:
        return self.text


class NoticePreference(models.Model):
    """Which kinds of notices come by mail. What is not here comes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=10, choices=Notice.Kind)
    mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_preference_a_kind")]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {'by mail' if self.mail else 'not by mail'}"
