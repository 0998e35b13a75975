"""Small pictures of boxes without words, under them the marks of their parts in large letters."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from extraction.pdf.model import Image as Pixels
from extraction.readers.measure import unit_of
from extraction.readers.primitives import TextLine, inside
from extraction.readers.raster import read_raster

MARK = TextLine("(a)", (4, 76, 38, 106))
#: Boxes of 9 pixels, an upper, a middle and a lower way.
BOXES = [(x, y, x + 40, y + 9) for x in (100, 180, 260) for y in (20, 50, 80)]


def drawn(*, corners: bool = False) -> Pixels:
    picture = Image.new("RGB", (420, 110), "white")
    draw = ImageDraw.Draw(picture)
    for x0, y0, x1, y1 in BOXES:
        draw.rectangle((x0, y0, x1, y1), outline="black")
        draw.line((x1, y0 + 5, x1 + 40, y0 + 5), fill="black")
    for y in (20, 80) if corners else ():
        draw.line((60, 54, 100, y if y > 54 else y + 9), fill="black")
    draw.rectangle((40, 48, 60, 60), fill="violet")
    draw.rectangle((340, 48, 360, 60), fill="violet")
    draw.text((6, 78), "(a)", fill="black", font_size=24)
    return np.asarray(picture)


def test_marks_of_parts_are_no_measure_of_a_figure_whose_boxes_hold_no_words() -> None:
    assert 5 < unit_of(drawn(), [MARK]) < 12
    assert unit_of(drawn(), [MARK, TextLine("conv", (100, 20, 130, 40))]) > 15
    assert unit_of(np.full((110, 420, 3), 255, np.uint8), [MARK]) > 20


def test_small_white_boxes_are_found_though_arrows_begin_at_their_corners() -> None:
    found = [box.bbox for box in read_raster(drawn(corners=True), [MARK]).boxes]
    missing = [box for box in BOXES if not any(inside(box, b, 0.8) and inside(b, box, 0.5) for b in found)]
    assert missing == []
    assert len(found) == len(BOXES) + 2


def test_a_box_as_large_as_others_may_have_a_corner_at_which_a_line_goes_on() -> None:
    picture = Image.fromarray(drawn())
    ImageDraw.Draw(picture).line((220, 80, 240, 80), fill="black")
    found = [box.bbox for box in read_raster(np.asarray(picture), [MARK]).boxes]
    assert any(inside((180, 80, 220, 89), box, 0.8) and inside(box, (176, 76, 226, 94)) for box in found)
