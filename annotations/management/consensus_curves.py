"""How right flows are after a fixed number of answers: the consensus beside a majority, the best single person, and a
crowd that doesn't know that people leave what they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from annotations.consensus.answers import Answer
from annotations.consensus.crowd import Crowd, Skill
from annotations.consensus.judge import Judge
from annotations.consensus.merge import merge
from annotations.consensus.model import READER, Decision, ElementKind, Question
from annotations.consensus.simulate import ELEMENTS, Member, Task, crowd_of, task_of
from annotations.management.consensus_flows import CROWD, Oracle, Run
from extraction.flow.canonical import digest
from extraction.flow.model import Flow

#: Tasks behind each point of a curve, behind each figure in the table, and before and behind each point of anchoring.
POINT, FIGURE, ANCHOR = 80, 250, 60
MOST = 9
COPIERS = (0.0, 0.2, 0.4, 0.6)


@dataclass(frozen=True)
class Rightness:
    """Shares: of elements that are right (those made up count against them), and of flows without a mistake."""

    elements: float
    exact: float


class Majority:
    """What most people say; where as many say something else, what was shown, else any of them."""

    def decide(self, question: Question) -> Decision:
        said = Counter(vote.value for vote in question.votes if vote.contributor != READER) or Counter(
            vote.value for vote in question.votes
        )
        rows = sorted(said.items(), key=lambda row: (-row[1], row[0] != question.shown, repr(row[0])))
        total = sum(said.values())
        return Decision(question.key, question.kind, tuple((value, count / total) for value, count in rows))

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]:
        return [self.decide(question) for question in questions]

    def skill(self, contributor: str, kind: ElementKind | None = None) -> Skill:
        return Skill(0.9, 0.0, 0.0)


class Trusting(Crowd):
    """A crowd that takes what people left for what they found right: there is no anchoring."""

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]:
        return super().decide_all([_all_touched(question) for question in questions])

    def observe(self, questions: Sequence[Question], decisions: Sequence[Decision], *, weight: float = 1.0) -> None:
        super().observe([_all_touched(question) for question in questions], decisions, weight=weight)


def _all_touched(question: Question) -> Question:
    return replace(question, votes=tuple(replace(vote, touched=True) for vote in question.votes), shown=None)


def rightness(tasks: Sequence[Task], flow_of: Callable[[int], Flow]) -> Rightness:
    """Of the flows that are told for tasks by their numbers."""
    elements, exact = 0, 0
    for number, task in enumerate(tasks):
        flow = flow_of(number)
        right, extra = task.elements(flow)
        elements += right - extra
        exact += digest(flow) == digest(task.true.flow)
    return Rightness(elements / (ELEMENTS * len(tasks)), exact / len(tasks))


def merged(tasks: Sequence[Task], answers: Sequence[Sequence[Answer]], judge: Judge) -> Rightness:
    def flow_of(number: int) -> Flow:
        return merge(answers[number], reading=tasks[number].reading, crowd=judge).flow

    return rightness(tasks, flow_of)


def careful(run: Run) -> list[Member]:
    """Those whom the crowd, having come to know them, takes neither for spammers nor for copiers."""
    crowd = run.crowd
    return [m for m in run.members if crowd.spam_probability(m.name) + crowd.copy_probability(m.name) < 0.5]


def figures(run: Run, seed: int) -> dict[str, Rightness]:
    """Fresh tasks of a crowd that is known: three careful people's answers, seven of anybody's, one of the best."""
    rng = Random(seed)  # noqa: S311  # a simulated crowd: the same for a seed
    tasks = [task_of(rng) for _ in range(FIGURE)]
    chosen = careful(run)
    best = max(chosen, key=lambda member: (run.crowd.skill(member.name).mean, member.name))
    three = [[m.answer(rng, task) for m in rng.sample(chosen, 3)] for task in tasks]
    seven = [[m.answer(rng, task) for m in rng.sample(run.members, 7)] for task in tasks]
    alone = [best.answer(rng, task).flow for task in tasks]
    return {
        "three": merged(tasks, three, run.crowd),
        "majority": merged(tasks, seven, Majority()),
        "fixed7": merged(tasks, seven, run.crowd),
        "single": rightness(tasks, alone.__getitem__),
    }


def curves(run: Run, seed: int) -> dict[str, list[Rightness]]:
    """By method, after 1 to `MOST` answers of anybody's."""
    rng = Random(seed)  # noqa: S311  # a simulated crowd: the same for a seed
    tasks = [task_of(rng) for _ in range(POINT)]
    answers = [[m.answer(rng, task) for m in rng.sample(run.members, MOST)] for task in tasks]
    judges: dict[str, Judge] = {"consensus": run.crowd, "oracle": Oracle(run.members), "majority": Majority()}
    return {
        name: [merged(tasks, [row[:count] for row in answers], judge) for count in range(1, MOST + 1)]
        for name, judge in judges.items()
    }


def anchoring(seed: int, mean_error: float) -> dict[str, list[float]]:
    """The share of elements that are wrong after five answers, for growing shares of copiers."""
    found: dict[str, list[float]] = {"consensus": [], "without anchoring": [], "majority": []}
    for share in COPIERS:
        rng = Random(seed)  # noqa: S311  # a simulated crowd: the same for a seed
        members = crowd_of(rng, CROWD, mean_error, copiers=share)
        tasks = [task_of(rng) for _ in range(2 * ANCHOR)]
        answers = [[m.answer(rng, task) for m in rng.sample(members, 5)] for task in tasks]
        for name, judge in (("consensus", Crowd()), ("without anchoring", Trusting())):
            for task, given in zip(tasks[:ANCHOR], answers, strict=False):
                told = merge(given, reading=task.reading, crowd=judge)
                judge.observe(told.questions, told.decisions)
            judge.refit()
            found[name].append(1 - merged(tasks[ANCHOR:], answers[ANCHOR:], judge).elements)
        found["majority"].append(1 - merged(tasks[ANCHOR:], answers[ANCHOR:], Majority()).elements)
    return found


def calibration_error(told: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """The mean distance between the chances told and the shares that came true, over bins of equal width."""
    chances, true = np.array([chance for chance, _ in told]), np.array([float(right) for _, right in told])
    at = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[at == i].sum() - true[at == i].sum()) for i in range(bins)) / len(told))


def area(told: Sequence[tuple[float, bool]]) -> float:
    """Area under the ROC curve: the chance that one of those it is true of scores higher than one of the others."""
    yes = np.array([score for score, true in told if true])
    no = np.array([score for score, true in told if not true])
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean())
