"""What is asked about connections, given which layers there are.

Who has a layer that isn't there in the end, or lacks one that is, draws connections around it. A path through a layer
that isn't there counts for the connection that remains when it is taken out. A connection that bridges layers which
somebody missed is no evidence against those that lead through them: about it they are not asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from annotations.consensus.asking import Asked, Asker, escaped
from annotations.consensus.model import READER, ElementKind, Question, Vote
from annotations.consensus.repairing import find_circle
from annotations.consensus.sides import Side
from extraction.flow.canonical import COMMUTATIVE

#: Source, target, and which one of several with the same ends.
Edge = tuple[int, int, int]

#: How many orders of inputs count as plausible.
_ORDERS = 6


@dataclass(eq=False, slots=True)
class _Voter:
    """What one voter says of connections."""

    side: Side
    drawn: dict[Edge, None]
    #: What they were shown; `None` for nothing.
    before: dict[Edge, None] | None
    #: Clusters whose layer they drew themselves.
    own: set[int]
    #: Connections that they were shown and said are right.
    confirmed: set[Edge]
    #: Pairs of layers that they can't be asked about: they missed something between them.
    bridged: set[tuple[int, int]] = field(default_factory=set)


class Joiner:
    """Asks about the connections between the clusters that are kept."""

    def __init__(self, asker: Asker, kept: Collection[int]) -> None:
        self._asker, self._all = asker, asker.clusters.all
        self._kept = set(kept)
        self._drawn = {side.name: self._edges(side) for side in asker.clusters.sides}
        self._voters = [
            (side, self._drawn[side.name], self._drawn[side.base.name] if side.base else None) for side in asker.voters
        ]

    def questions(self) -> list[Asked]:
        """Is there such a connection? For every one that anybody has; then in which order a layer's inputs come."""
        rows = [
            _Voter(side, drawn, before, self._own(side), self._confirmed(side)) for side, drawn, before in self._voters
        ]
        self._support = Counter([edge for row in rows for edge in row.drawn])
        agreed = self._accepted()
        total = len(self._asker.clusters.sides)
        everywhere = Counter([edge for drawn in self._drawn.values() for edge in drawn])
        if any(len(self._all[number].members) < total for number in self._kept):
            self._bridge(rows, agreed)
        own = set[int]().union(*(row.own for row in rows))
        confirmed = set[Edge]().union(*(row.confirmed for row in rows))
        bridged = set[tuple[int, int]]().union(*(row.bridged for row in rows))
        shown = self._drawn[self._asker.shown.name] if self._asker.shown else None
        # A connection into a layer could come from any other.
        places = max(2, len(self._kept))
        found = []
        for edge in self._support:
            source, target, copy = edge
            plain = everywhere[edge] == total and edge not in confirmed and (source, target) not in bridged
            if plain and source not in own and target not in own:
                votes = self._asker.same(True)
            else:
                votes = tuple(self._votes(edge, rows))
            if votes:
                before = edge in shown if shown is not None else None
                question = Question(self._key(edge), ElementKind.CONNECTION, votes, places, before)
                found.append(Asked(question, (source, target), "", copy=copy))
        return found + self._orders(agreed)

    def by_places(self, target: int, sources: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
        """Inputs (with their copy numbers) in the order of their mean places, where nobody decides about it."""
        places: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for _, drawn, _ in self._voters:
            mine = [(a, k) for a, b, k in drawn if b == target and (a, k) in sources]
            for i, source in enumerate(mine):
                places[source].append((i + 0.5) / len(mine))
        return sorted(sources, key=lambda s: (sum(places[s]) / len(places[s]) if s in places else 1.0, s))

    def most_draw_circle(self, edges: Collection[tuple[int, int]]) -> bool:
        """Whether most people have a circle of these connections in their own flow."""
        wanted = set(edges)
        people = [drawn for side, drawn, _ in self._voters if side.name != READER] or [d for _, d, _ in self._voters]
        circles = (find_circle([(a, b) for a, b, _ in drawn if (a, b) in wanted]) for drawn in people)
        return 2 * sum(bool(circle) for circle in circles) > len(people)

    def _edges(self, side: Side) -> dict[Edge, None]:
        """Connections between kept clusters; paths through the others taken together."""
        of, kept = self._asker.clusters.of[side.name], self._kept
        found: dict[Edge, None] = {}
        for i, j in side.edges:
            source, target = of[i], of[j]
            if target not in kept:
                continue
            if source in kept:
                copy = 0
                while (source, target, copy) in found:
                    copy += 1
                found[source, target, copy] = None
            else:
                for before in self._behind(side, i):
                    found.setdefault((before, target, 0))
        return found

    def _behind(self, side: Side, position: int) -> dict[int, None]:
        """Kept clusters that lead to a layer that isn't, through others that aren't."""
        of = self._asker.clusters.of[side.name]
        found: dict[int, None] = {}
        seen, stack = {position}, [position]
        while stack:
            for i in reversed(side.inputs[stack.pop()]):
                if of[i] in self._kept:
                    found[of[i]] = None
                elif i not in seen:
                    seen.add(i)
                    stack.append(i)
        return found

    def _own(self, side: Side) -> set[int]:
        """Clusters whose layer this person drew: it isn't the one they were shown."""
        if side.base is None:
            return set()
        mine, theirs = self._asker.clusters.of[side.name], self._asker.clusters.of[side.base.name]
        return {n for n, at in zip(mine, side.origin, strict=True) if at is None or theirs[at] != n}

    def _confirmed(self, side: Side) -> set[Edge]:
        """Connections that this person said are right, though they were shown them."""
        base = side.base
        if base is None or side.flow.connections is base.flow.connections:
            return set()
        sure = {(c.source, c.target) for c in side.flow.connections if c.confidence == 1}
        sure -= {(c.source, c.target) for c in base.flow.connections if c.confidence == 1}
        of, index = self._asker.clusters.of[side.name], side.index
        return {(of[index[source]], of[index[target]], 0) for source, target in sure}

    def _votes(self, edge: Edge, rows: Iterable[_Voter]) -> Iterable[Vote]:
        source, target, _ = edge
        one, other = self._all[source].members, self._all[target].members
        cast = self._asker.votes.cast
        for row in rows:
            name = row.side.name
            if name in one and name in other and (source, target) not in row.bridged:
                yes = edge in row.drawn
                touched = (
                    row.before is None
                    or yes != (edge in row.before)
                    or source in row.own
                    or target in row.own
                    or (yes and edge in row.confirmed)
                )
                yield cast(name, yes, touched)

    def _bridge(self, rows: Iterable[_Voter], agreed: Iterable[Edge]) -> None:
        """Find for every voter the pairs of layers between which they missed some that most others have."""
        accepted: defaultdict[int, list[int]] = defaultdict(list)
        for source, target, copy in agreed:
            if copy == 0:
                accepted[source].append(target)
        for row in rows:
            missed = {n for n in self._kept if row.side.name not in self._all[n].members}
            for source in accepted if missed else ():
                if source in missed:
                    continue
                stack = [n for n in accepted[source] if n in missed]
                seen = set(stack)
                while stack:
                    for n in accepted.get(stack.pop(), ()):
                        if n not in missed:
                            row.bridged.add((source, n))
                        elif n not in seen:
                            seen.add(n)
                            stack.append(n)

    def _accepted(self) -> list[Edge]:
        """The connections that more than half of those have who have both layers."""
        bits = {side.name: 1 << i for i, side in enumerate(self._asker.voters)}
        there = {n: sum([bits.get(name, 0) for name in self._all[n].members]) for n in self._kept}
        return [
            edge for edge, count in self._support.items() if 2 * count > (there[edge[0]] & there[edge[1]]).bit_count()
        ]

    def _key(self, edge: Edge) -> str:
        source, target, copy = edge
        ids = self._asker.ids
        key = f"connection/{escaped(ids[source])}/{escaped(ids[target])}"
        return f"{key}/{copy + 1}" if copy else key

    def _orders(self, agreed: Iterable[Edge]) -> list[Asked]:
        """In which order the inputs come that most people have, of layers where that makes a difference."""
        by_target: defaultdict[int, list[Edge]] = defaultdict(list)
        for edge in agreed:
            by_target[edge[1]].append(edge)
        inputs = {
            t: edges for t, edges in by_target.items() if len(edges) > 1 and self._asker.kind(t) not in COMMUTATIVE
        }
        if not inputs:
            return []
        wanted = {edge for edges in inputs.values() for edge in edges}
        ids, by_side = self._asker.ids, {}
        for name, drawn in self._drawn.items():
            rows: defaultdict[int, list[str]] = defaultdict(list)
            for edge in drawn:
                if edge in wanted:
                    rows[edge[1]].append(ids[edge[0]])
            by_side[name] = {target: tuple(row) for target, row in rows.items() if len(row) == len(inputs[target])}
        found = []
        for target in inputs:
            votes = []
            for side, _, _ in self._voters:
                mine = by_side[side.name].get(target)
                if mine is not None:
                    touched = side.base is None or mine != by_side[side.base.name].get(target)
                    votes.append(Vote(side.name, mine, touched))
            shown = by_side[self._asker.shown.name].get(target) if self._asker.shown else None
            if votes:
                told = len({vote.value for vote in votes})
                question = Question(
                    f"order/{escaped(ids[target])}", ElementKind.PARAMETER, tuple(votes), max(_ORDERS, told), shown
                )
                found.append(Asked(question, (target,), "order"))
        return found
