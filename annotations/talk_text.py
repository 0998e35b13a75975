"""The text of comments: plain text, in which addresses, names and code are found. No Django here.

Everything comes from strangers. A text is split into pieces that together are the text, sign by sign; whoever shows it
escapes each piece. The patterns never go back over what they have read, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

Sort = Literal["text", "link", "name", "code"]

#: Of one comment, so many different names are looked up; what follows is text.
MAX_NAMES = 20

# Signs that turn the direction of writing could make an address look like another one.
_TURNS = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
_PIECES = re.compile(
    rf"(?P<link>https?://[^\s<>\"`{_TURNS}]++)"
    r"|(?<![\w@./+-])@(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{1,39}+)(?![A-Za-z0-9@])"
    r"|`(?P<code>[^`\n]{1,200}+)`"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; of a name without the @, of code without its ticks."""

    sort: Sort
    text: str


def tidy(text: str) -> str:
    """The text with one kind of line end, without signs that control something, at most one line empty at a time."""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()


def says_something(text: str) -> bool:
    """Whether there is a sign to be seen. There are spaces that are no spaces, and signs that stand for none."""
    return any(sign.isprintable() and not sign.isspace() and sign != "\ufffd" for sign in text)


def names(text: str) -> list[str]:
    """Whom a text may mention, each once: what follows an @, also without the dots and dashes at its end."""
    tokens = dict.fromkeys(found["name"] for found in _PIECES.finditer(text) if found["name"])
    first = list(tokens)[:MAX_NAMES]
    return list(dict.fromkeys(name for token in first for name in _readings(token)))


def _readings(token: str) -> tuple[str, ...]:
    """ "ada." can be a name with a dot, or ada at the end of a sentence."""
    return (token, token.rstrip("._-"))


def pieces(text: str, people: Collection[str]) -> Iterator[Piece]:
    """The text in pieces. Of the names only those of `people` are names."""
    end = 0
    for found in _PIECES.finditer(text):
        piece, stop = _piece(found, people)
        if piece is None:
            continue
        if found.start() > end:
            yield Piece("text", text[end : found.start()])
        yield piece
        end = stop
    if end < len(text):
        yield Piece("text", text[end:])


def _piece(found: re.Match[str], people: Collection[str]) -> tuple[Piece | None, int]:
    """What was found, and where it ends: the rest of what looked like it is text."""
    if found["link"]:
        address = _without_end(found["link"])
        if address.endswith("//"):  # nothing came after it
            return None, 0
        return Piece("link", address), found.start() + len(address)
    if found["name"]:
        name = next((name for name in _readings(found["name"]) if name in people), None)
        return (Piece("name", name), found.start() + 1 + len(name)) if name else (None, 0)
    return Piece("code", found["code"]), found.end()


def _without_end(address: str) -> str:
    """An address without the sentence's signs after it. A bracket that it opened itself stays."""
    while address:
        last = address[-1]
        if last in ".,;:!?'’”*_" or (last == ")" and address.count(")") > address.count("(")):
            address = address[:-1]
        else:
            break
    return address
