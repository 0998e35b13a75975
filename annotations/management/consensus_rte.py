"""Recognising Textual Entailment (Snow et al. 2008): real people, a right answer to each of 800 tasks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from annotations.consensus.fitting import fit
from annotations.consensus.model import ElementKind, Question, Vote

SIZES = (3, 5, 7)
SUBSETS = 10
#: crowd-kit's quick aggregators for classes, and those that take minutes on all subsets. Its Wawa and ZeroBasedSkill
#: don't run with this scikit-learn.
QUICK = ("MajorityVote", "DawidSkene", "OneCoinDawidSkene")
SLOW = ("GLAD", "MACE", "MMSR")

Tell = Callable[[str], None]
#: Task, contributor, answer.
Row = tuple[str, str, str]


def read(benchmark: Path) -> tuple[list[Row], dict[str, str]]:
    """All answers, and the right one by task."""
    with (benchmark / "crowd" / "rte" / "rte.tsv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    answers = [(row["orig_id"], row["!amt_worker_ids"], row["response"]) for row in rows]
    return answers, {row["orig_id"]: row["gold"] for row in rows}


def subset(rows: Sequence[Row], size: int, seed: int) -> list[Row]:
    """So many answers of each task, drawn by chance."""
    rng = Random(f"{seed}/{size}")  # noqa: S311  # draws of answers: the same for a seed
    by_task: dict[str, list[Row]] = {}
    for row in rows:
        by_task.setdefault(row[0], []).append(row)
    return [row for answers in by_task.values() for row in rng.sample(answers, size)]


def accuracy(rows: Sequence[Row], gold: dict[str, str]) -> float:
    """The share of tasks that are right when all are decided together, nobody being known."""
    votes: dict[str, list[Vote]] = {}
    for task, contributor, answer in rows:
        votes.setdefault(task, []).append(Vote(contributor, answer))
    tasks = [[Question(task, ElementKind.FIGURE, tuple(cast), 2)] for task, cast in votes.items()]
    decisions, _ = fit(tasks)
    right = sum(decision.value == gold[decision.key] for decided in decisions for decision in decided)
    return right / len(gold)


def measure(rows: Sequence[Row], gold: dict[str, str], tell: Tell, *, slow: bool = False) -> dict[str, float | None]:
    """`rte_all`, and means over subsets: `rte_3`, …, `crowdkit_3`, … and the aggregators' own."""
    values: dict[str, float | None] = {"rte_all": accuracy(rows, gold)}
    kit = _crowdkit(tell)
    for size in SIZES:
        tell(f"RTE, {size} answers a task …")
        subsets = [subset(rows, size, seed) for seed in range(SUBSETS)]
        values[f"rte_{size}"] = float(np.mean([accuracy(chosen, gold) for chosen in subsets]))
        values[f"crowdkit_{size}"] = None
        for name in (QUICK + (SLOW if slow else ())) if kit else ():
            mean = _mean(kit, name, subsets, gold, tell)
            if mean is not None:
                values[f"{name.lower()}_{size}"] = mean
                values[f"crowdkit_{size}"] = max(mean, values[f"crowdkit_{size}"] or 0.0)
    return values


def _mean(kit: Any, name: str, subsets: Sequence[Sequence[Row]], gold: dict[str, str], tell: Tell) -> float | None:
    found = []
    for chosen in subsets:
        np.random.seed(0)
        try:
            found.append(crowdkit_accuracy(kit, name, chosen, gold))
        except (ArithmeticError, AttributeError, ValueError) as error:
            tell(f"crowd-kit's {name} fails on a subset ({str(error).splitlines()[0][:80]}) and is left out")
            return None
    return float(np.mean(found))


def crowdkit_accuracy(kit: Any, name: str, rows: Sequence[Row], gold: dict[str, str]) -> float:
    """The same of one of crowd-kit's aggregators."""
    import pandas

    frame = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    told = getattr(kit, name)().fit_predict(frame)
    return sum(bool(told.get(task) == right) for task, right in gold.items()) / len(gold)


def _crowdkit(tell: Tell) -> Any:
    try:
        import crowdkit.aggregation
    except ImportError:
        tell("crowd-kit isn't installed (make install-dev), so nothing is compared with it")
        return None
    return crowdkit.aggregation
