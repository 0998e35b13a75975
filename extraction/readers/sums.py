"""Rows of cells with plus signs between them: what stands in one column is added up, without any line drawn."""

from __future__ import annotations

from extraction.flow.model import BBox
from extraction.readers.links import Links
from extraction.readers.nodes import Node
from extraction.readers.primitives import Box, Drawing, End, TextLine, centre, distance, inside

#: What is written between the boxes that are added.
PLUS = frozenset("+＋⊕")
#: A sign stands no farther from the boxes on both its sides, and no line ends so near, in heights of a line.
NEAR, ALONE = 1.0, 0.5
#: The middles of what stands in one column differ by no more, as a share of the narrower one's side; its sides by no
#: more than so many times.
MIDDLE, ALIKE = 0.25, 1.6
#: What goes into a sum stands no farther above or below the box that is added, in heights of a line.
BEFORE = 1.6
#: How sure connections are that no line shows.
SURE = 0.7


def written_signs(drawing: Drawing) -> None:
    """Make boxes, in place, of the plus signs that stand free between two boxes of one column or row."""
    ends = [end for wire in drawing.wires for end in wire.ends]
    boxes = [box.bbox for box in drawing.boxes if not box.operator]
    signs = [t for t in drawing.texts if t.text.strip() in PLUS and _is_alone(t, ends, drawing.unit)]
    added = [t for t in signs if any(_beside(t.bbox, boxes, axis, drawing.unit) for axis in (0, 1))]
    drawing.texts = [text for text in drawing.texts if not any(text is sign for sign in added)]
    drawing.boxes += [Box(text.bbox, "other", "Add", True, text.confidence) for text in added]


def add_up(links: Links, boxes: int, unit: float) -> None:
    """Of the first nodes, `boxes` in number, join those with a written sign between them to the sign; a further sign
    adds the next one to the sum before."""
    nodes = links.nodes[:boxes]
    plain = [i for i, node in enumerate(nodes) if not (node.box and node.box.operator)]
    signs = [i for i, node in enumerate(nodes) if node.box and node.box.operator and node.box.shape == "other"]
    summed: dict[int, int] = {}
    drawn = len(links.certain)
    for i in sorted(signs, key=lambda i: (centre(nodes[i].bbox)[1], centre(nodes[i].bbox)[0])):
        if any(i in pair for pair in links.certain):
            continue
        for axis in (1, 0):
            if pair := _beside(nodes[i].bbox, [nodes[j].bbox for j in plain], axis, unit):
                first, last = (plain[place] for place in pair)
                links.add(summed.get(first, first), i, SURE)
                links.add(last, i, SURE)
                summed[first] = summed[last] = i
                break
    _lead_in(links, nodes, plain, set(summed), drawn, unit)


def _lead_in(links: Links, nodes: list[Node], plain: list[int], summed: set[int], drawn: int, unit: float) -> None:
    """A row of cells that nothing joins, each right above or below one that is added, leads to these.

    Where no more connections are `drawn`, this is the way the figure goes.
    """
    joined = {i for pair in links.certain for i in pair}
    entered = {target for _, target in links.certain}
    pairs = [
        (i, j)
        for i in plain
        if i not in joined and nodes[i].lines
        for j in summed - entered
        if _in_line(nodes[i].bbox, nodes[j].bbox, 1, BEFORE * unit)
    ]
    rows = {round(centre(nodes[i].bbox)[1] / unit) for i, _ in pairs}
    if len(rows) == 1 and len(pairs) > 1 and len({j for _, j in pairs}) == len(pairs):
        for i, j in pairs:
            links.add(i, j, SURE)
        if len(pairs) > drawn:
            first, second = (centre(nodes[k].bbox)[1] for k in pairs[0])
            links.flow = "down" if first < second else "up"


def _is_alone(text: TextLine, ends: list[End], unit: float) -> bool:
    return not any(distance(end.point, text.bbox) < ALONE * unit for end in ends)


def _beside(sign: BBox, boxes: list[BBox], axis: int, unit: float) -> tuple[int, int] | None:
    """The places of the boxes right before and behind a sign along an axis, which look alike; `None` without both."""
    x, y = centre(sign)
    found: list[int] = []
    for before in (True, False):
        near = [
            (abs(centre(box)[axis] - (x, y)[axis]), i)
            for i, box in enumerate(boxes)
            if not inside(sign, box, 0.5)
            and (centre(box)[axis] < (x, y)[axis]) == before
            and _in_line(sign, box, axis, NEAR * unit)
        ]
        if not near:
            return None
        found.append(min(near)[1])
    first, last = (boxes[i] for i in found)
    sizes = sorted((first[3 - axis] - first[1 - axis], last[3 - axis] - last[1 - axis]))
    return (found[0], found[1]) if sizes[1] <= ALIKE * sizes[0] else None


def _in_line(a: BBox, b: BBox, axis: int, far: float) -> bool:
    """Whether two boxes stand behind one another along an axis, no farther apart."""
    apart = max(a[axis] - b[axis + 2], b[axis] - a[axis + 2])
    narrow = min(box[3 - axis] - box[1 - axis] for box in (a, b))
    aside = abs(centre(a)[1 - axis] - centre(b)[1 - axis])
    return -0.5 * (a[axis + 2] - a[axis]) < apart <= far and aside <= MIDDLE * narrow
