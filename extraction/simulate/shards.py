"""Filling the shards of a data set. Each is a piece of work of its own, for a process here or a worker elsewhere.

A shard is done when its part of the manifest is there; that is written last, under another name first. Done again, it
gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extraction.codegen import Code
from extraction.flow.canonical import digest
from extraction.simulate.design import design_id
from extraction.simulate.looks import Subject, draw_in
from extraction.simulate.plan import CODES, Plan

PARTS = ".parts"
MANIFEST = "manifest.csv"


@dataclass(slots=True)
class Spent:
    """Seconds of one processor by what they went into, and how often that was done."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    times: Counter[str] = field(default_factory=Counter)
    _since: float = 0.0

    def start(self) -> None:
        self._since = time.process_time()

    def on(self, what: str, times: int = 1) -> None:
        """What was done since the last call."""
        now = time.process_time()
        self.seconds[what] += now - self._since
        self.times[what] += times
        self._since = now

    def add(self, other: Spent) -> None:
        for what, seconds in other.seconds.items():
            self.seconds[what] += seconds
        self.times.update(other.times)


def columns(plan: Plan) -> list[str]:
    names = ["id", "index", "depth", "layers", "connections", "parameters", "valid", "digest", "flow_sha256"]
    names += [f"{code}_code_sha256" for code in plan.codes]
    names.append("refused")
    for look in plan.looks:
        names += [f"{look}_{what}" for what in ("png_sha256", "flow_sha256", "width", "height", "options")]
    return names


def part_of(folder: Path, shard: range) -> Path:
    return folder / PARTS / f"{shard.start:08d}-{shard.stop:08d}.csv"


def is_done(folder: Path, shard: range) -> bool:
    return part_of(folder, shard).exists()


def fill(
    folder: Path,
    plan: Plan,
    shard: range,
    told: Callable[[int], None] = lambda index: None,
    without: Mapping[int, str] | None = None,
) -> Spent:
    """Make all files of a shard.

    Args:
        told: called with the number of each design before it is drawn.
        without: designs that get no pictures, and why: Graphviz ended its process over them.
    """
    spent = Spent()
    spent.start()
    designs = list(plan.recipe.designs(shard))
    spent.on("core", len(designs))
    rows = []
    for design in designs:
        told(design.index)
        rows.append(_files(Subject(design), plan, folder, spent, (without or {}).get(design.index, "")))
    path = part_of(folder, shard)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns(plan), lineterminator="\n", restval="")
        writer.writerows(rows)
    temporary.replace(path)
    spent.on("files", 0)
    return spent


def _files(subject: Subject, plan: Plan, folder: Path, spent: Spent, missing: str) -> dict[str, Any]:
    """All files of one design, and its row of the manifest."""
    design, flow = subject.design, subject.flow
    report = subject.report
    row: dict[str, Any] = {
        "id": design.id,
        "index": design.index,
        "depth": design.depth,
        "layers": len(flow.layers),
        "connections": len(flow.connections),
        "parameters": design.parameters,
        "valid": int(
            report.valid
            and report.parameters == design.parameters
            and [report.output_shapes[layer.id] for layer in flow.layers] == design.shapes
        ),
        "digest": digest(flow),
    }
    spent.on("checks")
    row["flow_sha256"] = _written(folder / f"{design.id}.flow.json", flow.dumps().encode())
    spent.on("files")
    refused = {}
    for framework in plan.codes:
        code = subject.code(framework)
        spent.on(f"{framework} code")
        if isinstance(code, Code):
            row[f"{framework}_code_sha256"] = _written(folder / f"{design.id}.{CODES[framework]}", code.source.encode())
            spent.on("files")
        else:
            refused[framework] = str(code)
    row["refused"] = _json(refused) if refused else ""
    for look in plan.looks:
        picture = None if missing else draw_in(look, subject)
        if picture is None:
            row[f"{look}_options"] = _json({"missing": missing or "this look can't show it"})
            continue
        png, shown = picture.png(), picture.flow.dumps().encode()
        spent.on(f"{look} pictures")
        row[f"{look}_height"], row[f"{look}_width"] = picture.pixels.shape[:2]
        row[f"{look}_options"] = _json(dict(picture.options))
        row[f"{look}_png_sha256"] = _written(folder / f"{design.id}.{look}.png", png)
        row[f"{look}_flow_sha256"] = _written(folder / f"{design.id}.{look}.flow.json", shown)
        spent.on("files")
    return row


def _written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, default=sorted, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished data set holds."""

    designs: int
    valid: int
    #: Designs that another one equals in all but names.
    duplicates: int
    layers: int
    pictures: dict[str, int]
    codes: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def finish(folder: Path, plan: Plan) -> Result:
    """Write the manifest from the parts of all shards, which must be there."""
    temporary = folder / f"{MANIFEST}.part"
    names = columns(plan)
    designs = valid = layers = 0
    digests: set[str] = set()
    found: Counter[str] = Counter()
    with temporary.open("w", encoding="utf-8", newline="") as out:
        out.write(",".join(names) + "\n")
        for shard in plan.shards():
            text = part_of(folder, shard).read_text(encoding="utf-8")
            out.write(text)
            for row in csv.DictReader(io.StringIO(text), names):
                designs, layers = designs + 1, layers + int(row["layers"])
                valid += row["valid"] == "1"
                digests.add(row["digest"])
                found.update(name for name in names if name.endswith("sha256") and row[name])
    temporary.replace(folder / MANIFEST)
    return Result(
        designs,
        valid,
        designs - len(digests),
        layers,
        {look: found[f"{look}_png_sha256"] for look in plan.looks},
        {code: found[f"{code}_code_sha256"] for code in plan.codes},
    )


def rows(folder: Path) -> Iterator[dict[str, str]]:
    """Rows of a finished manifest."""
    csv.field_size_limit(1 << 24)
    with (folder / MANIFEST).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def files_of(row: Mapping[str, str], plan: Plan) -> Iterator[tuple[str, str]]:
    """Names of a design's files and their hashes."""
    name = design_id(plan.recipe.grammar, plan.recipe.seed, int(row["index"]))
    yield f"{name}.flow.json", row["flow_sha256"]
    for code in plan.codes:
        if row[f"{code}_code_sha256"]:
            yield f"{name}.{CODES[code]}", row[f"{code}_code_sha256"]
    for look in plan.looks:
        if row[f"{look}_png_sha256"]:
            yield f"{name}.{look}.png", row[f"{look}_png_sha256"]
            yield f"{name}.{look}.flow.json", row[f"{look}_flow_sha256"]
