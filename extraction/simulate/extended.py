"""The extended grammar's engine: motifs one after the other, an encoder-decoder now and then, as deep as asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from extraction.simulate import encoders
from extraction.simulate import values as v
from extraction.simulate.design import Design
from extraction.simulate.motifs import EXITS, MOTIFS, Motif, read
from extraction.simulate.operations import Writer

#: Kinds of input and how often each begins a design.
STARTS: Mapping[str, int] = {"image": 52, "text": 18, "series": 12, "volume": 6, "vector": 12}
_STARTS = tuple(start for start, weight in STARTS.items() for _ in range(weight))
#: How often a design is an encoder with a decoder, in percent, by its input.
ENCODERS: Mapping[str, int] = {"image": 14, "series": 12, "volume": 20, "vector": 15, "text": 5}

#: Motif domains that fit the number of spatial axes; a sequence has one.
_DOMAINS = {
    0: ("vector",),
    1: ("map", "line", "steps"),
    2: ("map", "line", "plane"),
    3: ("map",),
}
_READ = read(MOTIFS)
_EXITS = read(EXITS)


def _by_rank(motifs: Sequence[Motif]) -> dict[int, tuple[Motif, ...]]:
    return {rank: tuple(m for m in motifs if m.domain in domains) for rank, domains in _DOMAINS.items()}


BODY = _by_rank([m for m in _READ.values() if m.shrinks == 1])
SHRINKING = _by_rank([m for m in _READ.values() if m.shrinks > 1])
LEAVE = _by_rank(list(_EXITS.values()))
#: Motifs of one layer that always fit.
FILLING = {rank: tuple(m for m in motifs if m.length == 1) for rank, motifs in BODY.items()}


def generate(rng: Random, design: Design) -> None:
    """Fill an empty design with exactly as many layers in depth as it asks for."""
    random = rng.random
    start = v.pick(random, _STARTS)
    if start == "vector" and design.depth > 40:
        start = "image"
    shape = _input(random, design, start)
    if 100 * random() < ENCODERS[start] and encoders.generate(random, design, shape):
        return
    _Stack(random, design).run()


def _input(random: Callable[[], float], d: Design, start: str) -> tuple[int, ...]:
    if start == "image":
        shape: tuple[int, ...] = v.image(random, d.depth)
    elif start == "text":
        d.input((v.pick(random, v.STEPS),), "int32")
        return d.shapes[v.embedding(random, d, 0)]
    elif start == "series":
        shape = (v.pick(random, v.STEPS), v.pick(random, v.FEATURES))
    elif start == "volume":
        side = 8 + int(random() * 57)
        shape = (side if random() < 0.6 else 4 + int(random() * 28), side, side, v.pick(random, v.COLOURS))
    else:
        shape = (v.pick(random, v.VECTOR),)
    d.input(shape)
    return shape


class _Stack:
    """Motifs on the main way: few kinds of them in a design, as networks have it, wider where maps get smaller."""

    def __init__(self, random: Callable[[], float], d: Design) -> None:
        self.random, self.d = random, d
        self.write = Writer(random, d)
        self.cur = len(d.kinds) - 1

    def run(self) -> None:
        d, random = self.d, self.random
        rank = len(d.shapes[self.cur]) - 1
        tail = 1 if rank == 0 else 2 + int(random() * random() * 5)
        tail = min(tail, d.depth - d.depths[self.cur])
        self._stage(rank, d.depth - tail)
        if rank:
            self._motif(self._weighted(LEAVE[rank], 1))
        self._stage(0, d.depth - 1)
        v.last_dense(d, random, self.cur)

    def _stage(self, rank: int, until: int) -> None:
        """Motifs until the main way is so deep."""
        d, random = self.d, self.random
        body = self._style(BODY[rank])
        shrinking = self._style(SHRINKING[rank], 1) if SHRINKING[rank] else ()
        rest = max(1, until - d.depths[self.cur])
        often = min(0.3, 5 / rest) if shrinking else 0.0
        while (left := until - d.depths[self.cur]) > 0:
            shape = d.shapes[self.cur]
            if random() < often and min(shape[:-1]) >= 8:
                motif = self._weighted(shrinking, left)
                if motif is not None:
                    self.write.widen()
                    self._motif(motif)
                    continue
            motif = self._weighted(body, left)
            if motif is None or (motif.grows and shape[-1] + 64 > self._room(shape)):
                motif = v.pick(random, FILLING[rank])
            self._motif(motif)

    def _style(self, motifs: tuple[Motif, ...], most: int = 3) -> tuple[Motif, ...]:
        """Few of the motifs, so that a design has a style of its own."""
        weights = sum(motif.weight for motif in motifs)
        chosen = []
        for _ in range(1 + int(self.random() * most)):
            at = self.random() * weights
            for motif in motifs:
                at -= motif.weight
                if at < 0:
                    break
            chosen.append(motif)
        return tuple(chosen)

    def _weighted(self, motifs: Sequence[Motif], left: int) -> Motif | None:
        for _ in range(3):
            motif = motifs[int(self.random() * len(motifs))]
            if motif.length <= left:
                return motif
        return None

    def _room(self, shape: tuple[int, ...]) -> int:
        """Channels that a map or vector may have."""
        return min(2 * self.write.most, v.MOST_VALUES // v.product(shape[:-1]))

    def _motif(self, motif: Motif | None) -> None:
        assert motif is not None
        self.cur = self.write.motif(motif, self.cur)
