"""From a flow as drawn to one that can be built, assuming openly what the drawing leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from extraction.flow.model import Flow
from extraction.flow.problems import Problem


@dataclass(frozen=True, slots=True)
class Assumption:
    """One value that the drawing doesn't say and completion set."""

    #: Id of the layer in the completed flow.
    layer: str
    #: The parameter, or `type`, `output_shape`, `inputs` where the layer itself or its connections are assumed.
    parameter: str
    value: Any
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"layer": self.layer, "parameter": self.parameter, "value": self.value, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Completion:
    #: Layers in an order in which each comes after its inputs.
    flow: Flow
    problems: tuple[Problem, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def ok(self) -> bool:
        """True where the flow can be built."""
        return all(problem.severity != "error" for problem in self.problems)


def complete(flow: Flow) -> Completion:
    raise NotImplementedError
