"""What a figure itself says of its signs: "C: convolution layer", a coloured sample with its meaning beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction.readers.nodes import Node
from extraction.readers.primitives import TextLine, centre, height
from extraction.vocabulary import Phrase, parse, parse_name

_DEFINITION = re.compile(r"\s*([A-Za-z][\w.-]{0,7}?)\s*[:=]\s*(?:the\s+|an?\s+)?([A-Za-z].{3,})", re.IGNORECASE)
#: Colours of one meaning differ by less than this in each part (0 to 1).
SAME_COLOUR = 0.05
#: Faces of one volume depart from white no more differently than this.
SHADES = 0.12
#: Of a colour paler than this no part is darker.
PALE = 0.9
#: How far to the right of a sample its meaning stands, and how far off its middle a line of it, in heights of a line.
REACH, LEVEL = 4.0, 1.2
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
            meaning = phrase if phrase.type else Phrase("Block", "layer", confidence=PART)
            legend.entries.append(Entry(meaning, text, colour))
            taken |= {id(line) for line in lines}
    legend.texts = {i for i, node in enumerate(nodes) if node.lines and all(id(line) in taken for line in node.lines)}
    return legend


def written_beside(samples: Sequence[Node], texts: Sequence[Node], unit: float) -> list[tuple[Node, list[TextLine]]]:
    """Samples with the lines of free text right of them: each line is that of the sample it is most level with."""
    meant: dict[int, list[TextLine]] = {}
    for line in (line for text in texts for line in text.lines):
        beside = [
            (abs(centre(line.bbox)[1] - centre(node.bbox)[1]), k)
            for k, node in enumerate(samples)
            if -0.2 * unit < line.bbox[0] - node.bbox[2] < REACH * unit
        ]
        if beside and min(beside)[0] < max(LEVEL * unit, 0.5 * height(samples[min(beside)[1]].bbox)):
            meant.setdefault(min(beside)[1], []).append(line)
    return [(samples[k], lines) for k, lines in meant.items()]


def _is_plain(colour: Colour) -> bool:
    """White or a grey that is nearly so: what has it has no colour of its own."""
    return min(colour) > PALE


def _plain(label: str) -> str:
    return re.sub(r"[^\w]+", " ", label).strip().casefold()
