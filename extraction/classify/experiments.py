"""The poster's experiment on our figures: six classifiers and the built-in head, learned here, tested there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from extraction.classify import metrics, six
from extraction.classify.head import Array
from extraction.classify.poster import POSTER, TRIVIAL
from extraction.classify.training import Figures
from extraction.flow.model import KINDS

OURS = "Built-in head"


@dataclass(frozen=True, slots=True)
class Said:
    """What one classifier said of the figures of one part."""

    figures: Figures
    flow: Array
    kinds: Array

    def accuracies(self) -> tuple[float, float]:
        """Of flow or not, and of the kinds among flows, in percent."""
        is_flow = self.figures.kinds != "none"
        right = metrics.accuracy(is_flow, self.flow >= 0.5)
        kinds = metrics.accuracy(self.figures.kinds[is_flow], self.said_kinds()[is_flow])
        return 100 * right, 100 * kinds

    def said_kinds(self) -> Any:
        return np.array(KINDS)[self.kinds.argmax(axis=1)]

    def said(self) -> Any:
        """ "none" or a kind, a figure each."""
        return np.where(self.flow >= 0.5, self.said_kinds(), "none")

    def sure(self) -> Said:
        chosen = self.figures.sure
        return Said(self.figures.where(chosen), self.flow[chosen], self.kinds[chosen])


@dataclass(frozen=True, slots=True)
class Row:
    """One classifier: accuracies on what it learned from, by figures left out, and all that is to say of the test."""

    name: str
    learned: tuple[float, float]
    chosen: tuple[float, float]
    test: Said
    measures: Mapping[str, metrics.Measure]


@dataclass(frozen=True, slots=True)
class Experiment:
    title: str
    about: str
    rows: Sequence[Row]

    @property
    def trivial(self) -> float:
        """What always giving the commoner answer to “flow or not” scores on the test, in percent."""
        share = float(np.mean(self.rows[0].test.figures.kinds == "none"))
        return 100 * max(share, 1 - share)

    def to_dict(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "trivial": round(self.trivial, 2),
            "classifiers": {
                row.name: {
                    "learned": [round(value, 2) for value in row.learned],
                    "left_out": [round(value, 2) for value in row.chosen],
                    "test": [round(value, 2) for value in row.test.accuracies()],
                    "measures": {
                        name: {"value": round(m.value, 4), "low": round(m.low, 4), "high": round(m.high, 4)}
                        for name, m in row.measures.items()
                    },
                }
                for row in self.rows
            },
        }


def run(
    title: str,
    about: str,
    figures: Figures,
    rows: Array,
    parts: tuple[str, str | None, str],
    *,
    names: Sequence[str] = tuple(six.SIX),
    further: Sequence[six.Fitted] = (),
    tell: Callable[[str], None] = lambda line: None,
) -> Experiment:
    """Learn each classifier and test it.

    Args:
        parts: of `figures` to learn from, to choose by (none: figures left out of the first by turns), and to test on.
        further: classifiers that are there already, learned from the same part.
    """
    learn, choose, test = (np.flatnonzero(figures.parts == part) if part else None for part in parts)
    assert learn is not None
    assert test is not None
    found = []
    ready = {model.name: model for model in further}
    for name in [*names, *ready]:
        tell(f"{title}: {name} …")
        model = ready.get(name) or six.fit(name, figures.where(learn), rows[learn])

        def said(chosen: Any, model: six.Fitted = model) -> Said:
            return Said(figures.where(chosen), *model.probabilities(rows[chosen])).sure()

        left_out = Said(figures.where(learn), model.flow, model.kinds).sure() if choose is None else said(choose)
        tested = said(test)
        of = tested.figures
        measures = metrics.measure(of.kinds, of.sources, tested.flow, tested.kinds)
        found.append(Row(name, said(learn).accuracies(), left_out.accuracies(), tested, measures))
    return Experiment(title, about, found)


def accuracy_table(experiment: Experiment) -> list[list[str]]:
    """The poster's table beside ours; the first line is the head."""
    lines = [
        [
            "classifier",
            "flow: poster train / val / test",
            "flow: ours",
            "kinds: poster train / val / test",
            "kinds: ours",
        ]
    ]
    for row in experiment.rows:
        printed = POSTER.get(row.name)
        ours = (row.learned, row.chosen, row.test.accuracies())
        flow, kinds = (" / ".join(f"{values[question]:.2f}" for values in ours) for question in (0, 1))
        theirs = (
            [" / ".join(f"{value:.2f}" for value in values) for values in (printed.flow, printed.kinds)]
            if printed
            else ["", ""]
        )
        lines.append([row.name, theirs[0], flow, theirs[1], kinds])
    lines.append(["always “no flow”", f"{TRIVIAL:.2f}", f"{experiment.trivial:.2f}", "", ""])
    return lines


MEASURES = {
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1 of flows",
    "average_precision": "average precision",
    "calibration_error": "calibration error",
    "kind_accuracy": "kinds: accuracy",
    "kind_macro_f1": "kinds: macro-F1",
}


def measure_table(experiment: Experiment) -> list[list[str]]:
    """What tells more than accuracy, with 95% intervals; the first line is the head."""
    lines = [["classifier", *MEASURES.values()]]
    for row in experiment.rows:
        cells = (row.measures[name] for name in MEASURES)
        lines.append([row.name, *(f"{m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in cells)])
    return lines


def markdown(experiments: Sequence[Experiment]) -> str:
    parts = []
    for experiment in experiments:
        parts.append(f"## {experiment.title}\n\n{experiment.about}\n")
        for lines in (accuracy_table(experiment), measure_table(experiment)):
            lines = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
            parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n")
    return "\n".join(parts)
