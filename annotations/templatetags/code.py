"""Source code in pages: coloured by Pygments, a line an element, each knowing the layers it builds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import JsonLexer, ProtoBufLexer, PythonLexer

from annotations.models import Artifact

register = template.Library()

_LEXERS: Mapping[str, type[Lexer]] = {
    "keras": PythonLexer,
    "pytorch": PythonLexer,
    "caffe": ProtoBufLexer,
    "json": JsonLexer,
}


@lru_cache(maxsize=128)
def highlighted(source: str, language: str) -> tuple[str, ...]:
    """The lines of a program as HTML; text is escaped by the formatter."""
    html: str = highlight(source, _LEXERS[language](stripnl=False, ensurenl=True), HtmlFormatter(nowrap=True))
    return tuple(html.removesuffix("\n").split("\n"))


@register.simple_tag
def code(
    source: str,
    language: str,
    lines: Mapping[str, Sequence[int]] | None = None,
    first: int = 1,
    last: int | None = None,
) -> SafeString:
    """Lines `first` to `last` of a program. `lines` says for each layer which lines build it."""
    layers: dict[int, list[str]] = {}
    for layer, (begin, end) in (lines or {}).items():
        for number in range(begin, end + 1):
            layers.setdefault(number, []).append(layer)
    rows = []
    for number, html in enumerate(highlighted(source, language)[first - 1 : last], start=first):
        # Pygments escaped the line.
        safe = mark_safe(html)  # noqa: S308
        if number in layers:
            rows.append(format_html('<span class="l" data-layers="{}">{}</span>', "\x1f".join(layers[number]), safe))
        else:
            rows.append(format_html('<span class="l">{}</span>', safe))
    return SafeString("".join(rows))


@register.simple_tag
def code_of_layers(artifact: Artifact, most: int = 14) -> SafeString:
    """The part of a program that builds the layers, shortened to `most` lines, as an example shows it."""
    spans = list(artifact.lines.values())
    first = min((begin for begin, _ in spans), default=1)
    last = max((end for _, end in spans), default=most)
    return code(artifact.source, artifact.framework, None, first, min(last, first + most - 1))
