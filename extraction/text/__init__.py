"""Running text to training hyper-parameters, each with the sentence that states it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.pdf.model import Page
from extraction.text import measures, names, schedules, sentences
from extraction.text.numbers import plain

__all__ = ["Hyperparameter", "hyperparameters"]

#: A data set counts as used where at least this many sentences name it, or one says that it is a data set and used;
#: so many of a paper's do at most.
DATASET_SENTENCES = 2
MAX_DATASETS = 4
_SAID_TO_BE_USED = re.compile(
    r"(?=.*\b(?:data ?sets?|data|corpus|corpora|set)\b)(?=.*\b(?:train\w*|we used?|experiments?)\b)", re.IGNORECASE
)
#: Longer ones are formulas or tables that were taken for text.
MAX_SENTENCE = 1500


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """`name` is one of the project's names (`learning_rate`, …); a number is a number, all else is text."""

    name: str
    value: float | int | str
    #: From 1.
    page: int
    #: As printed.
    sentence: str


def hyperparameters(pages: Sequence[Page]) -> list[Hyperparameter]:
    """What the paper says of how its networks are trained, in reading order; each name and value once."""
    found: dict[tuple[str, str], Hyperparameter] = {}
    mentions: Counter[str] = Counter()
    for page, sentence in sentences.of_pages(pages):
        if len(sentence) > MAX_SENTENCE:
            continue
        text = plain(sentence)
        for finder in (measures.find, schedules.find, names.find):
            for name, value in finder(text):
                found.setdefault((name, str(value)), Hyperparameter(name, value, page, sentence))
                if name == "dataset":
                    mentions[str(value)] += DATASET_SENTENCES if _SAID_TO_BE_USED.search(text) else 1
    return _without_passing_mentions(found.values(), mentions)


def _without_passing_mentions(found: Iterable[Hyperparameter], mentions: Counter[str]) -> list[Hyperparameter]:
    """Drops data sets that are hardly named, and "ImageNet" where "ImageNet 2012" stands, too."""
    exact = {name.rsplit(" ", 1)[0] for name in mentions if name[-4:].isdigit()}
    used = {name for name, count in mentions.most_common(MAX_DATASETS + len(exact)) if count >= DATASET_SENTENCES}
    used -= exact
    return [item for item in found if item.name != "dataset" or item.value in used]
