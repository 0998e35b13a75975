"""Arrows checked by what boxes print of their inputs: how many there are, and of which shapes."""

from __future__ import annotations

from itertools import combinations

from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.keras_cells import Words

Arrows = dict[tuple[int, int], float]
#: Sets of sources that are tried for one box.
MOST = 2000
#: How sure an arrow is that is told by shapes alone.
INFERRED = 0.7


def mend(nodes: list[PlotNode], words: list[Words], arrows: Arrows) -> Arrows:
    """The same arrows without those that what is printed rules out. Where it tells nothing, all stay."""
    by_target: dict[int, list[int]] = {}
    for source, target in arrows:
        by_target.setdefault(target, []).append(source)
    result: Arrows = {}
    for target, sources in by_target.items():
        for source in _fitting(target, sources, words, arrows):
            result[source, target] = arrows[source, target]
    idle = set(range(len(nodes))) - {source for source, _ in result}
    for target in range(len(nodes)):
        if pair := _led_astray(target, idle, words, result):
            wrong, right = pair
            result.pop((wrong, target), None)
            result[right, target] = INFERRED
            idle.discard(right)
    return result


def _led_astray(target: int, idle: set[int], words: list[Words], arrows: Arrows) -> tuple[int, int] | None:
    """The source of a box that does not fit (-1: one is missing), and the only box that fits.

    One that leads nowhere comes first; instead of one that does not fit it may be one that leads elsewhere, too.
    """
    sources = [source for source, to in arrows if to == target]
    shapes = {source: outputs[0] for source in sources if (outputs := words[source].outputs)}
    missing = list(words[target].inputs or ())
    short = len(missing) - len(sources)
    if not sources or len(shapes) < len(sources) or short not in (0, 1):
        return None
    wrong = []
    for source, shape in shapes.items():
        if shape in missing:
            missing.remove(shape)
        else:
            wrong.append(source)
    if len(missing) != 1 or len(wrong) != 1 - short:
        return None
    fitting = [n for n, said in enumerate(words) if missing[0] in (said.outputs or ())[:1] and n not in sources]
    fitting = [n for n in fitting if n not in _behind(target, arrows)]
    chosen = [n for n in fitting if n in idle] or (fitting if wrong else [])
    return ((wrong or [-1])[0], chosen[0]) if len(chosen) == 1 else None


def _behind(start: int, arrows: Arrows) -> set[int]:
    """A box and all that its arrows lead to."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        new = {target for source, target in arrows if source == here} - found
        found |= new
        waiting += new
    return found


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
