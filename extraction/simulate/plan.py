"""What a data set is to hold. Everything in it follows from its plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from extraction.codegen import FILENAMES
from extraction.simulate.grammar import Recipe
from extraction.simulate.looks import LOOKS

#: Designs that are made by one process without a break. What a process loses when it is killed is at most this.
SHARD = 100
#: Frameworks whose code is written, and how its files end.
CODES: Mapping[str, str] = {"keras": "keras.py", "caffe": FILENAMES["caffe"], "pytorch": "pytorch.py"}
FILE = "plan.json"
FORMAT = 1


class PlanError(ValueError):
    """A plan that can't be followed, or a folder that follows another one."""


@dataclass(frozen=True, slots=True)
class Plan:
    recipe: Recipe
    count: int
    looks: tuple[str, ...] = ("keras", "caffe")
    codes: tuple[str, ...] = ("keras", "caffe")

    def __post_init__(self) -> None:
        if self.count < 1:
            raise PlanError("the count must be 1 or more")
        for names, known, what in ((self.looks, LOOKS, "look"), (self.codes, CODES, "kind of code")):
            unknown = [name for name in names if name not in known]
            if unknown:
                raise PlanError(f"{unknown[0]!r} is no {what}; known are {', '.join(known)}")
            if len(set(names)) != len(names):
                raise PlanError(f"a {what} stands twice in {', '.join(names)}")

    def to_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Raises `PlanError` where the data says no plan of this version."""
        try:
            if data["format"] != FORMAT:
                raise PlanError(f"the plan has format {data['format']}, this program makes format {FORMAT}")
            recipe = data["recipe"]
            return cls(
                Recipe(
                    str(recipe["grammar"]), int(recipe["seed"]), (int(recipe["depths"][0]), int(recipe["depths"][1]))
                ),
                int(data["count"]),
                tuple(str(look) for look in data["looks"]),
                tuple(str(code) for code in data["codes"]),
            )
        except (KeyError, TypeError, IndexError) as error:
            raise PlanError(f"no plan of simulated designs: {error}") from error

    def shards(self) -> Iterator[range]:
        """Numbers of designs, a shard at a time."""
        for start in range(0, self.count, SHARD):
            yield range(start, min(start + SHARD, self.count))


def keep(folder: Path, plan: Plan, *, resume: bool) -> None:
    """Write the plan into its folder, or see that the folder follows it already.

    Raises:
        PlanError: the folder has files of another plan, or of this one and it is not to be resumed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if path.exists():
        there = load(folder)
        if replace(there, count=plan.count) != plan:
            raise PlanError(f"{folder} holds designs of another plan; choose another folder")
        if not resume:
            raise PlanError(
                f"{folder} holds designs of this plan already; go on with --resume, or choose another folder"
            )
        if there.count >= plan.count:
            return
    elif any(folder.glob("*.flow.json")):
        raise PlanError(f"{folder} holds flows that no plan tells of; choose another folder")
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(plan.to_dict(), indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def load(folder: Path) -> Plan:
    """The plan of a folder. Raises `PlanError` where there is none."""
    try:
        return Plan.from_dict(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        if isinstance(error, PlanError):
            raise
        raise PlanError(f"{folder} holds no simulated designs: {error}") from error
