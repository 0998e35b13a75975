"""From answers to decisions: which layers there are, then all about them, then what fits together."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from itertools import compress

from annotations.consensus.asking import Asked, Asker, ask_once, escaped
from annotations.consensus.composing import Composer
from annotations.consensus.elements import Element
from annotations.consensus.joining import Joiner
from annotations.consensus.judge import Judge
from annotations.consensus.model import Decision, Question, Vote
from annotations.consensus.repairing import cheapest, find_circle, odds, open_circles
from annotations.consensus.values import LABEL_OPTIONS, kind_of
from extraction.flow.checks import check
from extraction.flow.model import Flow

#: How often it is asked again where what is decided about connections changes which layers there are.
_ROUNDS = 3
#: A value is given up for one that contradicts nothing if that costs no more (log odds), and this many are tried.
_AFFORDABLE, _TRIED = 2.0, 8
#: Above this no other value is affordable.
_SURE = 0.9
_FIGURE_KINDS = 6


class Deciding:
    """All that is decided about one figure."""

    def __init__(self, asker: Asker, crowd: Judge) -> None:
        self._asker, self._crowd = asker, crowd
        self._exists = asker.layers()
        self._values: dict[int, list[Asked]] = {}
        self._decide()
        self._composer = Composer(asker, self._joiner, self.asked, self.decisions, crowd)
        standing = set(self._kept)
        self._choice: list[Hashable] = [n in standing for n in range(len(self._exists))]
        rest = range(len(self._exists), len(self.asked))
        self._choice += [_value(self.asked[i].question, self.decisions[i]) for i in rest]
        self._settle()
        self._open_circles()

    def outcome(self) -> tuple[Flow, list[Element], float]:
        """The flow, its elements, and how likely all of it is right."""
        flow = self._composed()
        if doubts := self._doubts():
            flow = self._without_errors(flow, doubts)
        return flow, list(self._elements()), self._probability

    def _decide(self) -> None:
        kept = self._first_guess()
        kinds: dict[int, str | None] = {}
        for _ in range(_ROUNDS):
            asked = list(self._exists)
            types: dict[int, int] = {}
            for number in kept:
                if number not in self._values:
                    self._values[number] = self._asker.values(number, kinds.get(number))
                types[number] = len(asked)
                asked += self._values[number]
            self._joiner = Joiner(self._asker, kept)
            asked += self._joiner.questions()
            asked += self._about_all()
            self.asked, self.decisions = asked, self._crowd.decide_all([one.question for one in asked])
            self._kept = kept
            kept = [n for n in range(len(self._exists)) if _value(asked[n].question, self.decisions[n]) is True]
            again = False
            for number, at in types.items():
                kind = kind_of(str(self.decisions[at].value))
                if kind != (kinds.get(number) or self._asker.kind(number)):
                    kinds[number], again = kind, True
                    del self._values[number]
            if kept == self._kept and not again:
                break

    def _first_guess(self) -> list[int]:
        """The layers that most have."""
        return [n for n, one in enumerate(self._exists) if _most_say_yes(one.question.votes)]

    def _about_all(self) -> Iterator[Asked]:
        """What differs about the whole flow: its name, its kind, its training."""
        sides = self._asker.clusters.sides
        first = sides[0].flow
        if any(side.flow.name != first.name for side in sides):
            yield ask_once("flow/name", "name", [(side, side.flow.name) for side in sides], LABEL_OPTIONS)
        if any(side.flow.kind != first.kind for side in sides):
            yield ask_once("flow/kind", "kind", [(side, side.flow.kind) for side in sides], _FIGURE_KINDS)
        if all(side.flow.training == first.training for side in sides):
            return
        for name in dict.fromkeys(name for side in sides for name in side.flow.training):
            rows = [(side, side.flow.training.get(name, {})) for side in sides]
            if any(entry != rows[0][1] for _, entry in rows):
                values = [(side, entry.get("value")) for side, entry in rows]
                yield ask_once(f"training/{escaped(name)}", name, values, LABEL_OPTIONS)

    def _settle(self) -> None:
        """What follows from the choice: how likely each value is right, which count, how likely all are right."""
        self._chances = [
            decision.ranking[0][1] if decision.ranking[0][0] == value else _chance(decision, value)
            for decision, value in zip(self.decisions, self._choice, strict=True)
        ]
        self._counting = self._composer.counting(self._choice)
        self._probability = math.prod(compress(self._chances, self._counting))

    def _composed(self) -> Flow:
        return self._composer.flow(self._choice, self._chances, self._counting, self._probability)

    def _open_circles(self) -> None:
        """Of connections that lead in a circle the least sure are left out; not where most people drew the circle."""
        chosen = {
            self.asked[i].about: i
            for i in range(len(self.asked))
            if len(self.asked[i].about) == 2 and self._choice[i] is True
        }
        edges = [(about[0], about[1]) for about in chosen]
        if not find_circle(edges) or self._joiner.most_draw_circle(edges):
            return
        costs = {}
        for (source, target), i in chosen.items():
            costs[source, target] = max(0.0, odds(self._chances[i], 1 - self._chances[i]))
        out = set(open_circles(costs))
        for i, one in enumerate(self.asked):
            if one.about in out:
                self._choice[i] = False
        self._settle()

    def _doubts(self) -> list[int]:
        """Values of layers and connections whose next likely value costs little, cheapest first."""
        found = []
        for i in range(len(self._exists), len(self.asked)):
            ranking = self.decisions[i].ranking
            if len(ranking) > 1 and ranking[0][1] < _SURE and ranking[0][0] == self._choice[i] and self._counting[i]:
                cost = cheapest(ranking)
                if cost <= _AFFORDABLE:
                    found.append((cost, i))
        return [i for _, i in sorted(found)]

    def _without_errors(self, flow: Flow, doubts: Sequence[int]) -> Flow:
        """Where the flow contradicts itself and another value is nearly as likely, the flow with that."""
        errors = _errors(flow)
        for i in doubts[:_TRIED] if errors else ():
            first = self._choice[i]
            self._choice[i] = self.decisions[i].ranking[1][0]
            self._settle()
            circle = len(self.asked[i].about) == 2 and self._has_circle()
            other = None if circle else self._composed()
            if other is not None and (left := _errors(other)) < errors:
                flow, errors = other, left
                if not errors:
                    break
            else:
                self._choice[i] = first
                self._settle()
        return flow

    def _has_circle(self) -> bool:
        rows = (one.about for one, value in zip(self.asked, self._choice, strict=True) if value is True)
        return bool(find_circle([(about[0], about[1]) for about in rows if len(about) == 2]))

    def _elements(self) -> Iterator[Element]:
        ids = self._asker.ids
        rows = zip(self.asked, self.decisions, self._choice, self._chances, self._counting, strict=True)
        for one, decision, value, chance, counts in rows:
            question = one.question
            yield Element(
                question.key, question.kind, tuple([ids[n] for n in one.about]), one.name, question.votes,
                question.options, question.shown, decision.ranking, value, chance, counts,
            )  # fmt: skip


def _value(question: Question, decision: Decision) -> Hashable:
    """The likeliest value; but of a layer or connection that nobody denies that it is there, however unsure."""
    value = decision.ranking[0][0]
    if value is False and all(vote.value is True for vote in question.votes):
        return True
    return value


def _most_say_yes(votes: Sequence[Vote]) -> bool:
    return 2 * sum(vote.value is True for vote in votes) > len(votes)


def _chance(decision: Decision, value: Hashable) -> float:
    return next((chance for told, chance in decision.ranking if told == value), 0.0)


def _errors(flow: Flow) -> int:
    return sum(problem.severity == "error" for problem in check(flow).problems)
