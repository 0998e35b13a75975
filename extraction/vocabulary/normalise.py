"""Printed text in one spelling, so that the grammar has one thing to know."""

from __future__ import annotations

import re
import unicodedata

#: Longer texts are paragraphs, not labels; what follows is not looked at, so that the time stays bounded.
MAX_LENGTH = 300

_SIGNS = str.maketrans(
    {
        "×": "x", "✕": "x", "✖": "x", "╳": "x", "∗": "*", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "’": "'",
        "“": '"', "”": '"', "⨉": "x", "ⅹ": "x", "·": " ", "•": " ", "_": "_", "\u00ad": "",
    }
)  # fmt: skip
_HYPHENATED = re.compile(r"(?<=[a-z])-\s*\n\s*(?=[a-z])")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[*x]\s*(?=\d)")
_THOUSANDS = re.compile(r"(?<![\d,x])(?<![\d,x] )(\d{1,3}),(\d{3})(?![\d,])")
#: Letters that recognisers take for one another in small print: "Canv", "GCorv", "DWConw", "p0ol".
_CONFUSED = (
    (re.compile(r"(?<![a-z])(g|dw|de|up|sep)?[ce][oa0e][nrmhe][vwyu](?=$|[^a-z]|olution)"), r"\1conv"),
    (re.compile(r"(?<=[a-z ])p[o0pa][o0pa][l1i|](?=$|[^a-z]|ing)|(?<![a-z])p[o0pa][o0pa][l1i|](?=$|[^a-z])"), "pool"),
    (re.compile(r"(?<![a-z])r[ea][l1i|][uva](?![a-z])"), "relu"),
    (re.compile(r"(?<![a-z])s[o0][fi]t-?rnax"), "softmax"),
    (re.compile(r"(?<![a-z])[l1i|]st(?:m|n|rn)(?![a-z])"), "lstm"),
    (re.compile(r"(?<![a-z])ta(?:rn|ri|ni|m)h(?![a-z])"), "tanh"),
    (re.compile(r"(?<![a-z])sig(?:rn|m|nn)[o0][il1]d"), "sigmoid"),
    (re.compile(r"(?<![a-z])(conv|fc|pool|block|stage)[il|](?![a-z])"), r"\g<1>1"),
)
#: Between words; in the number of a layer ("conv1_2") it stays.
_UNDERSCORES = re.compile(r"(?<=[a-z])_(?=[a-z]|\d{1,2}x\d)")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Lower case, one space between words, `x` between sizes, plain hyphens, ligatures taken apart."""
    text = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).translate(_SIGNS).casefold()
    text = _HYPHENATED.sub("", text)
    text = _UNDERSCORES.sub(" ", text)
    text = _BETWEEN_DIGITS.sub("x", text)
    text = _THOUSANDS.sub(r"\1\2", text)
    for pattern, word in _CONFUSED:
        text = pattern.sub(word, text)
    return _SPACES.sub(" ", text).strip()
