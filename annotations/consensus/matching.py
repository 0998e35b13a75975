"""Layers of one flow find their clusters: the least ambiguous first, and from those along the connections."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence

from annotations.consensus.likeness import Likeness, Members
from annotations.consensus.nearness import PARTNERS, Cluster, Clusters, Near
from annotations.consensus.sides import Side

#: Log odds of a pair before anything is known of it, and of a pair of whole clusters.
_PRIOR, _PRIOR_OF_CLUSTERS = -1.0, -1.5
#: Of a layer somebody drew, and one they were shown and took away.
_PRIOR_REDRAWN = -2.5
#: From how many layers a flow on.
_MANY = 4
_NEIGHBOUR, _STRANGE_NEIGHBOUR, _NO_NEIGHBOUR = 1.5, -0.8, -2.2
_END, _NO_END = 0.3, -0.3
#: As far along the flow; and what each tenth of the flow between them takes away.
_LEVEL, _TENTH, _OFF_LEVEL = 0.5, 0.25, -0.8
#: How far a pair goes before others for being the only choice.
_MOST_MARGIN = 3.0
_STEPS, _CONTEXT = 3, 0.8
#: Up to how many pairs all are compared; else only those that share a trait.
_ALL_PAIRS = 1000


class Matching:
    """Clusters as they grow, and what joins them."""

    def __init__(self, clusters: Clusters, likeness: Likeness) -> None:
        self.clusters, self.likeness = clusters, likeness
        # Of many layers few are the same one; of one and one the odds are even.
        share = sum(len(side.traits) for side in clusters.sides) / len(clusters.sides)
        self.prior = min(1.0, max(0.0, (share - 1) / _MANY))
        #: How many flows have a connection from a cluster to another, and the other way.
        self.outs: list[dict[int, int]] = []
        self.ins: list[dict[int, int]] = []
        self.progress: list[float] = []
        self._learned = 0

    def match(self, side: Side, places: list[int], bonus: Mapping[tuple[int, int], float]) -> None:
        """Give free layers (-1 in `places`) the clusters they belong to, as far as there are any."""
        self._learn()
        _Match(self, side, places, bonus).run()

    def again(self, side: Side, free: Sequence[int], bonus: Mapping[tuple[int, int], float]) -> bool:
        """Match layers once more, now that the others are there too. Whether anything changed."""
        self._learn()
        everything, places = self.clusters.all, self.clusters.of[side.name]
        before = list(places)
        self._count(side, -1)
        for i in free:
            del everything[places[i]].members[side.name]
            places[i] = -1
        _Match(self, side, places, bonus).run()
        for i in free:
            if places[i] < 0:  # back to where it was, if nobody else is there
                alone = not everything[before[i]].members
                places[i] = before[i] if alone else self._new(side.progress[i])
                everything[places[i]].members[side.name] = side.traits[i]
        self._count(side, 1)
        return places != before

    def _new(self, progress: float) -> int:
        self.clusters.all.append(Cluster())
        self._grow(progress)
        return len(self.clusters.all) - 1

    def _grow(self, progress: float) -> None:
        self.outs.append({})
        self.ins.append({})
        self.progress.append(progress)

    def join(self) -> None:
        """Join whole clusters that nobody has two members of; for those that met in an unlucky order."""
        self._learn()
        everything, total = self.clusters.all, len(self.clusters.sides)
        open_ = [i for i, one in enumerate(everything) if 0 < len(one.members) < total]
        if len(open_) * len(open_) > 4 * _ALL_PAIRS:
            near = Near(everything, self.progress, open_)
            pairs = {
                (min(i, j), max(i, j))
                for i in open_
                for traits in dict.fromkeys(everything[i].members.values())
                for j in near.of(traits, self.progress[i])
            }
        else:
            pairs = {(i, j) for i in open_ for j in open_ if i < j}
        scored = []
        for i, j in pairs:
            if i != j and everything[i].members.keys().isdisjoint(everything[j].members):
                score = self._of_clusters(i, j)
                if score >= 0:
                    scored.append((-score, i, j))
        target = list(range(len(everything)))
        for _, i, j in sorted(scored):
            one, other = target[i], target[j]
            if one == other or not everything[one].members.keys().isdisjoint(everything[other].members):
                continue
            one, other = min(one, other), max(one, other)
            everything[one].members.update(everything[other].members)
            target = [one if at == other else at for at in target]
        self._renumber(target)

    def _renumber(self, target: Sequence[int]) -> None:
        """Numbers without those that joined others, or that nobody is in any more."""
        found = self.clusters
        kept = [n for n in sorted(set(target)) if found.all[n].members]
        number = {old: new for new, old in enumerate(kept)}
        found.all = [found.all[old] for old in kept]
        found.of = {name: [number[target[at]] for at in places] for name, places in found.of.items()}

    def _of_clusters(self, i: int, j: int) -> float:
        everything, alike = self.clusters.all, self.likeness.of_cluster
        others = Members(everything[j].members.values())
        score = max([alike(a, others) for a in dict.fromkeys(everything[i].members.values())])
        score += self.prior * _PRIOR_OF_CLUSTERS + self.level(self.progress[i], self.progress[j])
        for around in (self.outs, self.ins):
            one, other = around[i].keys(), around[j].keys()
            shared = len(one & other)
            score += _beside(shared, len(one) - shared, len(other) - shared)
        return score

    @staticmethod
    def level(one: float, other: float) -> float:
        return max(_OFF_LEVEL, _LEVEL - 10 * _TENTH * abs(one - other))

    def _learn(self) -> None:
        """Take in the connections and places of the sides clustered since."""
        found = self.clusters
        for side in found.sides[self._learned : len(found.of)]:
            if len(self.progress) < len(found.all):
                at = {place: i for i, place in enumerate(found.of[side.name])}
                for number in range(len(self.progress), len(found.all)):
                    self._grow(side.progress[at[number]] if number in at else 0.5)
            self._count(side, 1)
        self._learned = len(found.of)

    def _count(self, side: Side, step: int) -> None:
        places, outs, ins = self.clusters.of[side.name], self.outs, self.ins
        for source, target in side.edges:
            a, b = places[source], places[target]
            for row, other in ((outs[a], b), (ins[b], a)):
                count = row.get(other, 0) + step
                if count:
                    row[other] = count
                else:
                    del row[other]


def _beside(shared: int, own: int, strange: int) -> float:
    """What neighbours on one side tell: those both have, those the one has alone, those the other has alone."""
    if shared:
        return _NEIGHBOUR * (shared if shared < 3 else 3) + _STRANGE_NEIGHBOUR * min(own + strange, 3)
    if own and strange:
        return _NO_NEIGHBOUR + _STRANGE_NEIGHBOUR * min(own + strange, 3)
    return _STRANGE_NEIGHBOUR * min(own + strange, 3) if own or strange else 0.0


class _Match:
    """One flow against the clusters."""

    def __init__(
        self, matching: Matching, side: Side, places: list[int], bonus: Mapping[tuple[int, int], float]
    ) -> None:
        self._matching, self._side, self._places, self._bonus = matching, side, places, bonus
        self._all = matching.clusters.all
        self._taken = taken = set(places)
        taken.discard(-1)
        self._free = [i for i, place in enumerate(places) if place < 0]
        self._open = {n for n, one in enumerate(self._all) if n not in taken and one.members}
        #: What each pair has by itself, and with its neighbours as far as they are joined.
        self._alone: dict[int, dict[int, float]] = {i: {} for i in self._free}
        self._scores: dict[int, dict[int, float]] = {i: {} for i in self._free}
        self._wanted: defaultdict[int, set[int]] = defaultdict(set)
        self._heap: list[tuple[float, float, int, int, int]] = []
        self._version: dict[int, int] = dict.fromkeys(self._free, 0)
        #: Clusters that a free layer leads to and comes from.
        self._beside = {i: self._joined(i) for i in self._free}
        self._known: dict[int, tuple[Members, float]] = {}

    def run(self) -> None:
        if not self._open:
            return
        self._candidates()
        for i in self._free:
            self._push(i)
        heap = self._heap
        while heap:
            priority, apart, i, number, version = heapq.heappop(heap)
            if self._places[i] >= 0 or version != self._version[i] or number not in self._open:
                continue
            now = -self._priority(i, number)
            if now > priority + 1e-9 and heap and now > heap[0][0]:
                heapq.heappush(heap, (now, apart, i, number, version))
            elif self._scores[i][number] >= 0:
                self._accept(i, number)

    def _joined(self, i: int) -> tuple[set[int], set[int]]:
        places, side = self._places, self._side
        outs = {places[j] for j in side.outputs[i]}
        ins = {places[j] for j in side.inputs[i]}
        outs.discard(-1)
        ins.discard(-1)
        return outs, ins

    def _candidates(self) -> None:
        if len(self._free) * len(self._open) <= _ALL_PAIRS:
            for number in sorted(self._open):
                for i in self._free:
                    self._consider(i, number)
        else:
            near = Near(self._all, self._matching.progress, sorted(self._open))
            traits, progress = self._side.traits, self._side.progress
            for i in self._free:
                for number in near.of(traits[i], progress[i]):
                    self._consider(i, number)
        for i, number in self._bonus:
            if number in self._open:
                self._consider(i, number)
        for i in self._free:
            self._around(i)
        self._spread()

    def _spread(self) -> None:
        """Let pairs gain by how well their free neighbours could match, over a few steps."""
        side, matching, places, first = self._side, self._matching, self._places, self._scores
        pairs = []
        for i, scores in first.items():
            outs = [j for j in side.outputs[i] if places[j] < 0]
            ins = [j for j in side.inputs[i] if places[j] < 0]
            if outs or ins:
                for number in scores:
                    rows = [(j, [n for n in matching.outs[number] if n in first[j]]) for j in outs]
                    rows += [(j, [n for n in matching.ins[number] if n in first[j]]) for j in ins]
                    pairs.append((i, number, rows, _CONTEXT / max(1, len(rows) / 2)))
        if not pairs:
            return
        for _ in range(_STEPS):
            now = self._scores
            self._scores = {i: dict(scores) for i, scores in first.items()}
            for i, number, rows, share in pairs:
                gain = 0.0
                for j, beside in rows:
                    gain += max(-1.0, min(1.0, max([now[j][n] for n in beside]) / 3)) if beside else -1.0
                self._scores[i][number] += share * gain
        for i, number, _, _ in pairs:
            self._alone[i][number] += self._scores[i][number] - first[i][number]

    def _consider(self, i: int, number: int) -> None:
        alone = self._alone[i]
        if number in alone:
            return
        matching, side = self._matching, self._side
        known = self._known.get(number)
        if known is None:
            members = self._all[number].members
            redrawn = side.base is not None and side.base.name in members
            prior = matching.prior * (_PRIOR_REDRAWN if redrawn else _PRIOR)
            known = self._known[number] = Members(members.values()), prior
        traits = side.traits[i]
        if known[1] < _PRIOR and not known[0].related(traits) and not self._bonus:
            return  # they took that layer away, and drew another
        score = known[1] + matching.likeness.of_cluster(traits, known[0])
        score += matching.level(side.progress[i], matching.progress[number])
        for own, theirs in ((side.inputs[i], matching.ins[number]), (side.outputs[i], matching.outs[number])):
            if not own or not theirs:
                score += _NO_END if own or theirs else _END
        if self._bonus:
            score += self._bonus.get((i, number), 0.0)
        alone[number] = score
        self._scores[i][number] = score + self._neighbours(i, number)
        self._wanted[number].add(i)

    def _neighbours(self, i: int, number: int) -> float:
        matching, taken = self._matching, self._taken
        outs, ins = self._beside[i]
        half = self._known[number][0].half
        score = 0.0
        for mine, theirs in ((outs, matching.outs[number]), (ins, matching.ins[number])):
            if mine or theirs:
                shared = strange = 0
                for at, count in theirs.items():
                    if at in mine:
                        shared += 1
                    elif count >= half and at in taken:
                        strange += 1
                score += _beside(shared, len(mine) - shared, strange)
        return score

    def _around(self, i: int) -> None:
        """Consider clusters that stand beside those of its neighbours."""
        for own, theirs in (
            (self._side.outputs[i], self._matching.ins),
            (self._side.inputs[i], self._matching.outs),
        ):
            for j in own:
                if self._places[j] >= 0:
                    beside = theirs[self._places[j]]
                    if len(beside) <= PARTNERS:
                        for number in sorted(beside.keys() & self._open):
                            self._consider(i, number)

    def _push(self, i: int) -> None:
        scores = self._scores[i]
        if not scores:
            return
        best = max(scores.values())
        likely = [n for n, score in scores.items() if score == best]
        number = likely[0] if len(likely) == 1 else min(likely, key=lambda n: (self._apart(i, n), n))
        self._version[i] += 1
        entry = (-self._priority(i, number), self._apart(i, number), i, number, self._version[i])
        heapq.heappush(self._heap, entry)

    def _apart(self, i: int, number: int) -> float:
        return abs(self._side.progress[i] - self._matching.progress[number])

    def _priority(self, i: int, number: int) -> float:
        score = self._scores[i][number]
        margin = _MOST_MARGIN
        for n, other in self._scores[i].items():
            if n != number and score - other < margin:
                margin = score - other
        for j in self._wanted[number]:
            if j != i and score - self._scores[j][number] < margin:
                margin = score - self._scores[j][number]
        return score + margin

    def _accept(self, i: int, number: int) -> None:
        self._places[i] = number
        self._all[number].members[self._side.name] = self._side.traits[i]
        self._open.discard(number)
        self._taken.add(number)
        for n in self._scores[i]:
            self._wanted[n].discard(i)
        changed = dict.fromkeys(sorted(self._wanted.pop(number, ())))
        for j in changed:
            del self._scores[j][number]
        for j in dict.fromkeys((*self._side.outputs[i], *self._side.inputs[i])):
            if self._places[j] < 0:
                self._beside[j] = self._joined(j)
                self._around(j)
                self._scores[j] = {n: self._alone[j][n] + self._neighbours(j, n) for n in self._scores[j]}
                changed[j] = None
        for j in changed:
            self._push(j)
