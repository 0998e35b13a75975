"""Papers in templates: stages of the reading, states of tasks, names of hyper-parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotations.models import Task
from annotations.templatetags.icons import icon
from extraction.models import Paper

register = template.Library()

#: "Figure 3:", "Fig. 3.", "TABLE II –" at the beginning of a caption.
_LABEL = re.compile(r"^\s*(?:fig(?:ure|\.)?|tab(?:le|\.)?)\s*[\w.-]{1,8}?\s*[:.|–—-]\s+", re.IGNORECASE)

#: The stages that people see, each with what `extraction.pipeline` calls it.
STAGES = (
    ("Pages", ("opening the file", "reading pages")),
    ("Kinds", ("telling kinds",)),
    ("Flows", ("reading flows",)),
    ("Code", ("writing code",)),
)


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    #: done, now or empty.
    state: str
    detail: str


@register.filter
def stages(paper: Paper) -> list[Stage]:
    """How far the reading is. A stage that has no place here counts as the first."""
    if paper.state == Paper.State.QUEUED:
        return [Stage(name, "", "waits") for name, _ in STAGES]
    now = next((i for i, (_, known) in enumerate(STAGES) if paper.stage in known), 0)
    detail = f"{paper.pages_done} of {paper.pages_total}" if paper.pages_total else paper.stage
    return [
        Stage(
            name, "done" if i < now else "now" if i == now else "", detail if i == now else "waits" if i > now else ""
        )
        for i, (name, _) in enumerate(STAGES)
    ]


@register.simple_tag
def icon_tag(name: str, words: str, state: str = "") -> SafeString:
    return format_html('<span class="tag {}">{}{}</span>', state, icon(name), words)


_CLOSED: dict[str, str] = {
    Task.Retired.NO_FLOW: "Closed: shows no network",
    Task.Retired.UNREADABLE: "Closed: can't be read",
    Task.Retired.MODERATOR: "Closed by a moderator",
}


@register.simple_tag
def task_state(task: Task | None, doubts: int = 0) -> SafeString:
    """The state of a network that is not approved yet."""
    left = f", {doubts} doubt{'' if doubts == 1 else 's'}" if doubts else ""
    if task is None:
        return format_html('<span class="tag">As read{}</span>', left)
    given = getattr(task, "answers_given", 0)
    asked = f"{given} answer{'' if given == 1 else 's'} in, more wanted" if given else f"Needs an answer{left}"
    css, words = {
        Task.State.OPEN: ("act", asked),
        Task.State.RETURNED: ("act", "Returned to its author"),
        Task.State.IN_REVIEW: ("doubt", "In review"),
        Task.State.SECOND: ("doubt", "In review, approved once"),
        Task.State.APPROVED: ("done", "Approved"),
        Task.State.CLOSED: ("", _CLOSED.get(task.retired, "Closed")),
    }[Task.State(task.state)]
    return format_html('<span class="tag {}">{}</span>', css, words)


@register.filter
def why_retired(task: Task | None) -> str:
    """Why no more answers are asked for, as a sentence; empty where they are, or where it is settled."""
    if task is None or not task.retired or task.state in (Task.State.OPEN, Task.State.APPROVED):
        return ""
    why = {
        Task.Retired.CONSENSUS: "The answers agree",
        Task.Retired.NO_FLOW: "People say that the figure shows no network",
        Task.Retired.UNREADABLE: "People say that the figure can't be read",
        Task.Retired.MODERATOR: "A moderator decided",
        Task.Retired.LIMIT: "Many answered, and they still differ",
    }[Task.Retired(task.retired)]
    return f"{why}: no more answers are asked for."


@register.filter
def bare_caption(caption: str) -> str:
    """A caption without the label it begins with, where the label stands beside it."""
    return _LABEL.sub("", caption, count=1)


@register.filter
def hyperparameter_name(name: str) -> str:
    """`learning_rate` as people write it."""
    special = {"beta_1": "β₁", "beta_2": "β₂", "epsilon": "ε", "optimizer": "Optimiser", "initializer": "Initialiser"}
    return special.get(name, name.replace("_", " ").capitalize())
