"""What the lines of a picture say: letters of the store where it knows them, and an engine for letters for the rest.

The engine reads lines that hold letters nobody has told yet, as few as will do; each letter of its answer is a vote for
a cluster. Words that a program prints everywhere (names of layers' types, "input:", "None") vote with more weight than
names that somebody made up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.catalogue import CATALOGUE
from extraction.readers.plots.alike import GROUPS, settle
from extraction.readers.plots.glyphs import Glyph, Line, Patch, describe
from extraction.readers.plots.spelling import Speller, Spelt

Recognise = Callable[[Sequence[Patch]], list[str]]

#: Glyphs no farther apart than this, as `describe` measures, are one letter.
SAME = 0.075
#: Times that a cluster is read, in different lines, before what is told of it is believed.
ENOUGH = 3
#: Lines that are read at once, and at most in one picture.
BATCH, MOST = 8, 400

#: Letters that can look the same, and words that are long enough to tell them by.
ALIKE = {"l": "f", "f": "l"}
_NAMED = re.compile(r"[A-Za-z]{6,}")
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_SHAPE = re.compile(r"[\[(]*\(?(None|\?)?[\d,.\s()\[\]NoeOlI|?-]*[)\]]*")


@cache
def _known_words() -> frozenset[str]:
    """What plots print in many places."""
    plain = {"input", "output", "None", "Input", "Output", "shape", "InputLayer", "float32", "Activation", "kernel"}
    plain |= {"size", "stride", "pad", "Convolution", "InnerProduct", "Pooling", "MAX", "AVE", "Batch", "Merge"}
    plain |= {"Data", "Accuracy", "SoftmaxWithLoss", "Softmax", "ReLU", "Dropout", "Concat", "Eltwise", "Functional"}
    return frozenset(plain | {name for name in CATALOGUE if len(name) > 2})


def read_lines(lines: Sequence[Line], recognise: Recognise) -> tuple[list[str], list[int]]:
    """The text of each line, and the faces of the store that letters are of, the commonest first.

    `recognise` reads patches of single lines, dark letters as high numbers.
    """
    speller = Speller(lines)
    spelt = [speller.spell(line) for line in lines]
    texts = [said.text and _respelt(said.text) for said in spelt]
    rest = [said for said, text in zip(spelt, texts, strict=True) if text is None]
    own = [said.line for said in rest]
    read = settle(own, _told(own, recognise), _known_words()) if rest else []
    told = iter([_as_known(text, said) for text, said in zip(read, rest, strict=True)])
    return [next(told) if text is None else text for text in texts], speller.faces


def _as_known(text: str, spelt: Spelt) -> str:
    """The engine's text of a line of which the store lacks one piece; letters that look alike are as the store says."""
    lacking = [i for i, piece in enumerate(spelt.pieces) if piece.text is None]
    places = [i for i, letter in enumerate(text) if letter != " "]
    ends = [
        "".join(piece.text or "" for piece in part).replace(" ", "")
        for part in (spelt.pieces[: lacking[0]], spelt.pieces[lacking[0] + 1 :])
    ]
    if len(lacking) > 1 or len(places) <= sum(map(len, ends)):
        return text
    letters = list(text)
    for place, letter in [*zip(places, ends[0], strict=False), *zip(places[::-1], ends[1][::-1], strict=False)]:
        if any(letter in group and letters[place] in group for group in GROUPS):
            letters[place] = letter
    return "".join(letters)


@cache
def _activations() -> frozenset[str]:
    (parameter,) = (each for each in CATALOGUE["Activation"].parameters if each.name == "activation")
    return frozenset(parameter.choices)


def _respelt(text: str) -> str:
    """A text in which an f and an l, which some small fonts paint alike, are those of an activation's name."""

    def known(match: re.Match[str]) -> str:
        word = match.group()
        alike = [word[:i] + ALIKE[c] + word[i + 1 :] for i, c in enumerate(word) if c in ALIKE]
        return next(
            (other for other in alike if other.casefold() in _activations() and word not in _activations()), word
        )

    return _NAMED.sub(known, text)


def told_share(lines: Sequence[Line]) -> float:
    """How many of the lines are in letters of the store, of 1."""
    speller = Speller(lines)
    return sum(speller.spell(line).text is not None for line in lines) / max(1, len(lines))


def _told(lines: Sequence[Line], recognise: Recognise) -> list[str]:
    """Lines that the store does not know all letters of."""
    clusters = _clusters(lines)
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    read: dict[int, Counter[str]] = defaultdict(Counter)
    whole: dict[tuple[int, ...], str] = {}
    _ask(lines, clusters, recognise, votes, read, whole)
    names = {cluster: _settle(count) for cluster, count in votes.items()}
    # Where letters touch, some stay untold: what the engine says of the line as a whole is all there is.
    rest = {line.signature: line for line in lines if not _decodes(line, names) and line.signature not in whole}
    asked = list(rest.values())[:MOST]
    whole |= zip((line.signature for line in asked), recognise([line.patch for line in asked]), strict=True)
    return [_decode(line, names, whole) for line in lines]


def _clusters(lines: Sequence[Line]) -> int:
    """Give each glyph the number of its cluster; returns how many there are."""
    unique: dict[tuple[object, ...], list[Glyph]] = {}
    vectors: list[NDArray[np.float32]] = []
    for line in lines:
        for glyph in line.glyphs:
            above = round(line.baseline) - glyph.rect[1]
            key = (glyph.patch.shape, above, round(line.capital), glyph.patch.tobytes())
            if key not in unique:
                unique[key] = []
                vectors.append(describe(glyph, line))
            unique[key].append(glyph)
    centres: list[NDArray[np.float32]] = []
    order = sorted(range(len(vectors)), key=lambda i: -len(list(unique.values())[i])) if len(vectors) < 20_000 else []
    groups = list(unique.values())
    for i in order or range(len(vectors)):
        nearest = -1
        if centres:
            away = np.linalg.norm(np.stack(centres) - vectors[i], axis=1)
            nearest = int(away.argmin()) if away.min() < SAME else -1
        if nearest < 0:
            nearest = len(centres)
            centres.append(vectors[i])
        for glyph in groups[i]:
            glyph.cluster = nearest
    return len(centres)


def _ask(
    lines: Sequence[Line],
    clusters: int,
    recognise: Recognise,
    votes: dict[int, Counter[str]],
    read: dict[int, Counter[str]],
    whole: dict[tuple[int, ...], str],
) -> None:
    """Have lines read until each cluster was seen often enough, the most telling lines first."""
    different = {line.signature: line for line in lines}
    wanted = Counter(c for line in different.values() for c in {g.cluster for g in line.glyphs})
    need = {c: min(ENOUGH, n) for c, n in wanted.items()}
    waiting = dict(different)
    asked = 0
    while waiting and asked < MOST and any(n > 0 for n in need.values()):
        worth = {
            key: sum(need[c] > 0 for c in {g.cluster for g in line.glyphs}) / (4 + len(line.glyphs))
            for key, line in waiting.items()
        }
        chosen = sorted(worth, key=lambda key: -worth[key])[:BATCH]
        chosen = [key for key in chosen if worth[key] > 0]
        if not chosen:
            break
        asked += len(chosen)
        for key, text in zip(chosen, recognise([waiting[key].patch for key in chosen]), strict=True):
            line = waiting.pop(key)
            whole[key] = text
            _vote(line, text, votes)
            for c in {g.cluster for g in line.glyphs}:
                need[c] -= 1


def _vote(line: Line, text: str, votes: dict[int, Counter[str]]) -> None:
    weights = _weights(text)
    letters = [(letter, weight) for letter, weight in zip(text, weights, strict=True) if letter != " "]
    if len(letters) != len(line.glyphs):
        return
    for glyph, (letter, weight) in zip(line.glyphs, letters, strict=True):
        votes[glyph.cluster][letter] += weight


def _weights(text: str) -> list[int]:
    """How much each letter of an answer is trusted."""
    weights = [1] * len(text)
    for word in _WORDS.finditer(text):
        if word.group() in _known_words():
            weights[word.start() : word.end()] = [6] * len(word.group())
    return weights


def _settle(count: Counter[str]) -> str:
    return count.most_common(1)[0][0]


def _decodes(line: Line, names: Mapping[int, str]) -> bool:
    return all(glyph.cluster in names for glyph in line.glyphs)


def _decode(line: Line, names: dict[int, str], whole: dict[tuple[int, ...], str]) -> str:
    letters: list[str] = []
    for i, glyph in enumerate(line.glyphs):
        if glyph.cluster not in names:
            return whole.get(line.signature, "")
        if i in line.spaces:
            letters.append(" ")
        letters.append(names[glyph.cluster])
    return "".join(letters)


def as_picture(patch: Patch, height: int = 32) -> NDArray[np.uint8]:
    """A line as an engine wants it: black on white, letters about `height` pixels high."""
    scale = height / max(1, patch.shape[0])
    enlarged = cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    room = height // 4
    return np.asarray(255 - np.pad(enlarged, room), dtype=np.uint8)
