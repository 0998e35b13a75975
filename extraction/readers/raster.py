"""Primitives from pixels: flat areas are boxes, letters come from the recogniser, what ink is left are wires."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import Area, even_pieces, find_areas, largest, paper_colour
from extraction.readers.blank_cells import with_blank_cells
from extraction.readers.block_arrows import find_block_arrows
from extraction.readers.corners import parted_at_boxes
from extraction.readers.crosses import find_crosses
from extraction.readers.dashes import without_dashes
from extraction.readers.ellipsis import ellipses_among
from extraction.readers.inks import by_colour
from extraction.readers.letterless import without_heads, without_letters, without_specks
from extraction.readers.letters import read_again
from extraction.readers.loops import find_loops, without_loops
from extraction.readers.measure import unit_of
from extraction.readers.photos import find_photos, is_drawn, is_legible
from extraction.readers.pictures import whole_pictures
from extraction.readers.primitives import (
    Box,
    Drawing,
    TextLine,
    area,
    centre,
    gap,
    height,
    inside,
    overlap,
    scaled_box,
    scaled_line,
    unique_boxes,
    width,
)
from extraction.readers.rims import erase, erase_circle, rim_of
from extraction.readers.shut_in import blank_boxes, closed_by_themselves, letters_insides, like_its_ground, not_between
from extraction.readers.signs import find_signs, may_be_sign, sign_on
from extraction.readers.solids import drawn_as_box, find_solids, is_flat
from extraction.readers.strips import with_strips
from extraction.readers.tails import read_tails, without_strokes
from extraction.readers.things import Things
from extraction.readers.traces import BETWEEN, trace_wires
from extraction.readers.volumes import find_volumes, on

Mask = NDArray[np.uint8]

#: Pixels that a line of text should be high while looking for boxes and wires.
TEXT_PIXELS = 22.0
#: Letters larger than this share of a picture are none.
LARGE = 0.3
CIRCLES = re.compile("[O0oQ]{4,}")
#: A white bar is so many times as high as wide.
BAR = 4.0
MAX_PIXELS = 4_000_000
#: Difference of colour, of 255, that tells ink from the ground.
INK = 40


def read_raster(
    image: Image, texts: list[TextLine], *, printed: bool = False, volumes: bool = False, solids: bool = False
) -> Drawing:
    """The primitives of a picture (height x width x 3, RGB) with its lines of text.

    `printed` where a PDF says the lines, which were recognised otherwise; `volumes` where it is a figure of cuboids and
    stacks, `solids` where such may stand among boxes and pictures.
    """
    tall, wide = image.shape[:2]
    if volumes:
        # Where there are no words, volumes and rows of circles are read as letters.
        small = LARGE * min(tall, wide)
        texts = [t for t in texts if min(width(t.bbox), height(t.bbox)) < small and not CIRCLES.fullmatch(t.text)]
    unit = unit_of(image, texts, flat=not volumes)
    if not printed:
        texts = without_heads(texts, image, unit)
    scale = min(3.0, max(1.0, TEXT_PIXELS / max(unit, 1.0)), math.sqrt(MAX_PIXELS / (tall * wide)))
    large = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    # Where letters are read again, what is found before is only where.
    sheet = _Sheet(large, unit * scale, [scaled_line(t, scale) for t in texts], volumes, solids and printed)
    boxes = sheet.boxes()
    plain = [
        box.bbox
        for box in boxes
        if box.shape != "circle" and not any(inside(b.bbox, box.bbox) and b is not box for b in boxes)
    ]
    again = sheet.texts if printed else read_again(large, sheet.texts, plain)
    if again != sheet.texts or (solids and not printed):
        sheet = _Sheet(large, unit * scale, again, volumes, solids)
        boxes = sheet.boxes()
    texts = [scaled_line(t, 1 / scale) for t in sheet.texts + sheet.ellipses(boxes) if not sheet.drawn(t)]
    # A frame is everywhere near what it holds.
    plain = [box.bbox for box in boxes if sum(inside(b.bbox, box.bbox) for b in boxes) <= 2]
    things = Things(plain, [text.bbox for text in sheet.texts], sheet.slanted(plain))
    inks = by_colour(sheet.wire_ink(boxes), sheet.image)
    boxes += [Box(loop) for loop in sheet.loops if not any(overlap(loop, box.bbox) > 0.8 * area(loop) for box in boxes)]
    wires = [arrow.wire(sheet.unit, 1 / scale) for arrow in sheet.arrows]
    wires += [wire for ink in inks for wire in trace_wires(ink, things, sheet.unit, 1 / scale)]
    drawing = Drawing(wide, tall, unit, texts=texts, wires=wires)
    drawing.boxes = [scaled_box(box, 1 / scale) for box in boxes]
    drawing.wires = without_strokes(drawing.wires, drawing.texts)
    if not volumes:
        drawing.wires = parted_at_boxes(drawing.wires, drawing.boxes, unit)
    if not printed:
        read_tails(drawing, image)
    signs = [box.bbox for box in drawing.boxes if box.operator]
    drawing.texts = [
        t for t in drawing.texts if not (len(t.text) <= 2 and any(inside(t.bbox, sign, 0.5) for sign in signs))
    ]
    return drawing


def _box_of(a: Area) -> Box:
    red, green, blue = (float(part) / 255 for part in a.colour)
    return Box(a.bbox, a.form, filled=a.filled, colour=(red, green, blue) if a.filled else None)


class _Sheet:
    """One picture on its way to primitives; everything in its own pixels."""

    def __init__(
        self, image: Image, unit: float, texts: list[TextLine], volumes: bool = False, solids: bool = False
    ) -> None:
        self.written = image
        self.image = without_letters(image, [t for t in texts if not may_be_sign(t)], unit)
        self.flat, self.solids = not volumes, solids
        self.frames: list[BBox] = []
        self.loops: list[BBox] = []
        self.undashed = self.image
        if self.flat:
            self.image, self.frames = without_dashes(self.image, [t.bbox for t in texts], unit)
        self.unit = unit
        self.texts = texts
        self.ground = paper_colour(image)
        self.areas: list[Area] = []
        self.photos: list[BBox] = []
        self.even = even_pieces(self.image)
        self.arrows = find_block_arrows(self.image, unit, self.even)
        self.volumes = find_volumes(self.image, unit, [t.bbox for t in texts]) if volumes else []
        self.volumes = [volume for volume in self.volumes if not self._of_arrow(volume.box.bbox)]

    def boxes(self) -> list[Box]:
        letters = [text.bbox for text in self.texts]
        areas = find_areas(self.image, self.unit, letters if self.flat else [], self.even)
        self.areas = letters_insides(areas, letters, self.written)
        if self.flat:
            self.areas = with_strips(self.image, self.areas, self.unit, self.ground)
        self.areas, vectors = with_blank_cells(self.areas, self.written, self.unit) if self.flat else (self.areas, [])
        written = [a.bbox for a in self.areas if a.form == "rect" and any(inside(t, a.bbox, 0.6) for t in letters)]
        photos = [Box(p, "other", filled=True, confidence=0.8) for p in find_photos(self.image, self.unit, written)]
        blank = vectors + (blank_boxes(self.areas, self.image, self.unit) if self.flat else [])
        may_be = [a for a in self.areas if self._may_be_box(a) or any(a is b for b in blank)]
        found = [_box_of(a) for a in may_be if not self._of_arrow(a.bbox)]
        found += self._signs(found)
        found += [Box(frame) for frame in self.frames]
        boxes = self._grown(not_between(closed_by_themselves(unique_boxes(found)), 0.3 * self.unit + 2))
        boxes = [box for box in boxes if not self._belongs_to_volume(box)]
        self.volumes = [volume for volume in self.volumes if not drawn_as_box(volume.box, boxes)]
        boxes += [volume.box for volume in self.volumes]
        legible = [t.bbox for t in self.texts if is_legible(t.bbox, self.image, self.unit)]
        photos = [p for p in photos if not is_drawn(p.bbox, boxes, legible, self.unit)]
        self.photos = [photo.bbox for photo in photos]
        self.arrows = [arrow for arrow in self.arrows if not any(inside(arrow.bbox, p) for p in self.photos)]
        boxes = [
            box
            for box in boxes
            if box.operator
            or not any(inside(box.bbox, p.bbox, 0.6) and area(box.bbox) < 0.9 * area(p.bbox) for p in photos)
        ]
        boxes += [p for p in photos if not any(overlap(box.bbox, p.bbox) > 0.6 * area(p.bbox) for box in boxes)]
        boxes = self._with_solids(boxes)
        boxes += self._pictures(boxes)
        if not self.flat:
            return boxes
        size = float(self.image.shape[0] * self.image.shape[1])
        return whole_pictures(boxes, [(text.text, text.bbox) for text in self.texts], size, self.unit)

    def _with_solids(self, boxes: list[Box]) -> list[Box]:
        """The boxes without the faces of volumes, and the volumes, where such are among them."""
        if not self.solids:
            return boxes
        found = find_solids(self.undashed, self.unit, self.texts, self.photos)
        self.volumes = [
            one
            for one in found
            if not (self._of_arrow(one.box.bbox) or drawn_as_box(one.box, boxes) or is_flat(one, boxes))
        ]
        return [box for box in boxes if not self._belongs_to_volume(box)] + [one.box for one in self.volumes]

    def slanted(self, boxes: list[BBox]) -> dict[BBox, NDArray[np.int32]]:
        """Those boxes that were drawn with slanted sides, with their outlines."""
        return {box: a.contour for box in boxes for a in self._areas_of(box) if self.flat and a.slanted}

    def drawn(self, text: TextLine) -> bool:
        """Whether a text is a part of a photograph, or edges of a volume that were read as a letter."""
        if self.solids and len(text.text.strip()) < 2 and any(inside(text.bbox, v.box.bbox) for v in self.volumes):
            return True
        return any(inside(text.bbox, photo, 0.6) for photo in self.photos) and not is_legible(
            text.bbox, self.image, self.unit
        )

    def ellipses(self, boxes: list[Box]) -> list[TextLine]:
        """Dots for what is left out, between the boxes."""
        held = [box.bbox for box in boxes if not any(inside(b.bbox, box.bbox) for b in boxes if b is not box)]
        taken = [text.bbox for text in self.texts] + self.photos + held
        return ellipses_among(self.image, self.unit, taken) if self.flat else []

    def _of_arrow(self, bbox: BBox) -> bool:
        """Whether something is a block arrow or a part of one."""
        rim = 0.3 * self.unit
        return any(
            inside(bbox, (x0 - rim, y0 - rim, x1 + rim, y1 + rim), 0.9)
            for x0, y0, x1, y1 in (arrow.bbox for arrow in self.arrows)
        )

    def _belongs_to_volume(self, box: Box) -> bool:
        """Whether a box is a face, a sheet or a sign of a filter of some volume, or what is seen of one behind it."""
        if box.operator:
            return False
        slim = min(width(box.bbox), height(box.bbox)) < self.unit and not any(
            inside(text.bbox, box.bbox, 0.6) and len(text.text) > 2 for text in self.texts
        )
        piece = box.shape == "other" and not any(inside(text.bbox, box.bbox, 0.6) for text in self.texts)
        for volume in self.volumes:
            if piece and area(box.bbox) < area(volume.box.bbox) and gap(box.bbox, volume.box.bbox) < 0.25 * self.unit:
                return True
            if on(box.bbox, volume) and not drawn_as_box(volume.box, [box]):
                return True
            if slim and overlap(box.bbox, volume.box.bbox) > 0.3 * area(box.bbox):
                return True
        return False

    def _grown(self, boxes: list[Box]) -> list[Box]:
        """Boxes with all of their outline and shadow: a side moves out as long as most of it is ink."""
        whole = self._ink(boxes)
        tall, wide = whole.shape
        reach = int(0.45 * self.unit) + 1
        result = []
        for box in boxes:
            x0, y0, x1, y1 = (round(v) for v in box.bbox)
            x0, y0, x1, y1 = max(0, x0), max(0, y0), min(wide - 1, x1), min(tall - 1, y1)
            if box.shape != "rect" or x1 - x0 < 4 or y1 - y0 < 4 or box.bbox in self.frames:
                result.append(box)
                continue
            # Sheets of a stack lie on one another: there the next one's outline is this one's, too.
            beside = [b.bbox for b in boxes if not self.volumes and _apart(box.bbox, b.bbox, reach)]
            ink = whole.copy() if beside else whole
            for other in beside:
                erase(ink, other, 0)  # what belongs to a neighbour is no outline
            limits = (max(0, x0 - reach), max(0, y0 - reach), min(wide - 1, x1 + reach), min(tall - 1, y1 + reach))
            mx, my = (x1 - x0) // 8, (y1 - y0) // 8
            rows, columns = slice(y0 + my, y1 - my + 1), slice(x0 + mx, x1 - mx + 1)
            while x0 > limits[0] and ink[rows, x0 - 1].mean() > 0.6:
                x0 -= 1
            while x1 < limits[2] and ink[rows, x1 + 1].mean() > 0.6:
                x1 += 1
            while y0 > limits[1] and ink[y0 - 1, columns].mean() > 0.6:
                y0 -= 1
            while y1 < limits[3] and ink[y1 + 1, columns].mean() > 0.6:
                y1 += 1
            result.append(replace(box, bbox=(x0, y0, x1, y1)))
        return result

    def _may_be_box(self, a: Area) -> bool:
        """Paper-white areas between lines are boxes only where something is written or drawn in them."""
        if a.form == "circle" or (a.filled and not (self.flat and like_its_ground(a, self.image, self.unit))):
            return True
        return any(inside(text.bbox, a.bbox, 0.6) for text in self.texts) or self._bar(a.bbox)

    def _bar(self, bbox: BBox) -> bool:
        """Whether something tall and slim stands beside volumes, on their level: a dense layer without a word in it."""
        if height(bbox) < max(BAR * width(bbox), 2 * self.unit) or width(bbox) < 0.3 * self.unit:
            return False
        middle = centre(bbox)
        level = [v for v in self.volumes if v.box.bbox[1] < middle[1] < v.box.bbox[3]]
        return len(level) > 1 and not any(v.box.bbox[0] < middle[0] < v.box.bbox[2] for v in self.volumes)

    def _signs(self, found: list[Box]) -> list[Box]:
        """Circles with a plus or a cross in them."""
        signs = find_signs(self.image, self.unit, self.even)
        signs += find_crosses(self.image, self.unit) if self.volumes else []
        circles = [box for box in found if box.shape == "circle" and width(box.bbox) < 4 * self.unit]
        return signs + [
            Box(box.bbox, "circle", kind, True)
            for box in circles
            if not any(overlap(box.bbox, sign.bbox) for sign in signs) and (kind := sign_on(self.image, box.bbox))
        ]

    def _local_ground(self, boxes: list[Box]) -> Image:
        """The picture with nothing drawn on it: the paper, and the colours of the frames that hold boxes."""
        ground = np.empty_like(self.image)
        cv2.rectangle(ground, (0, 0), ground.shape[1::-1], self.ground.astype(np.uint8).tolist(), -1)
        for a in sorted(self.areas, key=lambda a: -area(a.bbox)):
            if a.filled and any(inside(b.bbox, a.bbox) and area(b.bbox) < 0.5 * area(a.bbox) for b in boxes):
                cv2.drawContours(ground, [a.contour], -1, [float(v) for v in a.colour], -1)
        return ground

    def _ink(self, boxes: list[Box]) -> Mask:
        difference = np.asarray(cv2.absdiff(self.image, self._local_ground(boxes)))
        return np.asarray(largest(difference) > INK, dtype=np.uint8)

    def _pictures(self, boxes: list[Box]) -> list[Box]:
        """Photographs and drawings: large inked areas that are no flat boxes."""
        ink = self._ink(boxes)
        for box in boxes:
            erase(ink, box.bbox, 2)
        for text in self.texts:
            erase(ink, text.bbox, 0)
        for arrow in self.arrows:
            cv2.drawContours(ink, [arrow.contour], -1, 0, int(0.5 * self.unit) + 1)
            cv2.drawContours(ink, [arrow.contour], -1, 0, -1)
        close = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
        size = max(3, int(1.3 * self.unit)) | 1
        solid = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, close)
        solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (size, size)))
        count, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(solid, dtype=np.uint8))
        result = []
        for i in range(1, count):
            x, y, w, h, filled = (int(v) for v in stats[i])
            if min(w, h) > 2.2 * self.unit and filled > 0.6 * w * h:
                result.append(Box((x, y, x + w, y + h), "other", filled=True, confidence=0.7))
        return [
            p
            for p in result
            if not any(inside(b.bbox, p.bbox, 0.8) and area(b.bbox) > 0.3 * area(p.bbox) for b in boxes)
        ]

    def wire_ink(self, boxes: list[Box]) -> Mask:
        """What is left of the ink without boxes, frames and letters."""
        ink = self._ink(boxes)
        # Dashed frames are gone already.
        holding = [f for f in self.frames if any(inside(b.bbox, f) for b in boxes if b.bbox != f)]
        boxes = [box for box in boxes if box.bbox not in holding]
        frames = [box for box in boxes if sum(inside(b.bbox, box.bbox) for b in boxes) > 2]
        outlines = np.zeros_like(ink)
        for a in self.areas:
            if any(inside(a.bbox, frame.bbox, 0.95) and area(a.bbox) > 0.85 * area(frame.bbox) for frame in frames):
                cv2.drawContours(outlines, [a.contour], -1, 1, int(2 * a.edge + 2))
        ink[outlines > 0] = 0
        if frames:
            gap_ = 2 * int(max((a.edge for a in self.areas), default=2)) + 3
            kernel = np.ones((min(gap_, 9), min(gap_, 9)), np.uint8)
            ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)
        for arrow in self.arrows:
            cv2.drawContours(ink, [arrow.contour], -1, 0, -1)
            cv2.drawContours(ink, [arrow.contour], -1, 0, int(0.5 * self.unit) + 1)
        for box in boxes:
            if box not in frames:
                self._erase_box(ink, box)
        if self.flat:
            loops = find_loops(ink, [box.bbox for box in boxes], self.unit)
            self.loops = [loop.bbox for loop in loops]
            ink = without_loops(ink, loops, self.unit)
        return without_specks(ink, [text.bbox for text in self.texts], BETWEEN * self.unit, 0.15 * self.unit)

    def _areas_of(self, bbox: BBox) -> list[Area]:
        return [a for a in self.areas if inside(a.bbox, bbox, 0.95) and area(a.bbox) > 0.8 * area(bbox)]

    def _erase_box(self, ink: Mask, box: Box) -> None:
        drawn = self._areas_of(box.bbox)
        slanted = self.flat and any(a.slanted for a in drawn)
        if box.shape == "rect" and (not slanted or all(a.rounded for a in drawn)):
            erase(ink, box.bbox, 1)
            if not slanted:
                return
        x0, y0, x1, y1 = box.bbox
        if box.shape == "circle":
            if drawn and not box.operator:
                erase_circle(ink, drawn[0].contour, 0.45 * self.unit)
                return
            rim = 0.5 if box.operator else 2.0
            middle, half = centre(box.bbox), ((x1 - x0) / 2 + rim, (y1 - y0) / 2 + rim)
            cv2.ellipse(ink, (middle, (2 * half[0], 2 * half[1]), 0), 0, -1)
            return
        for volume in self.volumes:
            if volume.box == box:
                cv2.fillPoly(ink, [volume.hull], 0)
                cv2.polylines(ink, [volume.hull], True, 0, int(0.3 * self.unit) + 5)
                return
        for a in drawn:
            cv2.drawContours(ink, [a.contour], -1, 0, -1)
            # How wide the outline of a slanted form is, its upright box does not show.
            wider = max(0.5 * self.unit, 2.0 * rim_of(ink, a.contour, 0.45 * self.unit) + 3) if a.slanted else 0.0
            cv2.drawContours(ink, [a.contour], -1, 0, int(max(2 * a.edge + 3, wider)))
        if not drawn:
            erase(ink, box.bbox, 0.15 * self.unit if box.bbox in self.photos else 1)


def _apart(box: BBox, other: BBox, reach: float) -> bool:
    """Whether another box stands beside one, not around it nor in it, no farther away than a reach."""
    return gap(box, other) <= reach and overlap(box, other) < 0.3 * min(area(box), area(other))
