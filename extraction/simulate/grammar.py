"""The grammars by name, and designs by seed and number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from extraction.simulate import extended, poster
from extraction.simulate.design import Design


@dataclass(frozen=True, slots=True)
class Grammar:
    name: str
    generate: Callable[[Random, Design], None]
    #: Depths that it can make.
    least: int
    most: int


GRAMMARS: Mapping[str, Grammar] = {
    "poster": Grammar("poster", poster.generate, 4, 200),
    "extended": Grammar("extended", extended.generate, 4, 200),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What determines a set of designs: the same recipe gives the same designs, each on its own."""

    grammar: str = "poster"
    seed: int = 1
    #: Smallest and largest depth; designs go through them in turn, so that every depth comes equally often.
    depths: tuple[int, int] = (5, 40)

    def __post_init__(self) -> None:
        grammar = GRAMMARS.get(self.grammar)
        if grammar is None:
            raise ValueError(f"{self.grammar!r} is none of {', '.join(GRAMMARS)}")
        least, most = self.depths
        if not grammar.least <= least <= most <= grammar.most:
            raise ValueError(f"depths must lie between {grammar.least} and {grammar.most}, smaller first")
        if self.seed < 0:
            raise ValueError("the seed must be 0 or more")

    def design(self, index: int) -> Design:
        """Design number `index`, from 0."""
        return next(self.designs((index,)))

    def designs(self, indices: Iterable[int]) -> Iterator[Design]:
        rng, generate = Random(), GRAMMARS[self.grammar].generate  # noqa: S311 - nothing secret hangs on it
        least, most = self.depths
        base = self.seed << 40
        for index in indices:
            rng.seed(base + index)
            design = Design(self.grammar, self.seed, index, least + index % (most - least + 1))
            generate(rng, design)
            yield design
