"""Second half of completion: every layer in turn gets its sizes, from what is printed first, from custom last."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from extraction.flow.draft import Draft, Node, titled
from extraction.flow.fit import Fitter, Known, known, plain
from extraction.flow.graph import topological
from extraction.flow.outlook import ASSUMED_SIZES, Outlook, placeholder_stride, spatial_of
from extraction.flow.problems import same_shape, sizes
from extraction.flow.rules import RuleError, apply, transposed, window
from extraction.flow.sizing import Window, enlarging, windows
from extraction.flow.traits import (
    ATTENTION,
    CHANNELS_IN,
    CONV_RECURRENT,
    GLOBAL_POOL,
    KEEPS_SHAPE,
    MERGES,
    PLACEHOLDERS,
    POOL,
    RECURRENT,
    TRANSPOSED,
    UP_SAMPLING,
    WINDOWS,
    channels_per_unit,
)
from extraction.flow.values import per_axis

#: What is assumed where neither the drawing nor its shapes tell.
ASSUMED: dict[tuple[str, str], Any] = {
    ("Activation", "activation"): "relu",
    ("Dropout", "rate"): 0.5,
    ("SpatialDropout1D", "rate"): 0.5,
    ("SpatialDropout2D", "rate"): 0.5,
    ("SpatialDropout3D", "rate"): 0.5,
    ("AlphaDropout", "rate"): 0.5,
    ("GaussianDropout", "rate"): 0.5,
    ("GaussianNoise", "stddev"): 0.1,
    ("Rescaling", "scale"): 1.0,
    ("Embedding", "input_dim"): 10_000,
    ("RepeatVector", "n"): 32,
    ("GroupQueryAttention", "num_key_value_heads"): 1,
    ("Dot", "axes"): -1,
}
FILTERS, UNITS, FEATURES, CLASSES = 64, 128, 128, 10
STEPS, VECTOR, DEPTH = 32, 16, 16
#: Transposed convolutions of unknown step enlarge maps no further than this.
LARGEST_MADE = 256
#: A dense layer of the largest networks in use has half as many (VGG: 103 million).
MOST_WEIGHTS = 200_000_000
#: A repair looks at most this many layers back.
REPAIR_DEPTH = 64

_MAKE_SEQUENCES = RECURRENT | ATTENTION | {"Embedding", "RepeatVector", "TimeDistributed"}
_SIZE_PARAMETERS = frozenset({"kernel_size", "pool_size", "strides", "padding", "size", "cropping"})
_NO_IMAGE = ("previous", "feature", "hidden", "-d ", "tensor")


class Settler:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.placed: list[str] = []
        self.fit = Fitter(draft, self.placed)
        self.order, _ = topological(draft.finished(), late=self._is_free_input)
        self.outlook = Outlook(draft, self.order)
        self.outputs = draft.outputs_of()
        self._enlarges = any(node.type in UP_SAMPLING for node in draft.nodes.values())
        #: The figure shows a network to its end, not a module from the middle of one.
        self._whole = any(n.type in GLOBAL_POOL | {"Dense", "Flatten", "Output"} for n in draft.nodes.values())
        self._sequences: set[str] = set()
        self._followers: dict[str, Node] = {}
        self._prepare: dict[str, Callable[[Node], None]] = {
            "Input": self._input,
            "Dense": self._dense,
            "Reshape": self._reshape,
            "Permute": self._permute,
            "Resizing": self._resizing,
            "GroupNormalization": self._groups,
            **dict.fromkeys(WINDOWS, self._window),
            **dict.fromkeys(TRANSPOSED, self._transposed),
            **dict.fromkeys(UP_SAMPLING, self._up_sampling),
            **dict.fromkeys(RECURRENT | CONV_RECURRENT, self._recurrent),
            **dict.fromkeys(ATTENTION, self._attention),
            **dict.fromkeys(MERGES, self._merge),
            **dict.fromkeys(PLACEHOLDERS, self._placeholder),
            **{f"{kind}{rank}D": self._border for kind in ("Cropping", "ZeroPadding") for rank in (1, 2, 3)},
        }

    def run(self) -> None:
        for layer_id in self.order:
            self._settle(self.draft.nodes[layer_id])
        self.draft.nodes = {i: self.draft.nodes[i] for i in self.placed}

    def _is_free_input(self, layer_id: str) -> bool:
        node = self.draft.nodes[layer_id]
        return node.type == "Input" and node.printed is None and node.get("shape") is None

    # ── one layer ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _settle(self, node: Node) -> None:
        try:
            self._axes(node)
            if prepare := self._prepare.get(node.type):
                prepare(node)
            self._fill(node)
            self._apply(node)
        except RuleError as error:
            self.draft.problem(node, str(error))
            said = node.printed
            node.shape = said if said and None not in said else (self._input_shape(node) or (1,))
        self.placed.append(node.id)
        self._compare(node)
        self._firmness(node)
        follows = node.type not in WINDOWS | TRANSPOSED and any(i in self._sequences for i in node.inputs)
        if follows or node.type in _MAKE_SEQUENCES:
            self._sequences.add(node.id)
        if follower := self._followers.pop(node.id, None):
            self._settle(follower)

    def _apply(self, node: Node) -> None:
        node.shape, _ = apply(node.layer, [self.draft.nodes[i].shape or () for i in node.inputs])

    def _compare(self, node: Node) -> None:
        """Compare with what is printed, and note the shape."""
        shape, printed = node.shape, node.printed
        assert shape is not None
        origin = dict(node.layer.provenance)
        if printed is not None and node.type != "Input" and not _agrees(printed, shape):
            gets = " and ".join(sizes(self.draft.nodes[i].shape) for i in node.inputs[:3])
            self.draft.problem(
                node, f"{titled(node)} is printed as {sizes(printed)}, but from {gets} it makes {sizes(shape)}"
            )
        if printed != shape:
            origin["output_shape"] = "inferred"
        if node.type != "Input":
            node.layer = replace(node.layer, output_shape=shape, provenance=origin)

    def _firmness(self, node: Node) -> None:
        sources = [self.draft.nodes[i] for i in node.inputs]
        if node.type == "Input":
            node.firm_size = node.firm_channels = node.layer.provenance.get("output_shape") not in (
                "assumed",
                "inferred",
            )
            return
        node.firm_size = not node.free & _SIZE_PARAMETERS and all(source.firm_size for source in sources)
        if name := CHANNELS_IN.get(node.type):
            node.firm_channels = name not in node.free
        else:
            node.firm_channels = all(source.firm_channels for source in sources)

    def _input_shape(self, node: Node) -> Known | None:
        return known(self.draft.nodes[node.inputs[0]]) if node.inputs else None

    def _source(self, node: Node) -> Node:
        return self.draft.nodes[node.inputs[0]]

    def _axes(self, node: Node) -> None:
        """Reshape inputs that have the wrong number of axes."""
        if node.row.rank is None or node.row.family == "io":
            return
        axes = node.row.rank + 1
        needs = {1: "a vector", 2: "a sequence", 3: "an image", 4: "a volume"}.get(axes, f"{axes} axes")
        for index, source in enumerate(node.inputs):
            new = self.fit.axes(self.draft.nodes[source], node, axes, needs)
            self.fit.replace_input(node, index, new)

    def _fill(self, node: Node) -> None:
        """Channels, and every other parameter that the layer can't do without."""
        if name := CHANNELS_IN.get(node.type):
            self._channels(node, name)
        for parameter in node.row.parameters:
            if parameter.required and node.get(parameter.name) is None:
                value = ASSUMED.get((node.type, parameter.name), parameter.minimum or 1)
                self.draft.put(node, parameter.name, value, "assumed", "it is not printed; a usual value")

    def _infer(self, node: Node, name: str, value: Any, reason: str) -> None:
        if node.get(name) is None:
            self.draft.put(node, name, value, "inferred", reason)

    def _assume(self, node: Node, name: str, value: Any, reason: str) -> None:
        if node.get(name) is None:
            self.draft.put(node, name, value, "assumed", reason)
            node.free.add(name)

    def _add_after(self, node: Node, suffix: str, kind: str, params: dict[str, Any], reason: str) -> None:
        """A marked layer between `node` and all that it feeds; it takes over what is printed."""
        self._apply(node)
        made = self.draft.add(f"{node.id}.{suffix}", kind, [node.id], reason, params)
        made.printed, node.printed = node.printed, None
        for target in self.outputs[node.id]:
            other = self.draft.nodes[target]
            other.inputs = [made.id if source == node.id else source for source in other.inputs]
            if node.id in other.confidence:
                other.confidence[made.id] = other.confidence.pop(node.id)
        self.outputs[made.id], self.outputs[node.id] = self.outputs[node.id], [made.id]
        self._followers[node.id] = made

    # ── inputs ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _input(self, node: Node) -> None:
        feeds = [self.draft.nodes[i] for i in self.outputs[node.id]]
        words = bool(feeds) and all(other.type == "Embedding" for other in feeds)
        if words:
            self._infer(node, "dtype", "int32", f"{titled(feeds[0])} takes whole numbers")
        said = node.get("shape")
        printed = tuple(per_axis(said, 1)) if said is not None else node.printed
        axes = self.outlook.axes.get(node.id) or (1 if self.draft.flow.kind == "neurons" else 3)
        if printed is None:
            sibling = self._sibling(node)
            shape: Known = sibling or self._assumed_shape(node, axes, words)
            reason = "as large as what it is joined with" if sibling else "its size is not printed; a usual one"
            provenance = "inferred" if sibling else "assumed"
        elif len(printed) == axes - 1 and axes >= 3:
            shape = (*self._filled(printed), self.outlook.channels(node.id) or 1)
            provenance, reason = "inferred", f"{sizes(printed)} is printed without channels"
        elif None in printed:
            shape, provenance, reason = self._filled(printed), "assumed", "not all of its sizes are printed"
        else:
            shape, provenance, reason = self._filled(printed), "", ""
        origin = {**node.layer.provenance, "output_shape": provenance} if provenance else node.layer.provenance
        node.layer = replace(node.layer, output_shape=shape, provenance=origin)
        if provenance:
            self.draft.note(node, "output_shape", list(shape), reason)
            if said is not None:
                self.draft.put(node, "shape", shape, provenance)
        self.outlook.settle_channels(node.id, shape[-1])
        if len(shape) == 2 and not any(other.type in WINDOWS for other in feeds):
            self._sequences.add(node.id)

    @staticmethod
    def _filled(shape: tuple[int | None, ...]) -> Known:
        return tuple(STEPS if size is None else size for size in shape) or (1,)

    def _sibling(self, node: Node) -> Known | None:
        """The shape that the input is joined with value by value, if that is settled."""
        for target in self.outputs[node.id]:
            other = self.draft.nodes[target]
            if other.type in MERGES and other.type not in ("Concatenate", "Dot"):
                for source in other.inputs:
                    if (shape := known(self.draft.nodes[source])) is not None:
                        return shape
        return None

    def _assumed_shape(self, node: Node, axes: int, words: bool) -> Known:
        channels = self.outlook.channels(node.id)
        if axes == 1:
            return (STEPS,) if words else (channels or VECTOR,)
        wishes = [wish for wish in self.outlook.wishes.get(node.id, []) if len(wish) == axes - 1]
        reduction = self.outlook.reduction[node.id]
        side = next((size for size in ASSUMED_SIZES if size >= 7 * reduction), ASSUMED_SIZES[-1])
        usual = {2: (STEPS,), 3: (side, side)}.get(axes, (DEPTH,) * (axes - 1))
        if axes == 2 and reduction > 1:
            usual = (side,)
        if axes == 3 and channels is None and self._is_image(node):
            channels = 3
        return (*(wishes[0] if wishes else usual), channels or (1 if axes > 3 else FILTERS))

    def _is_image(self, node: Node) -> bool:
        """A picture, not the maps that a module in the middle of a network gets."""
        words = f"{node.layer.label} {node.layer.name}".lower()
        if any(word in words for word in _NO_IMAGE):
            return False
        drawn = node.layer.provenance.get("type") != "assumed"
        return drawn or self._whole

    # ── kernels and windows ─────────────────────────────────────────────────────────────────────────────────────────

    def _target(self, node: Node) -> Known | None:
        return spatial_of(node, None)

    def _window(self, node: Node) -> None:
        pool = node.type in POOL
        name = "pool_size" if pool else "kernel_size"
        self._pixels_of_padding(node, name)
        shape = self._input_shape(node)
        assert shape is not None
        size, rank = shape[:-1], len(shape) - 1
        target, wishes = self._target(node), self.outlook.wishes.get(node.id, [])
        if target is not None and len(target) == rank:
            if found := self._ways(node, size, target, borders=True):
                self._take(node, name, found, f"{sizes(target)} is printed")
        elif wishes and self._usual_result(node, name, size, pool) not in wishes:
            ways = (self._ways(node, size, wish, borders=False) for wish in wishes if len(wish) == rank)
            if found := next((way for way in ways if way), None):
                self._take(node, name, found, "the sizes printed further on call for it")
        usual = self._usual(node, size, pool)
        self._assume(node, name, usual.kernel, "its size is not printed; a usual one")
        self._assume(node, "strides", usual.strides, "not printed; a usual step")
        self._assume(node, "padding", usual.padding, "not printed; the usual choice")

    def _ways(
        self, node: Node, size: Known, target: Known, *, borders: bool, kernel: Known | None = None
    ) -> Window | None:
        pool, rank = node.type in POOL, len(size)
        said = node.get("pool_size" if pool else "kernel_size")
        strides, padding = node.get("strides"), node.get("padding")
        found = windows(
            size,
            target,
            kernel=kernel or (per_axis(said, rank) if said is not None else None),
            strides=per_axis(strides, rank) if strides is not None and "strides" not in node.free else None,
            padding=padding if "padding" not in node.free else None,
            dilation=per_axis(node.get("dilation_rate") or 1, rank),
            default_kernel=2 if pool else 3,
            pool=pool,
            borders=borders,
        )
        return next(found, None)

    def _take(self, node: Node, name: str, way: Window, reason: str) -> None:
        if way.border:
            rank = len(way.kernel)
            pad = self.fit.insert(
                self._source(node), node, "pad", f"ZeroPadding{rank}D", {"padding": plain((way.border,) * rank)}, reason
            )
            self.fit.replace_input(node, 0, pad)
        for parameter, value in ((name, way.kernel), ("strides", way.strides), ("padding", way.padding)):
            self._infer(node, parameter, value, reason)

    def _usual(self, node: Node, size: Known, pool: bool) -> Window:
        rank = len(size)
        kernel = per_axis(node.get("pool_size" if pool else "kernel_size") or (2 if pool else 3), rank)
        strides = node.get("strides")
        if strides is not None:
            steps = per_axis(strides, rank)
        else:
            steps = tuple(2 if k == 3 else k for k in kernel) if pool else (1,) * rank
        beside = pool and steps == kernel and all(n >= k for n, k in zip(size, kernel, strict=True))
        return Window(kernel, steps, "valid" if beside else "same")

    def _usual_result(self, node: Node, name: str, size: Known, pool: bool) -> Known:
        usual = self._usual(node, size, pool)
        padding = node.get("padding") or usual.padding
        dilation = per_axis(node.get("dilation_rate") or 1, len(size))
        steps = zip(size, usual.kernel, dilation, usual.strides, strict=True)
        return tuple(window(n, (k - 1) * d + 1, s, padding) or 0 for n, k, d, s in steps)

    def _pixels_of_padding(self, node: Node, name: str) -> None:
        """A padding in pixels becomes `valid` or `same` where that does the same, else a layer of its own."""
        padding = node.get("padding")
        shape = self._input_shape(node)
        if padding is None or isinstance(padding, str) or shape is None:
            return
        size, rank = shape[:-1], len(shape) - 1
        border = per_axis(padding, rank)
        words = f"a padding of {sizes(border if len(set(border)) > 1 else border[:1])} is printed"
        probe = self._usual(node, size, node.type in POOL)
        dilation = per_axis(node.get("dilation_rate") or 1, rank)
        steps = list(zip(size, probe.kernel, dilation, probe.strides, strict=True))
        exact = [window(n, (k - 1) * d + 1, s, p) for (n, k, d, s), p in zip(steps, border, strict=True)]
        same = [window(n, (k - 1) * d + 1, s, "same") for n, k, d, s in steps]
        self.draft.drop(node, "padding")
        if not any(border):
            self.draft.put(node, "padding", "valid", "inferred", words)
        elif exact == same:
            self.draft.put(node, "padding", "same", "inferred", f"{words}; `same` gives the same size")
        else:
            pad = self.fit.insert(
                self._source(node), node, "pad", f"ZeroPadding{rank}D", {"padding": plain(border)}, words
            )
            self.fit.replace_input(node, 0, pad)
            self.draft.put(node, "padding", "valid", "inferred", f"{words}, by a layer of its own")

    def _transposed(self, node: Node) -> None:
        shape = self._input_shape(node)
        assert shape is not None
        size, rank = shape[:-1], len(shape) - 1
        kernel, strides, padding = node.get("kernel_size"), node.get("strides"), node.get("padding")
        default = 3 if strides is None else max(3, max(per_axis(strides, rank)))
        target = self._target(node)
        reason = "is printed"
        if padding is not None and not isinstance(padding, str):
            k, s = per_axis(kernel or default, rank), per_axis(strides or 1, rank)
            exact = [transposed(*row, padding, axis) or 0 for axis, row in enumerate(zip(size, k, s, strict=True))]
            self.draft.drop(node, "padding")
            padding, target, reason = None, target or tuple(exact), "follows from the padding printed"
        for goal in [target] if target else self.outlook.wishes.get(node.id, []):
            way = len(goal) == rank and enlarging(
                size,
                goal,
                kernel=per_axis(kernel, rank) if kernel is not None else None,
                strides=per_axis(strides, rank) if strides is not None else None,
                padding=padding,
                default_kernel=default,
            )
            if way:
                self._take(node, "kernel_size", way, f"{sizes(goal)} {reason if target else 'is printed further on'}")
                break
        step = 1 if self._enlarges or 2 * max(size) > LARGEST_MADE else 2
        self._assume(node, "kernel_size", (default,) * rank, "its size is not printed; a usual one")
        self._assume(node, "strides", (step,) * rank, "not printed; a usual step")
        self._assume(node, "padding", "same", "not printed; the usual choice")

    def _up_sampling(self, node: Node) -> None:
        shape = self._input_shape(node)
        assert shape is not None
        size, rank = shape[:-1], len(shape) - 1
        target = self._target(node)
        goals = [target] if target else self.outlook.wishes.get(node.id, [])
        for goal in goals:
            if node.get("size") is None and len(goal) == rank:
                factors = tuple(-(-t // n) for n, t in zip(size, goal, strict=True))
                exact = all(n * f == t for n, f, t in zip(size, factors, goal, strict=True))
                if exact and max(factors) > 1:
                    self._infer(
                        node, "size", plain(factors), f"{sizes(goal)} is printed{'' if target else ' further on'}"
                    )
        self._assume(node, "size", plain((2,) * rank), "its factor is not printed; the usual one")

    def _border(self, node: Node) -> None:
        shape, target = self._input_shape(node), self._target(node)
        name = "cropping" if node.type.startswith("Cropping") else "padding"
        if shape is None or node.get(name) is not None:
            return
        sign = -1 if name == "cropping" else 1
        margin = [sign * (t - n) for n, t in zip(shape[:-1], target, strict=True)] if target else []
        if target and min(margin) >= 0:
            pairs = [[m // 2, m - m // 2] for m in margin]
            self._infer(node, name, pairs if len(pairs) > 1 else pairs[0], f"{sizes(target)} is printed")
        narrow = name == "cropping" and min(shape[:-1]) < 3
        self._assume(node, name, 0 if narrow else 1, "not printed; the usual border")

    def _groups(self, node: Node) -> None:
        channels = (self._input_shape(node) or (1,))[-1]
        groups = next(n for n in (32, 16, 8, 4, 2, 1) if channels % n == 0)
        if node.get("axis") in (None, -1):
            self._assume(node, "groups", groups, "not printed; a usual number that divides the channels")

    def _resizing(self, node: Node) -> None:
        shape = self._input_shape(node)
        target = self._target(node) or next(iter(self.outlook.wishes.get(node.id, [])), None)
        for name, now, wish in zip(("height", "width"), shape or (1, 1), target or (shape or (1, 1)), strict=False):
            self._infer(node, name, wish or now, "it follows from the sizes around it")

    # ── channels ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _channels(self, node: Node, name: str) -> None:
        if node.get(name) is not None:
            return
        per_unit = channels_per_unit(node.type, node.get("merge_mode"))
        wanted = self.outlook.channels(node.id)
        if wanted is not None and wanted % per_unit == 0:
            reason = "its channels are printed" if node.printed else "the layers that it is joined with call for it"
            self._infer(node, name, wanted // per_unit, reason)
            return
        value = self._usual_channels(node, name)
        self._assume(node, name, value, "not printed; a usual number")
        self.outlook.settle_channels(node.id, value * per_unit)

    def _usual_channels(self, node: Node, name: str) -> int:
        if name == "output_dim":
            return FEATURES
        if name == "units":
            return CLASSES if node.type == "Dense" and self._ends(node) else UNITS
        before = (self._input_shape(node) or (FILTERS,))[-1]
        groups = node.get("groups") or 1
        usual = before if before >= 8 else FILTERS
        return int(usual if usual % groups == 0 else groups * max(1, usual // groups))

    def _ends(self, node: Node) -> bool:
        """Nothing with weights follows: its outputs are the network's."""
        for _ in range(8):
            targets = self.outputs[node.id]
            if not targets:
                return True
            if len(targets) > 1:
                return all(self.draft.nodes[i].type == "Output" for i in targets)
            node = self.draft.nodes[targets[0]]
            if node.type not in KEEPS_SHAPE - PLACEHOLDERS:
                return False
        return False

    # ── dense, recurrent, attention ─────────────────────────────────────────────────────────────────────────────────

    def _dense(self, node: Node) -> None:
        shape, printed = self._input_shape(node), node.printed
        assert shape is not None
        if len(shape) > 1:
            source = self._source(node)
            along = printed is not None and len(printed) == len(shape) and _agrees(printed[:-1], shape[:-1])
            per_step = source.id in self._sequences and len(shape) == 2 and (printed is None or len(printed) != 1)
            if not along and not per_step:
                self.fit.replace_input(node, 0, self._as_vector(source, node, shape))
        elif printed and None not in printed and sum(size != 1 for size in printed if size) > 1:
            total = math.prod(size or 1 for size in printed)
            if node.get("units") in (None, total, printed[-1]):
                if node.get("units") != total:
                    self.draft.drop(node, "units")
                self._infer(node, "units", total, f"{sizes(printed)} is printed")
                self._add_after(node, "reshape", "Reshape", {"target_shape": printed}, f"{sizes(printed)} is printed")

    def _as_vector(self, source: Node, node: Node, shape: Known) -> Node:
        """Flattened, as custom has it, unless that would take more weights than any machine has room for."""
        weights = math.prod(shape) * int(node.get("units") or UNITS)
        if weights <= MOST_WEIGHTS or len(shape) > 4:
            return self.fit.axes(source, node, 1, "a vector")
        reason = f"flattening {sizes(shape)} would give {titled(node)} {weights:,} weights"
        kind = f"GlobalAveragePooling{len(shape) - 1}D"
        return self.fit.insert(source, node, "gap", kind, {"keepdims": False}, reason)

    def _recurrent(self, node: Node) -> None:
        if node.type in CONV_RECURRENT:
            rank = (node.row.rank or 2) - 1
            self._assume(node, "kernel_size", (3,) * rank, "its size is not printed; a usual one")
            self._assume(node, "padding", "same", "not printed; the usual choice")
            whole = (node.row.rank or 0) + 1
        else:
            whole = 2
        if node.get("return_sequences") is None:
            needed = self.outlook.axes.get(node.id, 0) >= whole
            if node.printed is not None:
                needed = len(node.printed) == whole
            if needed:
                self._infer(node, "return_sequences", True, "what follows takes every step")
            else:
                self._assume(node, "return_sequences", False, "what follows takes one result")

    def _attention(self, node: Node) -> None:
        shape = self._input_shape(node)
        assert shape is not None
        features = shape[-1]
        if node.type == "MultiHeadAttention":
            heads = next(h for h in (8, 4, 2, 1) if features % h == 0)
            self._assume(node, "num_heads", heads, "not printed; a usual number that divides the features")
            width = max(1, features // int(node.get("num_heads")))
            self._assume(node, "key_dim", width, "not printed; the features shared among the heads")
        elif node.type == "GroupQueryAttention":
            heads = next(h for h in (8, 4, 2, 1) if features % h == 0)
            self._assume(node, "num_query_heads", heads, "not printed; a usual number that divides the features")
            width = max(1, features // int(node.get("num_query_heads")))
            self._assume(node, "head_dim", width, "not printed; the features shared among the heads")
        elif (key := known(self.draft.nodes[node.inputs[-1]])) and key[-1] != features:
            reason = f"{titled(node)} compares queries and keys, which need equal features"
            self.fit.replace_input(node, 0, self.fit.channels(self._source(node), node, key[-1], reason))

    # ── reshaping ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _reshape(self, node: Node) -> None:
        shape = self._input_shape(node)
        if shape is None or node.get("target_shape") is not None:
            return
        total, printed = math.prod(shape), node.printed
        if printed and None not in printed and math.prod(size or 1 for size in printed) == total:
            self._infer(node, "target_shape", printed, f"{sizes(printed)} is printed")
            return
        axes = self.outlook.axes.get(node.id, 1)
        if axes <= len(shape):
            surplus = len(shape) - axes
            target: Known = (math.prod(shape[: surplus + 1]), *shape[surplus + 1 :])
        else:
            target = (*shape[:-1], *(1,) * (axes - len(shape)), shape[-1])
        self._assume(node, "target_shape", target, "not printed; it suits what follows")

    def _permute(self, node: Node) -> None:
        axes = len(self._input_shape(node) or (1,))
        self._assume(
            node,
            "dims",
            (*range(2, axes), 1, axes) if axes > 2 else (2, 1) if axes == 2 else (1,),
            "not printed; a usual order",
        )

    # ── merges and placeholders ─────────────────────────────────────────────────────────────────────────────────────

    def _merge(self, node: Node) -> None:
        shapes = [known(self.draft.nodes[i]) or () for i in node.inputs]
        if "type" in node.free and len({shape[-1:] for shape in shapes}) > 1:
            node.layer = replace(node.layer, type="Concatenate")
            self.draft.note(node, "type", "Concatenate", "the layers that lead there have different channels")
        printed = node.printed
        most = max(len(shape) for shape in shapes)
        wanted = None
        if printed and None not in printed and len(printed) == most > 1:
            wanted = tuple(size or 1 for size in printed[:-1])
        self.fit.merge(node, self.outlook.axes.get(node.id), wanted, self._repair)

    def _repair(self, layer_id: str, target: Known) -> bool:
        """Give a layer's output another height and width by changing strides that were only assumed."""
        path: list[Node] = []
        node = self.draft.nodes[layer_id]
        for _ in range(REPAIR_DEPTH):
            path.append(node)
            if (
                len(self.outputs.get(node.id, [])) > 1
                or not node.inputs
                or spatial_of(node, None) not in (None, target)
            ):
                return False
            if node.free & {"strides", "size"} and self._restep(node, target):
                for later in reversed(path):
                    self._apply(later)
                    later.layer = replace(later.layer, output_shape=later.shape)
                return (known(path[0]) or ())[:-1] == target
            source = self._source(node)
            if len(node.inputs) > 1 or (known(source) or ())[:-1] != (known(node) or ())[:-1]:
                return False
            node = source
        return False

    def _restep(self, node: Node, target: Known) -> bool:
        size = (self._input_shape(node) or ())[:-1]
        if len(size) != len(target):
            return False
        reason = "the maps that it is joined with call for it"
        if node.type in WINDOWS:
            name = "pool_size" if node.type in POOL else "kernel_size"
            way = self._ways(node, size, target, borders=False, kernel=per_axis(node.get(name), len(size)))
            if way is None:
                return False
            self.draft.put(node, "strides", way.strides, "inferred", reason)
            self.draft.put(node, "padding", way.padding, *(("inferred", reason) if "padding" in node.free else ()))
            return True
        name = "strides" if node.type in TRANSPOSED else "size"
        factors = tuple(t // n for n, t in zip(size, target, strict=True))
        if all(n * f == t for n, f, t in zip(size, factors, target, strict=True)) and max(factors) > 1:
            self.draft.put(node, name, factors if name == "strides" else plain(factors), "inferred", reason)
            if name == "strides":
                self.draft.put(node, "padding", "same", "inferred", reason)
            return True
        return False

    def _placeholder(self, node: Node) -> None:
        shape, printed, source = self._input_shape(node), node.printed, self._source(node)
        if shape is None:
            return
        if printed and None not in printed:
            wanted = tuple(size or 1 for size in printed)
            if _agrees(wanted, shape):
                return
            reason = f"{titled(node)} is printed as {sizes(wanted)}; this stands for what its inside does"
            if len(wanted) == len(shape):
                source = self.fit.spatial(source, node, wanted[:-1], reason)
                source = self.fit.channels(source, node, wanted[-1], reason)
            elif len(wanted) == len(shape) - 1 > 1:
                source = self.fit.spatial(source, node, wanted, reason)
            elif math.prod(wanted) == math.prod(shape):
                source = self.fit.insert(source, node, "reshape", "Reshape", {"target_shape": wanted}, reason)
            else:
                source = self.fit.axes(source, node, 1, "a vector")
                source = self.fit.channels(source, node, math.prod(wanted), reason)
                if len(wanted) > 1:
                    source = self.fit.insert(source, node, "reshape", "Reshape", {"target_shape": wanted}, reason)
        elif len(shape) > 1 and source.id not in self._sequences:
            words = f"{node.layer.label} {node.layer.name}".lower()
            stride = placeholder_stride(node)
            if "global" in words and "pool" in words:
                smaller: Known = (1,) * (len(shape) - 1)
            else:
                smaller = tuple(-(-size // stride) for size in shape[:-1])
            reason = f"the text of {titled(node)} says that it makes maps smaller"
            source = self.fit.spatial(source, node, smaller, reason)
        self.fit.replace_input(node, 0, source)


def _agrees(printed: tuple[int | None, ...], shape: tuple[int | None, ...]) -> bool:
    """The printed shape is the shape, its height and width alone, or its channels alone."""
    if len(printed) == 1 < len(shape):
        return printed[0] in (shape[-1], None) or same_shape(printed, shape)
    return same_shape(printed, shape) or (len(printed) == len(shape) - 1 and same_shape(printed, shape[:-1]))
