"""Pictures that strangers made with `plot_model` and `draw_net`: how many are read, and how much of each net is right.

    python bench/plots.py [--out DIR] [--auto] [--only WORD] [--look LOOK] [--part PART]

A row a folder and part of the benchmark (`split.csv`; sources that it doesn't list are to develop on, too): pictures,
those read, their layers and connections, layers whose type is unknown, processor time for a picture and for a layer.
Where the net's prototxt lies beside a picture, the share of its layers (by name and type) and of its connections that
were found, and of what was found, the smaller of the two; a line a picture.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extraction.classify.images import load_image
from extraction.flow.model import Flow
from extraction.importing import prototxt
from extraction.readers import read_plot
from extraction.simulate.caffe_net import NetLayer
from extraction.simulate.draw_net import Options, blob_key, box_key, shown

BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
#: Share of layers and of connections that are right.
LIMIT = 0.95
#: Layers by name and type; connections by those of both ends.
Parts = tuple[Counter[tuple[str, str]], Counter[tuple[tuple[str, str], tuple[str, str]]]]


@dataclass(slots=True)
class Row:
    pictures: int = 0
    read: int = 0
    layers: int = 0
    connections: int = 0
    unknown: int = 0
    seconds: float = 0.0
    #: Shares of right layers and connections, by picture.
    right: dict[str, tuple[float, float]] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="keep the flows here")
    parser.add_argument("--auto", action="store_true", help="the reader isn't told what drew a picture")
    parser.add_argument("--only", default="", help="only pictures with this in their names")
    parser.add_argument("--look", choices=("caffe", "keras"), help="only pictures of this look")
    parser.add_argument("--part", choices=("develop", "check"), help="only this part of the benchmark")
    args = parser.parse_args()
    parts = split()
    rows: dict[tuple[str, str], Row] = defaultdict(Row)
    for look, path in pictures(args.only):
        part = parts.get("web:" + "/".join(path.name.split("__")[:2]), "develop")
        if args.part not in (None, part) or args.look not in (None, look):
            continue
        row = rows[look, part]
        image = load_image(path)
        start = time.process_time()
        flow = read_plot(image, "auto" if args.auto else look)
        seconds = time.process_time() - start
        size = f"{image.shape[1]} x {image.shape[0]}"
        told = "not read" if flow is None else f"{len(flow.layers)} layers, {len(flow.connections)} connections"
        print(f"{part} {look}/{path.name}: {size}, {seconds:.1f} s, {told}", file=sys.stderr, flush=True)
        row.seconds += seconds
        row.pictures += 1
        if flow is None:
            continue
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / f"{path.stem}.json").write_text(flow.dumps(), encoding="utf-8")
        row.read += 1
        row.layers += len(flow.layers)
        row.connections += len(flow.connections)
        row.unknown += sum(layer.type == "Unknown" for layer in flow.layers)
        if (beside := path.with_name(path.name + ".prototxt")).exists():
            row.right[path.name] = shares(parts_of(drawn(beside.read_text())), parts_of(flow))
    show(rows)


def split() -> dict[str, str]:
    with (BENCHMARK / "split.csv").open(newline="") as file:
        return {row["source"]: row["part"] for row in csv.DictReader(file)}


def pictures(word: str) -> Iterator[tuple[str, Path]]:
    for look in ("caffe", "keras"):
        for path in sorted((BENCHMARK / "pictures" / look).iterdir()):
            if path.suffix in (".png", ".jpg") and word in path.name:
                yield look, path


def drawn(text: str) -> Flow:
    """What `draw_net` shows of a net."""
    message = prototxt.parse(text)
    net = [net_layer(layer) for layer in [*message.all("layer"), *message.all("layers")]]
    places = {key: (0.0, 0.0, 1.0, 1.0) for layer in net for key in (box_key(layer), *map(blob_key, layer.bottoms))}
    return shown(net, Options(edge_labels=False), places)


def net_layer(layer: prototxt.Message) -> NetLayer:
    inner = [value for _, value in layer.fields if isinstance(value, prototxt.Message)]
    fields = {name: str(value) for message in inner for name, value in message.fields}
    return NetLayer(layer.get("name"), layer.get("type"), tuple(layer.all("bottom")), tuple(layer.all("top")), fields)


def parts_of(flow: Flow) -> Parts:
    names = {layer.id: (layer.name, layer.type) for layer in flow.layers}
    return Counter(names.values()), Counter((names[c.source], names[c.target]) for c in flow.connections)


def shares(wanted: Parts, found: Parts) -> tuple[float, float]:
    """Of layers and of connections, what is in both, of the larger number of the two."""
    return common(wanted[0], found[0]), common(wanted[1], found[1])


def common(wanted: Counter[Any], found: Counter[Any]) -> float:
    return (wanted & found).total() / max(wanted.total(), found.total(), 1)


def show(rows: dict[tuple[str, str], Row]) -> None:
    print("| folder | part | pictures | read | layers | connections | unknown | seconds a picture | ms a layer |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (look, part), row in sorted(rows.items()):
        numbers = (row.pictures, row.read, row.layers, row.connections, row.unknown)
        each = f"{row.seconds / row.pictures:.1f} | {1000 * row.seconds / max(1, row.layers):.0f}"
        print(f"| {look} | {part} | {' | '.join(map(str, numbers))} | {each} |")
    checked = {name: right for row in rows.values() for name, right in row.right.items()}
    if checked:
        print(f"\n| with a prototxt beside | layers | connections | limit {LIMIT:.0%} |\n| --- | --- | --- | --- |")
    for name, (layers, connections) in sorted(checked.items()):
        kept = "kept" if min(layers, connections) >= LIMIT else "not kept"
        print(f"| {name} | {layers:.1%} | {connections:.1%} | {kept} |")


if __name__ == "__main__":
    main()
