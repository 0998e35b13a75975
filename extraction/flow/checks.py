"""Does the network make sense as drawn? What is not said is no error; what contradicts itself is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extraction.flow.model import Flow, Shape
from extraction.flow.problems import Problem

__all__ = ["Problem", "Report", "check"]


@dataclass(frozen=True, slots=True)
class Report:
    valid: bool
    problems: tuple[Problem, ...]
    #: Number of trained and untrained parameters of the completed flow, `None` where it can't be told.
    parameters: int | None
    #: By layer id, of the layers as drawn.
    output_shapes: Mapping[str, Shape | None] = field(default_factory=dict)
    #: Parameters by layer id, of the layers as drawn.
    layer_parameters: Mapping[str, int] = field(default_factory=dict)


def check(flow: Flow) -> Report:
    raise NotImplementedError


def report_dict(report: Report) -> dict[str, Any]:
    return {
        "valid": report.valid,
        "problems": [problem.to_dict() for problem in report.problems],
        "parameters": report.parameters,
        "output_shapes": {k: None if v is None else list(v) for k, v in report.output_shapes.items()},
    }
