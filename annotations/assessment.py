"""How right one answer is, once the right one is known. No Django.

The answer, the right flow and the flow that was shown are merged as the consensus merges them, so that a person's
skill is measured by the very questions it decides later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotations.consensus.answers import Answer
from annotations.consensus.crowd import Skill, known
from annotations.consensus.elements import Element
from annotations.consensus.merge import merge
from annotations.consensus.model import READER, Decision, ElementKind, Question, Vote
from extraction.flow.model import Flow

#: What an element adds to the points. Changes that were right and changes that were wrong weigh the same; what was
#: right already and stayed so adds nothing, however much of it there is.
CORRECTED, SPOILED, LEFT = 2, -2, -1
#: Of what nothing was shown (the values of a layer that was added, say).
TOLD, MISTOLD = 1, -1
#: For an answer without any mistake.
FLAWLESS = 1

#: So many mistakes are kept for feedback; all of them count.
MOST_MISTAKES = 200
_LONGEST = 200
#: The right flow takes part in the merge under this name.
_RIGHT_ONE = "right"
#: The kinds that can be told of a figure: five, and no network.
_KINDS = 6


class _Knowing:
    """Decides as the right flow says, so that what is asked follows from that."""

    def decide(self, question: Question) -> Decision:
        for vote in question.votes:
            if vote.contributor == _RIGHT_ONE:
                return known(question, vote.value)
        absent = question.kind in (ElementKind.LAYER, ElementKind.CONNECTION)
        return known(question, False if absent else question.votes[0].value)

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]:
        return [self.decide(question) for question in questions]

    def skill(self, contributor: str, kind: ElementKind | None = None) -> Skill:
        return Skill(1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One person's answer beside the right one."""

    #: Elements told right and wrong, by kind.
    right: dict[str, int]
    wrong: dict[str, int]
    #: Each `{"element", "kind", "subject", "what", "given", "wanted", "how"}`. `element` is the id of a layer, or
    #: "source>target"; `how` is "left" (as it was shown), "changed" (it was right before) or "told".
    mistakes: list[dict[str, Any]]
    points: int
    #: What the person's skill is learned from; `decisions` say what is right.
    questions: tuple[Question, ...]
    decisions: tuple[Decision, ...]

    @property
    def score(self) -> float:
        """Right elements over all, 0 to 1."""
        right, wrong = sum(self.right.values()), sum(self.wrong.values())
        return right / (right + wrong) if right + wrong else 0.0


def assess_flow(name: str, given: Flow, *, right: Flow, shown: Flow | None) -> Outcome:
    """Compare one person's flow with the right one. `name`: what the crowd calls this person."""
    answers = [Answer(name, given, shown), Answer(_RIGHT_ONE, right, shown)]
    elements = merge(answers, reading=shown, crowd=_Knowing()).elements
    return _outcome(name, elements, _Subjects(given, right, shown))


def assess_kind(name: str, given: str, *, right: str) -> Outcome:
    """Compare what one person says of a figure's kind with what it is."""
    question = _kind_question({name: given})
    decided = (known(question, right),)
    one = {str(ElementKind.FIGURE): 1}
    if given == right:
        return Outcome(one, {}, [], TOLD, (question,), decided)
    row = _row("", ElementKind.FIGURE, "Kind of the figure", "", given, right, "told")
    return Outcome({}, one, [row], MISTOLD, (question,), decided)


def reader_evidence(read: Flow, *, right: Flow) -> tuple[list[Question], list[Decision]]:
    """What the right flow says of the automatic reading."""
    elements = merge([Answer(_RIGHT_ONE, right, read)], reading=read, crowd=_Knowing()).elements
    return _evidence(READER, elements)


def classifier_evidence(told: str, *, right: str) -> tuple[list[Question], list[Decision]]:
    """What the right kind says of the automatic one."""
    question = _kind_question({READER: told})
    return [question], [known(question, right)]


def _kind_question(votes: dict[str, str]) -> Question:
    cast = tuple(Vote(name, kind) for name, kind in votes.items())
    return Question("figure", ElementKind.FIGURE, cast, _KINDS)


def _outcome(name: str, elements: Sequence[Element], subjects: _Subjects) -> Outcome:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    mistakes: list[dict[str, Any]] = []
    points = 0
    for element in elements:
        vote, truth = _vote(element, name), _vote(element, _RIGHT_ONE)
        if vote is None or truth is None or not element.counts:
            continue
        points += _points(vote.value, truth.value, element.shown)
        if vote.value == truth.value:
            right[str(element.kind)] += 1
            continue
        wrong[str(element.kind)] += 1
        if len(mistakes) < MOST_MISTAKES:
            said = (element.plain(vote.value), element.plain(truth.value), _how(vote.value, truth.value, element.shown))
            what = "" if element.kind == ElementKind.LAYER else element.name
            mistakes.append(_row(">".join(element.layers), element.kind, subjects.of(element), what, *said))
    if not wrong:
        points += FLAWLESS
    questions, decisions = _evidence(name, elements)
    return Outcome(dict(right), dict(wrong), mistakes, points, tuple(questions), tuple(decisions))


def _evidence(name: str, elements: Sequence[Element]) -> tuple[list[Question], list[Decision]]:
    """What counts, with this one's votes only and what is right."""
    questions, decisions = [], []
    for element in elements:
        vote, truth = _vote(element, name), _vote(element, _RIGHT_ONE)
        if vote is not None and truth is not None and element.counts:
            question = replace(element.question, votes=(vote,))
            questions.append(question)
            decisions.append(known(question, truth.value))
    return questions, decisions


def _vote(element: Element, name: str) -> Vote | None:
    return next((vote for vote in element.votes if vote.contributor == name), None)


def _points(given: Hashable, right: Hashable, shown: Hashable | None) -> int:
    if shown is None:
        return TOLD if given == right else MISTOLD
    if shown == right:
        return 0 if given == right else SPOILED
    return CORRECTED if given == right else LEFT


def _how(given: Hashable, right: Hashable, shown: Hashable | None) -> str:
    if shown is None:
        return "told"
    if shown == right:
        return "changed"
    return "left" if given == shown else "told"


class _Subjects:
    """What elements are called in words."""

    def __init__(self, *flows: Flow | None) -> None:
        self._names: dict[str, str] = {}
        for flow in flows:
            for layer in flow.layers if flow else ():
                self._names.setdefault(layer.id, layer.name or layer.label or layer.id)

    def of(self, element: Element) -> str:
        return " → ".join(self._names.get(layer, layer) for layer in element.layers) or "The whole network"


def _row(element: str, kind: ElementKind, subject: str, what: str, given: Any, wanted: Any, how: str) -> dict[str, Any]:
    return {
        "element": element[:_LONGEST],
        "kind": str(kind),
        "subject": subject[:_LONGEST],
        "what": what,
        "given": _short(given),
        "wanted": _short(wanted),
        "how": how,
    }


def _short(value: Any) -> Any:
    """A value as it is kept for feedback: texts and lists of a bounded length."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, list | tuple | dict) and len(str(value)) > _LONGEST:
        return str(value)[:_LONGEST]
    return value
