"""The change log."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotations.models.gold import GoldFlow
from annotations.models.tasks import Task
from extraction.append_only import AppendOnly


class Event(AppendOnly):
    """Something changed: who, what, before and after."""

    at = models.DateTimeField(auto_now_add=True)
    #: Nobody: the site itself.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    gold = models.ForeignKey(GoldFlow, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    #: Whom it was done to.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verb = models.CharField(max_length=40)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    #: What was done together with others.
    batch = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["task", "id"]),
            models.Index(fields=["verb", "id"]),
            models.Index(fields=["actor", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}: {self.before} → {self.after}"
