"""A simulated crowd at work on flows, merged as the site merges them: how sure, how right, after how many answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
from scipy.special import betainc

from annotations.consensus import sorts
from annotations.consensus.answers import Answer
from annotations.consensus.crowd import Crowd
from annotations.consensus.merge import Consensus, merge
from annotations.consensus.model import READER, ElementKind
from annotations.consensus.simulate import (
    KINDS,
    MISTAKES,
    READING_ERROR,
    READING_SPREAD,
    Drawing,
    Member,
    Sort,
    Task,
    crowd_of,
    slot_of,
    slots_of,
    task_of,
)
from annotations.consensus.sorts import Standing
from annotations.consensus.stopping import LEAST, LIMIT, enough
from extraction.flow.canonical import digest

CROWD, TASKS = 60, 500
#: What is learned of newcomers is learned again when the crowd has finished a tenth more tasks.
_MORE = 1.1


class Oracle(Crowd):
    """A crowd that is told everybody's sort and skill, and how well the reader reads."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__()
        for member in members:
            self._standings[member.name] = _true_standing(member)
        edges = np.concatenate([[0], np.sqrt(sorts.LEVELS[1:] * sorts.LEVELS[:-1]), [1]])
        a, b = READING_ERROR * READING_SPREAD, (1 - READING_ERROR) * READING_SPREAD
        levels = np.diff(betainc(a, b, np.minimum(edges / MISTAKES, 1)))
        self._standings[READER] = sorts.reader_standing(levels * 1e6, np.zeros((len(sorts.KINDS), sorts.COUNTS)))

    def _forget(self, *names: str) -> None:
        """Nothing is learned."""


def _true_standing(member: Member) -> Standing:
    right = np.full((len(sorts.KINDS), 6), 0.9)
    for kind in KINDS:
        right[sorts.POSITION[kind]] = 1 - MISTAKES * member.errors[kind]
    logs = np.full(6, -700.0)
    logs[{Sort.CAREFUL: 0, Sort.COPIER: 4, Sort.BLIND: 5}[member.sort]] = 0.0
    return Standing(logs, np.full(6, min(member.look, 0.9999)), right)


@dataclass(frozen=True)
class Stage:
    """A task when it had answers enough."""

    answers: int
    probability: float
    exact: bool


@dataclass
class Run:
    """A crowd from its first task on."""

    members: list[Member]
    crowd: Crowd
    product: list[Stage] = field(default_factory=list)
    oracle: list[Stage] = field(default_factory=list)
    #: Chance that was told, and whether it was so: of every element at every stage.
    calibration: list[tuple[float, bool]] = field(default_factory=list)
    #: Probability of being a spammer after ten tasks, and whether they are.
    spam: list[tuple[float, bool]] = field(default_factory=list)


def run(seed: int, mean_error: float, *, tasks: int = TASKS) -> Run:
    """Nobody is known at the start, and no right answer is ever told: all is learned from what people say."""
    rng = Random(seed)  # noqa: S311  # a simulated crowd: the same for a seed
    members = crowd_of(rng, CROWD, mean_error)
    by_name = {member.name: member for member in members}
    crowd, oracle, due = Crowd(), Oracle(members), 0.0
    result = Run(members, crowd)
    done = dict.fromkeys(by_name, 0)
    for number in range(tasks):
        task = task_of(rng)
        answers = [member.answer(rng, task) for member in rng.sample(members, LIMIT)]
        stage, consensus = _until_enough(task, answers, crowd, result.calibration)
        result.product.append(stage)
        result.oracle.append(_until_enough(task, answers, oracle, None)[0])
        crowd.observe(consensus.questions, consensus.decisions)
        for answer in answers[: stage.answers]:
            done[answer.contributor] += 1
            if done[answer.contributor] == 10:
                sort = by_name[answer.contributor].sort
                result.spam.append((crowd.spam_probability(answer.contributor), sort == Sort.BLIND))
        if number + 1 >= due:
            crowd.refit()
            due = (number + 1) * _MORE
    return result


def _until_enough(
    task: Task, answers: Sequence[Answer], crowd: Crowd, calibration: list[tuple[float, bool]] | None
) -> tuple[Stage, Consensus]:
    for count in range(LEAST, LIMIT + 1):
        consensus = merge(answers[:count], reading=task.reading, crowd=crowd)
        if calibration is not None:
            calibration += judged(task.true, consensus)
        unseen = crowd.unseen(consensus.questions, consensus.decisions)
        verdict = enough(consensus.decisions, answers=count, probability=consensus.probability, unseen=unseen)
        if verdict.done:
            break
    exact = digest(consensus.flow) == digest(task.true.flow)
    return Stage(count, verdict.probability, exact), consensus


def judged(true: Drawing, consensus: Consensus) -> list[tuple[float, bool]]:
    """For every element: how likely what was decided is right, and whether it is."""
    found = []
    known = slots_of(consensus.flow)
    for element in consensus.elements:
        if not element.counts:
            continue
        slots = [known.get(layer_id, slot_of(layer_id)) for layer_id in element.layers]
        if element.kind == ElementKind.LAYER:
            right = element.value == (slots[0] in true.layers)
        elif element.kind == ElementKind.CONNECTION:
            if element.name:
                continue
            right = element.value == (tuple(slots) in true.connections)
        elif slots and slots[0] in true.layers and element.name != "order":
            layer = true.layers[slots[0]]
            value = layer.type if element.kind == ElementKind.TYPE else layer.params.get(element.name)
            right = element.plain(element.value) == value
        else:
            continue
        found.append((element.probability, bool(right)))
    return found
