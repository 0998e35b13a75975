"""People's work in the administration pages: to look at. Changes go through services, so that each is logged."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from annotations.models import Artifact, Event, GoldFlow, Lease, Review, Skip, Submission, Task
from annotations.services import gold, roles
from annotations.services.errors import ServiceError
from extraction.admin import ReadOnly, actor

admin.site.unregister(User)


@admin.register(User)
class PeopleAdmin(UserAdmin):
    """People as Django shows them. What changes of their roles stands in the log."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.roles_before = roles.names(User.objects.get(pk=obj.pk)) if change else "volunteer"
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        roles.log_change(person=form.instance, actor=actor(request), before=form.roles_before)


@admin.register(Task)
class TaskAdmin(ReadOnly):
    list_display = ["id", "kind", "state", "paper", "figure", "answers_wanted", "priority"]
    list_filter = ["kind", "state"]
    list_select_related = ["paper", "figure"]


@admin.register(Lease)
class LeaseAdmin(ReadOnly):
    list_display = ["task", "user", "slot", "state", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["task__paper", "task__figure", "user"]


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    list_display = ["id", "task", "user", "created_at"]
    list_select_related = ["task__paper", "task__figure", "user"]


@admin.register(Review)
class ReviewAdmin(ReadOnly):
    list_display = ["id", "submission", "moderator", "decision", "created_at"]
    list_filter = ["decision"]
    list_select_related = ["submission__user", "moderator"]


@admin.register(Skip)
class SkipAdmin(ReadOnly):
    list_display = ["task", "user", "reason", "created_at"]
    list_filter = ["reason"]
    list_select_related = ["task__paper", "task__figure", "user"]


@admin.register(GoldFlow)
class GoldFlowAdmin(ReadOnly):
    list_display = ["number", "title", "version", "created_at"]
    list_select_related = ["paper", "figure"]


@admin.register(Artifact)
class ArtifactAdmin(ReadOnly):
    list_display = ["gold", "framework", "state", "message", "finished_at"]
    list_filter = ["framework", "state"]
    list_select_related = ["gold__paper", "gold__figure"]
    actions = ["build_again"]

    @admin.action(description="Build code again that failed or was refused", permissions=["view"])
    def build_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        count = 0
        for artifact in queryset:
            try:
                gold.rebuild(artifact=artifact, actor=actor(request))
                count += 1
            except ServiceError as error:
                self.message_user(request, str(error), level="WARNING")
        self.message_user(request, f"{count} are on their way.")


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["at", "actor", "verb", "before", "after", "task", "gold", "note"]
    list_filter = ["verb"]
    list_select_related = ["actor", "task__paper", "task__figure", "gold__paper", "gold__figure"]
