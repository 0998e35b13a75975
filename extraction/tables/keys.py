"""Numbers in a bracket, of which a head or the caption has the key: "[k, s, p, c]" over "[4, 2, 1, 64]"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.tables.prepare import Rows
from extraction.tables.text import Role, role_of, tidy

#: What a number of such a role is called where it stands among words.
_WORDS: dict[Role, str] = {"kernel": "kernel", "stride": "stride", "padding": "pad", "filters": "filters"}
#: An f is a filter's size where no k is.
_LETTERS: dict[str, Role] = {
    "k": "kernel", "f": "kernel", "size": "kernel", "filter": "kernel",
    "s": "stride", "p": "padding", "c": "filters", "n": "filters", "o": "filters",
    "out": "filters", "cout": "filters", "in": "other", "cin": "other",
}  # fmt: skip
_OPEN, _CLOSE, _INSIDE = r"[\[(<⟨]", r"[\])>⟩]", r"[^\[\]()<>⟨⟩]"
_KEY = re.compile(rf"{_OPEN}({_INSIDE}{{3,80}}){_CLOSE}|([A-Za-z ]+(?: ?[/,] ?[A-Za-z ]+){{2,5}})$")
#: "Conv(f, k, s)" in a caption: the key of what stands behind this word.
_CALL = re.compile(rf"([A-Za-z][\w-]*) ?{_OPEN}({_INSIDE}{{3,80}}){_CLOSE}")
_NUMBERS = r"((?:\d[\dx]*|-)(?: ?[,;/] ?(?:\d[\dx]*|-)){2,5})"
_BRACKET = re.compile(rf"{_OPEN} ?{_NUMBERS} ?{_CLOSE}")
_BARE = re.compile(_NUMBERS)
#: "3x5x5 / 1, 2, 2 / 1, 2, 2": sides of which each part has its own.
_SLASHED = re.compile(r"(\d[\dx]*(?: ?/ ?\d{1,2}(?:(?:, ?|x)\d{1,2}){0,2}){1,4})")
#: Share of a column's filled cells that must hold as many numbers as the key has parts.
SHARE = 0.5


def with_keys(rows: Rows, caption: str) -> Rows:
    """The rows, numbers in brackets put into words where the column's head, or the caption, says what they are."""
    done = [list(row) for row in rows]
    calls = {match[1]: key for match in _CALL.finditer(tidy(caption)) if (key := _told(match[2]))}
    for column in range(len(rows[0]) if rows else 0):
        texts = [row[column] for row in rows]
        place, key = next(((i, found) for i, text in enumerate(texts[:3]) if (found := key_of(text))), (0, []))
        pattern = _SLASHED if key and texts[place].count("/") == len(key) - 1 else _BARE if key else _BRACKET
        key = key or key_of(caption)
        filled = [text for text in texts[place + 1 :] if text not in ("", "-")]
        held = [match for text in filled if (match := _held(text, pattern))]
        sizes = any(role_of(text) in ("output", "input") for text in texts[: place + 1])
        if key and not sizes and 2 <= len(held) >= SHARE * len(filled) and all(_fits(match, key) for match in held):
            for row in done[place + 1 :]:
                if match := _held(row[column], pattern):
                    row[column] = _spelled(row[column], match, key)
        for row in done:
            for word, key in calls.items():
                match = re.search(rf"(?<![\w-]){re.escape(word)} ?(?={_BRACKET.pattern})", row[column])
                if match and (bracket := _BRACKET.match(row[column], match.end())) and _fits(bracket, key):
                    row[column] = _spelled(row[column], bracket, key)
    return done


def key_of(text: str) -> list[Role]:
    """What the parts of a listed key tell, in their order; empty where the text holds no such list."""
    return next((key for match in _KEY.finditer(tidy(text)) if (key := _told(match[1] or match[2]))), [])


def _told(text: str) -> list[Role]:
    parts = [part.strip(" .") for part in re.split(r"[,;/]| and ", text) if part.strip()]
    letters = {**_LETTERS, "f": "filters"} if "k" in (part.lower() for part in parts) else _LETTERS
    told = [
        letters.get(part.lower().replace("_", "")) or role_of(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part))
        for part in parts
    ]
    roles = [role for role in told if role in _WORDS or role == "other"]
    return roles if 3 <= len(roles) == len(parts) == len(set(roles)) else []


def _held(text: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    if pattern is _SLASHED:
        return _SLASHED.fullmatch(text) or _BARE.fullmatch(text)
    return _BRACKET.search(text) or pattern.fullmatch(text)


def _parts(match: re.Match[str]) -> list[str]:
    if match.re is _SLASHED:
        return [re.sub(", ?", "x", part.strip()) for part in match[1].split("/")]
    return [part.strip() for part in re.split(r"[,;/]", match[1])]


def _fits(match: re.Match[str], key: Sequence[Role]) -> bool:
    # Of what has a key for its sides, poolings may leave out the last.
    return len(_parts(match)) == len(key) or (match.re is _SLASHED and len(_parts(match)) < len(key))


def _spelled(text: str, match: re.Match[str], key: Sequence[Role]) -> str:
    told = [
        f"{_WORDS[role]}: {number}"
        for role, number in zip(key, _parts(match), strict=False)
        if role in _WORDS and number != "-"
    ]
    return f"{text[: match.start()]} {', '.join(told)}{text[match.end() :]}".strip()
