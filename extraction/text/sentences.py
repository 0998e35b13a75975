"""Running text to sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extraction.pdf.model import Page

#: Words whose full stop ends no sentence.
_ABBREVIATIONS = frozenset(
    (
        *("fig", "figs", "tab", "tabs", "eq", "eqs", "eqn", "sec", "sect", "secs", "ref", "refs", "no", "nos", "vol"),
        *("pp", "p", "ch", "app", "alg", "def", "prop", "thm", "resp", "approx", "max", "min", "vs", "cf", "ca"),
        *("etc", "al", "e.g", "i.e", "dr", "prof", "mr", "ms", "st", "et", "inc"),
    )
)
_END = re.compile(r"[.!?][\"'”’)\]]*(?:\[\d+(?:, ?\d+)*\])?\s+(?=[\"'“‘(\[]*(?:[A-Z0-9α-ωΑ-Ω∗†]|[a-z]+[A-Z]))")
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*)\.$")
_REFERENCES = re.compile(
    r"^\W*(?:\d+\.?\s*)?(?:references|bibliography|r\s?eferences|literature cited)\W*$", re.IGNORECASE
)
_REFERENCES_START = re.compile(r"^(?:REFERENCES|References)\s+(?:\[|[A-Z])")
_APPENDIX = re.compile(r"^\W*(?:[A-Z]\.?\s+)?(?:appendi|supplement|a\s?ppendix)", re.IGNORECASE)
_REFERENCE = re.compile(
    r"^\[\w{1,12}\]\s+[A-Z]|\barXiv (?:preprint|e-prints)|\bIn (?:Proc|Advances|Conference"
    r"|NIPS|CVPR|ICCV|ICML|ICLR|ECCV)"
)


def split(text: str) -> list[str]:
    """Sentences of a paragraph. "Fig. 3", "e.g.", "et al." and decimals end none."""
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(text):
        before = text[start : match.start() + 1]
        word = _LAST_WORD.search(before)
        if word and (
            word[1].lower() in _ABBREVIATIONS or len(word[1]) == 1 or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word[1])
        ):
            continue
        if sentence := text[start : match.end()].strip():
            sentences.append(sentence)
        start = match.end()
    if rest := text[start:].strip():
        sentences.append(rest)
    return sentences


def of_pages(pages: Sequence[Page]) -> Iterator[tuple[int, str]]:
    """Page number and sentence, in reading order; the list of references is left out."""
    in_references = False
    for page in pages:
        for paragraph in page.paragraphs:
            if _REFERENCES.match(paragraph) or _REFERENCES_START.match(paragraph):
                in_references = True
            elif _APPENDIX.match(paragraph):
                in_references = False
            if in_references or _REFERENCE.search(paragraph[:400]):
                continue
            for sentence in split(paragraph):
                yield page.number, sentence
