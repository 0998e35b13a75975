"""What tests of the classifier share."""

from __future__ import annotations

from functools import cache

import pytest

from extraction.classify import metrics, simulated

_DRAWN = cache(simulated.image_of)


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals as wide as they are, only less exactly."""
    monkeypatch.setattr(metrics, "RESAMPLES", 200)


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated figures of the same name are drawn once for all tests: that takes most of their time."""
    monkeypatch.setattr(simulated, "image_of", _DRAWN)
