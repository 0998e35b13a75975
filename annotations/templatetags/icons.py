"""Icons and layer glyphs from the one sprite."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotations.templatetags._strip import form_of
from extraction.flow.catalogue import CATALOGUE, canonical_type

register = template.Library()

#: Names of the families for legends, in the order of a network.
FAMILIES = (
    ("conv", "Convolution"),
    ("pool", "Pooling"),
    ("dense", "Dense"),
    ("norm", "Normalisation"),
    ("act", "Activation"),
    ("rec", "Recurrent"),
    ("attn", "Attention"),
    ("merge", "Merge"),
    ("io", "Input, output"),
    ("block", "Block"),
)


def family_of(type_name: str) -> str:
    name = canonical_type(type_name)
    return str(CATALOGUE[name].family) if name else "block"


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small drawing that only repeats what words beside it say."""
    symbol = name if name == "logo" else f"i-{name}"
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', static("img/sprite.svg"), symbol)


@register.simple_tag
def family_glyph(family: str) -> SafeString:
    return format_html(
        '<svg class="fam f-{}" aria-hidden="true"><use href="{}#g-{}"/></svg>', family, static("img/sprite.svg"), family
    )


@register.simple_tag
def glyph(type_name: str) -> SafeString:
    """The silhouette of a layer type."""
    family = family_of(type_name)
    symbol = {"up": "up", "unknown": "unk"}.get(form_of(type_name), family)
    return format_html(
        '<svg class="fam f-{}" aria-hidden="true"><use href="{}#g-{}"/></svg>', family, static("img/sprite.svg"), symbol
    )


@register.simple_tag
def kind_picture(kind: str) -> SafeString:
    """A small drawing of a figure's kind."""
    return format_html(
        '<svg class="kind" aria-hidden="true"><use href="{}#k-{}"/></svg>', static("img/kinds.svg"), kind or "none"
    )


@register.inclusion_tag("includes/legend.html")
def legend() -> dict[str, object]:
    return {"families": FAMILIES}
