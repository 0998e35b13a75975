"""Papers in the administration pages. What was read is shown, never changed here."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from extraction import services
from extraction.models import Paper, PaperEvent
from extraction.storing import store_search_text


def actor(request: HttpRequest) -> User:
    """Who is at work: these pages are for signed-in people alone."""
    return cast(User, request.user)


class ReadOnly(admin.ModelAdmin[Any]):
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EventInline(admin.TabularInline[PaperEvent, Paper]):
    model = PaperEvent
    extra = 0
    can_delete = False
    readonly_fields = ["at", "actor", "before", "after", "note"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Paper)
class PaperAdmin(admin.ModelAdmin[Paper]):
    list_display = ["__str__", "state", "stage", "uploaded_by", "created_at"]
    list_filter = ["state"]
    list_select_related = ["uploaded_by"]
    search_fields = ["search_text", "file_name", "sha256"]
    # What a reader may have got wrong of the head can be put right; everything else is the worker's.
    fields = ["title", "authors", "year", "abstract", "state", "message", "sha256", "file_name", "size", "uploaded_by"]
    readonly_fields = ["state", "message", "sha256", "file_name", "size", "uploaded_by"]
    inlines = [EventInline]
    actions = ["try_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Paper, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        store_search_text(obj)
        if form.changed_data:
            services.log_edit(paper=obj, actor=actor(request), fields=form.changed_data)

    @admin.action(description="Try again to read papers that failed", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Paper]) -> None:
        count = sum(services.retry_paper(paper=paper, actor=actor(request)) for paper in queryset)
        self.message_user(request, f"{count} papers wait to be read again.")
