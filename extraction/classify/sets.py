"""Labelled figures as features: what a retraining starts from and what it is measured on, without any picture.

Two files lie in `model/`, named by the backbone that computed them: `base-<backbone>.npz`, the figures that the
built-in head learned from, and `frozen-<backbone>.npz`, the test set, which nothing may be learned from. So a site
that has no labelled pictures retrains from the same base and measures on the same figures.

Features are stored in 16 bits: the measures of the built-in head are the same to three places.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extraction.classify.features import BACKBONE
from extraction.classify.head import FOLDER, Array
from extraction.classify.training import Figures, Values
from extraction.flow.model import KINDS

BASE, FROZEN = "base", "frozen"
FORMAT = 1


class SetError(Exception):
    """The stored set is missing, broken or made for another backbone. The message says which."""


@dataclass(frozen=True, slots=True)
class FigureSet:
    """Labelled figures with their features; `figures.files` holds the SHA-256 of each picture."""

    figures: Figures
    #: Figures x features, of the picture and of its mirror image (none of those in a set that only measures).
    plain: Array
    mirrored: Array
    #: SHA-256 of the papers (PDF files) that these figures come from, as far as they are known.
    papers: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.figures)

    def where(self, chosen: Values) -> FigureSet:
        mirrored = self.mirrored[chosen] if len(self.mirrored) else self.mirrored
        return FigureSet(self.figures.where(chosen), self.plain[chosen], mirrored, self.papers)

    def joined(self, other: FigureSet) -> FigureSet:
        names = ("files", "kinds", "sure", "sources", "parts")
        both = (np.concatenate([getattr(self.figures, name), getattr(other.figures, name)]) for name in names)
        return FigureSet(
            Figures(*both),
            np.concatenate([self.plain, other.plain]),
            np.concatenate([self.mirrored, other.mirrored]),
            self.papers | other.papers,
        )

    def some(self, count: int, seed: int) -> FigureSet:
        """So many figures drawn at random; all of them where there are no more."""
        drawn = np.random.default_rng(seed).permutation(len(self))[:count]
        return self.where(np.sort(drawn))

    def to_bytes(self) -> bytes:
        """The same set gives the same bytes."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            format=np.array(FORMAT),
            backbone=np.array(BACKBONE),
            hashes=np.array([bytes.fromhex(name) for name in self.figures.files], dtype="S32"),
            kinds=np.array([*map(_place, self.figures.kinds)], np.uint8),
            sure=np.asarray(self.figures.sure, bool),
            sources=np.asarray(self.figures.sources, str),
            plain=self.plain.astype(np.float16),
            mirrored=self.mirrored.astype(np.float16),
            papers=np.array(sorted(self.papers), str),
        )
        return buffer.getvalue()


#: Order in which kinds are stored.
_LABELS = ("none", *KINDS)


def _place(kind: str) -> int:
    return _LABELS.index(kind)


def path_of(name: str, folder: Path = FOLDER) -> Path:
    return folder / f"{name}-{BACKBONE}.npz"


def load(name: str, folder: Path = FOLDER) -> FigureSet:
    """The stored set of this name for the backbone in use.

    Raises:
        SetError
    """
    path = path_of(name, folder)
    part = "develop" if name == BASE else "check"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            if int(stored["format"]) != FORMAT or str(stored["backbone"]) != BACKBONE:
                raise SetError(f"{path.name} was made for {stored['backbone']}, this program uses {BACKBONE}")
            # NumPy drops zeros at the end of bytes.
            hashes = [bytes(value).ljust(32, b"\0").hex() for value in stored["hashes"]]
            figures = Figures(
                np.array(hashes, str),
                np.array(_LABELS)[stored["kinds"]],
                stored["sure"],
                stored["sources"],
                np.full(len(hashes), part),
            )
            found = FigureSet(
                figures,
                stored["plain"].astype(np.float32),
                stored["mirrored"].astype(np.float32),
                frozenset(stored["papers"].tolist()),
            )
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise SetError(f"{path.name} can't be read: {error}") from error
    if len({len(found), len(found.plain)}) != 1 or len(found.mirrored) not in (0, len(found)):
        raise SetError(f"{path.name} holds features of another number of figures than it names")
    return found


def base_of(count: int | None, seed: int) -> FigureSet:
    """The base of the installation, or so many figures of it.

    Raises:
        SetError
    """
    base = load(BASE)
    return base.some(count, seed) if count else base


def rounded(rows: Array) -> Array:
    """Features as they come back from a file: what is learned from must not depend on whether it was stored."""
    return rows.astype(np.float16).astype(np.float32)


def make(kind: str, figures: Figures, hashes: Sequence[str], plain: Array, mirrored: Array, papers: set[str]) -> bytes:
    """The bytes of a set to store: sure labels of the frozen one alone, all of the base."""
    chosen = figures.sure if kind == FROZEN else np.ones(len(figures), bool)
    named = Figures(np.array(hashes, str), figures.kinds, figures.sure, figures.sources, figures.parts)
    return FigureSet(named, plain, mirrored, frozenset(papers)).where(chosen).to_bytes()
