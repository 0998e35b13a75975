"""Numbers of rows, as strangers send them."""

from __future__ import annotations


def number(text: str) -> int | None:
    """A number of a row, from an address or a form; `None` where it is none that a database can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
