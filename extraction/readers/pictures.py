"""Pictures in many pieces: a photograph with flat parts, a cuboid's faces, cells of a drawing are one thing each."""

from __future__ import annotations

from extraction.flow.model import BBox
from extraction.readers.nodes import is_number
from extraction.readers.primitives import Box, area, around, inside, overlap, touching

#: Pieces of a picture are no farther apart than this, in heights of a line.
APART = 0.25
#: Pieces cover so much of their picture, which covers no more than so much of the figure.
COVERED, MOST = 0.5, 0.3
#: Letters in pictures are short, or cut off.
SHORT = 2


def whole_pictures(boxes: list[Box], texts: list[tuple[str, BBox]], size: float, unit: float) -> list[Box]:
    """The boxes, those without words that touch and are not all upright rectangles made one; `size` is the figure's."""
    # A size may be printed on a picture.
    written = [bbox for text, bbox in texts if len(text) > SHORT and not is_number(text)]
    pieces = [box for box in boxes if _silent(box, boxes, written)]
    others = [box for box in boxes if not any(box is piece for piece in pieces)]
    result = list(others)
    for group in touching(pieces, APART * unit + 1):
        bbox = around([box.bbox for box in group])
        covered = sum(area(box.bbox) for box in group)
        alone = len(group) == 1 or all(box.shape == "rect" for box in group)
        if (
            alone
            or covered < COVERED * area(bbox)
            or area(bbox) > MOST * size
            or any(inside(text, bbox, 0.6) for text in written)
            or any(overlap(box.bbox, bbox) > 0.2 * area(box.bbox) for box in others)
        ):
            result += group
        else:
            result.append(Box(bbox, "other", filled=True, confidence=0.7))
    return result


def _silent(box: Box, boxes: list[Box], written: list[BBox]) -> bool:
    """Whether a box has no words, and holds no box that has."""
    return (
        not box.operator
        and box.shape not in ("circle", "volume")
        and not any(inside(text, box.bbox, 0.6) for text in written)
        and not any(other.operator and inside(other.bbox, box.bbox) for other in boxes)
    )
