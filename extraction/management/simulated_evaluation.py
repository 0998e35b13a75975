"""Reading simulated pictures again, and counting what is right: `manage.py evaluate flows --simulated DIR`."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from extraction.classify.images import load_image
from extraction.flow.model import Flow
from extraction.readers import LOOKS, read_image
from extraction.simulate import shards
from extraction.simulate.design import design_id
from extraction.simulate.plan import Plan, PlanError, load
from extraction.simulate.scoring import PARTS, Score, Total, score

#: Bands of depths, and the poster's share of flow information that its reader took from 216,000 simulated pictures.
BANDS = ((5, 10), (11, 20), (21, 30), (31, 40))
POSTER = 0.93
#: Columns of the table.
COLUMNS = ("pictures", *PARTS, "exact", "seconds")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One picture to read."""

    path: Path
    look: str
    depth: int
    #: What the reader is told of it: "keras", "caffe", "box2d" or "auto".
    kind: str


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    score: Score
    #: Of this process, with all its threads.
    seconds: float


def simulated(
    folder: Path, tell: Tell, *, looks: Sequence[str] = (), jobs: int = 1, auto: bool = False
) -> tuple[dict[str, Any], str]:
    """Measures by look and depth, as values and as a table; what is wrong with each picture is told as it is found.

    Args:
        looks: those to read; all that the folder has, if empty.
        auto: whether the reader has to find out itself what kind of picture it is.

    Raises:
        PlanError: the folder holds no finished simulated designs, or has no such look.
    """
    cases = list(_cases(folder, looks, auto))
    results = []
    for result in _read(cases, jobs):
        results.append(result)
        if result.score.wrong:
            tell(f"{result.case.path.name}: {'; '.join(result.score.wrong)}")
    return _values(results), _table(results)


def read_case(case: Case) -> Result:
    """Read one picture. The reader gets nothing but its pixels."""
    shown = Flow.loads(case.path.with_suffix(".flow.json").read_bytes())
    pixels = load_image(case.path)
    started = time.process_time()
    failed = ""
    try:
        read = read_image(pixels, case.kind)
    except Exception as error:  # whatever goes wrong, nothing was read, and that counts
        read, failed = Flow(), f"{type(error).__name__}: {error}"
    seconds = time.process_time() - started
    result = score(shown, read)
    if failed:
        result.wrong.insert(0, failed)
    return Result(case, result, seconds)


def _cases(folder: Path, looks: Sequence[str], auto: bool) -> Iterator[Case]:
    plan: Plan = load(folder)
    if unknown := [look for look in looks if look not in plan.looks]:
        raise PlanError(f"{folder} has no pictures of {unknown[0]}; it has {', '.join(plan.looks) or 'none'}")
    if not (folder / shards.MANIFEST).is_file():
        raise PlanError(f"{folder} is not finished; go on with `simulate --resume`")
    for row in shards.rows(folder):
        name = design_id(plan.recipe.grammar, plan.recipe.seed, int(row["index"]))
        for look in looks or plan.looks:
            if row[f"{look}_png_sha256"]:
                said = json.loads(row[f"{look}_options"])
                kind = "auto" if auto else _kind(str(said.get("of", look)))
                yield Case(folder / f"{name}.{look}.png", look, int(row["depth"]), kind)


def _kind(look: str) -> str:
    """The reader of a look; those that no reader knows are boxes with arrows."""
    return next((known for known in LOOKS if look.startswith(known)), "box2d")


def _read(cases: Sequence[Case], jobs: int) -> Iterator[Result]:
    """In the order of the cases, for any number of processes."""
    if jobs == 1:
        yield from map(read_case, cases)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        yield from pool.map(read_case, cases, chunksize=4)


def _band(depth: int) -> str:
    return next((f"{low}-{high}" for low, high in BANDS if low <= depth <= high), "more" if depth > 40 else "less")


def _totals(results: Iterable[Result]) -> dict[str, dict[str, Total]]:
    """By look, then by depth; `all` comes last."""
    bands = ["less", *(f"{low}-{high}" for low, high in BANDS), "more", "all"]
    totals: dict[str, dict[str, Total]] = {}
    for result in results:
        of_look = totals.setdefault(result.case.look, {band: Total() for band in bands})
        for band in (_band(result.case.depth), "all"):
            of_look[band].add(result.score, result.seconds)
    return {look: {band: t for band, t in of_look.items() if t.pictures} for look, of_look in totals.items()}


def _values(results: Sequence[Result]) -> dict[str, Any]:
    return {
        "looks": {
            look: {band: total.to_dict() for band, total in by_depth.items()}
            for look, by_depth in _totals(results).items()
        },
        "poster": POSTER,
        "wrong": {r.case.path.name: r.score.wrong for r in results if not r.score.exact},
    }


def _table(results: Sequence[Result]) -> str:
    head = ["look", "depth", *COLUMNS]
    lines = [head, ["---"] * len(head)]
    for look, by_depth in _totals(results).items():
        for band, total in by_depth.items():
            values = total.to_dict()
            lines.append([look, band, *(_cell(column, values[column]) for column in COLUMNS)])
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{text}\n\nThe poster: {POSTER:.0%} of the flow information of its simulated pictures."


def _cell(column: str, value: float | None) -> str:
    if value is None:
        return "-"
    if column == "pictures":
        return f"{value}"
    return f"{value:.2f}" if column == "seconds" else f"{value:.2%}"
