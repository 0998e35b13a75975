"""What a figure itself says of its signs: "C: convolution layer", a coloured sample with its meaning beside it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from extraction.readers.nodes import Node
from extraction.readers.primitives import centre, height
from extraction.vocabulary import Phrase, parse, parse_name

_DEFINITION = re.compile(r"\s*([A-Za-z][\w.-]{0,7}?)\s*[:=]\s*(?:the\s+|an?\s+)?([A-Za-z].{3,})", re.IGNORECASE)
#: Colours of one meaning differ by less than this in each part (0 to 1).
SAME_COLOUR = 0.05
#: Faces of one volume depart from white no more differently than this.
SHADES = 0.12
#: Of a colour paler than this no part is darker.
PALE = 0.9
#: How far to the right of a sample its meaning stands, in heights of a line.
REACH = 4.0


@dataclass(slots=True)
class Legend:
    words: dict[str, Phrase] = field(default_factory=dict)
    colours: list[tuple[tuple[float, float, float], Phrase]] = field(default_factory=list)

    def meaning(self, node: Node, label: str) -> Phrase | None:
        """What the legend says of a node, if anything."""
        if label and (phrase := self.words.get(_plain(label))):
            return phrase
        if node.box is None or node.box.colour is None or (label and (parse(label).type or _is_plain(node.box.colour))):
            return None
        for colour, phrase in self.colours:
            if max(abs(a - b) for a, b in zip(colour, node.box.colour, strict=True)) < SAME_COLOUR:
                return phrase
        return None

    def of_shade(self, colour: tuple[float, float, float] | None) -> Phrase | None:
        """What the nearest of the colours means for a face of a volume, lit or in the shade."""
        near = [
            (away, k)
            for k, (sample, _) in enumerate(self.colours)
            if colour and (away := _turned(sample, colour)) < SHADES
        ]
        return self.colours[min(near)[1]][1] if near else None


def _turned(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
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
                legend.words[_plain(match[1])] = phrase
    for i, node in enumerate(nodes):
        if node.box is None or node.label or i in joined or node.box.colour is None:
            continue
        beside = [text for text in texts if _beside(node, text, unit)]
        if beside:
            nearest = min(beside, key=lambda text: text.bbox[0])
            phrase = parse_name(nearest.label)
            if phrase.type:
                legend.colours.append((node.box.colour, phrase))
    return legend


def _is_plain(colour: tuple[float, float, float]) -> bool:
    """White or a grey that is nearly so: what has it has no colour of its own."""
    return min(colour) > PALE


def _beside(sample: Node, text: Node, unit: float) -> bool:
    away = text.bbox[0] - sample.bbox[2]
    level = abs(centre(text.bbox)[1] - centre(sample.bbox)[1])
    return -0.2 * unit < away < REACH * unit and level < 0.5 * max(unit, height(sample.bbox))


def _plain(label: str) -> str:
    return re.sub(r"[^\w]+", " ", label).strip().casefold()
