"""Letters told by comparison with a store of letters as Graphviz paints them, in the fonts and sizes of plots.

`manage.py learn_letters` makes the store. A program puts letters on whole pixels, so that a letter of a known font and
size is the same patch everywhere, except for what its neighbours throw into its corners.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.glyphs import Glyph, Line, Patch

FILE = Path(__file__).with_name("letters.npz")
#: Letters of the store, by number; the last ones are single letters in some fonts, or one reaches far over the other.
LETTERS = (
    *"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_()[],.:?-/+*=<>|#@&~;",
    "fi",
    "fl",
    "ff",
    "ffi",
    "fc",
    "LU",
    "Ta",
)
#: Mean difference of darkness, of 1: patches closer than this are the same letter of the same font and size.
SAME = 0.035
#: And closer than this are most likely the same letter of another size or font.
ALIKE = 0.075
#: A column or row of a letter that is nowhere darker may be missing, or be one too many.
FAINT = 90
#: The store's letters of one picture come from at most so many faces.
FACES = 5
#: Patches of a size that the store has are no farther from it than this.
PLAIN = 0.02
#: Letters at least so high, in pixels, can be of a size between two of the store; and what each pixel of that costs.
LARGE, RESIZED = 10, 0.005

Key = tuple[tuple[int, ...], bytes]


@dataclass(frozen=True, slots=True)
class Sample:
    """A letter of the store."""

    letter: str
    face: int
    #: Pixels by which it reaches below the baseline; negative for one that ends above it.
    below: int
    patch: Patch
    #: Pixels from an H and a space before it, and to an H behind it and a space.
    before: int
    after: int


class Store:
    """All letters, found by their size in pixels; what a picture doesn't need is not unpacked."""

    def __init__(self, path: Path = FILE) -> None:
        with np.load(path) as file:
            self._columns = {name: file[name] for name in file.files}
        #: Pixels of the font's size, by face.
        self.sizes: list[float] = self._columns["sizes"].tolist()
        self._heights, self._widths = (self._columns[name].astype(int) for name in ("heights", "widths"))
        self._starts = self._columns["starts"].astype(int)
        self._samples: dict[int, Sample] = {}
        self._by_face = _grouped(self._columns["faces"].astype(int))
        self._by_size = _grouped(self._heights << 16 | self._widths)
        self._groups: dict[int, tuple[NDArray[np.int16], NDArray[np.int64]]] = {}

    def _sample(self, number: int) -> Sample:
        if number not in self._samples:
            column = self._columns
            own = [int(column[name][number]) for name in ("letters", "faces", "below", "before", "after")]
            patch = self._patches(np.array([number]))[0]
            self._samples[number] = Sample(LETTERS[own[0]], own[1], own[2], patch, own[3], own[4])
        return self._samples[number]

    def _patches(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Of letters of one size: N x height x width."""
        h, w = int(self._heights[numbers[0]]), int(self._widths[numbers[0]])
        places = self._starts[numbers][:, None] + np.arange(h * w)
        return np.asarray(self._columns["data"][places].reshape(-1, h, w), np.uint8)

    def near(self, patch: Patch, most: float) -> list[tuple[float, Sample]]:
        """Samples that differ by less than `most`, with by how much.

        They are of the same size, or one pixel wider, narrower, higher or lower where that pixel is faint: on coloured
        ground a letter's faintest columns can be lost, at both of its sides.
        """
        found = self._of_size(patch, most)
        for trimmed, low, left, right in _trimmed(patch):
            for away, s in self._of_size(trimmed, SAME):
                found.append((away, replace(s, below=s.below + low, before=s.before + left, after=s.after + right)))
        return found

    def _of_size(self, patch: Patch, most: float) -> list[tuple[float, Sample]]:
        size = patch.shape[0] << 16 | patch.shape[1]
        members = self._by_size.get(size)
        if members is None:
            return []
        if size not in self._groups:
            whole = self._patches(members)
            self._groups[size] = whole.reshape(len(members), -1).astype(np.int16), _quarters(whole)
        patches, quarters = self._groups[size]
        # Patches differ by no less than the sums of their quarters do.
        limit = most * 255 * patch.size
        hopeful = np.flatnonzero(np.abs(quarters - _quarters(patch[None])).sum(axis=1) < limit)
        if not len(hopeful):
            return []
        total = np.abs(patches[hopeful] - patch.ravel().astype(np.int16)).sum(axis=1, dtype=np.int64)
        near = total < limit
        away = total[near] / (255 * patch.size)
        return list(zip(away.tolist(), map(self._sample, members[hopeful[near]].tolist()), strict=True))

    def between(self, patch: Patch, faces: Iterable[int]) -> list[tuple[float, Sample]]:
        """Samples of some faces that are like a patch of a size between two of the store, with by how much they differ.

        They are a pixel larger or smaller at most, and brought to its size.
        """
        h, w = patch.shape
        if h < LARGE:
            return []
        found = []
        for sample in (sample for face in faces for sample in self.face(face)):
            high, wide = sample.patch.shape
            if abs(high - h) > 1 or abs(wide - w) > 1:
                continue
            brought = (
                np.asarray(cv2.resize(shape, (w, h), interpolation=cv2.INTER_LINEAR), np.int16)
                for shape in _widened(sample.patch, w - wide)
            )
            away = min(float(np.abs(shape - patch).mean()) for shape in brought) / 255
            away += RESIZED * (abs(high - h) + abs(wide - w))
            if away < ALIKE:
                found += [(away, replace(sample, below=below)) for below in {sample.below, sample.below + h - high}]
        return found

    def face(self, number: int) -> list[Sample]:
        return [self._sample(int(i)) for i in self._by_face[number]]


def _quarters(patches: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Darkness of the four quarters of each patch: N x 4."""
    y, x = patches.shape[1] // 2, patches.shape[2] // 2
    parts = (patches[:, :y, :x], patches[:, :y, x:], patches[:, y:, :x], patches[:, y:, x:])
    return np.stack([part.sum(axis=(1, 2), dtype=np.int64) for part in parts], axis=1)


def _grouped(keys: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Places of each key, in order."""
    order = np.argsort(keys, kind="stable")
    values, first = np.unique(keys[order], return_index=True)
    return dict(zip(values.tolist(), np.split(order, first[1:]), strict=True))


def _trimmed(patch: Patch) -> Iterator[tuple[Patch, int, int, int]]:
    """A patch with a column or row more or less, and what that changes of `below`, `before` and `after`."""
    yield _padded(patch, 0, 0, 1, 1), 0, 1, 1
    for side, (low, left, right) in enumerate(((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))):
        yield _padded(patch, side == 0, side == 1, side == 2, side == 3), -low, left, right
        turned = patch if side < 2 else patch.T
        edge, rest = (turned[0], turned[1:]) if side % 2 == 0 else (turned[-1], turned[:-1])
        if len(rest) > 2 and edge.max() < FAINT:
            yield rest if side < 2 else rest.T, low, -left, -right


def _padded(patch: Patch, above: int, below: int, left: int, right: int) -> Patch:
    """A patch with so many empty rows and columns more."""
    h, w = patch.shape
    larger = np.zeros((h + above + below, w + left + right), np.uint8)
    larger[above : above + h, left : left + w] = patch
    return larger


def _widened(patch: Patch, by: int) -> list[Patch]:
    """A patch, and with a column more or less at either side: strokes keep their width, whatever the letter's is."""
    if by == 0:
        return [patch]
    if by > 0:
        return [patch, np.pad(patch, ((0, 0), (1, 0))), np.pad(patch, ((0, 0), (0, 1)))]
    return [patch, np.ascontiguousarray(patch[:, 1:]), np.ascontiguousarray(patch[:, :-1])]


@cache
def store() -> Store:
    return Store()


@cache
def _stem(face: int) -> tuple[int, float]:
    """The gap between two letters H with a space between them, and the width of a space, in pixels."""
    gap = next((sample.before for sample in store().face(face) if sample.letter == "H"), 0)
    return gap, 0.27 * store().sizes[face]


def is_space(first: Sample, second: Sample, gap: int) -> bool:
    """Whether a gap of so many pixels between two letters holds a space."""
    stem, space = _stem(first.face)
    return gap > first.after + second.before - stem - 0.5 * space


@dataclass(slots=True)
class Told:
    """What is said of a patch: candidates from the best to the worst, one for each letter and height on the line."""

    candidates: list[tuple[float, Sample]]


def key_of(glyph: Glyph) -> Key:
    return glyph.patch.shape, glyph.patch.tobytes() + (b"" if glyph.hidden is None else glyph.hidden.tobytes())


def tell(lines: Sequence[Line]) -> tuple[dict[Key, Told], list[int]]:
    """What the different patches of a picture say, as far as the store knows them, and the faces they are of."""
    count: Counter[Key] = Counter(key_of(g) for line in lines for g in line.glyphs if g.hidden is None)
    patches = {key: np.frombuffer(key[1], np.uint8).reshape(key[0]) for key in count}
    found = {key: store().near(patch, ALIKE) for key, patch in patches.items()}
    faces = _faces(count, found)
    chosen = set(faces)
    told = {}
    for key, near in found.items():
        own = [(away, sample) for away, sample in near if sample.face in chosen]
        if min((away for away, _ in own), default=1.0) > PLAIN:
            own += store().between(patches[key], faces)
        best: dict[tuple[str, int], tuple[float, Sample]] = {}
        for away, sample in own or ([n for n in near if n[0] < SAME] if not faces else []):
            slot = (sample.letter, sample.below)
            if slot not in best or away < best[slot][0]:
                best[slot] = (away, sample)
        if best:
            told[key] = Told(sorted(best.values(), key=lambda item: item[0]))
    return told, faces


def _faces(count: Counter[Key], found: dict[Key, list[tuple[float, Sample]]]) -> list[int]:
    """The faces that explain the picture's letters, the commonest first."""
    left = {key for key, near in found.items() if near}
    faces: list[int] = []
    while left and len(faces) < FACES:
        votes: dict[int, float] = {}
        for key in left:
            best: dict[int, float] = {}
            for away, sample in found[key]:
                best[sample.face] = min(away, best.get(sample.face, 1.0))
            for face, away in best.items():
                votes[face] = votes.get(face, 0.0) + (1 - away / ALIKE) ** 2 * min(count[key], 5)
        face, weight = max(votes.items(), key=lambda vote: vote[1])
        if weight < 2.5 and faces:
            break
        faces.append(face)
        explained = {key for key in left if any(s.face == face and away < SAME for away, s in found[key])}
        if not explained:
            break
        left -= explained
    return faces


def packed(samples: Iterable[Sample], sizes: Sequence[float]) -> dict[str, NDArray[np.generic]]:
    """Samples, and the size in pixels of each face's font, as arrays of a store; what is the same is kept once."""
    rows = list(samples)
    places: dict[bytes, int] = {}
    size = 0
    for pixels in (row.patch.astype(np.uint8).tobytes() for row in rows):
        if pixels not in places:
            places[pixels] = size
            size += len(pixels)
    return {
        "letters": np.array([LETTERS.index(row.letter) for row in rows], np.uint8),
        "faces": np.array([row.face for row in rows], np.uint16),
        "below": np.array([row.below for row in rows], np.int8),
        "heights": np.array([row.patch.shape[0] for row in rows], np.uint8),
        "widths": np.array([row.patch.shape[1] for row in rows], np.uint8),
        "before": np.array([row.before for row in rows], np.int8),
        "after": np.array([row.after for row in rows], np.int8),
        "sizes": np.array(sizes, np.float32),
        "starts": np.array([places[row.patch.astype(np.uint8).tobytes()] for row in rows], np.uint32),
        "data": np.frombuffer(b"".join(places), np.uint8),
    }
