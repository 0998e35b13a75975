"""Retrainings in templates: the tag of a state, and accuracy against labels as a drawing."""

from __future__ import annotations

import itertools
import math

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.selectors.page_classifier import Curve, Point
from annotations.templatetags.icons import icon
from extraction.models import TrainingRun

register = template.Library()

_LOOKS = {"waiting": ("", "clock"), "running": ("act", "redo"), "promoted": ("done", "check"), "refused": ("bad", "x")}
#: Height of the drawing in pixels, and of the part in which points stand. Widths are shares, so that letters keep
#: their size on a phone.
HEIGHT, TOP, BOTTOM = 264, 20, 232
LEFT, RIGHT = 12.0, 97.0


@register.simple_tag
def run_state(run: TrainingRun) -> SafeString:
    look, name = _LOOKS.get(run.state, ("bad", "warn"))
    return format_html('<span class="tag {}">{}{}</span>', look, icon(name), run.get_state_display().capitalize())


@register.filter
def percent_1(value: object) -> str:
    """92.4%: to the figures that a test set of some hundred tells apart. Of what was not measured a dash."""
    return f"{100 * value:.1f}%" if isinstance(value, float | int) else "–"


@register.filter
def points_1(value: float) -> str:
    """A gain in points of a hundred, with its sign: +1.2, −0.3, 0."""
    rounded = round(100 * value, 1)
    return "0" if not rounded else f"{rounded:+.1f}".replace("-", "−")


@register.simple_tag
def curve_drawing(curve: Curve, words: str) -> SafeString:
    """Accuracy against the figures learned from: a line through the promoted versions, rings for refused ones."""
    heights = [value for point in curve.points for value in (point.low, point.high)]
    heights += [curve.built_in] if curve.built_in is not None else []
    floor, ceiling, step = _scale(min(heights), max(heights))
    least, most = (choose(point.learned_from for point in curve.points) for choose in (min, max))
    room = max(most - least, 20)

    def x(point: Point) -> str:
        return f"{LEFT + (RIGHT - LEFT) * (point.learned_from - least + (room - most + least) / 2) / room:.2f}%"

    def y(value: float) -> str:
        return f"{BOTTOM - (BOTTOM - TOP) * (value - floor) / (ceiling - floor):.1f}"

    ticks = [floor + step * place for place in range(round((ceiling - floor) / step) + 1)]
    promoted = [point for point in curve.points if point.promoted]
    parts = [
        *(_level("grid", y(tick), f"{100 * tick:.0f}%") for tick in ticks),
        _level("installed", y(curve.built_in), "") if curve.built_in is not None else "",
        *(
            format_html('<line class="way" x1="{}" y1="{}" x2="{}" y2="{}"/>', x(a), y(a.value), x(b), y(b.value))
            for a, b in itertools.pairwise(promoted)
        ),
        *(
            format_html(
                '<g class="{}"><title>Retraining {}: {} with {} figures</title><line x1="{}" y1="{}" x2="{}" y2="{}"/>'
                '<circle cx="{}" cy="{}" r="{}"/></g>',
                "promoted" if point.promoted else "refused",
                point.run,
                percent_1(point.value),
                point.learned_from,
                *(x(point), y(point.low), x(point), y(point.high)),
                *(x(point), y(point.value), "5" if point.promoted else "4.5"),
            )
            for point in curve.points
        ),
        *(
            format_html('<text x="{}" y="{}" text-anchor="{}">{}</text>', x(point), HEIGHT - 8, anchor, count)
            for point, anchor, count in _ends(curve.points)
        ),
    ]
    first, last = curve.points[0], curve.points[-1]
    return format_html(
        '<svg class="curve" role="img" aria-label="{}: {} with {} figures at first, {} with {} at last" height="{}">{}'
        "</svg>",
        *(words, percent_1(first.value), first.learned_from, percent_1(last.value), last.learned_from, HEIGHT),
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _level(name: str, y: str, label: str) -> SafeString:
    text = format_html('<text x="0" y="{}">{}</text>', float(y) - 4, label) if label else ""
    return format_html('<line class="{}" x1="0" y1="{}" x2="100%" y2="{}"/>{}', name, y, y, text)


def _ends(points: tuple[Point, ...]) -> list[tuple[Point, str, int]]:
    """The least and the most figures learned from, to be written below."""
    least = min(points, key=lambda point: point.learned_from)
    most = max(points, key=lambda point: point.learned_from)
    if least.learned_from == most.learned_from:
        return [(least, "middle", least.learned_from)]
    return [(least, "middle", least.learned_from), (most, "middle", most.learned_from)]


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Floor, ceiling and step of about four round levels around these values."""
    span = max(high - low, 0.01)
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0) if span / step <= 5)
    floor, ceiling = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return floor, max(ceiling, floor + step), step
