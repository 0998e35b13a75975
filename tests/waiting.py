"""Waiting for what another process or thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

from extraction.models import Paper


def until(true: Callable[[], bool], *, seconds: float = 120) -> None:
    """Return as soon as it is true. The limit is for who does nothing at all."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, list(Paper.objects.values("state", "stage", "message", "attempt", "losses"))
        time.sleep(0.05)
