"""Pooling to a size that is asked for, as PyTorch names it: "AdaptiveAvgPool2d(1)" is pooling over the whole map."""

from __future__ import annotations

import re
from typing import Any

_ADAPTIVE = re.compile(
    r"\s*adaptive[ _]?(?P<how>avg|average|max)[ _]?pool(?:ing)?[ _]?(?:(?P<rank>[123])d)?\s*"
    r"(?:\((?:output_?size ?= ?)?\(?(?P<size>[\dx×, ]*)\)?\)?)?\s*",
    re.IGNORECASE,
)


def adaptive_pooling(text: str) -> tuple[str, dict[str, Any]] | None:
    """The type and the parameters of such a label, or `None` where it is none."""
    match = _ADAPTIVE.fullmatch(text)
    if not match:
        return None
    way = "Max" if match["how"].casefold() == "max" else "Average"
    rank = match["rank"] or "2"
    size = [int(side) for side in re.findall(r"\d{1,6}", match["size"] or "")]
    if size and set(size) == {1}:
        return f"Global{way}Pooling{rank}D", {}
    params = {"output_size": size * int(rank) if len(size) == 1 else size} if size and 0 not in size else {}
    return f"Adaptive{way}Pooling{rank}D", params
