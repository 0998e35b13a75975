"""Values of flows in templates: shapes, numbers, provenance, confidence, stamps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.models import Artifact
from annotations.templatetags._strip import SURE
from annotations.templatetags.icons import family_of, glyph, icon
from extraction.flow.model import Layer

register = template.Library()

FRAMEWORKS = {"keras": "Keras", "pytorch": "PyTorch", "caffe": "Caffe"}

KINDS = {
    "neurons": ("Circles and lines", "single units, all joined"),
    "box2d": ("Flat boxes", "boxes with words, joined by arrows"),
    "stacked2d": ("Stacks of squares", "feature maps, one behind the other"),
    "box3d": ("Cuboids", "boxes with depth"),
    "pipeline": ("Whole pipeline", "data, steps and models"),
    "none": ("Not a network", "curves, photos, anything else"),
}

_PROVENANCE_ICONS = {
    "figure": "fig",
    "table": "tab",
    "text": "par",
    "inferred": "inf",
    "assumed": "asm",
    "person": "per",
}


@register.filter
def times(value: object) -> str:
    """A size or shape as papers print it: 28 × 28 × 6; `?` is a size that is not known."""
    if isinstance(value, list | tuple):
        return " × ".join("?" if size is None else times(size) for size in value) or "one number"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {times(entry)}" for key, entry in value.items())
    return str(value)


@register.filter
def grouped(value: int | None) -> str:
    """A count with thousands apart: 61,706."""
    return "" if value is None else f"{value:,}"


@register.filter
def short_count(value: int | None) -> str:
    """A count in three figures: 31.0M."""
    if value is None:
        return ""
    for size, unit in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return f"{value / size:.1f}{unit}"
    return str(value)


@register.filter
def percent(value: float | None) -> str:
    """71%. What is not quite certain is never rounded to certainty."""
    return "" if value is None else f"{math.floor(value * 100)}%"


@register.filter
def kind_name(kind: str) -> str:
    return KINDS.get(kind, (kind, ""))[0]


@register.filter
def in_doubt(confidence: float | None) -> bool:
    return confidence is not None and confidence < SURE


@register.simple_tag
def conf(value: float | None) -> SafeString:
    """How sure a reading is, with the line at 80% below which it counts as doubt."""
    if value is None:
        return SafeString("")
    width = round(36 * value, 1)
    return format_html(
        '<span class="conf {}"><svg viewBox="0 0 36 9" aria-hidden="true"><rect class="rail" y="2" width="36" '
        'height="5"/><rect class="fill" y="2" width="{}" height="5"/><rect class="line" x="28.8" width="1" height="9"/>'
        "</svg>{}</span>",
        "low" if in_doubt(value) else "",
        width,
        percent(value),
    )


@register.simple_tag
def prov(source: str, where: object = "", href: str = "") -> SafeString:
    """Where a value comes from: icon and word, with the place where one is known ("text p. 7")."""
    if source not in _PROVENANCE_ICONS:
        return SafeString("")
    word = format_html("{}{}{}", source, " " if where else "", where)
    if href:
        return format_html('<a class="prov p-{}" href="{}">{}{}</a>', source, href, _prov_icon(source), word)
    return format_html('<span class="prov p-{}">{}{}</span>', source, _prov_icon(source), word)


@register.simple_tag
def prov_page(page: int | None, source: str = "text") -> SafeString:
    return prov(source, f"p. {page}" if page else "")


def _prov_icon(source: str) -> SafeString:
    return icon(_PROVENANCE_ICONS[source])


@register.simple_tag
def stamp(artifact: Artifact, label: str = "") -> SafeString:
    """The mark of one framework. Green only for code that was built and run."""
    name = label or FRAMEWORKS.get(artifact.framework, artifact.framework)
    css, symbol, words = {
        Artifact.State.VERIFIED: ("", "check", "built and run"),
        Artifact.State.FAILED: ("failed", "x", "did not run"),
        Artifact.State.UNTRIED: ("not-run", "minus", "not tried here"),
        Artifact.State.REFUSED: ("not-run", "minus", "can't be expressed"),
        Artifact.State.BUILDING: ("not-run", "clock", "being built"),
    }[Artifact.State(artifact.state)]
    return format_html(
        '<span class="stamp {}">{}{}<span class="sr"> {}</span></span>', css, icon(symbol), name, f": {words}"
    )


@register.simple_tag
def proof_count(artifacts: Iterable[Artifact]) -> SafeString:
    """ "3 of 3" frameworks have code that ran."""
    found = list(artifacts)
    ran = sum(artifact.state == Artifact.State.VERIFIED for artifact in found)
    css, symbol = ("", "check") if ran else ("not-run", "minus")
    if not ran and any(artifact.state == Artifact.State.BUILDING for artifact in found):
        symbol = "clock"
    return format_html(
        '<span class="stamp {}">{}{} of {}<span class="sr"> programs built and run</span></span>',
        css,
        icon(symbol),
        ran,
        len(found) or len(FRAMEWORKS),
    )


@register.filter
def parameter_count(artifacts: Iterable[Artifact]) -> int | None:
    """The number of parameters that a run counted."""
    for artifact in artifacts:
        count = artifact.proof.get("parameters")
        if isinstance(count, int):
            return count
    return None


@register.filter
def ordered(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """Keras, PyTorch, Caffe: the same order everywhere."""
    names = list(FRAMEWORKS)
    return sorted(artifacts, key=lambda artifact: names.index(artifact.framework))


@register.filter
def mark_words(text: str, query: str) -> SafeString:
    """The text with what was searched for under the marker."""
    words = [word.casefold() for word in query.split() if word]
    folded = text.casefold()
    # Folding can change the length of a text (ß); then nothing is marked rather than the wrong letters.
    if not words or len(folded) != len(text):
        return SafeString(conditional_escape(text))
    spans: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            spans.append((at, at + len(word)))
            at = folded.find(word, at + len(word))
    pieces: list[tuple[str, str, str]] = []
    end = 0
    for start, stop in sorted(spans):
        if start < end:
            continue
        pieces.append((text[end:start], text[start:stop], ""))
        end = stop
    marked = format_html_join("", "{}<mark>{}</mark>{}", pieces)
    return format_html("{}{}", marked, text[end:])


@register.simple_tag
def layer_value(value: object, source: str) -> SafeString:
    """A value; one that nobody saw printed stands on the marker where it is assumed."""
    css = "doubtful" if source == "assumed" else ""
    return format_html('<b class="{}">{}</b>', css, times(value)) if css else format_html("<b>{}</b>", times(value))


@register.simple_tag
def kinds() -> list[dict[str, Any]]:
    """The six answers to "How is this network drawn?", with their keys."""
    return [
        {"key": (i + 1) % 6, "kind": kind, "name": name, "hint": hint}
        for i, (kind, (name, hint)) in enumerate(KINDS.items())
    ]


@register.simple_tag
def sprite_url() -> str:
    return static("img/sprite.svg")


@register.filter
def span(value: timedelta) -> str:
    """A length of time in one unit: 2.1 days, 3.5 h, 40 min, 12 s."""
    seconds = value.total_seconds()
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"


@register.filter
def layer_facts(layer: Layer) -> str:
    """What a node card says below the name: the shape of an input, the numbers of a layer."""
    if layer.type in ("Input", "Output"):
        shape = layer.output_shape or layer.params.get("shape")
        return times(list(shape)) if shape else ""
    shown = []
    for name in ("filters", "units", "output_dim", "kernel_size", "pool_size", "rate", "activation"):
        value = layer.params.get(name)
        if value is not None and value != "linear":
            shown.append(times(list(value) if isinstance(value, list | tuple) else value))
    return ", ".join(shown)


@register.simple_tag
def node_glyph(type_name: str) -> SafeString:
    """The left part of a node card: the glyph on the tint of its family."""
    return format_html('<span class="g f-{}">{}</span>', family_of(type_name), glyph(type_name))


@register.simple_tag
def tab_mark(artifact: Artifact) -> SafeString:
    """The sign on a framework's tab."""
    css, symbol, words = {
        Artifact.State.VERIFIED: ("ok", "check", "built and run: "),
        Artifact.State.FAILED: ("no", "x", "did not run: "),
        Artifact.State.UNTRIED: ("", "minus", "not tried here: "),
        Artifact.State.REFUSED: ("", "minus", "not possible: "),
        Artifact.State.BUILDING: ("", "clock", "being built: "),
    }[Artifact.State(artifact.state)]
    return format_html('<span class="{}">{}</span><span class="sr">{}</span>', css, icon(symbol), words)


@register.filter
def times_or_blank(value: object) -> str:
    return "" if value is None else times(value)


@register.filter
def proof_words(proof: Mapping[str, Any]) -> str:
    """What the code ran on: "keras 3.15.1, numpy 2.4.6"."""
    versions = proof.get("versions")
    if not isinstance(versions, Mapping):
        return "Built and run"
    return ", ".join(f"{name} {version}" for name, version in versions.items()) or "Built and run"


@register.filter
def numbers_words(proof: Mapping[str, Any]) -> str:
    """Whose numbers its own were compared with; nothing where they were not."""
    found = proof.get("numbers")
    if not isinstance(found, Mapping) or not found.get("ok"):
        return ""
    other, layers = dict(Artifact.framework.field.choices or ()).get(found["with"], found["with"]), found["compared"]
    rest = f", {len(found['left_out'])} could not be compared" if found.get("left_out") else ""
    places = f"{layers} layer{'' if layers == 1 else 's'}"
    return f" With the same weights its numbers are those of the {other} code at {places} (to 1 in 10,000){rest}."


@register.filter
def ticks(text: str) -> SafeString:
    """A message with what stands in `backticks` as code. All of it is escaped."""
    parts = text.split("`")
    # An even number of parts: a tick without its partner, which then is just a sign.
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    pieces = (("<code>{}</code>" if i % 2 else "{}", part) for i, part in enumerate(parts))
    return format_html_join("", "{}", ((format_html(markup, part),) for markup, part in pieces))
