"""What a simulated figure shows: its layers and connections, noted down while it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from extraction.flow.model import BBox, Connection, Flow, Layer


@dataclass(slots=True)
class Shown:
    """Layers and connections by the conventions of gold flows; boxes in pixels of the sheet that is drawn on."""

    layers: list[Layer] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    def layer(
        self,
        kind: str,
        bbox: BBox,
        label: str = "",
        after: tuple[str, ...] = (),
        *,
        params: dict[str, Any] | None = None,
        shape: tuple[int, ...] | None = None,
    ) -> str:
        """Note a layer of this type that follows those of the ids `after`; its own id."""
        name = f"l{len(self.layers) + 1}"
        self.layers.append(Layer(name, kind, label=label, params=params or {}, output_shape=shape, bbox=bbox))
        self.connections += [Connection(source, name) for source in after]
        return name

    def flow(self, kind: str, origin: tuple[float, float], scale: float, size: tuple[int, int]) -> Flow:
        """The flow in pixels of the finished picture: `origin` is cut off, then everything is scaled.

        `size` is the picture's width and height: nothing lies outside of it.
        """

        def moved(box: BBox) -> BBox:
            x0, y0, x1, y1 = (
                round(min(max(0.0, (value - origin[k % 2]) * scale), float(size[k % 2])), 1)
                for k, value in enumerate(box)
            )
            return x0, y0, x1, y1

        layers = tuple(replace(layer, bbox=moved(layer.bbox)) if layer.bbox else layer for layer in self.layers)
        return Flow(layers, tuple(self.connections), kind=kind)
