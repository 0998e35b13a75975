"""A classifier's measures as a table for people and as values for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.classify.head import Array
from extraction.classify.metrics import Measure, measure
from extraction.classify.training import Figures

NAMES = {
    "balanced_accuracy": "flow or not: balanced accuracy",
    "f1": "flow or not: F1 of flows",
    "average_precision": "flow or not: average precision",
    "calibration_error": "flow or not: calibration error",
    "kind_accuracy": "five kinds: accuracy",
    "kind_macro_f1": "five kinds: macro-F1",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Measures of one part of the figures, over those whose label is sure and over all."""

    part: str
    figures: int
    sure_figures: int
    sure: Mapping[str, Measure]
    all: Mapping[str, Measure]

    @classmethod
    def of(cls, part: str, figures: Figures, flow: Array, kinds: Array) -> Report:
        sure = figures.sure
        return cls(
            part,
            len(figures),
            int(sure.sum()),
            measure(figures.kinds[sure], figures.sources[sure], flow[sure], kinds[sure]),
            measure(figures.kinds, figures.sources, flow, kinds),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "figures": self.figures,
            "sure_figures": self.sure_figures,
            **{
                over: {
                    name: {"value": round(m.value, 4), "low": round(m.low, 4), "high": round(m.high, 4)}
                    for name, m in getattr(self, over).items()
                }
                for over in ("sure", "all")
            },
        }


def table(reports: Sequence[Report]) -> str:
    """Markdown; every value with its 95% interval."""
    head = ["measure"]
    for report in reports:
        head += [f"{report.part}, sure ({report.sure_figures})", f"{report.part}, all ({report.figures})"]
    lines = [head, ["---"] * len(head)]
    for name, words in NAMES.items():
        cells = [measures[name] for report in reports for measures in (report.sure, report.all)]
        lines.append([words, *(f"{m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in cells)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
