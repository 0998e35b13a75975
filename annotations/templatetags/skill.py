"""How good somebody is, in templates."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.selectors.skill import Rate

register = template.Library()

#: The bar begins here: nobody who tries is right less often.
FROM = 0.5


@register.simple_tag
def rate_bar(rate: Rate) -> SafeString:
    """How often somebody is right, from 50% to 100%; the line is everybody's mean."""
    line = SafeString("")
    if rate.everybody is not None:
        line = format_html('<rect class="line" x="{}%" width="2" height="12"/>', _along(rate.everybody))
    return format_html(
        '<svg class="rate" aria-hidden="true" height="12"><rect class="rail" y="3" width="100%" height="6"/>'
        '<rect class="fill" y="3" width="{}%" height="6"/>{}</svg>',
        _along(rate.share or 0.0),
        line,
    )


def _along(share: float) -> float:
    return round(100 * max(0.0, share - FROM) / (1 - FROM), 1)


@register.simple_tag
def level_mark(level: int, highest: int = 3) -> SafeString:
    """Steps, as many filled as the level."""
    steps = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="6" height="{}"/>',
        (("on" if step < level else "", step * 8, 9 - 3 * step, 5 + 3 * step) for step in range(highest)),
    )
    return format_html(
        '<svg class="level" role="img" aria-label="Level {} of {}" viewBox="0 0 22 14">{}</svg>', level, highest, steps
    )


@register.filter
def signed(points: int) -> str:
    """+3, 0, −2."""
    return f"+{points}" if points > 0 else str(points).replace("-", "−")
