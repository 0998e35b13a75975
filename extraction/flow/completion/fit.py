"""Layers that the drawing doesn't show but that its shapes call for: reshaping, cropping, resizing, projections."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from extraction.flow.completion.draft import Draft, Node, titled
from extraction.flow.model import Shape
from extraction.flow.problems import sizes
from extraction.flow.rules import apply

Known = tuple[int, ...]

#: A shortcut is looked for over at most this many layers.
SHORTCUT_REACH = 500
#: At most this many heights and widths are tried for what a merge joins.
MOST_CANDIDATES = 4


class Fitter:
    """Inserts marked layers before a node. Every inserted layer is settled at once."""

    def __init__(self, draft: Draft, placed: list[str]) -> None:
        self._draft, self._placed = draft, placed

    def insert(
        self, source: Node, target: Node, suffix: str, kind: str, params: Mapping[str, Any], reason: str
    ) -> Node:
        node = self._draft.add(f"{target.id}.{suffix}", kind, [source.id], reason, params)
        node.shape, _ = apply(node.layer, [source.shape or ()])
        origin = {**node.layer.provenance, "output_shape": "inferred"}
        node.layer = replace(node.layer, output_shape=node.shape, provenance=origin)
        self._placed.append(node.id)
        return node

    def replace_input(self, target: Node, index: int, new: Node) -> None:
        """`new`, which stands on the way from the input at `index`, becomes the input."""
        old = target.inputs[index]
        if new.id != old:
            confidence = target.confidence.pop(old, None)
            if confidence is not None and (first := self._first_between(new, old)):
                first.confidence[old] = confidence
            target.inputs[index] = new.id

    def _first_between(self, node: Node, source: str) -> Node | None:
        while node.inputs and node.inputs[0] != source:
            node = self._draft.nodes[node.inputs[0]]
        return node if node.inputs else None

    # ── numbers of axes ─────────────────────────────────────────────────────────────────────────────────────────────

    def axes(self, source: Node, target: Node, axes: int, needs: str) -> Node:
        """`source` brought to a number of axes, values unchanged."""
        shape = known(source)
        if shape is None or len(shape) == axes:
            return source
        reason = f"{titled(target)} needs {needs}, but gets {sizes(shape)}"
        if axes == 1:
            return self.insert(source, target, "flatten", "Flatten", {}, reason)
        self._draft.problem(target, f"{reason}; a layer that reshapes it is assumed", "warning")
        params = {"target_shape": with_axes(shape, axes)}
        return self.insert(source, target, "reshape", "Reshape", params, reason)

    # ── heights and widths ──────────────────────────────────────────────────────────────────────────────────────────

    def spatial(self, source: Node, target: Node, wanted: Known, reason: str) -> Node:
        """`source` enlarged, pooled or cropped to a height and width."""
        shape = known(source)
        if shape is None or shape[:-1] == wanted or len(wanted) not in (1, 2, 3):
            return source
        rank, node = len(wanted), source
        factors = tuple(max(1, -(-t // n)) for n, t in zip(shape[:-1], wanted, strict=True))
        if max(factors) > 1:
            node = self.insert(node, target, "up", f"UpSampling{rank}D", {"size": plain(factors)}, reason)
        now = known(node)
        assert now is not None
        steps = tuple(n // t for n, t in zip(now[:-1], wanted, strict=True))
        if max(steps) > 1:
            window = tuple(n - (t - 1) * s for n, t, s in zip(now[:-1], wanted, steps, strict=True))
            params = {"pool_size": window, "strides": steps, "padding": "valid"}
            return self.insert(node, target, "pool", f"AveragePooling{rank}D", params, reason)
        cuts = tuple(n - t for n, t in zip(now[:-1], wanted, strict=True))
        if max(cuts) > 0:
            pairs = [[cut // 2, cut - cut // 2] for cut in cuts]
            params = {"cropping": pairs if rank > 1 else pairs[0]}
            node = self.insert(node, target, "crop", f"Cropping{rank}D", params, reason)
        return node

    # ── channels ────────────────────────────────────────────────────────────────────────────────────────────────────

    def channels(self, source: Node, target: Node, wanted: int, reason: str) -> Node:
        """`source` projected to a number of channels."""
        shape = known(source)
        if shape is None or shape[-1] == wanted:
            return source
        rank = len(shape) - 1
        if rank in (2, 3):
            params = {"filters": wanted, "kernel_size": (1,) * rank, "strides": (1,) * rank, "padding": "same"}
            return self.insert(source, target, "project", f"Conv{rank}D", params, reason)
        return self.insert(source, target, "project", "Dense", {"units": wanted}, reason)

    # ── merges ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def merge(self, node: Node, axes: int | None, wanted: Known | None, repair: Callable[[str, Known], bool]) -> None:
        """Bring the inputs of a merge to shapes that can be merged.

        Args:
            axes: number of axes that what follows needs, if it tells.
            wanted: height and width printed for the merge.
            repair: tries to give a layer's output another height and width by choosing strides anew.
        """
        inputs = [self._draft.nodes[i] for i in node.inputs]
        if any(known(source) is None for source in inputs):
            return
        self._same_axes(node, axes)
        if node.type == "Dot":
            return
        self._same_spatial(node, wanted, repair)
        if node.type != "Concatenate":
            self._same_channels(node)

    def _contradicts(self, one: Node, other: Node, firm: Callable[[Node], bool]) -> bool:
        """Both are settled by the drawing, and neither is a shortcut around the other, which custom would adapt."""
        return firm(one) and firm(other) and not self._leads_to(one, other) and not self._leads_to(other, one)

    def _leads_to(self, start: Node, end: Node) -> bool:
        seen, stack = {end.id}, [end.id]
        while stack and len(seen) < SHORTCUT_REACH:
            for source in self._draft.nodes[stack.pop()].inputs:
                if source == start.id:
                    return True
                if source not in seen:
                    seen.add(source)
                    stack.append(source)
        return False

    def _shapes(self, node: Node) -> list[Known]:
        return [shape for i in node.inputs if (shape := known(self._draft.nodes[i])) is not None]

    def _same_axes(self, node: Node, axes: int | None) -> None:
        shapes = self._shapes(node)
        if len({len(shape) for shape in shapes}) == 1:
            return
        lengths = {len(shape) for shape in shapes}
        # A concatenation goes by what follows; value by value, a vector is stretched over a map.
        target = axes if node.type == "Concatenate" and axes in lengths else max(lengths)
        reason = f"the inputs of {titled(node)} have different numbers of axes"
        for index, shape in enumerate(shapes):
            source = self._draft.nodes[node.inputs[index]]
            if len(shape) > target == 1:
                new = self.insert(source, node, "flatten", "Flatten", {}, reason)
            elif len(shape) != target:
                params = {"target_shape": with_axes(shape, target)}
                new = self.insert(source, node, "reshape", "Reshape", params, reason)
            else:
                continue
            self.replace_input(node, index, new)

    def _same_spatial(self, node: Node, wanted: Known | None, repair: Callable[[str, Known], bool]) -> None:
        spatial = [shape[:-1] for shape in self._shapes(node)]
        if not spatial[0] or (len(set(spatial)) == 1 and wanted in (None, spatial[0])):
            return
        stretched = node.type != "Concatenate"  # value by value, an axis of 1 is stretched
        unlike = [s for s in spatial if not (stretched and set(s) == {1})] or spatial
        counted = Counter(unlike)
        candidates = [wanted] if wanted else sorted(counted, key=lambda s: (-counted[s], math.prod(s)))
        for candidate in candidates[:MOST_CANDIDATES]:
            if self._repair_all(node, candidate, stretched, repair):
                return
        shapes = self._shapes(node)
        sources = [self._draft.nodes[i] for i in node.inputs]
        now = [shape[:-1] for shape in shapes]
        target = wanted or self._compromise([s for s in now if not (stretched and set(s) == {1})] or now)
        fitting = next((source for source, s in zip(sources, now, strict=True) if s == target), None)
        for index, (source, shape) in enumerate(zip(sources, shapes, strict=True)):
            if shape[:-1] == target or (stretched and set(shape[:-1]) == {1}):
                continue
            if fitting and self._contradicts(source, fitting, lambda n: n.firm_size):
                continue
            reason = f"{titled(node)} joins maps of {sizes(target)}, but one of its inputs is {sizes(shape[:-1])}"
            self.replace_input(node, index, self.spatial(source, node, target, reason))

    def _repair_all(self, node: Node, target: Known, stretched: bool, repair: Callable[[str, Known], bool]) -> bool:
        done = True
        for index, shape in enumerate(self._shapes(node)):
            if shape[:-1] != target and not (stretched and set(shape[:-1]) == {1}):
                done &= repair(node.inputs[index], target)
        return done

    @staticmethod
    def _compromise(spatial: Sequence[Known]) -> Known:
        """The largest where it is a whole multiple of all, else the smallest: what can't be enlarged is cropped."""
        columns = list(zip(*spatial, strict=True))
        largest, smallest = tuple(map(max, columns)), tuple(map(min, columns))
        multiple = all(a % n == 0 for s in spatial for a, n in zip(largest, s, strict=True))
        return largest if multiple else smallest

    def _same_channels(self, node: Node) -> None:
        shapes = self._shapes(node)
        wanted = {shape[-1] for shape in shapes if shape[-1] != 1 or len(shape) == 1}
        if len(wanted) < 2:
            return
        printed = node.printed[-1] if node.printed else None
        target = printed if printed in wanted and printed else max(wanted)
        sources = [self._draft.nodes[i] for i in node.inputs]
        fitting = next(source for source, shape in zip(sources, shapes, strict=True) if shape[-1] == target)
        for index, (source, shape) in enumerate(zip(sources, shapes, strict=True)):
            if shape[-1] != target and (shape[-1] != 1 or len(shape) == 1):
                if self._contradicts(source, fitting, lambda n: n.firm_channels):
                    continue
                reason = f"{titled(node)} joins {target} channels, but one of its inputs has {shape[-1]}"
                self.replace_input(node, index, self.channels(source, node, target, reason))


def with_axes(shape: Known, axes: int) -> Known:
    """The same values and channels with another number of axes: the first are put together, or ones put in."""
    if len(shape) > axes:
        surplus = len(shape) - axes
        return (math.prod(shape[: surplus + 1]), *shape[surplus + 1 :])
    return (*shape[:-1], *(1,) * (axes - len(shape)), *shape[-1:])


def plain(sizes: Known) -> Known | int:
    """One number for a single axis: what Keras takes there."""
    return sizes if len(sizes) > 1 else sizes[0]


def known(node: Node) -> Known | None:
    """The settled shape if all its sizes are known."""
    shape: Shape | None = node.shape
    if shape is None or any(size is None for size in shape):
        return None
    return tuple(size for size in shape if size is not None)
