"""What a paper says of a figure beside its picture: caption, words inside, how it is drawn. An addition to the head.

A picture alone can't tell a block diagram of a network from one of anything else; “the architecture of our network”
below it can. What stands beside is put into few numbers: which *notions* the caption and the words inside touch, and
how much is drawn in strokes. (With hashed words, every word a number of its own, a few hundred labelled figures are too
few: cross-validation found no gain.) A linear map turns these numbers into something that is *added* to the head's
log-odds of “is a network”. So it goes with any head, also with one that people's labels made; figures that come without
a paper get nothing added; and who wants the picture alone leaves it away. The five kinds do without: cross-validation
found no gain for them but what comes from knowing which kinds are common in papers.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from extraction.classify.head import FOLDER, Array, HeadError

if TYPE_CHECKING:
    from extraction.pdf.model import Figure

FILE = FOLDER / "beside.npz"

#: What captions tell, as patterns in lower case.
IN_CAPTION = tuple(
    re.compile(pattern)
    for pattern in (
        r"network|\bnets?\b|architecture|structure|topolog",
        r"layer|convolution|pooling|\bunits?\b|neuron|\bblocks?\b|module|filter|kernel",
        r"overview|pipeline|framework|scheme|schematic|illustrat|diagram|flow ?chart|procedure|system|proposed",
        r"encoder|decoder|lstm|\brnn|\bgru|attention|cnn|resnet|\bgan\b|generator|discriminator|inception|residual",
        r"result|compar|perform|accurac|error|curve|loss|precision|recall|\broc|plot|histogram|distribution|versus|"
        r"function of|training|test",
        r"example|sample|image|visuali|qualitative|generated|photo|detect|segment",
        r"hidden|neuron|node|perceptron|weights",
        r"feature map|volume|3-?d\b|channels|dimension|size",
        r"stage|step|overview|pipeline|system|framework|first|then",
        r"left|right|top|bottom|\(a\)",
    )
)
#: And what is written into figures.
INSIDE = tuple(
    re.compile(pattern)
    for pattern in (
        r"conv|kernel|filter",
        r"pool|stride",
        r"\bfc|fully|softmax|dense|linear",
        r"relu|norm|dropout|sigmoid|tanh|concat",
        r"lstm|gru|rnn|encoder|decoder|embed|attention",
        r"\d ?[x×] ?\d",
        r"epoch|iteration|accurac|error|loss|precision|recall",
        r"input|output|image|hidden|layer",
        r"\bnet|network|block|module",
    )
)
#: How many numbers: of the caption, of the words inside, of the drawing.
SIZE = len(IN_CAPTION) + len(INSIDE) + 4


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a figure beside its picture; nothing, for one without a paper."""

    caption: str = ""
    #: In letters of the PDF inside the figure; and how many strokes are drawn there.
    words: Sequence[str] = ()
    strokes: int = 0
    #: "vector", "raster", "mixed", or nothing where it is not known.
    content: str = ""

    @classmethod
    def of(cls, figure: Figure) -> Beside:
        """Of a figure that was taken from a PDF."""
        words = [word.text for word in figure.words]
        return cls(figure.region.caption, words, len(figure.strokes), figure.content)

    def numbers(self) -> Array:
        """`SIZE` of them; all are 0 where nothing is known."""
        caption, inside = self.caption.lower(), " ".join(self.words).lower()
        values = [
            *(float(bool(pattern.search(caption))) for pattern in IN_CAPTION),
            *(float(bool(pattern.search(inside))) for pattern in INSIDE),
            np.log1p(len(self.words)) / 3,
            float(self.content == "vector"),
            float(self.content == "raster"),
            np.log1p(self.strokes) / 5,
        ]
        return np.array(values, np.float32)


@dataclass(frozen=True, slots=True)
class Addition:
    """A linear map from `Beside.numbers` to what is added to the log-odds of “is a network”."""

    #: `SIZE` of them.
    weights: Array

    def to(self, flow: Array, rows: Array) -> Array:
        """A head's probabilities of being a network with this added; rows are figures x `SIZE`."""
        return np.asarray((1 + np.tanh((log_odds(flow) + rows @ self.weights) / 2)) / 2, np.float32)

    def to_bytes(self) -> bytes:
        """The same addition gives the same bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, weights=self.weights)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path = FILE) -> Addition:
        """Raises `HeadError` for a file that is missing or holds anything else."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
                found = cls(np.asarray(stored["weights"], np.float32))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise HeadError(f"{path.name} can't be read: {error}") from error
        if found.weights.shape != (SIZE,):
            raise HeadError(f"{path.name} has weights of shape {found.weights.shape}, must be ({SIZE},)")
        return found


@cache
def built_in() -> Addition:
    """The one that comes with the installation."""
    return Addition.load()


def log_odds(probabilities: Array) -> Array:
    """Of what a head says; bounded, so that one that is certain can be talked out of it."""
    bounded = np.clip(probabilities, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(bounded / (1 - bounded)), np.float32)
