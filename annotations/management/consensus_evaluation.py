"""What `manage.py evaluate consensus` prints: a simulated crowd, and real people's answers (RTE)."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotations.management import consensus_rte
from annotations.management.consensus_curves import (
    Rightness,
    anchoring,
    area,
    calibration_error,
    curves,
    figures,
)
from annotations.management.consensus_flows import CROWD, TASKS, Stage, run

#: Crowds that nothing was tuned on, and mean errors an element by the name of their figures.
SEEDS = (41, 42)
ERRORS = {"10": 0.10, "5": 0.05}

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Measured:
    """One crowd at work."""

    product: list[Stage]
    oracle: list[Stage]
    calibration: list[tuple[float, bool]]
    spam: list[tuple[float, bool]]
    figures: dict[str, Rightness]
    curves: dict[str, list[Rightness]]


def consensus(
    benchmark: Path, tell: Tell, *, plots: Path | None = None, thorough: bool = False, tasks: int = TASKS
) -> tuple[dict[str, Any], str]:
    """All figures by name, and a table. With `plots`, curves as PNG files in that folder.

    Raises:
        OSError: where the material is missing.
        ImportError: where plots are wanted and matplotlib isn't installed.
    """
    answers, gold = consensus_rte.read(benchmark)
    if plots:
        importlib.import_module("matplotlib")
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        crowds: dict[str, list[Future[Measured]]] = {
            name: [pool.submit(_crowd, seed, error, tasks, plots is not None) for seed in SEEDS]
            for name, error in ERRORS.items()
        }
        anchored = pool.submit(anchoring, SEEDS[0], ERRORS["10"]) if plots else None
        rte = consensus_rte.measure(answers, gold, tell, slow=thorough)
        measured: dict[str, list[Measured]] = {}
        for name, futures in crowds.items():
            measured[name] = []
            for seed, future in zip(SEEDS, futures, strict=True):
                tell(f"a crowd with a mean error of {name}% ({seed}) …")
                measured[name].append(future.result())
        anchoring_curves = anchored.result() if anchored else {}
    values = _values(measured, rte)
    if plots:
        from annotations.management import consensus_plots

        for path in consensus_plots.draw(plots, measured, anchoring_curves):
            tell(str(path))
    return values, _table(values)


def _crowd(seed: int, error: float, tasks: int, with_curves: bool) -> Measured:
    done = run(seed, error, tasks=tasks)
    return Measured(
        done.product,
        done.oracle,
        done.calibration,
        done.spam,
        figures(done, seed + 1000),
        curves(done, seed + 2000) if with_curves else {},
    )


def _values(measured: Mapping[str, Sequence[Measured]], rte: Mapping[str, float | None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, crowds in measured.items():
        product = [stage for crowd in crowds for stage in crowd.product]
        oracle = [stage for crowd in crowds for stage in crowd.oracle]
        values[f"exact_{name}"] = _mean(stage.exact for stage in product)
        values[f"answers_{name}"] = _mean(stage.answers for stage in product)
        values[f"oracle_{name}"] = _mean(stage.answers for stage in oracle)
    names = ["rte_all", *(f"rte_{n}" for n in consensus_rte.SIZES), *(f"crowdkit_{n}" for n in consensus_rte.SIZES)]
    values |= {key: rte[key] for key in names}
    everybody = [crowd for crowds in measured.values() for crowd in crowds]
    values["spam_auc"] = _mean(area(crowd.spam) for crowd in everybody)
    values["ece"] = calibration_error([told for crowd in everybody for told in crowd.calibration])
    for name, crowds in measured.items():
        values[f"ratio_{name}"] = values[f"answers_{name}"] / values[f"oracle_{name}"]
        values[f"oracle_exact_{name}"] = _mean(stage.exact for crowd in crowds for stage in crowd.oracle)
        values[f"told_{name}"] = _mean(stage.probability for crowd in crowds for stage in crowd.product)
        values[f"three_{name}"] = _mean(crowd.figures["three"].elements for crowd in crowds)
        for method in ("majority", "fixed7", "single"):
            values[f"{method}_exact_{name}"] = _mean(crowd.figures[method].exact for crowd in crowds)
            values[f"{method}_elements_{name}"] = _mean(crowd.figures[method].elements for crowd in crowds)
    return values | {key: value for key, value in rte.items() if key not in values}


def _mean(values: Any) -> float:
    return float(np.mean([float(value) for value in values]))


def _table(values: Mapping[str, Any]) -> str:
    """The figures beside what they must be."""
    rows = [["flows", "mean error 10%", "mean error 5%", "wanted"]]
    for title, key, wanted in (
        ("exact when answers are enough", "exact_{}", "at least 0.99"),
        ("answers a task", "answers_{}", ""),
        ("answers the oracle needs", "oracle_{}", ""),
        ("ratio of the two", "ratio_{}", "at most 1.15"),
        ("elements right at 3 answers of careful people", "three_{}", "at least 0.995"),
        ("exact: always 7 answers", "fixed7_exact_{}", ""),
        ("exact: majority of 7", "majority_exact_{}", ""),
        ("exact: the best contributor alone", "single_exact_{}", ""),
    ):
        rows.append([title, *(_number(values[key.format(name)]) for name in ERRORS), wanted])
    rows.append(["", "", "", ""])
    rows.append(["RTE", "consensus", "best of crowd-kit", "wanted"])
    rows.append(["all answers", _number(values["rte_all"]), "", "at least 0.9275"])
    for size in consensus_rte.SIZES:
        ours, theirs = values[f"rte_{size}"], values[f"crowdkit_{size}"]
        rows.append([f"{size} answers a task", _number(ours), _number(theirs), "not below crowd-kit's"])
    rows.append(["", "", "", ""])
    rows.append(["spammers after 10 tasks (AUC)", _number(values["spam_auc"]), "", "at least 0.99"])
    rows.append(["calibration of elements (ECE)", _number(values["ece"]), "", "at most 0.02"])
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.append(f"\n{len(SEEDS)} crowds of {CROWD} people for each error, from their first task on, nothing told.")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if value < 2 else f"{value:.3f}"
