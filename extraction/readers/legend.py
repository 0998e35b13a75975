"""What a figure itself says of its signs: "C: convolution layer", a coloured sample with its meaning beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median

from extraction.readers.nodes import Node, Scene, wired
from extraction.readers.primitives import Drawing, TextLine, centre, height, width
from extraction.vocabulary import Phrase, parse, parse_name

_DEFINITION = re.compile(r"\s*([A-Za-z][\w.-]{0,7}?)\s*[:=]\s*(?:the\s+|an?\s+)?([A-Za-z].{3,})", re.IGNORECASE)
#: Colours of one meaning differ by less than this in each part (0 to 1).
SAME_COLOUR = 0.05
#: Faces of one volume depart from white no more differently than this.
SHADES = 0.12
#: Of a colour paler than this no part is darker.
PALE = 0.9
#: How far beside a sample its meaning stands, and how far off its middle a line of it, in heights of a line.
REACH, LEVEL = 4.0, 1.2
#: And how far below one, where no words stand beside.
BELOW = 2.4
#: Samples with their meanings written in them: at least so many, and so much alike in size.
FEWEST, ALIKE = 2, 1.5
#: How sure it is that what a legend names by no operation is a part of the network.
PART = 0.5

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a colour or a word means, and what is written beside a colour's sample."""

    phrase: Phrase
    text: str = ""
    colour: Colour | None = None


@dataclass(slots=True)
class Legend:
    words: dict[str, Entry] = field(default_factory=dict)
    #: Those of colours.
    entries: list[Entry] = field(default_factory=list)
    #: Which of the nodes are its texts.
    texts: set[int] = field(default_factory=set)

    def meaning(self, node: Node, label: str) -> Entry | None:
        """What the legend says of a node, if anything."""
        if label and (entry := self.words.get(_plain(label))):
            return entry
        if node.box is None or node.box.colour is None or (label and (parse(label).type or _is_plain(node.box.colour))):
            return None
        return next((e for e in self.entries if e.colour and _same(e.colour, node.box.colour)), None)

    def of_shade(self, colour: Colour | None) -> Phrase | None:
        """What the nearest of the colours means for a face of a volume, lit or in the shade."""
        near = [
            (away, k)
            for k, entry in enumerate(self.entries)
            if colour and entry.colour and (away := _turned(entry.colour, colour)) < SHADES
        ]
        return self.entries[min(near)[1]].phrase if near else None


def _meant(phrase: Phrase) -> Phrase:
    """What a legend names by no operation is a part of the network."""
    return phrase if phrase.type else Phrase("Block", "layer", confidence=PART)


def _same(a: Colour, b: Colour) -> bool:
    return max(abs(one - other) for one, other in zip(a, b, strict=True)) < SAME_COLOUR


def _turned(a: Colour, b: Colour) -> float:
    """How differently two colours depart from white: 0 for shades of one hue, 1 for hues that share nothing."""
    one, other = ([1.0 - part for part in colour] for colour in (a, b))
    size = math.hypot(*one) * math.hypot(*other)
    return 1.0 - sum(x * y for x, y in zip(one, other, strict=True)) / size if size > 0 else 1.0


def read_legend(nodes: list[Node], joined: set[int], unit: float) -> Legend:
    """Find definitions among free texts, and samples among boxes that nothing is written in and nothing leads to."""
    legend = Legend()
    texts = [node for i, node in enumerate(nodes) if node.box is None and i not in joined]
    for node in texts:
        for line in node.lines:
            match = _DEFINITION.fullmatch(line.text)
            if match and (phrase := parse_name(match[2])).type:
                legend.words[_plain(match[1])] = Entry(phrase)
    samples = [
        node for i, node in enumerate(nodes) if i not in joined and node.box and node.box.colour and not node.label
    ]
    used = [node.box.colour for i, node in enumerate(nodes) if i in joined and node.box and node.box.colour]
    taken: set[int] = set()
    for sample, lines in written_beside(samples, texts, unit):
        text = Node(sample.bbox, None, lines).label
        phrase = parse_name(text)
        colour = sample.box.colour if sample.box else None
        if colour and (phrase.type or any(_same(colour, other) for other in used)):
            legend.entries.append(Entry(_meant(phrase), text, colour))
            taken |= {id(line) for line in lines}
    legend.texts = {i for i, node in enumerate(nodes) if node.lines and all(id(line) in taken for line in node.lines)}
    return legend


def written_beside(
    samples: Sequence[Node], texts: Sequence[Node], unit: float, sides: Sequence[str] = ("right", "left", "below")
) -> list[tuple[Node, list[TextLine]]]:
    """Samples with the lines of free text at one of their sides: that where most have some.

    Each line is that of the sample it is most level with, or of the nearest one above it. Where it is not the right
    side, all samples are of one size, each of its own colour.
    """
    lines = [line for text in texts for line in text.lines]
    found = [_on_side(samples, lines, unit, side) for side in sides]
    return max((named for k, named in enumerate(found) if k == 0 or _each_its_own(named)), key=len)


def _each_its_own(named: Sequence[tuple[Node, list[TextLine]]]) -> bool:
    boxes = [node.box for node, _ in named if node.box and node.box.colour]
    if len(boxes) < len(named) or len(named) < FEWEST:
        return False
    sizes = [[size(box.bbox) for box in boxes] for size in (width, height)]
    alike = all(max(values) < ALIKE * min(values) for values in sizes)
    return alike and not any(_same(a.colour, b.colour) for a, b in combinations(boxes, 2) if a.colour and b.colour)


def _on_side(
    samples: Sequence[Node], lines: Sequence[TextLine], unit: float, side: str
) -> list[tuple[Node, list[TextLine]]]:
    meant: dict[int, list[TextLine]] = {}
    for line in lines:
        found: list[tuple[float, int]] = []
        for k, node in enumerate(samples):
            off = [abs(a - b) for a, b in zip(centre(line.bbox), centre(node.bbox), strict=True)]
            away = {
                "right": line.bbox[0] - node.bbox[2],
                "left": node.bbox[0] - line.bbox[2],
                "below": line.bbox[1] - node.bbox[3],
            }[side]
            if side == "below":
                if -0.2 * unit < away < BELOW * unit and off[0] < max(unit, 0.5 * width(node.bbox)):
                    found.append((away, k))
            elif -0.2 * unit < away < REACH * unit and off[1] < max(LEVEL * unit, 0.5 * height(node.bbox)):
                found.append((off[1], k))
        if found:
            meant.setdefault(min(found)[1], []).append(line)
    return [(samples[k], lines) for k, lines in meant.items()]


def take_inscribed(scene: Scene, drawing: Drawing) -> list[Entry]:
    """Take samples with their meanings written in them out of a scene: boxes of one size that no line leads to.

    Each has a colour of its own, that of boxes that lines lead to and that no name is written in.
    """
    nameless = [
        node.box.colour for node in scene.boxes if node.box and node.box.colour and _mute(node) and wired(node, drawing)
    ]
    found = [
        (node, node.box.colour)
        for node in scene.boxes
        if node.box and node.box.colour and not _mute(node) and not _is_plain(node.box.colour)
        if any(_same(node.box.colour, other) for other in nameless) and not wired(node, drawing)
    ]
    for size in (width, height):
        usual = median(size(node.bbox) for node, _ in found) if found else 0.0
        found = [(node, colour) for node, colour in found if usual / ALIKE < size(node.bbox) < usual * ALIKE]
    if any(_same(a, b) for (_, a), (_, b) in combinations(found, 2)):
        return []  # a legend says once what a colour means
    if len(found) < FEWEST:
        # One alone is a sample where it names what several boxes are.
        found = [
            (node, colour)
            for node, colour in found
            if parse_name(node.label).type and sum(_same(colour, other) for other in nameless) >= FEWEST
        ]
    scene.boxes[:] = [node for node in scene.boxes if not any(node is sample for sample, _ in found)]
    return [Entry(_meant(parse_name(node.label)), node.label, colour) for node, colour in found]


def _mute(node: Node) -> bool:
    """Whether no words, or a number alone, are written in a box."""
    return not node.label or node.label.isdecimal()


def _is_plain(colour: Colour) -> bool:
    """White or a grey that is nearly so: what has it has no colour of its own."""
    return min(colour) > PALE


def _plain(label: str) -> str:
    return re.sub(r"[^\w]+", " ", label).strip().casefold()
