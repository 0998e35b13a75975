"""The table of differences, and rows of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.models import Task
from annotations.selectors.page_review import Cell, Row
from annotations.templatetags.flows import conf, kind_name, times
from annotations.templatetags.people import avatar

if TYPE_CHECKING:
    from annotations.views._review import Desk

register = template.Library()

LONGEST = 60


def value_text(kind: str, value: Any) -> str:
    """A value in words: of a layer or connection, whether it is there."""
    if kind == "layer":
        return "there" if value else "removed"
    if kind == "connection" and (value is None or isinstance(value, bool)):
        return "yes" if value else "no"
    if kind == "figure":
        return kind_name(str(value))
    return times(None if value == "" else value)


@register.filter
def short_title(task: Task) -> str:
    """Where the network stands, short enough for a narrow column."""
    title = str(task.paper)
    return f"{task.figure}, {title if len(title) <= LONGEST else title[: LONGEST - 1] + '…'}"


@register.filter
def waits(task: Any) -> str:
    """What lies there: "5 answers, 2 in dispute"; of a task that is still asked, "1 answer, more asked"."""
    count = f"{task.answers} answer{'' if task.answers == 1 else 's'}"
    if task.own:
        return f"{count}, one is yours"
    if task.state == Task.State.SECOND:
        return "you approved it, another confirms" if task.confirms else "approved once, to confirm"
    parts = ["proposal to gold" if task.round > 1 else "", "kind" if task.kind == Task.Kind.CLASSIFY else "", count]
    if task.disputed:
        parts.append(f"{task.disputed} in dispute")
    elif task.answers > 1:
        parts.append("no dispute")
    if task.state == Task.State.OPEN:
        parts.append("more asked")
    return ", ".join(part for part in parts if part)


@register.simple_tag
def review_table(desk: Desk) -> SafeString:
    """Every difference as a row: what was read, what each says, what holds, how sure."""
    people = [answer.submission.user for answer in desk.answers]
    heads = format_html_join(
        "",
        '<th scope="col" class="who"><span class="who-cell">{}<span>{}</span></span></th>',
        ((avatar(user, "mini"), user.username) for user in people),
    )
    rows = format_html_join(
        "",
        '<tr data-row="{}" aria-selected="{}" tabindex="{}">{}</tr>',
        (
            (at, "true" if at == desk.first else "false", 0 if at == desk.first else -1, _row(row))
            for at, row in enumerate(desk.rows)
        ),
    )
    return format_html(
        '<div class="scroll-x"><table class="table dense review-table" data-rows><caption class="sr">Differences '
        'between what was read and what people say</caption><thead><tr><th scope="col">Difference</th>'
        '<th scope="col">{}</th>{}<th scope="col" class="cons">Consensus</th><th scope="col">Sure</th></tr></thead>'
        "<tbody>{}</tbody></table></div>",
        "Gold" if desk.task.round > 1 else "Reading",
        heads,
        rows,
    )


def _row(row: Row) -> SafeString:
    subject = f"{row.subject}, {row.what}" if row.what else row.subject
    before = format_html('<td class="before">{}</td>', _before(row))
    cells = format_html_join("", "{}", ((_cell(row, cell),) for cell in row.cells))
    return format_html(
        '<td><span class="diff {}">{}</span></td>{}{}<td class="cons">{}</td><td>{}</td>',
        row.sign, subject, before, cells, _after(row), conf(row.probability),
    )  # fmt: skip


def _before(row: Row) -> SafeString:
    if row.before is None:
        return SafeString('<span class="muted">none</span>')
    return format_html("{}", _text(row, row.before))


def _cell(row: Row, cell: Cell) -> SafeString:
    if cell.how == "none":
        return SafeString('<td class="by"><span class="muted" title="says nothing of it">–</span></td>')
    if cell.how == "read":
        return format_html('<td class="by as-read" title="left as it was: {}">as read</td>', _said(row, cell.value))
    css = "outvoted" if cell.how == "out" else ""
    return format_html('<td class="by"><span class="{}">{}</span></td>', css, _said(row, cell.value))


def _said(row: Row, value: Any) -> str:
    if value is None and row.kind == "layer":
        return "none" if row.sign == "add" or row.before is None else "removed"
    return _text(row, value)


def _after(row: Row) -> SafeString:
    doubtful = "doubtful" if row.doubtful and row.counts else ""
    if row.sign == "del":
        return format_html('<b class="{}">removed</b>', doubtful)
    after = _said(row, row.after)
    if row.sign == "chg" and row.changed and row.before is not None and not doubtful:
        return format_html(
            '<span class="diff-values"><del>{}</del> <ins>{}</ins></span>', _text(row, row.before), after
        )
    return format_html('<b class="{}">{}</b>', doubtful, after)


def _text(row: Row, value: Any) -> str:
    if isinstance(value, bool) or (value is None and row.kind == "connection"):
        return value_text(row.kind, value) if row.kind != "layer" else ("yes" if value else "no")
    text = times(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
