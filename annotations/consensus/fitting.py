"""Many finished or unfinished tasks at once, nobody being known: decisions and a crowd that explain each other."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.consensus.classes import Atoms
from annotations.consensus.crowd import Crowd
from annotations.consensus.model import Decision, ElementKind, Question
from annotations.consensus.sorts import Array


def fit(tasks: Sequence[Sequence[Question]], *, rounds: int = 5) -> tuple[list[list[Decision]], Crowd]:
    """What holds in each task, and what its contributors are like, from their votes alone.

    Class questions (of kind `FIGURE`) are decided by belief propagation over all of them, the others by deciding
    and learning in turns.

    Args:
        tasks: the questions of each task; all class questions are taken to be about the same classes.

    Returns:
        The decisions of each task, in the order of its questions, and the crowd.
    """
    classes = _classes([question for task in tasks for question in task if question.kind == ElementKind.FIGURE])
    crowd, decisions = Crowd(), _decided(tasks, Crowd(), classes)
    others = any(question.kind != ElementKind.FIGURE for task in tasks for question in task)
    for _ in range(rounds if others else 1):
        crowd = Crowd()
        for task, decided in zip(tasks, decisions, strict=True):
            crowd.observe(task, decided)
        crowd.refit()
        decisions = _decided(tasks, crowd, classes)
    return decisions, crowd


def _classes(questions: Sequence[Question]) -> list[Decision]:
    """Decisions of class questions, in their order."""
    if not questions:
        return []
    votes = [{vote.contributor: str(vote.value) for vote in question.votes} for question in questions]
    told = sorted({value for cast in votes for value in cast.values()})
    atoms = Atoms.of(told, max(question.options for question in questions))
    chances = atoms.infer(votes)
    return [_decision(question, atoms, row) for question, row in zip(questions, chances, strict=True)]


def _decision(question: Question, atoms: Atoms, chances: Array) -> Decision:
    values = {str(vote.value): vote.value for vote in question.votes}
    told = [(value, float(chances[atoms.place[name]])) for name, value in values.items()]
    return Decision(question.key, question.kind, tuple(sorted(told, key=lambda row: (-row[1], repr(row[0])))))


def _decided(tasks: Sequence[Sequence[Question]], crowd: Crowd, classes: Sequence[Decision]) -> list[list[Decision]]:
    at = iter(classes)
    found = []
    for task in tasks:
        others = iter(crowd.decide_all([question for question in task if question.kind != ElementKind.FIGURE]))
        found.append([next(at if question.kind == ElementKind.FIGURE else others) for question in task])
    return found
