"""`{% strip flow %}`: the strip of a flow, inline SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from annotations.templatetags import _strip
from extraction.flow.model import Flow, FlowError

register = template.Library()


@register.simple_tag
def strip(flow: Flow | Mapping[str, Any] | None, doubts: bool = False) -> SafeString:
    """Draw a flow, its JSON form or its outline.

    What is no flow draws nothing: a list must not fail for one bad row.
    """
    if not flow:
        return SafeString("")
    if isinstance(flow, Flow):
        row = _strip.from_flow(flow)
    elif "types" in flow:
        row = _strip.from_outline(flow)
    else:
        try:
            row = _strip.from_flow(Flow.from_dict(flow))
        except FlowError:
            return SafeString("")
    # The drawing is made of families, forms and numbers; no text of the flow is in it.
    return mark_safe(_strip.svg(_strip.fold(row), doubts=doubts))  # noqa: S308
