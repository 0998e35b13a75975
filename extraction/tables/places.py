"""Where in its table each layer stands: the cell, or the row, that its words were read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extraction.flow.model import BBox, Flow
from extraction.pdf.model import Table
from extraction.tables.text import tidy


@dataclass(frozen=True, slots=True)
class _Place:
    text: str
    row: int
    column: int
    bbox: BBox


def located(flow: Flow, table: Table, *, alone: bool) -> Flow:
    """The flow, its layers with their boxes in pixels of the table's picture.

    Layers follow one another down a column, or along a row. A layer of which no cell has the words has no box.

    Args:
        alone: the table describes this network only, so that a layer's values stand in its whole row.
    """
    places = [
        _Place(tidy(cell.text), cell.row, cell.column, _in_picture(cell.bbox, table))
        for cell in table.cells
        if cell.bbox is not None
    ]
    columns, rows = ({getattr(place, name) for place in places} for name in ("column", "row"))
    lines = [sorted((p for p in places if p.column == c), key=lambda p: p.row) for c in sorted(columns)]
    lines += [sorted((p for p in places if p.row == r), key=lambda p: p.column) for r in sorted(rows)]
    labels = [layer.label for layer in flow.layers]
    walks = [(_walk(labels, line), line) for line in [*lines, *(line[::-1] for line in lines)]]
    found, line = max(walks, key=lambda walk: sum(place is not None for place in walk[0]), default=([], []))
    if not found or _out_of_step(labels, found, line):
        return flow
    downwards = len({place.column for place in found if place is not None}) == 1
    found = _filled(labels, found, places) if alone and downwards else found
    boxes = [None if place is None else _row(place, places) if alone and downwards else place.bbox for place in found]
    layers = [replace(layer, bbox=box) for layer, box in zip(flow.layers, boxes, strict=True)]
    return replace(flow, layers=tuple(layers))


def _walk(labels: Sequence[str], line: Sequence[_Place]) -> list[_Place | None]:
    """For each label the first place with its words from the last one on; where this place's own words
    are all told, and where the same words come again, they are the next place's if that has them too."""
    found: list[_Place | None] = []
    here, before = 0, ""
    for label in labels:
        told = label == before or (bool(found) and line[here].text.endswith(before))
        start = here + 1 if told and here + 1 < len(line) and label in line[here + 1].text else here
        place = next((i for i in range(start, len(line)) if label and label in line[i].text), None)
        found.append(None if place is None else line[place])
        if place is not None:
            here, before = place, label
    return found


def _out_of_step(labels: Sequence[str], found: Sequence[_Place | None], line: Sequence[_Place]) -> bool:
    """Whether places ran out for words that stand in several: then the places before need not be right either."""
    pairs = list(zip(labels, found, strict=True))
    last = [label for label, place in pairs if place is not None and place is line[-1]]
    lost = {label for label, place in pairs if place is None and label} | set(last[1:])
    return any(sum(label in place.text for place in line) > 1 for label in lost)


def _filled(labels: Sequence[str], found: Sequence[_Place | None], places: Sequence[_Place]) -> list[_Place | None]:
    """What another column than the layers' own tells (an activation) stands beside a layer or right behind it."""
    filled = list(found)
    for index, label in enumerate(labels):
        before = filled[index - 1] if index else None
        if filled[index] is None and before is not None:
            after = next((place.row for place in found[index:] if place is not None), before.row + 1)
            rows = range(min(before.row, after), max(before.row, after) + 1)
            filled[index] = next((p for row in rows for p in places if p.row == row and label in p.text), None)
    return filled


def _row(place: _Place, places: Sequence[_Place]) -> BBox:
    boxes = [other.bbox for other in places if other.row == place.row]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _in_picture(box: BBox, table: Table) -> BBox:
    left, top = table.region.bbox[:2]
    x0, y0, x1, y1 = (
        round((value - origin) * table.scale, 1) for value, origin in zip(box, (left, top, left, top), strict=True)
    )
    return max(0.0, x0), max(0.0, y0), x1, y1
