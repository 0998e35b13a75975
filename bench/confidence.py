"""Fits what `extraction/readers/confidence.py` states, and measures it on sources that were left out.

    python bench/confidence.py [--kept FILE]

Reads the figures of `develop`, `extra-a`, `extra-b`, `extra-d` and `extra-e`, from their pictures and from PDFs, and
prints the constants of `confidence`, of readings of pixels and of a PDF's lines; then, with those fitted without the
figure's source, the rank correlation (Spearman's) of stated with true scores, and how far stated shares are from true
ones: mean error of ten bins, of figures, layers and connections. With `--kept`, what was read is written there, and is
not read again where the file is.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import spearmanr

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import readers
from extraction.flow.model import Flow
from extraction.readers.confidence import Weights, trouble
from extraction.readers.evidence import Evidence
from extraction.readers.second_look import Agreement, agreed_in_all

Numbers = NDArray[np.float64]
#: What may be looked at while rules are made.
PARTS = ("develop", "extra-a", "extra-b", "extra-d", "extra-e")
BINS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kept", type=Path, metavar="FILE", help="what was read, to fit again")
    kept = parser.parse_args().kept
    if kept and kept.exists():
        rows = json.loads(kept.read_text(encoding="utf-8"))
    else:
        rows = list(read_all())
        if kept:
            kept.write_text(json.dumps(rows), encoding="utf-8")
    show(rows)


# --- Reading ----------------------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """What `calibrated` is told of a figure or a part of one."""

    signs: Evidence
    agreed: Agreement
    #: Whether a PDF's lines were read: there is no second look at them.
    lines: bool

    @property
    def layers(self) -> int:
        return len(self.agreed.layers)


class Recorder:
    """Stands in for `calibrated`: keeps what that is told and leaves the reader's own confidences."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def __call__(self, flow: Flow, signs: Evidence, agreed: Agreement | None = None) -> Flow:
        self.seen.append(Seen(signs, agreed or agreed_in_all(flow), agreed is None))
        return flow

    def take(self, layers: int) -> list[Seen]:
        """What was told of each part of the figure read last; of one read in two ways, of the way that was taken."""
        seen, self.seen = self.seen, []
        return seen if sum(one.layers for one in seen) == layers else [one for one in seen if one.layers == layers][:1]


def read_all() -> Iterator[dict[str, Any]]:
    """Each reading: signs of its parts, own confidences of layers and connections, and what is right."""
    files = [*(readers.BENCHMARK / "flows" / "gold").glob("*.json"), *(ROOT / "bench" / "truths").glob("*.json")]
    every = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(files)}
    parts = {name: flow.get("part") or readers.part_of(name) for name, flow in every.items()}
    readers.GOLD.update((path.stem, path.resolve()) for path in files)
    gold = {name: flow for name, flow in every.items() if parts[name] in PARTS}
    recorder = Recorder()
    with mock.patch("extraction.readers.confidence.calibrated", recorder), tempfile.TemporaryDirectory() as scratch:
        for way, readings in (("picture", readers.from_pictures(gold)), ("paper", readers.from_papers(gold))):
            folder = Path(scratch) / way
            folder.mkdir()
            told: dict[str, list[Seen]] = {}
            for name, text in readings:
                (folder / f"{name}.json").write_text(text, encoding="utf-8")
                told[name] = recorder.take(len(json.loads(text)["layers"]))
            for name, row in readers.score(list(told), folder)[1].items():
                flow = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
                layers, connections = _right(gold[name], flow)
                seen = told[name]
                again = [value for one in seen for value in one.agreed.layers]
                led = [value for one in seen for value in one.agreed.connections]
                yield {
                    "name": name, "way": way, "part": parts[name], "kind": gold[name]["kind"],
                    "signs": [(one.signs, one.agreed.figure, one.layers) for one in seen],
                    "lines": any(one.lines for one in seen),
                    "score": (readers.f1(row, "layers") + readers.f1(row, "connections")) / 2,
                    "layers": _own(flow["layers"], again, layers) if seen else [],
                    "connections": _own(flow["connections"], led, connections) if seen else [],
                }  # fmt: skip


def _own(elements: list[dict[str, Any]], again: list[float], right: list[bool]) -> list[tuple[float, float, bool]]:
    """Of each layer or connection: its own confidence, whether the second look has it, whether it is right."""
    return [(x.get("confidence", 0.0), seen, ok) for x, seen, ok in zip(elements, again, right, strict=True)]


def _right(gold: dict[str, Any], flow: dict[str, Any]) -> tuple[list[bool], list[bool]]:
    """Which layers and connections of a reading are right, as the benchmark's program has it."""
    sys.path.insert(0, str(readers.BENCHMARK.parent / "tools"))
    program = importlib.import_module("score_flows")
    true, read = program.Graph(gold), program.Graph(flow)
    of = {j: i for i, j in program.match(true, read)}
    place = {name: i for i, name in enumerate(read.ids)}
    pairs = [(place[c["source"]], place[c["target"]]) for c in flow["connections"]]
    layers = [i in of and bool(program.right_type(true, read, of[i], i)) for i in range(len(read.ids))]
    return layers, [(of.get(a, -1), of.get(b, -1)) in true.edges for a, b in pairs]


# --- Fitting ----------------------------------------------------------------------------------------------------------


class Fit(NamedTuple):
    usual: Evidence
    #: Of readings of pixels and of a PDF's lines.
    weights: dict[bool, Weights]

    def stated(self, row: dict[str, Any]) -> float:
        """The confidence of a figure: of its parts by their layers."""
        weights = np.array(self.weights[row["lines"]].figure)
        counted = [
            (_logistic(weights @ [trouble(Evidence(*signs), agreed, self.usual), 1.0]), n)
            for signs, agreed, n in row["signs"]
        ]
        return float(sum(value * count for value, count in counted) / max(1, sum(count for _, count in counted)))


def fitted(rows: list[dict[str, Any]]) -> Fit:
    rows = [row for row in rows if row["signs"]]
    every = [Evidence(*signs) for row in rows for signs, _, _ in row["signs"]]
    usual = Evidence(*(median([v for v in values if v > 1e-6] or [1.0]) for values in zip(*every, strict=True)))
    fit = Fit(usual, {})
    for lines in (False, True):
        these = [row for row in rows if row["lines"] == lines]
        table = np.array([_of_figure(row, usual) for row in these])
        figure = _logistic_fit(table, np.array([row["score"] for row in these]))
        fit.weights[lines] = Weights(tuple(figure), (0.0,) * 4, (0.0,) * 4)
        layer, connection = (_of_elements(these, what, fit) for what in ("layers", "connections"))
        fit.weights[lines] = Weights(tuple(figure), tuple(layer), tuple(connection))
    return fit


def _of_figure(row: dict[str, Any], usual: Evidence) -> tuple[float, float]:
    """Trouble, the mean over the parts by their layers, and 1."""
    troubles = [trouble(Evidence(*signs), agreed, usual) for signs, agreed, _ in row["signs"]]
    return float(np.average(troubles, weights=[count for *_, count in row["signs"]])), 1.0


def _of_elements(rows: list[dict[str, Any]], what: str, fit: Fit) -> Numbers:
    lines = [(own, fit.stated(row), again, 1.0, right) for row in rows for own, again, right in row[what]]
    table = np.array(lines, dtype=np.float64)
    if (table[:, 2] == 1).all():
        own, figure, constant = _logistic_fit(table[:, [0, 1, 3]], table[:, 4])
        return np.array([own, figure, 0.0, constant])
    return _logistic_fit(table[:, :4], table[:, 4])


def _logistic_fit(x: Numbers, y: Numbers) -> Numbers:
    def loss(weights: Numbers) -> float:
        value = x @ weights
        return float(np.mean(np.logaddexp(0, value) - y * value))

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), method="BFGS").x)


def _logistic(value: Numbers | float) -> Any:
    return 1 / (1 + np.exp(-value))


# --- Showing ----------------------------------------------------------------------------------------------------------


def show(rows: list[dict[str, Any]]) -> None:
    fit = fitted(rows)
    print("USUAL =", ", ".join(f"{name}={value:.2g}" for name, value in fit.usual._asdict().items()))
    for name, weights in (("PIXELS", fit.weights[False]), ("LINES", fit.weights[True])):
        print(f"{name} =", *(tuple(np.round(part, 2).tolist()) for part in weights))
    sources = {row["name"]: re.sub(r"-fig\w+$|__[^_].*$", "", row["name"]) for row in rows}
    left_out = {
        source: fitted([row for row in rows if sources[row["name"]] != source]) for source in {*sources.values()}
    }
    for row in rows:
        own = left_out[sources[row["name"]]]
        row["stated"] = own.stated(row)
        of = own.weights[row["lines"]]
        for what, counts in (("layers", np.array(of.layer)), ("connections", np.array(of.connection))):
            row[f"of {what}"] = [
                (_logistic(counts @ [value, row["stated"], again, 1.0]), ok) for value, again, ok in row[what]
            ]
    print(f"{'rank, sources left out':34}{'readings':>9}{'rank':>7}")
    for way in ("picture", "paper"):
        for key in ("part", "kind"):
            for value in sorted({row[key] for row in rows}):
                _rank(f"{way}, {value}", [row for row in rows if row["way"] == way and row[key] == value])
        _rank(f"{way}, all", [row for row in rows if row["way"] == way])
    print("error of stated shares: figures", _error([(row["stated"], row["score"]) for row in rows if row["signs"]]))
    for what in ("layers", "connections"):
        print(f"  {what}", _error([pair for row in rows for pair in row[f"of {what}"]]))


def _rank(name: str, rows: list[dict[str, Any]]) -> None:
    if len(rows) >= readers.FEWEST_RANKED:
        value = spearmanr([row["stated"] for row in rows], [row["score"] for row in rows])[0]
        print(f"  {name:32}{len(rows):9}{value:7.2f}")


def _error(pairs: list[tuple[float, float]]) -> str:
    """Mean difference of stated and true shares over bins of equally many."""
    bins = np.array_split(np.array(sorted(pairs), dtype=np.float64), BINS)
    return f"{np.mean([abs(part[:, 0].mean() - part[:, 1].mean()) for part in bins]):.3f}"


if __name__ == "__main__":
    main()
