"""Which volume each word belongs to: it stands above, below or before it; a legend says what colours mean."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from extraction.readers.legend import Entry, written_beside
from extraction.readers.nodes import Node, Scene, clusters, is_number
from extraction.readers.primitives import Box, TextLine, Wire, around, centre, distance, gap, height, width
from extraction.readers.rows import rows_of
from extraction.vocabulary import parse

#: How far from a volume its words stand, in heights of a line.
REACH = 4.0
#: A word that stands nearer to the middle of a volume than this share of the way to the next is its name.
MIDDLE = 0.2
#: How close to a text an arrow begins that comes from it, in heights of a line.
BEGINS = 0.8
#: Fewest words of operations that tell whether they stand at volumes or between them.
FEWEST = 2
#: Fewest circles that are a column.
COLUMN = 3

#: Lines of one caption stand no farther apart, in the line gaps of free texts.
SPACING = 1.4
_SIZE = re.compile(r"\d+(?:\s*[x×X*]\s*\d+){2,3}")
_HEADING = re.compile(r"(.*\S)\s+(?:network|net|part|encoder-decoder)", re.IGNORECASE)


def give_captions(scene: Scene, wires: Sequence[Wire], unit: float) -> None:
    """Free texts become labels of the volumes and empty boxes that they stand by, in place.

    An operation that is printed between two volumes makes the second one. What an arrow from nowhere begins at is no
    label: it is what comes in.
    """
    homes = [node for node in scene.boxes if node.box and not node.box.operator and _speechless(node)]
    if not homes:
        return
    lines = [part for text in scene.texts for line in text.lines for part in _parted(line, homes)]
    texts = clusters(lines, SPACING * unit)
    left = [text for text in texts if _comes_in(text, wires, scene.boxes, unit)]
    scene.texts[:] = [text for text in texts if not any(text is other for other in left)]
    given = _between(scene, homes, unit)
    for text in scene.texts:
        home = given.get(id(text)) or _home(text, homes, unit)
        if home is None:
            left.append(text)
        else:
            home.lines = [*home.lines, *text.lines]
    scene.texts[:] = left
    for home in homes:
        words = [line for line in home.lines if not _is_mark(line.text)]
        # Beside words, several lone numbers say how long the sides are; one says how many channels there are.
        marks = [line for line in home.lines if line not in words and len(line.text.strip()) > 1]
        home.lines = words + marks if words and len(marks) == 1 else words or home.lines


def _comes_in(text: Node, wires: Sequence[Wire], boxes: list[Node], unit: float) -> bool:
    """Whether an arrow begins right at a text, and at nothing else, and leads to a box."""
    if parse(text.label).role in ("layer", "activation", "operator"):
        return False
    x0, _, x1, _ = text.bbox
    for wire in wires:
        if len(wire.ends) != 2:
            continue
        for tail, head in (wire.ends, wire.ends[::-1]):
            (x, y), away = tail.point, math.dist(tail.point, head.point)
            at_text = not tail.head and distance((x, y), text.bbox) < BEGINS * unit and x0 - unit < x < x1 + unit
            if not at_text or away <= 1.5 * unit:
                continue
            if all(distance((x, y), box.bbox) > 0.8 * unit for box in boxes):
                return any(distance(head.point, box.bbox) < unit for box in boxes)
    return False


def _parted(line: TextLine, homes: list[Node]) -> list[TextLine]:
    """The captions of neighbours that were read as one line: each word goes to the volume that it is nearest to."""
    words = line.text.split()
    below = [node for node in homes if line.bbox[0] < centre(node.bbox)[0] < line.bbox[2]]
    if line.direction != 0 or len(words) < FEWEST or len(below) < FEWEST:
        return [line]
    x0, y0, x1, y1 = line.bbox
    step = (x1 - x0) / len(line.text)
    groups: list[tuple[int, list[str], float, float]] = []
    start = 0
    for word in words:
        start = line.text.index(word, start)
        left, right = x0 + step * start, x0 + step * (start + len(word))
        start += len(word)
        k = min(range(len(below)), key=lambda k: abs(centre(below[k].bbox)[0] - (left + right) / 2))
        if groups and groups[-1][0] == k:
            groups[-1] = (k, [*groups[-1][1], word], groups[-1][2], right)
        else:
            groups.append((k, [word], left, right))
    parts = [
        TextLine(" ".join(part), (left, y0, right, y1), line.direction, line.confidence)
        for _, part, left, right in groups
    ]
    meant = all(is_number(part.text) or parse(part.text).role not in ("other", "operator") for part in parts)
    return parts if meant and len(parts) > 1 else [line]


def take_headings(scene: Scene) -> list[tuple[float, str]]:
    """Take the titles of whole parts of a figure out of it: where each stands and which type it names.

    Volumes without words under "Deconvolution network" are its layers.
    """
    found = []
    for text in list(scene.texts):
        match = _HEADING.fullmatch(text.label)
        if match is None:
            continue
        scene.texts.remove(text)
        if (kind := parse(match[1]).type) in ("Conv2D", "Conv2DTranspose"):
            found.append((centre(text.bbox)[0], str(kind)))
    return found


def join_columns(scene: Scene) -> None:
    """Circles in a column, as units of one layer are drawn, become one volume, in place."""
    circles = [node for node in scene.boxes if node.box and node.box.shape == "circle" and not node.box.operator]
    while circles:
        first = circles.pop()
        size = width(first.bbox)
        column = [first] + [
            node
            for node in circles
            if abs(centre(node.bbox)[0] - centre(first.bbox)[0]) < 0.3 * size and 0.7 < width(node.bbox) / size < 1.4
        ]
        circles = [node for node in circles if not any(node is other for other in column)]
        column.sort(key=lambda node: node.bbox[1])
        if len(column) < COLUMN or any(gap(a.bbox, b.bbox) > 3 * size for a, b in pairwise(column)):
            continue
        bbox = around([node.bbox for node in column])
        scene.boxes[:] = [node for node in scene.boxes if not any(node is other for other in column)]
        scene.boxes.append(Node(bbox, Box(bbox, "volume", confidence=0.9)))


def take_samples(scene: Scene, unit: float) -> list[Entry]:
    """Take the samples of a legend out of a scene, with their words: which colour means what."""
    small = [
        node
        for node in scene.boxes
        if not node.lines and node.box and not node.box.operator and height(node.bbox) < 2.6 * unit
    ]
    named = [
        (node, lines, text, parse(text))
        for node, lines in written_beside(small, scene.texts, unit, ("right",))
        if (text := Node(node.bbox, None, lines).label) and parse(text).type
    ]
    samples = [node for node, *_ in named]
    colours = {node.box.colour for node in samples if node.box}
    if len(samples) < FEWEST or len(colours) < len(samples) or not _in_line(samples):
        return []
    gone = {id(line) for _, lines, *_ in named for line in lines}
    scene.boxes[:] = [node for node in scene.boxes if not any(node is sample for sample in samples)]
    left = [line for text in scene.texts for line in text.lines if id(line) not in gone]
    scene.texts[:] = clusters(left, unit)
    return [Entry(phrase, text, node.box.colour) for node, _, text, phrase in named if node.box and node.box.colour]


def _in_line(samples: Sequence[Node]) -> bool:
    """Samples are of one size and stand in a column or a row."""
    tall = [height(node.bbox) for node in samples]
    if max(tall) > 1.5 * min(tall):
        return False
    spread = [max(values) - min(values) for values in zip(*(centre(node.bbox) for node in samples), strict=True)]
    return bool(min(spread) < 0.5 * min(tall))


def _speechless(node: Node) -> bool:
    """Whether nothing, or no word, is written in a box: in pictures and on filters single letters are found."""
    return node.box is not None and (node.box.shape == "volume" or all(_is_mark(line.text) for line in node.lines))


def _is_mark(text: str) -> bool:
    return (is_number(text) and printed_size(text) is None) or len(text.strip()) < 2


def _between(scene: Scene, homes: list[Node], unit: float) -> dict[int, Node]:
    """Operations that stand between volumes, by id of their texts: each makes the volume after it.

    All operations on one side of a row stand alike, at the volumes or between them.
    """
    rows = [[homes[i] for i in row] for row in rows_of(homes)]
    sides: dict[tuple[int, bool], list[Node]] = {}
    for text in scene.texts:
        phrase = parse(_words_of(text))
        if phrase.role not in ("layer", "activation", "operator") or not _words_of(text):
            continue
        away, k, nearest = min(
            ((gap(node.bbox, text.bbox), k, node) for k, row in enumerate(rows) for node in row),
            key=lambda found: found[0],
        )
        if away < REACH * unit:
            above = centre(text.bbox)[1] < centre(nearest.bbox)[1]
            sides.setdefault((k, above), []).append(text)
    given: dict[int, Node] = {}
    for (k, _), texts in sides.items():
        row = rows[k]
        texts.sort(key=lambda text: centre(text.bbox)[0])
        if len(row) < FEWEST or len(texts) >= len(row) + 1 or _named(texts, row):
            continue
        if len(texts) == len(row) - 1 > 1:
            given.update((id(text), node) for text, node in zip(texts, row[1:], strict=True))
            continue
        for text in texts:
            after = [node for node in row if centre(node.bbox)[0] > centre(text.bbox)[0]]
            if after and len(after) < len(row):
                given[id(text)] = after[0]
    return given


def _words_of(text: Node) -> str:
    """What is written, without lines that are a size alone."""
    return " ".join(line.text for line in text.lines if printed_size(line.text) is None)


def printed_size(text: str) -> tuple[int, ...] | None:
    """The size that is all of a text, channels last; beside a volume three numbers are no kernel."""
    if _SIZE.fullmatch(text.strip()):
        numbers = tuple(int(number) for number in re.findall(r"\d+", text))
        first = len(numbers) == 3 and numbers[0] != numbers[1] == numbers[2]
        return (*numbers[1:], numbers[0]) if first else numbers
    phrase = parse(text)
    return phrase.output_shape if phrase.role == "size" else None


def _named(texts: list[Node], row: list[Node]) -> bool:
    """Whether most texts stand at the middle of a volume."""
    middles = [centre(node.bbox)[0] for node in row]
    at = 0
    for text in texts:
        x = centre(text.bbox)[0]
        nearest = min(range(len(row)), key=lambda i: abs(middles[i] - x))
        beside = nearest + 1 if x > middles[nearest] else nearest - 1
        pitch = abs(middles[beside] - middles[nearest]) if 0 <= beside < len(row) else math.inf
        at += abs(x - middles[nearest]) < min(MIDDLE * pitch, max(0.5 * width(row[nearest].bbox), 1.0))
    return 2 * at >= len(texts)


def _home(text: Node, homes: list[Node], unit: float) -> Node | None:
    """The volume that a text stands above or below of, the nearest one."""
    x = centre(text.bbox)[0]
    best: tuple[float, Node | None] = (REACH * unit, None)
    for node in homes:
        x0, y0, x1, y1 = node.bbox
        below = max(y0 - text.bbox[3], text.bbox[1] - y1, 0.0)
        aside = max(x0 - x, x - x1, 0.0)
        if below < REACH * unit:
            best = min(best, (below + 1.5 * aside + 0.2 * abs(x - (x0 + x1) / 2), node), key=lambda found: found[0])
    return best[1]
