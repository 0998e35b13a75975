"""How much of what a simulated picture shows was read from it: layers matched by where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from extraction.flow.model import BBox, Flow, Layer

#: What is counted, in the order in which it is printed.
PARTS = ("layers", "types", "names", "params", "shapes", "connections")
#: Two boxes are one place where what they share is at least this much of what they cover together.
SAME_PLACE = 0.3


@dataclass(slots=True)
class Count:
    """Elements of one sort: what the picture shows, how much of that was read right, and what was read beyond it."""

    shown: int = 0
    right: int = 0
    #: Read and not shown; something shown that was read wrong counts in `shown` only.
    extra: int = 0

    def add(self, other: Count) -> None:
        self.shown += other.shown
        self.right += other.right
        self.extra += other.extra

    @property
    def exact(self) -> bool:
        return self.right == self.shown and not self.extra

    @property
    def share(self) -> float | None:
        """What is right of all that is shown or was read; `None` where there is nothing."""
        total = self.shown + self.extra
        return self.right / total if total else None


@dataclass(slots=True)
class Score:
    """One reading against the flow that its picture shows."""

    parts: dict[str, Count] = field(default_factory=lambda: {part: Count() for part in PARTS})
    #: A sentence for each thing that is not right.
    wrong: list[str] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """All of it right, and nothing more."""
        return all(count.exact for count in self.parts.values())


def score(shown: Flow, read: Flow) -> Score:
    """Compare a reading with what its picture shows.

    Types, names, printed parameters (each by itself), printed shapes and connections of layers that stand at the same
    place must be equal. What was read although it isn't printed counts as extra, unless the reading itself says that it
    is inferred or assumed. In which order connections lead into a layer is not asked: a picture shows no order.
    """
    result = Score()
    place = match(shown, read)
    _layers(shown, read, place, result)
    of_read = {layer.id: layer for layer in read.layers}
    for layer in shown.layers:
        found = of_read.get(place.get(layer.id, ""))
        _values(layer, found, result)
    _connections(shown, read, place, result)
    return result


def match(shown: Flow, read: Flow) -> dict[str, str]:
    """The read layer at the place of each shown one, by id; the closest pairs first, each layer once."""
    pairs = [
        (common, a.id, b.id)
        for a in shown.layers
        if a.bbox
        for b in read.layers
        if b.bbox and (common := _common(a.bbox, b.bbox)) >= SAME_PLACE
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    place: dict[str, str] = {}
    taken: set[str] = set()
    for _, a, b in pairs:
        if a not in place and b not in taken:
            place[a] = b
            taken.add(b)
    return place


def _common(a: BBox, b: BBox) -> float:
    """Area that two boxes share, of the area that they cover together."""
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    shared = wide * tall
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def _layers(shown: Flow, read: Flow, place: dict[str, str], result: Score) -> None:
    taken = set(place.values())
    spare = [layer for layer in read.layers if layer.id not in taken]
    result.parts["layers"] = Count(len(shown.layers), len(place), len(spare))
    result.wrong += [f"{_called(layer)} was not found" for layer in shown.layers if layer.id not in place]
    result.wrong += [f"{_called(layer)} is not there" for layer in spare]


def _values(shown: Layer, read: Layer | None, result: Score) -> None:
    """What one layer says of itself."""

    def compare(part: str, what: str, wanted: Any, got: Callable[[Layer], Any]) -> None:
        count = result.parts[part]
        count.shown += 1
        if read is None:
            return
        if _plain(got(read)) == _plain(wanted):
            count.right += 1
        else:
            result.wrong.append(f"{_called(shown)}: {what} {wanted!r} was read as {got(read)!r}")

    compare("types", "type", (shown.type, shown.also), lambda layer: (layer.type, layer.also))
    if shown.name:
        compare("names", "name", shown.name, lambda layer: layer.name)
    for key, value in shown.params.items():
        compare("params", key, value, partial(_param, key=key))
    if shown.output_shape is not None:
        compare("shapes", "shape", shown.output_shape, lambda layer: layer.output_shape)
    if read is None:
        return
    more = [("params", key, read.params[key]) for key in sorted(read.params.keys() - shown.params.keys())]
    if read.name and not shown.name:
        more.append(("names", "name", read.name))
    if read.output_shape is not None and shown.output_shape is None:
        more.append(("shapes", "output_shape", read.output_shape))
    for part, key, value in more:
        if read.provenance.get(key) not in ("inferred", "assumed"):
            result.parts[part].extra += 1
            result.wrong.append(f"{_called(shown)}: {key} {value!r} is not printed")


def _connections(shown: Flow, read: Flow, place: dict[str, str], result: Score) -> None:
    back = {b: a for a, b in place.items()}
    wanted = {(c.source, c.target) for c in shown.connections}
    found = {(back.get(c.source, f"+{c.source}"), back.get(c.target, f"+{c.target}")) for c in read.connections}
    result.parts["connections"] = Count(len(wanted), len(wanted & found), len(found - wanted))
    names = {layer.id: _called(layer) for layer in shown.layers}
    for pairs, what in ((wanted - found, "was not found"), (found - wanted, "is not there")):
        result.wrong += [f"{names.get(a, a)} -> {names.get(b, b)} {what}" for a, b in sorted(pairs)]


def _called(layer: Layer) -> str:
    return f"{layer.name or layer.id} ({layer.type})"


def _plain(value: Any) -> Any:
    """Values as JSON has them: a tuple is a list."""
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


@dataclass(slots=True)
class Total:
    """Scores of many pictures, and the seconds that reading them took."""

    pictures: int = 0
    exact: int = 0
    seconds: float = 0.0
    parts: dict[str, Count] = field(default_factory=lambda: {part: Count() for part in PARTS})

    def add(self, score: Score, seconds: float) -> None:
        self.pictures += 1
        self.exact += score.exact
        self.seconds += seconds
        for part, count in score.parts.items():
            self.parts[part].add(count)

    def to_dict(self) -> dict[str, Any]:
        """Shares from 0 to 1, `None` where nothing of the sort is shown; seconds a picture."""
        shares = {part: None if count.share is None else round(count.share, 6) for part, count in self.parts.items()}
        pictures = max(1, self.pictures)
        return {
            "pictures": self.pictures,
            **shares,
            "exact": round(self.exact / pictures, 6),
            "seconds": round(self.seconds / pictures, 3),
        }


def _param(layer: Layer, key: str) -> Any:
    return layer.params.get(key)
