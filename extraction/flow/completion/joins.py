"""Merges, whose inputs must fit together, and placeholders, which take the shape that is printed."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.flow.completion.draft import Node, titled
from extraction.flow.completion.fit import Known, known
from extraction.flow.completion.maps import Maps
from extraction.flow.completion.outlook import placeholder_stride, spatial_of
from extraction.flow.completion.step import State, Step, agrees
from extraction.flow.completion.traits import MERGES, PLACEHOLDERS, stands_whole
from extraction.flow.problems import sizes

#: A repair looks at most this many layers back.
REPAIR_DEPTH = 64


class Joins(Step):
    def __init__(self, state: State, maps: Maps) -> None:
        super().__init__(state)
        self._maps = maps
        self.prepares = {**dict.fromkeys(MERGES, self._merge), **dict.fromkeys(PLACEHOLDERS, self._placeholder)}

    def _merge(self, node: Node) -> None:
        """Inputs that were only assumed to be added stand side by side where their channels differ."""
        shapes = [known(self.draft.nodes[i]) or () for i in node.inputs]
        if "type" in node.free and len({shape[-1:] for shape in shapes}) > 1:
            node.layer = replace(node.layer, type="Concatenate")
            self.draft.note(node, "type", "Concatenate", "the layers that lead there have different channels")
        if node.type == "Concatenate" and node.get("axis") not in (None, -1, max(map(len, shapes))):
            return  # side by side along height, width or time: sizes may differ there
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
            shared = len(self.outputs.get(node.id, [])) > 1
            if shared or not node.inputs or spatial_of(node, None) not in (None, target):
                return False
            if node.free & {"strides", "size"} and self._maps.restep(node, target):
                for later in reversed(path):
                    self.apply(later)
                    later.layer = replace(later.layer, output_shape=later.shape)
                return (known(path[0]) or ())[:-1] == target
            source = self.source(node)
            if len(node.inputs) > 1 or (known(source) or ())[:-1] != (known(node) or ())[:-1]:
                return False
            node = source
        return False

    def _placeholder(self, node: Node) -> None:
        """Marked layers in front bring the input to the printed shape, so that the placeholder itself keeps it."""
        shape, printed, source = self.input_shape(node), node.printed, self.source(node)
        if shape is None or stands_whole(node):
            return
        if printed and None not in printed:
            wanted = tuple(size or 1 for size in printed)
            if agrees(wanted, shape):
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
        elif len(shape) > 1 and source.id not in self.sequences:
            words = f"{node.layer.label} {node.layer.name}".lower()
            stride = placeholder_stride(node)
            if "global" in words and "pool" in words:
                smaller: Known = (1,) * (len(shape) - 1)
            else:
                smaller = tuple(-(-size // stride) for size in shape[:-1])
            reason = f"the text of {titled(node)} says that it makes maps smaller"
            source = self.fit.spatial(source, node, smaller, reason)
        self.fit.replace_input(node, 0, source)
