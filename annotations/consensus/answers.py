"""What one person says of a whole figure."""

from __future__ import annotations

from dataclasses import dataclass

from extraction.flow.model import Flow


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's flow."""

    contributor: str
    flow: Flow
    #: The flow they started from, its ids kept; `None` where they started from nothing.
    shown: Flow | None = None
