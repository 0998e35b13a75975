"""The sizes of inputs: as printed, as what they are joined with, or as what follows calls for."""

from __future__ import annotations

from dataclasses import replace

from extraction.flow.completion.draft import Node, titled
from extraction.flow.completion.fit import Known, known
from extraction.flow.completion.outlook import ASSUMED_SIZES
from extraction.flow.completion.step import State, Step
from extraction.flow.completion.traits import GLOBAL_POOL, MERGES, WINDOWS
from extraction.flow.problems import sizes
from extraction.flow.values import per_axis

#: Feature maps, steps of a sequence, values of a vector and depth of a volume where nothing is printed.
FILTERS, STEPS, VECTOR, DEPTH = 64, 32, 16, 16
#: Words in the text of an input that is no picture.
_NO_IMAGE = ("previous", "feature", "hidden", "-d ", "tensor")

#: No maps in the middle of a network are as large: height and width of a picture.
LARGE = 200


class Inputs(Step):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.prepares = {"Input": self._input}
        nodes = self.draft.nodes.values()
        #: The figure shows a network to its end, not a module from the middle of one.
        self.whole = any(node.type in GLOBAL_POOL | {"Dense", "Flatten", "Output"} for node in nodes)

    def _input(self, node: Node) -> None:
        feeds = [self.draft.nodes[i] for i in self.outputs[node.id]]
        words = bool(feeds) and all(other.type == "Embedding" for other in feeds)
        if words:
            self.infer(node, "dtype", "int32", f"{titled(feeds[0])} takes whole numbers")
        said = node.get("shape")
        printed = tuple(per_axis(said, 1)) if said is not None else node.printed
        exact = said is not None and printed == node.printed  # said twice: by a file, or by a completion
        axes = self.outlook.axes.get(node.id) or (1 if self.draft.flow.kind == "neurons" else 3)
        if printed is None:
            sibling = self._sibling(node)
            shape: Known = sibling or self._assumed_shape(node, axes, words)
            reason = "as large as what it is joined with" if sibling else "its size is not printed; a usual one"
            provenance = "inferred" if sibling else "assumed"
        elif len(printed) == axes - 1 and axes >= 3 and not exact:
            shape = (*self._filled(printed), self.outlook.channels(node.id) or 1)
            provenance, reason = "inferred", f"{sizes(printed)} is printed without channels"
        elif None in printed:
            filled = self._image(node, printed) if len(printed) == 3 else self._filled(printed)
            shape, provenance, reason = filled, "assumed", "not all of its sizes are printed"
        else:
            shape, provenance, reason = self._filled(printed), "", ""
        origin = {**node.layer.provenance, "output_shape": provenance} if provenance else node.layer.provenance
        node.layer = replace(node.layer, output_shape=shape, provenance=origin)
        if provenance:
            self.draft.note(node, "output_shape", list(shape), reason, provenance)
            if said is not None:
                self.draft.put(node, "shape", shape, provenance)
        self.outlook.settle_channels(node.id, shape[-1])
        if len(shape) == 2 and not any(other.type in WINDOWS for other in feeds):
            self.sequences.add(node.id)

    @staticmethod
    def _filled(shape: tuple[int | None, ...]) -> Known:
        return tuple(STEPS if size is None else size for size in shape) or (1,)

    def _image(self, node: Node, shape: tuple[int | None, ...]) -> Known:
        *sides, channels = shape
        usual = self._side(node) if None in sides else 0
        return (*(side or usual for side in sides), channels or self.outlook.channels(node.id) or 3)

    def _side(self, node: Node) -> int:
        """Height and width of an image where nothing is printed: what survives the network's reductions."""
        self.draft.sized = True
        least = 7 * self.outlook.reduction[node.id]
        return self.draft.side or next((size for size in ASSUMED_SIZES if size >= least), ASSUMED_SIZES[-1])

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
        side = STEPS if axes == 2 and self.outlook.reduction[node.id] == 1 else self._side(node)
        usual = {2: (side,), 3: (side, side)}.get(axes, (DEPTH,) * (axes - 1))
        sides = wishes[0] if wishes else usual
        if axes == 3 and channels is None and (self._is_image(node) or (wishes and min(wishes[0]) >= LARGE)):
            channels = 3
        return (*sides, channels or (1 if axes > 3 else FILTERS))

    def _is_image(self, node: Node) -> bool:
        """A picture, not the maps that a module in the middle of a network gets."""
        words = f"{node.layer.label} {node.layer.name}".lower()
        if any(word in words for word in _NO_IMAGE):
            return False
        drawn = node.layer.provenance.get("type") != "assumed"
        return drawn or self.whole
