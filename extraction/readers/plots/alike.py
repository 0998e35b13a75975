"""Letters that look alike, told by the picture itself: by places where only one of them can stand.

In some fonts `l` and `1` differ by two or three pixels, and an engine for letters guesses. But `Convolution` has an
`l`, and what stands behind `stride:` is a number. Each doubtful letter is the one that those sure ones are most like.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.glyphs import Line

#: Letters that are taken for each other.
GROUPS = ("l1I|", "O0o")
#: Of the sure letters, so many of each kind are compared.
MOST = 40
#: The nearest sure letter is nearer than the nearest of another kind by this factor, else nothing is changed.
CLEAR = 0.8
#: Where only one kind is sure: another letter is farther from it than so many times what these differ.
FAR = 2.5

_DIGITS = {"l": "1", "I": "1", "|": "1", "O": "0", "o": "0"}
_WORDS = re.compile(r"[A-Za-z]+")
_NUMBERS = re.compile(r"(?<=:) ?([\dlI|Oo]+)(?![\w.])")
_SHAPES = re.compile(r"\((?:None|\?)((?:, ?[\dlI|Oo]+)*),?\)")

Image = NDArray[np.int16]
Moved = dict[tuple[int, int], Image]


def settle(lines: Sequence[Line], texts: Sequence[str], known: Collection[str]) -> list[str]:
    """The same texts with doubtful letters told anew. `known` are words that are right where they stand."""
    result = list(texts)
    alone = [_alone(line, text) for line, text in zip(lines, texts, strict=True)]
    for group in GROUPS:
        samples: dict[str, list[Image]] = defaultdict(list)
        doubtful: list[tuple[int, int, int]] = []
        for i, text in enumerate(texts):
            certain = dict(_certain(text, known))
            for place, number in alone[i]:
                letter = certain.get(place)
                if letter is not None and letter in group and len(samples[letter]) < MOST:
                    samples[letter].append(_picture(lines[i], number))
                elif letter is None and text[place] in group:
                    doubtful.append((i, place, number))
        samples = {letter: own for letter, own in samples.items() if own}
        for i, place, number in doubtful if samples else ():
            letter = _nearest(_picture(lines[i], number), samples, result[i][place], group)
            result[i] = result[i][:place] + letter + result[i][place + 1 :]
    return result


def _alone(line: Line, text: str) -> list[tuple[int, int]]:
    """Letters that touch no other: their places in a text, and the numbers of their glyphs.

    Where letters touch there are fewer glyphs than letters: which are one glyph is told by how wide they are.
    """
    places = [k for k, letter in enumerate(text) if letter != " "]
    glyphs = [(g.rect[2] - g.rect[0]) / max(line.capital, 1.0) for g in line.glyphs]
    if not len(glyphs) <= len(places) <= 4 * len(glyphs):
        return []
    widths = np.concatenate([[0.0], np.cumsum([_width(text[k]) for k in places])])
    # Of the first letters and glyphs: by how much the widths of both differ, and where the last glyph begins.
    best = np.full((len(glyphs) + 1, len(places) + 1), np.inf)
    best[0, 0] = 0.0
    before = np.zeros(best.shape, int)
    for i, wide in enumerate(glyphs, 1):
        for k in range(i, len(places) + 1):
            costs = best[i - 1, :k] + np.abs(widths[k] - widths[:k] - wide)
            before[i, k] = costs.argmin()
            best[i, k] = costs[before[i, k]]
    found, k = [], len(places)
    for i in range(len(glyphs), 0, -1):
        if k - before[i, k] == 1:
            found.append((places[k - 1], i - 1))
        k = int(before[i, k])
    return found[::-1]


def _width(letter: str) -> float:
    """About how wide a letter's ink is, of a capital's height."""
    if letter in "il1I|jtf.,:;'()[]!":
        return 0.38
    return 1.1 if letter in "mwMW@" else 0.85 if letter.isupper() else 0.68


def _certain(text: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Places in a text and the letters that must stand there."""
    for word in _WORDS.finditer(text):
        if word[0] in known:
            yield from enumerate(word[0], word.start())
    for pattern in (_NUMBERS, _SHAPES):
        for found in pattern.finditer(text):
            for place in range(*found.span(1)):
                letter = _DIGITS.get(text[place], text[place])
                if letter.isdigit():
                    yield place, letter


def _picture(line: Line, number: int) -> Image:
    """A letter on its line: from a little above a capital to a little below the baseline, one column around it."""
    glyph = line.glyphs[number]
    above, below = round(line.capital * 1.3) + 1, round(line.capital * 0.4) + 1
    canvas = np.zeros((above + below, glyph.patch.shape[1] + 2), np.int16)
    top = above - (round(line.baseline) - glyph.rect[1])
    first = max(0, -top)
    part = glyph.patch[first : first + len(canvas) - max(0, top)]
    canvas[max(0, top) : max(0, top) + len(part), 1:-1] = part
    return canvas


def _nearest(own: Image, samples: dict[str, list[Image]], told: str, group: str) -> str:
    moved: Moved = {}
    away = {letter: min(_apart(own, other, moved) for other in others) for letter, others in samples.items()}
    best = min(away, key=lambda letter: away[letter])
    if len(away) > 1:
        second = min(value for letter, value in away.items() if letter != best)
        return best if away[best] < CLEAR * second else told
    others = samples[best]
    if told != best or len(others) < 3:
        return told
    usual = float(np.median([_usual(a, others) for a in others]))
    digit = next(letter for letter in group if letter.isdigit())
    return digit if best != digit and away[best] > max(FAR * usual, 4.0) else told


def _usual(own: Image, others: list[Image]) -> float:
    moved: Moved = {}
    return min(_apart(own, other, moved) for other in others if other is not own)


def _apart(first: Image, second: Image, moved: Moved) -> float:
    """Mean difference of darkness of two letters, 0 to 255, at the shift where they are most like each other.

    `moved` keeps the first one at every shift, by size.
    """
    high, wide = min(len(first), len(second)), max(first.shape[1], second.shape[1])
    if (high, wide) not in moved:
        whole = _wide(first[:high], wide)
        shifts = [np.roll(whole, (down, across), (0, 1)) for down in (-1, 0, 1) for across in (-1, 0, 1)]
        moved[high, wide] = np.stack(shifts)
    return float(np.abs(moved[high, wide] - _wide(second[:high], wide)).mean(axis=(1, 2)).min())


def _wide(picture: Image, width: int) -> Image:
    return np.pad(picture, ((0, 0), (0, width - picture.shape[1])))
