"""Flows of several people merged into one: how often the result is exactly right, and how long it takes.

    python bench/merge.py [--people N] [--rounds N] [--tasks N]

Truths are the benchmark's gold flows, with the boxes they have. A reading is a truth with every tenth element wrong.
People start from it: each puts right what they see wrong, but errs themselves, each on their own, about a share of the
elements: misses layers and connections, makes others up, mistakes types, parameters and printed labels. What they add
has an id of their editor's, a box only in part, and that a little apart.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from annotations.consensus.crowd import Crowd
from annotations.consensus.merge import Answer, Merge, merge
from extraction.flow.canonical import digest
from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.model import BBox, Connection, Flow, Layer, load

BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
#: Seconds for 10,000 tasks with 5 answers of 20 layers, and for one more answer.
LIMIT, LIMIT_ONE = 60.0, 0.02
_READING = 0.1
_FAMILIES: dict[str, list[str]] = {}
for _row in CATALOGUE.values():
    _FAMILIES.setdefault(_row.family, []).append(_row.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--rounds", type=int, default=2, help="how often each gold flow is answered")
    parser.add_argument("--tasks", type=int, default=400, help="how many tasks are timed")
    args = parser.parse_args()
    for part, truths in parts().items():
        for error in (0.05, 0.1):
            for people in args.people:
                exact(part, truths, error, people, args.rounds)
    speed(args.tasks)


def exact(part: str, truths: Sequence[Flow], error: float, people: int, rounds: int) -> None:
    rng, crowd = random.Random(0), Crowd()
    single = right = total = 0
    for truth in truths:
        wanted = digest(truth)
        for _ in range(rounds):
            reading, flows = answered(rng, truth, error, people)
            given = [Answer(f"person {i}", flow, reading) for i, flow in enumerate(flows)]
            single += sum(digest(flow) == wanted for flow in flows)
            right += digest(merge(given, reading=reading, crowd=crowd).flow) == wanted
            total += 1
    print(
        f"{part}, {error:.0%} of the elements wrong, {people} people: exact {right / total:.3f} of {total}, "
        f"one person alone {single / total / people:.3f}"
    )


def speed(tasks: int) -> None:
    rng, crowd = random.Random(1), Crowd()
    work, later = [], []
    for _ in range(tasks):
        reading, flows = answered(rng, drawn(rng, 20), 0.05, 5)
        given = [Answer(f"person {i}", flow, reading) for i, flow in enumerate(flows)]
        work.append((reading, given))
    for reading, given in work[:20]:
        merge(given, reading=reading, crowd=crowd)
    start = time.process_time()
    for reading, given in work:
        merge(given, reading=reading, crowd=crowd)
    took = (time.process_time() - start) / tasks * 10_000
    print(f"10,000 tasks with 5 answers of 20 layers: {took:.1f} s on one core, {took / LIMIT:.2f} of {LIMIT:.0f} s")
    for reading, given in work[:100]:
        merging = Merge(reading, given)
        one = replace(given[0], contributor="one more")
        start = time.process_time()
        merging.add(one)
        merging.consensus(crowd).to_dict()
        later.append(time.process_time() - start)
    later.sort()
    slow = later[int(len(later) * 0.95)]
    print(
        f"one more answer, checked and ready to be stored: {slow * 1e3:.1f} ms (95%), {slow / LIMIT_ONE:.2f} of 20 ms"
    )


def parts() -> dict[str, list[Flow]]:
    """Gold flows by part of the benchmark; nothing where there is none."""
    split = BENCHMARK / "split.csv"
    if not split.exists():
        return {}
    with split.open(newline="") as file:
        part_of = {row["source"]: row["part"] for row in csv.DictReader(file)}
    found: dict[str, list[Flow]] = {"develop": [], "check": []}
    for path in sorted((BENCHMARK / "flows" / "gold").glob("*.json")):
        paper = re.fullmatch(r"(.+)-fig\w+", path.stem)
        source = f"paper:{paper[1]}" if paper else "web:" + "/".join(path.stem.split("__")[:2])
        if source in part_of:
            found[part_of[source]].append(load(path))
    return found


def drawn(rng: random.Random, size: int) -> Flow:
    """A network of so many layers with ways around, drawn from top to bottom."""
    layers: list[Layer] = [Layer("in", "Input", label="224x224", params={"shape": [224, 224, 3]}, bbox=(0, 0, 80, 20))]
    pairs: list[tuple[str, str]] = []
    around = "in"
    for i in range(1, size):
        kind = rng.choice(["Conv2D", "Conv2D", "BatchNormalization", "MaxPooling2D", "Activation", "Add", "Dropout"])
        params: dict[str, Any] = {
            "Conv2D": {"filters": 2 ** rng.randint(4, 9), "kernel_size": [3, 3], "padding": "same"},
            "MaxPooling2D": {"pool_size": [2, 2], "strides": [2, 2]},
            "Activation": {"activation": "relu"},
            "Dropout": {"rate": 0.5},
        }.get(kind, {})
        layer = Layer(f"l{i}", kind, label=f"{kind.lower()} {i}", params=params, bbox=(0, 30 * i, 80, 30 * i + 20))
        pairs.append((layers[-1].id, layer.id))
        if kind == "Add":
            if around != layers[-1].id:
                pairs.append((around, layer.id))
            around = layer.id
        layers.append(layer)
    return Flow(tuple(layers), tuple(Connection(a, b) for a, b in pairs))


# --- People and readings


def answered(rng: random.Random, truth: Flow, error: float, people: int) -> tuple[Flow, list[Flow]]:
    """A reading of a network, and what people make of it."""
    seen = mistaken(rng, truth, _READING, "read")
    ids = {layer.id: f"r{i}" for i, layer in enumerate(seen.layers)}
    seen = seen.with_layers(replace(layer, bbox=shaken(rng, layer.bbox, 0.03)) for layer in seen.layers)
    reading = renamed(seen, ids)
    shown = {layer.id: layer for layer in reading.layers}
    return reading, [edited(rng, mistaken(rng, truth, error, f"p{i}"), ids, shown) for i in range(people)]


def edited(rng: random.Random, flow: Flow, ids: dict[str, str], shown: dict[str, Layer]) -> Flow:
    """A flow as it comes out of the editor: what was read keeps id and box, what is added gets new ones."""
    names, taken = dict(ids), set(shown)
    layers = []
    for layer in flow.layers:
        if layer.id in ids:
            before = shown[ids[layer.id]]
            layer = replace(layer, id=layer.id, bbox=before.bbox)
        else:
            stem, number = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", layer.type).lower(), 1
            while f"{stem}_{number}" in taken:
                number += 1
            names[layer.id] = f"{stem}_{number}"
            taken.add(names[layer.id])
            box = shaken(rng, layer.bbox, 0.15) if rng.random() < 0.6 else None
            layer = replace(layer, bbox=box, confidence=1.0, provenance={"type": "person"})
        layers.append(layer)
    return renamed(flow.with_layers(layers), names)


def mistaken(rng: random.Random, truth: Flow, error: float, who: str) -> Flow:
    """A network as somebody sees it who is wrong about a share `error` of its elements."""

    def errs(share: float = 1.0) -> bool:
        return rng.random() < error * share

    layers = [mislabelled(rng, layer, errs) for layer in truth.layers if not errs()]
    there = {layer.id for layer in layers}
    pairs = [(c.source, c.target) for c in truth.connections if not errs()]
    for gone in (layer.id for layer in truth.layers if layer.id not in there):
        sources, targets = ([p[i] for p in pairs if p[1 - i] == gone] for i in (0, 1))
        pairs = [pair for pair in pairs if gone not in pair]
        if rng.random() < 0.6:  # they join what is left
            pairs += [(a, b) for a in sources for b in targets if (a, b) not in pairs]
    place = {layer.id: i for i, layer in enumerate(truth.layers)}
    for _ in truth.connections:
        if errs(0.5) and len(layers) > 1:
            pair = tuple(sorted(rng.sample(sorted(there), 2), key=place.__getitem__))
            if pair not in pairs:
                pairs.append((pair[0], pair[1]))
    for number in range(sum(errs(0.5) for _ in truth.layers)):
        made_up = Layer(f"{who} {number}", rng.choice(list(CATALOGUE)), bbox=somewhere(rng, truth))
        if layers:
            pairs.append((rng.choice(layers).id, made_up.id))
        layers.append(made_up)
    return truth.with_layers(layers, [Connection(a, b) for a, b in pairs])


def mislabelled(rng: random.Random, layer: Layer, errs: Any) -> Layer:
    if errs():
        row = CATALOGUE.get(canonical_type(layer.type) or "")
        alike = _FAMILIES[row.family if row else "block"]
        kind = rng.choice(alike if rng.random() < 0.6 else list(CATALOGUE))
        layer = replace(layer, type=kind if kind != layer.type else "Unknown")
    params = {}
    for name, value in layer.params.items():
        if not errs():
            params[name] = value
        elif (other := misread(rng, value)) is not None:
            params[name] = other
    if layer.label and errs():
        at = rng.randrange(len(layer.label))
        layer = replace(layer, label=layer.label[:at] + rng.choice(["", "l", "0", "x"]) + layer.label[at + 1 :])
    if layer.output_shape and errs():
        layer = replace(layer, output_shape=None)
    return replace(layer, params=params)


def misread(rng: random.Random, value: Any) -> Any:
    """Another value of the same sort; `None` where it is overlooked."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice([value * 2, max(1, value // 2), value + 1, value + 2])
    if isinstance(value, list) and all(isinstance(item, int) for item in value):
        return [max(1, item + rng.choice([1, 2])) for item in value]
    return None


def shaken(rng: random.Random, box: BBox | None, share: float) -> BBox | None:
    if box is None:
        return None
    width, height = box[2] - box[0], box[3] - box[1]
    x0, x1 = sorted(x + rng.gauss(0, share) * width for x in (box[0], box[2]))
    y0, y1 = sorted(y + rng.gauss(0, share) * height for y in (box[1], box[3]))
    return (x0, y0, x1, y1)


def somewhere(rng: random.Random, flow: Flow) -> BBox | None:
    boxes = [layer.bbox for layer in flow.layers if layer.bbox]
    if not boxes:
        return None
    x, y = rng.uniform(0, max(box[2] for box in boxes)), rng.uniform(0, max(box[3] for box in boxes))
    return (x, y, x + 30, y + 20)


def renamed(flow: Flow, names: dict[str, str]) -> Flow:
    layers = [replace(layer, id=names[layer.id]) for layer in flow.layers]
    return flow.with_layers(layers, [Connection(names[c.source], names[c.target]) for c in flow.connections])


if __name__ == "__main__":
    main()
