"""Printed numbers: "0.1", "5 × 10−4" (the superscript is lost in most PDFs), "1e-3", "600,000", "20k", "50%"."""

from __future__ import annotations

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_CITATIONS = re.compile(
    r"\s*\[\d+(?:\s*[,-]\s*\d+)*\]"
    r"|\s*\((?:[A-Z][\w'’-]+(?: et al\.?| (?:and|&) [A-Z][\w'’-]+)?,? \d{4}[a-z]?(?:; ?)?)+\)"
)
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
#: A number as printed; without groups, so that patterns can be built on it.
NUMBER = (
    r"(?:\d+(?:\.\d+)? ?[x·*] ?10 ?\^? ?\(?-? ?\d{1,2}\)?|10 ?\^? ?- ?\d{1,2}(?!\d|\.\d)|10 ?\^ ?\d{1,2}"
    r"|\d*\.?\d+[eE]-?\d{1,2}|\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)? ?[kK](?![A-Za-z])"
    r"|\d+(?:\.\d+)? ?[mM](?:illion)?(?![A-Za-z])"
    r"|\d*\.?\d+ ?%|\d*\.\d+|\d+)"
)
_POWER = re.compile(r"(?:(\d+(?:\.\d+)?) ?[x·*] ?)?10 ?\^? ?\(?(-? ?\d{1,2})\)?")
_SUFFIX = {"k": 1e3, "m": 1e6, "%": 1e-2}


def plain(sentence: str) -> str:
    """The sentence with one sign for each dash, multiplication and quote, without ligatures and citations."""
    text = unicodedata.normalize("NFKC", sentence.translate(_DASHES)).translate(_DASHES)
    text = text.replace("×", "x").replace("∗", "*").replace("ϵ", "ε").replace("’", "'").replace("‘", "'")
    return re.sub(r"\s+", " ", _CITATIONS.sub("", text))


def value(text: str) -> float | int:
    """A string that `NUMBER` matches, or a small number word, as a number; whole ones as `int`."""
    text = text.strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    power = _POWER.fullmatch(text)
    if power and ("x" in text or "^" in text or "*" in text or "·" in text or "-" in text):
        number = float(f"{power[1] or 1}e{power[2].replace(' ', '')}")
    elif text.endswith("million"):
        number = float(text.removesuffix("million")) * 1e6
    elif text[-1] in _SUFFIX:
        number = float(text[:-1].strip()) * _SUFFIX[text[-1]]
    else:
        number = float(text.replace(",", ""))
    number = float(f"{number:.12g}")
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def said(number: float | int) -> str:
    """A number inside of a text."""
    return f"{number:.12f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
