"""What lines may join: boxes and words, and whether a place is at one of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.readers.primitives import Point, distance, gap

#: What is farther from a slanted outline, in its upright box and in heights of a line, is in an empty corner.
CORNER = 0.5


@dataclass(frozen=True, slots=True)
class Things:
    """What lines may join."""

    boxes: list[BBox]
    texts: list[BBox]
    #: Of boxes with slanted sides what they are drawn as: nothing is in the corners of their upright boxes.
    hulls: dict[BBox, NDArray[np.int32]] = field(default_factory=dict)

    def around(self, box: BBox, reach: float) -> Things:
        """Those that come as close to a box."""
        boxes, texts = ([thing for thing in some if gap(thing, box) <= reach] for some in (self.boxes, self.texts))
        return Things(boxes, texts, self.hulls)

    def near(self, place: Point, reach: float, unit: float) -> bool:
        return self.at_box(place, reach, unit) or any(distance(place, text) <= reach for text in self.texts)

    def at_box(self, place: Point, reach: float, unit: float) -> bool:
        return any(distance(place, box) <= reach and self._drawn(box, place, unit) for box in self.boxes)

    def _drawn(self, box: BBox, place: Point, unit: float) -> bool:
        hull = self.hulls.get(box)
        return hull is None or cv2.pointPolygonTest(hull, place, True) > -CORNER * unit
