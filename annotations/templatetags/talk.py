"""What people say and are told, in templates."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.models import Notice, Report
from annotations.selectors import notices, reports
from annotations.services.permissions import Person
from annotations.services.reports import subject
from annotations.talk_text import Piece, pieces
from annotations.templatetags.icons import icon

register = template.Library()

_ICONS = {
    Notice.Kind.MENTION: "talk",
    Notice.Kind.REPLY: "reply",
    Notice.Kind.DECISION: "per",
    Notice.Kind.APPROVED: "check",
    Notice.Kind.LEVEL: "up",
    Notice.Kind.REPORT: "flag",
    Notice.Kind.REQUEST: "down",
    Notice.Kind.SANCTION: "warn",
}


@register.simple_tag
def notice_icon(what: Any) -> SafeString:
    """The sign of a notice, or of a switch: anything with a `kind`."""
    return format_html('<span class="sign">{}</span>', icon(_ICONS.get(what.kind, "info")))


@register.simple_tag
def stars(average: float | None, count: int) -> SafeString:
    """An average as stars that are filled so far, with how many gave them; nothing where nobody did."""
    if not count or average is None:
        return SafeString("")
    return format_html(
        '<span class="stars" role="img" aria-label="{average} of 5 stars from {count} {people}">'
        '<svg viewBox="0 0 80 16" aria-hidden="true"><use class="rail" href="{sprite}#i-stars"/>'
        '<svg width="{width}" height="16" viewBox="0 0 {width} 16"><use href="{sprite}#i-stars" width="80" '
        'height="16"/></svg></svg><span aria-hidden="true">{average} <span class="muted">({count})</span></span>'
        "</span>",
        average=f"{average:.1f}",
        count=count,
        people="person" if count == 1 else "people",
        sprite=static("img/sprite.svg"),
        width=round(16 * average, 1),
    )


@register.simple_tag
def short_stars(average: float | None, count: int) -> SafeString:
    """The same for dense lists: one star and the average."""
    if not count or average is None:
        return SafeString("")
    told = f"{average:.1f} of 5 stars from {count} {'person' if count == 1 else 'people'}"
    return format_html(
        '<span class="stars short" role="img" aria-label="{}">{}<span aria-hidden="true">{}</span></span>',
        told,
        icon("star"),
        f"{average:.1f}",
    )


@register.filter
def spoken(text: str, people: Collection[str]) -> SafeString:
    """What a stranger wrote: paragraphs and lines as written, addresses and the names of people as links."""
    return format_html_join("", "<p>{}</p>", ((_lines(part, people),) for part in text.split("\n\n") if part.strip()))


def _lines(text: str, people: Collection[str]) -> SafeString:
    return format_html_join("", "{}", ((_piece(piece),) for piece in pieces(text, people)))


def _piece(piece: Piece) -> SafeString:
    match piece.sort:
        case "link":
            return format_html('<a href="{}" rel="nofollow ugc noopener noreferrer">{}</a>', piece.text, piece.text)
        case "name":
            return format_html('<a href="{}">@{}</a>', reverse("profile", args=[piece.text]), piece.text)
        case "code":
            return format_html("<code>{}</code>", piece.text)
        case _:
            lines = conditional_escape(piece.text).split("\n")
            return SafeString("<br>".join(lines))


@register.simple_tag
def unread_notices(user: Person) -> int:
    return notices.unread_count(user)


@register.filter
def up_to(count: int, most: int = notices.MAX_COUNT) -> str:
    """A count for a small place: 7, 99+."""
    return str(count) if count <= most else f"{most}+"


@register.simple_tag
def talk_mark(counts: Mapping[str, int], element: str, name: str = "") -> SafeString:
    """Beside a layer: how many comments there are about it, and the way to them."""
    count = counts.get(element, 0)
    return format_html(
        '<a class="talk-mark{}" href="?{}#talk" data-element="{}" data-name="{}" aria-label="{}">{}<span>{}</span></a>',
        "" if count else " none",
        urlencode({"about": f"at:{element}"}),
        element,
        name or element,
        f"{count} comment{'' if count == 1 else 's'} on {name or element}",
        icon("talk"),
        count or "",
    )


@register.simple_tag
def new_key() -> str:
    """A key for a form that is to count once."""
    return str(uuid.uuid4())


@register.simple_tag
def report_url(report: Report) -> str:
    return reports.url_of(comment=report.comment, gold=report.gold, person=report.person)


@register.simple_tag
def report_subject(report: Report) -> str:
    return subject(report)
