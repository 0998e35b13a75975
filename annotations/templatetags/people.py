"""People in templates: initials, roles, what they may do."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

from django import template
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.models import Report
from annotations.services import permissions
from annotations.services.permissions import Person

register = template.Library()

_SECTIONS = {
    "papers": "papers",
    "upload": "papers",
    "paper": "papers",
    "networks": "networks",
    "network": "networks",
    "contribute": "contribute",
    "task": "contribute",
    "review": "review",
    "review-task": "review",
    "review-bulk": "review",
    "review-batch": "review",
    "moderation-people": "moderation",
    "moderation-person": "moderation",
    "moderation-withdraw": "moderation",
    "moderation-reports": "moderation",
    "moderation-log": "moderation",
    "task-feedback": "contribute",
    "leaderboard": "people",
    "profile": "people",
    "guide": "guide",
    "guide-page": "guide",
}


@register.filter
def section(view_name: str | None) -> str:
    """The part of the site that a page belongs to."""
    return _SECTIONS.get(view_name or "", "")


@register.filter
def may_review(user: Person) -> bool:
    return permissions.may_review(user) is None


@register.simple_tag
def moderation_tabs() -> list[dict[str, Any]]:
    """The parts of the moderators' pages, with how many reports are open."""
    open_reports = Report.objects.filter(state=Report.State.OPEN).count()
    return [
        {
            "label": "People",
            "url": reverse("moderation-people"),
            "names": ("moderation-people", "moderation-person", "moderation-restrict", "moderation-withdraw"),
        },
        {
            "label": "Reports",
            "url": reverse("moderation-reports"),
            "names": ("moderation-reports",),
            "count": open_reports,
        },
        {"label": "Log", "url": reverse("moderation-log"), "names": ("moderation-log",)},
        {"label": "Classifier", "url": reverse("classifier"), "names": ("classifier", "classifier-run")},
    ]


@register.simple_tag
def restriction(user: Person) -> str:
    return permissions.restriction(user)


@register.filter
def name_in(names: Sequence[str], name: str | None) -> bool:
    return name in names


@register.simple_tag
def role(user: User) -> str:
    if permissions.is_administrator(user):
        return "Administrator"
    return "Moderator" if permissions.is_moderator(user) else "Volunteer"


def initials(name: str) -> str:
    """Two letters for a name: "maya.oduya" and "MayaOduya" give MO."""
    words = re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+", name)
    letters = words[0][0] + words[1][0] if len(words) > 1 else name[:2]
    return letters.upper()


def tint(name: str) -> str:
    """One of five, always the same one for a name."""
    return "abcde"[zlib.crc32(name.encode()) % 5]


@register.simple_tag
def avatar(user: User, size: str = "") -> SafeString:
    """Initials on one of five tints, always the same one for a name."""
    name = user.username
    return format_html('<span class="avatar {} {}" aria-hidden="true">{}</span>', tint(name), size, initials(name))


@register.simple_tag
def weeks_chart(weeks: Sequence[int]) -> SafeString:
    """Answers a week as bars, this week in pen."""
    highest = max(weeks, default=0) or 1
    width = len(weeks) * 12
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="10" height="{}"/>',
        (
            ("now" if place == len(weeks) - 1 else "", place * 12, 56 - height, height)
            for place, height in enumerate(max(1, round(54 * week / highest)) for week in weeks)
        ),
    )
    return format_html(
        '<svg class="weeks" role="img" aria-label="Answers a week: {} in {} weeks" viewBox="0 0 {} 56" '
        'preserveAspectRatio="none">{}</svg>',
        sum(weeks),
        len(weeks),
        width,
        bars,
    )
