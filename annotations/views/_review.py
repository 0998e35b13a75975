"""What the page of one decision shows: the graph, the rows, and what stands beside a selected row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.templatetags.static import static
from django.urls import reverse

from annotations.consensus.model import READER, ElementKind
from annotations.models import Review, Task
from annotations.selectors.page_review import Alternative, Row, doubts_of, rows_of
from annotations.selectors.review import Answer, ReviewPage
from annotations.services.choices import can_choose
from annotations.services.skill import load_crowd, name_of
from annotations.templatetags.flows import kind_name, percent
from annotations.templatetags.people import initials, tint
from annotations.templatetags.review import value_text
from extraction.flow.diff import diff
from extraction.flow.model import Flow

#: Of somebody who told fewer elements, little is known.
FEW_ELEMENTS = 30
#: So many values of one element are offered.
MAX_ALTERNATIVES = 6
#: How much of the figure around a layer is cut out, in its own size, and at least in pixels.
MARGIN, LEAST_MARGIN = 1.0, 24

_KINDS = {
    ElementKind.LAYER: "on layers",
    ElementKind.TYPE: "on layer types",
    ElementKind.PARAMETER: "on parameters",
    ElementKind.CONNECTION: "on connections",
    ElementKind.FIGURE: "on kinds of figures",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person says of a figure's kind."""

    answer: Answer
    kind: str
    out: bool


@dataclass(frozen=True)
class Desk:
    """One task as it lies before a moderator."""

    page: ReviewPage
    #: The moderator.
    user: User

    @property
    def task(self) -> Task:
        return self.page.task

    @cached_property
    def answers(self) -> list[Answer]:
        """Those that count, who answered first first: a column each."""
        return sorted(self.page.waiting, key=lambda answer: answer.submission.pk)

    @cached_property
    def earlier(self) -> list[Answer]:
        kept = {answer.submission.pk for answer in self.answers}
        return [answer for answer in self.page.answers if answer.submission.pk not in kept]

    @property
    def classifies(self) -> bool:
        return self.task.kind == Task.Kind.CLASSIFY

    @property
    def title(self) -> str:
        if self.classifies:
            return f"Kind of {str(self.task.figure).lower()}"
        flow = self.flow
        return (flow.get("name") if flow else "") or str(self.task.figure)

    @cached_property
    def flow(self) -> dict[str, Any] | None:
        """What an approval would approve: what waits for confirmation, else the consensus, else the one answer."""
        pending = self.page.pending
        if pending is not None:
            edited: dict[str, Any] | None = pending.flow
            if edited is not None:
                return edited
            if pending.submission is not None:
                return pending.submission.flow
        if self.page.consensus is not None:
            return self.page.consensus.flow
        return self.answers[0].submission.flow if self.answers else None

    @cached_property
    def rows(self) -> list[Row]:
        consensus = self.page.consensus
        if consensus is None or self.classifies:
            return []
        return rows_of(consensus.elements, [answer.submission.user_id for answer in self.answers], self.page.shown)

    @property
    def first(self) -> int:
        """The row that is selected at first: the least sure one, where one is in doubt."""
        if not self.rows:
            return 0
        least = min(range(len(self.rows)), key=lambda at: self.rows[at].probability)
        return least if self.rows[least].doubtful else 0

    @property
    def probability(self) -> float | None:
        return self.page.consensus.probability if self.page.consensus else None

    @cached_property
    def votes(self) -> list[Vote]:
        said = self.page.consensus.answer_kind if self.page.consensus else ""
        kinds = [(answer, answer.submission.answer_kind) for answer in self.answers]
        return [Vote(answer, kind, bool(said) and kind != said) for answer, kind in kinds]

    @property
    def comments(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.submission.comment]

    @property
    def may_edit(self) -> bool:
        return not self.classifies and self.page.pending is None and self.flow is not None

    @property
    def codes(self) -> list[tuple[str, str]]:
        return [(code, str(label).capitalize()) for code, label in Review.Code.choices]

    # --- For the scripts ----------------------------------------------------------------------------------------------

    @property
    def view_id(self) -> str:
        return f"view-{self.task.pk}"

    @property
    def pane_id(self) -> str:
        return f"pane-{self.task.pk}"

    @cached_property
    def picture(self) -> dict[str, Any]:
        figure = self.task.figure
        url = reverse("figure-image", args=[figure.pk])
        return {"image_url": url, "width": figure.width, "height": figure.height}

    @cached_property
    def wanted(self) -> int:
        """How many people asked for its code."""
        return self.task.figure.requests.count()

    @property
    def view(self) -> dict[str, Any] | None:
        """The graph: what is to be approved, laid over what people started from."""
        return graph(self.flow, self.page.shown, self._elements) if self.flow else None

    @property
    def _elements(self) -> Sequence[dict[str, Any]]:
        return self.page.consensus.elements if self.page.consensus and not self.classifies else ()

    @property
    def pane(self) -> dict[str, Any]:
        """What stands beside a selected row, for all rows."""
        kinds = dict.fromkeys([*(row.kind for row in self.rows), *(["figure"] if self.classifies else [])])
        people = [answer.submission.user for answer in self.answers]
        return {
            "first": self.first,
            "reader": "The gold flow" if self.task.round > 1 else "The reader",
            "figure": self.picture,
            "sprite": static("img/sprite.svg"),
            "people": {name_of(user.pk): _person(user) for user in people},
            "skills": _skills([user.pk for user in people], kinds),
            "rows": [self._row(row) for row in self.rows],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        elements = {element["key"]: element for element in self._elements}
        choices = []
        for place, one in enumerate(row.alternatives[:MAX_ALTERNATIVES]):
            key = f"{row.key}/type" if row.kind == "layer" and row.sign == "add" else row.key
            element = elements.get(key)
            able = element is not None and can_choose(element, one.value, self.page.shown)
            choices.append(_choice(row, one, place if able else None, key))
        return {
            "title": f"{row.subject}, {row.what}" if row.what else row.subject,
            "kind": row.kind,
            "percent": percent(row.probability),
            "low": row.doubtful,
            "layers": row.layers,
            "choices": choices,
            "box": self._box(row.layers),
        }

    @cached_property
    def _boxes(self) -> dict[str, tuple[float, float, float, float]]:
        shown = [*(self.page.shown.layers if self.page.shown else ())]
        now = [*Flow.from_dict(self.flow).layers] if self.flow else []
        return {layer.id: layer.bbox for layer in (*shown, *now) if layer.bbox}

    def _box(self, layers: Iterable[str]) -> dict[str, list[float]] | None:
        """Where the layers are drawn, and what of the figure around them is shown."""
        found = [self._boxes[layer] for layer in layers if layer in self._boxes]
        if not found:
            return None
        x0, y0 = min(box[0] for box in found), min(box[1] for box in found)
        x1, y1 = max(box[2] for box in found), max(box[3] for box in found)
        margin = max(LEAST_MARGIN, MARGIN * max(x1 - x0, y1 - y0))
        figure = self.task.figure
        left, top = max(0.0, x0 - margin), max(0.0, y0 - margin)
        right, bottom = min(float(figure.width), x1 + margin), min(float(figure.height), y1 + margin)
        return {
            "mark": [x0, y0, x1 - x0, y1 - y0],
            "view": [left, top, max(right - left, 1), max(bottom - top, 1)],
        }


def graph(flow: Any, other: Flow | None, elements: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """What <flow-view> shows: a flow over another one, with the difference and what is in doubt."""
    return {
        "flow": flow,
        "other": diff(other, Flow.from_dict(flow)).to_dict() if other is not None else None,
        # Rounded as in the rows.
        "doubts": {layer: math.floor(sure * 100) / 100 for layer, sure in doubts_of(elements).items()},
    }


def _choice(row: Row, one: Alternative, place: int | None, key: str) -> dict[str, Any]:
    return {
        "text": value_text(row.kind if row.sign != "add" else "type", one.value),
        "percent": percent(one.probability),
        "by": [name for name in one.by if name != READER],
        "read": READER in one.by,
        "holds": one.holds,
        # Which of the element's values it is; nothing where it can't be chosen from here.
        "place": place,
        "key": key,
    }


def _person(user: User) -> dict[str, str]:
    return {"name": user.username, "initials": initials(user.username), "tint": tint(user.username)}


def _skills(people: Sequence[int], kinds: Iterable[str]) -> dict[str, Any]:
    """How often each is right, and the reader, by kind of question."""
    crowd = load_crowd(people)
    found = {}
    for kind in kinds:
        rows = []
        for name in [*(name_of(person) for person in people), READER]:
            skill = crowd.skill(name, ElementKind(kind))
            new = skill.elements < FEW_ELEMENTS
            rows.append({"who": name, "share": round(skill.mean, 4), "percent": percent(skill.mean), "new": new})
        found[kind] = {"words": _KINDS[ElementKind(kind)], "rows": rows}
    return found


def said_of(task: Task, review: Review) -> str:
    """A decision in a sentence: "LeNet approved"."""
    what = f"{task.figure} of “{task.paper}”"
    if task.kind == Task.Kind.CLASSIFY:
        figure_kind = getattr(review, "figure_kind", None)
        what += f": {kind_name(figure_kind.kind).lower()}" if figure_kind else ""
    if task.state == Task.State.SECOND:
        return f"{what}: approved once, another moderator confirms it."
    return f"{what}: {review.get_decision_display()}."
