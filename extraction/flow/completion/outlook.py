"""What later layers tell of earlier ones, before any size is settled.

Three passes over the graph, each linear: how many axes each layer's output should have, which channels must be equal
(and are therefore known), and which heights and widths would suit what follows.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from extraction.flow.completion.draft import Draft, Node
from extraction.flow.completion.traits import (
    ATTENTION,
    CONV,
    CONV_RECURRENT,
    DEPTHWISE,
    ELEMENTWISE,
    GLOBAL_POOL,
    KEEPS_CHANNELS,
    KEEPS_SHAPE,
    MERGES,
    PLACEHOLDERS,
    POOL,
    RECURRENT,
    TRANSPOSED,
    UP_SAMPLING,
    WINDOWS,
    axes_made,
    said_channels,
)
from extraction.flow.graph import Classes
from extraction.flow.model import Shape
from extraction.flow.values import per_axis

Sizes = tuple[int, ...]

#: Sizes that images are customarily brought to; they decide between sizes that would suit equally well.
CUSTOMARY = (224, 227, 256, 299, 128, 64, 32, 28, 96, 112, 320, 384, 416, 448, 512, 572, 331)
#: At most this many suitable sizes are passed on.
MOST_WISHES = 4
#: Image sizes to choose from where nothing is printed; the smallest that survives the network's reductions.
ASSUMED_SIZES = (32, 64, 128, 224)


class Outlook:
    def __init__(self, draft: Draft, order: Sequence[str]) -> None:
        self._nodes: Mapping[str, Node] = draft.nodes
        self._outputs = draft.outputs_of()
        self._order = order
        self.axes = self._axes()
        self._classes, self._known = Classes(), dict[str, int]()
        self._channels()
        self.wishes: dict[str, list[Sizes]] = {}
        self._wishes()
        self.reduction = self._reductions()

    # ── axes ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _axes(self) -> dict[str, int]:
        made: dict[str, int] = {}
        for i in self._order:
            node = self._nodes[i]
            axes = axes_made(node.type)
            if axes is None and node.type in KEEPS_SHAPE | MERGES | {"Dense"}:
                axes = max((made[source] for source in node.inputs if source in made), default=None)
            if axes is None and node.printed is not None and node.type not in ("Dense", "Input"):
                axes = len(node.printed)
            if axes is not None:
                made[i] = axes
        needed: dict[str, int] = {}
        for i in reversed(self._order):
            for target in self._outputs[i]:
                axes = self._axes_wanted(self._nodes[target], i, made, needed)
                if axes is not None:
                    needed.setdefault(i, axes)
        return needed

    def _axes_wanted(self, node: Node, source: str, made: Mapping[str, int], needed: Mapping[str, int]) -> int | None:
        """Axes that `node` wants of its input `source`."""
        if node.row.rank is not None:
            return node.row.rank + 1
        if node.type in ("Dense", "Reshape"):
            return 2 if needed.get(node.id) == 2 and node.type == "Dense" else 1
        if node.id in needed:
            return needed[node.id] if node.type != "Flatten" else None
        if node.type in MERGES:
            return max((made[other] for other in node.inputs if other != source and other in made), default=None)
        return len(node.printed) if node.printed is not None and node.type in KEEPS_SHAPE else None

    # ── channels ────────────────────────────────────────────────────────────────────────────────────────────────────

    def channels(self, layer_id: str) -> int | None:
        """Channels that come out of a layer, as far as the drawing tells."""
        return self._known.get(self._classes.find(layer_id))

    def settle_channels(self, layer_id: str, channels: int) -> None:
        """Note a choice, so that whatever must be equal takes it too."""
        self._known.setdefault(self._classes.find(layer_id), channels)

    def _channels(self) -> None:
        for i in self._order:
            if channels := said_channels(self._nodes[i], self.axes.get(i)):
                self._known[i] = channels
        for i in self._order:
            node = self._nodes[i]
            if node.type in DEPTHWISE and (node.get("depth_multiplier") or 1) == 1:
                self._join(i, node.inputs[0])
            if node.type in KEEPS_CHANNELS and node.inputs and not (node.type in PLACEHOLDERS and node.printed):
                self._join(i, node.inputs[0])
            if node.type in ATTENTION - KEEPS_CHANNELS and node.inputs:
                self._join(i, node.inputs[min(1, len(node.inputs) - 1)])
                self._join(node.inputs[0], node.inputs[-1])
            if node.type in ELEMENTWISE:
                for source in node.inputs:
                    self._join(i, source)
        self._sums()

    def _join(self, one: str, other: str) -> None:
        """Equal from now on, unless both are known and differ."""
        a, b = self._classes.find(one), self._classes.find(other)
        if a == b or (a in self._known and b in self._known and self._known[a] != self._known[b]):
            return
        self._classes.join(a, b)
        if b in self._known:
            self._known[self._classes.find(a)] = self._known[b]

    def _sums(self) -> None:
        """A concatenation's channels are the sum of its inputs'; one unknown follows from the others."""
        merges = [self._nodes[i] for i in self._order if self._nodes[i].type == "Concatenate"]
        for _ in range(4):
            changed = False
            for node in (*merges, *reversed(merges)):
                if node.get("axis") not in (None, -1):
                    continue
                changed |= self._sum(node)
            if not changed:
                return

    def _sum(self, node: Node) -> bool:
        total = self.channels(node.id)
        parts = [self.channels(source) for source in node.inputs]
        known = sum(part for part in parts if part is not None)
        open_ = [source for source, part in zip(node.inputs, parts, strict=True) if part is None]
        if total is None and not open_:
            self.settle_channels(node.id, known)
            return True
        if total is None or not open_ or total <= known or (total - known) % len(open_):
            return False
        for source in open_:
            self.settle_channels(source, (total - known) // len(open_))
        return True

    # ── heights and widths ──────────────────────────────────────────────────────────────────────────────────────────

    def _wishes(self) -> None:
        for i in reversed(self._order):
            node = self._nodes[i]
            if (own := spatial_of(node, self.axes.get(i))) is not None:
                self.wishes[i] = [own]
                continue
            for target in self._outputs[i]:
                if found := self._wished_by(self._nodes[target]):
                    self.wishes[i] = found
                    break

    def _wished_by(self, node: Node) -> list[Sizes]:
        """Sizes of its input that would give the sizes wished of `node`, likeliest first."""
        wishes = self.wishes.get(node.id, [])
        if not wishes or node.type in KEEPS_SHAPE or node.type in ELEMENTWISE or node.type == "Concatenate":
            return wishes
        if node.type in WINDOWS or node.type in TRANSPOSED | UP_SAMPLING:
            found = [
                tuple(sizes)
                for wish in wishes
                if len(wish) == node.row.rank
                for sizes in zip(*(_before(node, axis, size) for axis, size in enumerate(wish)), strict=False)
            ]
            fits = [sizes for sizes in dict.fromkeys(found) if all(size >= 1 for size in sizes)]
            return sorted(fits, key=lambda sizes: any(size not in CUSTOMARY for size in sizes))[:MOST_WISHES]
        return []

    def _reductions(self) -> dict[str, int]:
        """By how much what follows a layer makes its maps smaller, along the way that does so most."""
        reduction: dict[str, int] = {}
        for i in reversed(self._order):
            most = 1
            for target in self._outputs[i]:
                node = self._nodes[target]
                own = 1
                if node.type in WINDOWS:
                    strides = node.get("strides") or (2 if node.type in POOL else 1)
                    own = max(per_axis(strides, node.row.rank or 1))
                elif node.type in PLACEHOLDERS:
                    own = placeholder_stride(node)
                if node.type not in GLOBAL_POOL and node.type not in ("Dense", "Flatten"):
                    most = max(most, min(own * reduction[target], 64))
            reduction[i] = most
        return reduction


def spatial_of(node: Node, axes: int | None) -> Sizes | None:
    """Height and width of the printed shape, if it has any."""
    shape: Shape | None = node.printed
    expected = axes_made(node.type) or axes
    if not shape or expected is None or expected < 2 or node.type in RECURRENT | CONV_RECURRENT | ATTENTION:
        return None
    if node.type in POOL and len(shape) == 1:
        spatial: Shape = (1,) * (expected - 1)
    elif len(shape) == expected:
        spatial = shape[:-1]
    elif len(shape) == expected - 1:
        spatial = shape
    else:
        return None
    return tuple(size for size in spatial if size is not None) if None not in spatial else None


def _before(node: Node, axis: int, size: int) -> list[int]:
    """Sizes along one axis that the layer would turn into `size`, always at least one."""
    if node.type in UP_SAMPLING:
        factor = per_axis(node.get("size") or 2, node.row.rank or 1)[axis]
        return [max(1, size // factor)]
    rank = node.row.rank or 1
    kernel = node.get("pool_size" if node.type in POOL else "kernel_size")
    reach = per_axis(kernel or (2 if node.type in POOL else 3), rank)[axis]
    if node.type in CONV | DEPTHWISE:
        reach = (reach - 1) * per_axis(node.get("dilation_rate") or 1, rank)[axis] + 1
    padding = node.get("padding")
    if node.type in TRANSPOSED:
        stride = per_axis(node.get("strides") or 2, rank)[axis]
        return [max(1, (size - max(reach - stride, 0)) // stride if padding == "valid" else size // stride)]
    stride = per_axis(node.get("strides") or (2 if node.type in POOL else 1), rank)[axis]
    least = (size - 1) * stride + reach  # the smallest that no padding would do for
    unpadded = list(range(least, least + min(stride, MOST_WISHES)))
    unpadded.sort(key=lambda candidate: candidate not in CUSTOMARY)
    if padding in ("same", "causal"):
        return [size * stride]
    if padding == "valid":
        return unpadded[:2]
    if padding is not None:
        return [least - 2 * per_axis(padding, rank)[axis]]
    return list(dict.fromkeys(itertools.chain([size * stride], unpadded[:1])))


#: Columns of tables that hold a module's stride.
_STRIDE_COLUMNS = ("strides", "stride", "s")


def placeholder_stride(node: Node) -> int:
    """By how much a module of unknown inside makes its input smaller, as far as it is printed."""
    for column in _STRIDE_COLUMNS:
        value = node.get(column)
        first = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(first, int) and not isinstance(first, bool) and 1 <= first <= 8:
            return first
    words = f"{node.layer.label} {node.layer.name}".lower()
    if "unpool" not in words and "global" not in words and any(word in words for word in ("pool", "subsampl", "/2")):
        return 2
    return 1
