"""Arrows checked by what boxes print of their inputs: how many there are, and of which shapes."""

from __future__ import annotations

from itertools import combinations

from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.keras_cells import Words

Arrows = dict[tuple[int, int], float]
#: Sets of sources that are tried for one box.
MOST = 2000


def mend(nodes: list[PlotNode], words: list[Words], arrows: Arrows) -> Arrows:
    """The same arrows without those that what is printed rules out. Where it tells nothing, all stay."""
    by_target: dict[int, list[int]] = {}
    for source, target in arrows:
        by_target.setdefault(target, []).append(source)
    result: Arrows = {}
    for target, sources in by_target.items():
        for source in _fitting(target, sources, words, arrows):
            result[source, target] = arrows[source, target]
    return result


def _fitting(target: int, sources: list[int], words: list[Words], arrows: Arrows) -> list[int]:
    wanted = words[target].inputs
    if not wanted or any(words[source].outputs is None for source in sources):
        return sources
    need = sorted(wanted, key=repr)
    have = sorted((outputs[0] for source in sources if (outputs := words[source].outputs)), key=repr)
    if have == need or len(sources) <= len(need):
        return sources
    best: tuple[float, list[int]] | None = None
    for tried, chosen in enumerate(combinations(sources, len(need))):
        if tried > MOST:
            break
        shapes = sorted(((words[source].outputs or [()])[0] for source in chosen), key=repr)
        if shapes == need:
            sure = sum(arrows[source, target] for source in chosen)
            if best is None or sure > best[0]:
                best = (sure, list(chosen))
    return best[1] if best else sources
