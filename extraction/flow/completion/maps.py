"""Kernels, windows, strides, padding and factors: what turns one height and width into another."""

from __future__ import annotations

from extraction.flow.completion.draft import Node
from extraction.flow.completion.fit import Known, plain
from extraction.flow.completion.sizing import Window, enlarging, pool_strides, windows
from extraction.flow.completion.step import State, Step
from extraction.flow.completion.traits import POOL, TRANSPOSED, UP_SAMPLING, WINDOWS
from extraction.flow.problems import sizes
from extraction.flow.rules import transposed, window
from extraction.flow.values import per_axis

#: Transposed convolutions of unknown step enlarge maps no further than this.
LARGEST_MADE = 256


class Maps(Step):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.prepares = {
            "Resizing": self._resizing,
            **dict.fromkeys(WINDOWS, self._window),
            **dict.fromkeys(TRANSPOSED, self._transposed),
            **dict.fromkeys(UP_SAMPLING, self._up_sampling),
            **{f"{kind}{rank}D": self._border for kind in ("Cropping", "ZeroPadding") for rank in (1, 2, 3)},
        }
        self.enlarges = any(node.type in UP_SAMPLING for node in self.draft.nodes.values())

    def _window(self, node: Node) -> None:
        """What is printed of this layer first, then what later layers wish for, then custom."""
        pool = node.type in POOL
        name = "pool_size" if pool else "kernel_size"
        self._pixels_of_padding(node, name)
        shape = self.input_shape(node)
        assert shape is not None
        size, rank = shape[:-1], len(shape) - 1
        target, wishes = self.target(node), self.outlook.wishes.get(node.id, [])
        if target is not None and len(target) == rank:
            if found := self._ways(node, size, target, borders=True):
                self._take(node, name, found, f"{sizes(target)} is printed")
        elif wishes and self._usual_result(node, name, size, pool) not in wishes:
            ways = (self._ways(node, size, wish, borders=False) for wish in wishes if len(wish) == rank)
            if found := next((way for way in ways if way), None):
                self._take(node, name, found, "the sizes printed further on call for it")
        usual = self._usual(node, size, pool)
        self.assume(node, name, usual.kernel, "its size is not printed; a usual one")
        self.assume(node, "strides", usual.strides, "not printed; a usual step")
        self.assume(node, "padding", usual.padding, "not printed; the usual choice")

    def _ways(
        self, node: Node, size: Known, target: Known, *, borders: bool, kernel: Known | None = None
    ) -> Window | None:
        """The first way from `size` to `target` that keeps what the node says."""
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
                self.source(node), node, "pad", f"ZeroPadding{rank}D", {"padding": plain((way.border,) * rank)}, reason
            )
            self.fit.replace_input(node, 0, pad)
        for parameter, value in ((name, way.kernel), ("strides", way.strides), ("padding", way.padding)):
            self.infer(node, parameter, value, reason)

    def _usual(self, node: Node, size: Known, pool: bool) -> Window:
        """What custom has for all that the node leaves open."""
        rank = len(size)
        kernel = per_axis(node.get("pool_size" if pool else "kernel_size") or (2 if pool else 3), rank)
        strides = node.get("strides")
        usual = pool_strides(kernel) if pool else (1,) * rank
        steps = usual if strides is None else per_axis(strides, rank)
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
        shape = self.input_shape(node)
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
                self.source(node), node, "pad", f"ZeroPadding{rank}D", {"padding": plain(border)}, words
            )
            self.fit.replace_input(node, 0, pad)
            self.draft.put(node, "padding", "valid", "inferred", f"{words}, by a layer of its own")

    def _transposed(self, node: Node) -> None:
        shape = self.input_shape(node)
        assert shape is not None
        size, rank = shape[:-1], len(shape) - 1
        kernel, strides, padding = node.get("kernel_size"), node.get("strides"), node.get("padding")
        default = 3 if strides is None else max(3, max(per_axis(strides, rank)))
        target = self.target(node)
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
        step = 1 if self.enlarges or 2 * max(size) > LARGEST_MADE else 2
        self.assume(node, "kernel_size", (default,) * rank, "its size is not printed; a usual one")
        self.assume(node, "strides", (step,) * rank, "not printed; a usual step")
        self.assume(node, "padding", "same", "not printed; the usual choice")

    def _up_sampling(self, node: Node) -> None:
        shape = self.input_shape(node)
        assert shape is not None
        size, rank = shape[:-1], len(shape) - 1
        target = self.target(node)
        goals = [target] if target else self.outlook.wishes.get(node.id, [])
        for goal in goals:
            if node.get("size") is None and len(goal) == rank:
                factors = tuple(-(-t // n) for n, t in zip(size, goal, strict=True))
                exact = all(n * f == t for n, f, t in zip(size, factors, goal, strict=True))
                if exact and max(factors) > 1:
                    self.infer(
                        node, "size", plain(factors), f"{sizes(goal)} is printed{'' if target else ' further on'}"
                    )
        self.assume(node, "size", plain((2,) * rank), "its factor is not printed; the usual one")

    def _border(self, node: Node) -> None:
        shape, target = self.input_shape(node), self.target(node)
        name = "cropping" if node.type.startswith("Cropping") else "padding"
        if shape is None or node.get(name) is not None:
            return
        sign = -1 if name == "cropping" else 1
        margin = [sign * (t - n) for n, t in zip(shape[:-1], target, strict=True)] if target else []
        if target and min(margin) >= 0:
            pairs = [[m // 2, m - m // 2] for m in margin]
            self.infer(node, name, pairs if len(pairs) > 1 else pairs[0], f"{sizes(target)} is printed")
        narrow = name == "cropping" and min(shape[:-1]) < 3
        self.assume(node, name, 0 if narrow else 1, "not printed; the usual border")

    def _resizing(self, node: Node) -> None:
        shape = self.input_shape(node)
        target = self.target(node) or next(iter(self.outlook.wishes.get(node.id, [])), None)
        for name, now, wish in zip(("height", "width"), shape or (1, 1), target or (shape or (1, 1)), strict=False):
            self.infer(node, name, wish or now, "it follows from the sizes around it")

    def restep(self, node: Node, target: Known) -> bool:
        """Choose strides or factor anew so that the layer makes `target`; False where that can't be."""
        size = (self.input_shape(node) or ())[:-1]
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
