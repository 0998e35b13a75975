"""Text that every database and file format takes.

Papers and browsers send signs that can't be stored: PostgreSQL has no zero character, UTF-8 no half surrogates.
"""

from __future__ import annotations

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def plain(value: Any) -> Any:
    """The same JSON-like value with a replacement sign wherever a text has a sign that can't be stored."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def one_line(text: str) -> str:
    """The text as one line of signs that print."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
