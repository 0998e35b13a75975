"""Numbers in a bracket, of which a head or the caption has the key: "[k, s, p, c]" over "[4, 2, 1, 64]"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.tables.prepare import Rows
from extraction.tables.text import Role, role_of, tidy

#: What a number of such a role is called where it stands among words.
_WORDS: dict[Role, str] = {"kernel": "kernel", "stride": "stride", "padding": "pad", "filters": "filters"}
_LETTERS: dict[str, Role] = {
    "k": "kernel", "f": "kernel", "s": "stride", "p": "padding", "c": "filters", "n": "filters", "o": "filters",
}  # fmt: skip
_KEY = re.compile(r"[\[(<⟨]([^\[\]()<>⟨⟩]{3,80})[\])>⟩]|([A-Za-z ]+(?: ?[/,] ?[A-Za-z ]+){2,4})$")
_BRACKET = re.compile(r"[\[(<⟨] ?((?:\d[\dx]*|-)(?: ?[,;/] ?(?:\d[\dx]*|-)){2,4}) ?[\])>⟩]")
_BARE = re.compile(r"((?:\d[\dx]*|-)(?: ?[,;/] ?(?:\d[\dx]*|-)){2,4})")
#: Share of a column's filled cells that must hold as many numbers as the key has parts.
SHARE = 0.5


def key_of(text: str) -> list[Role]:
    """What the parts of a listed key tell, in their order; empty where the text holds no such list."""
    for match in _KEY.finditer(tidy(text)):
        parts = [part.strip(" .") for part in re.split(r"[,;/]| and ", match[1] or match[2]) if part.strip()]
        told = [_LETTERS.get(part.lower()) or role_of(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part)) for part in parts]
        roles = [role for role in told if role in _WORDS]
        if 3 <= len(roles) == len(parts) == len(set(roles)):
            return roles
    return []


def with_keys(rows: Rows, caption: str) -> Rows:
    """The rows, numbers in brackets put into words where the column's head, or the caption, says what they are."""
    done = [list(row) for row in rows]
    for column in range(len(rows[0]) if rows else 0):
        texts = [row[column] for row in rows]
        place, key = next(((i, found) for i, text in enumerate(texts[:3]) if (found := key_of(text))), (0, []))
        pattern = _BARE if key else _BRACKET
        key = key or key_of(caption)
        filled = [text for text in texts[place + 1 :] if text not in ("", "-")]
        if any(role_of(text) in ("output", "input") for text in texts[: place + 1]):
            continue
        held = [match for text in filled if (match := _BRACKET.search(text) or pattern.fullmatch(text))]
        if not key or len(held) < 2 or len(held) < SHARE * len(filled) or any(_count(m) != len(key) for m in held):
            continue
        for row in done[place + 1 :]:
            if match := _BRACKET.search(row[column]) or pattern.fullmatch(row[column]):
                words = _worded(match, key)
                row[column] = f"{row[column][: match.start()]}{words}{row[column][match.end() :]}".strip()
    return done


def _parts(match: re.Match[str]) -> list[str]:
    return [part.strip() for part in re.split(r"[,;/]", match[1])]


def _count(match: re.Match[str]) -> int:
    return len(_parts(match))


def _worded(match: re.Match[str], key: Sequence[Role]) -> str:
    told = [f"{_WORDS[role]}: {number}" for role, number in zip(key, _parts(match), strict=True) if number != "-"]
    return ", ".join(told)
