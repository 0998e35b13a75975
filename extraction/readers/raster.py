"""Primitives from pixels: flat areas are boxes, letters come from the recogniser, what ink is left are wires."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.letters import read_letters
from extraction.readers.primitives import Box, Drawing, TextLine, area, centre, height, inside, unique_boxes, width
from extraction.readers.traces import trace_wires

Mask = NDArray[np.uint8]
Form = Literal["rect", "circle", "other"]

#: Pixels that a line of text should be high while looking for boxes and wires.
TEXT_PIXELS = 22.0
MAX_PIXELS = 4_000_000
#: Difference of colour, of 255, that makes an edge, and that tells ink from the ground.
EDGE = 22
INK = 40


def read_raster(image: Image, texts: list[TextLine] | None = None) -> Drawing:
    """The primitives of a picture (height x width x 3, RGB); `texts` where the letters are known already."""
    texts = read_letters(image) if texts is None else texts
    tall, wide = image.shape[:2]
    heights = [min(width(t.bbox), height(t.bbox)) * 0.8 for t in texts]
    unit = float(median(heights)) if heights else 0.02 * math.hypot(tall, wide)
    scale = min(3.0, max(1.0, TEXT_PIXELS / max(unit, 1.0)), math.sqrt(MAX_PIXELS / (tall * wide)))
    large = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    sheet = _Sheet(large, unit * scale, [_scaled_line(t, scale) for t in texts])
    boxes = sheet.boxes()
    wires = trace_wires(sheet.wire_ink(boxes), boxes, sheet.texts, sheet.unit, 1 / scale)
    drawing = Drawing(wide, tall, unit, texts=texts, wires=wires)
    drawing.boxes = [
        Box(_scaled(box.bbox, 1 / scale), box.shape, box.operator, box.filled, box.confidence) for box in boxes
    ]
    signs = [box.bbox for box in drawing.boxes if box.operator]
    drawing.texts = [t for t in texts if not (len(t.text) <= 2 and any(inside(t.bbox, sign, 0.5) for sign in signs))]
    return drawing


def _scaled(bbox: BBox, factor: float) -> BBox:
    return bbox[0] * factor, bbox[1] * factor, bbox[2] * factor, bbox[3] * factor


def _scaled_line(line: TextLine, factor: float) -> TextLine:
    return TextLine(line.text, _scaled(line.bbox, factor), line.direction, line.confidence)


@dataclass(frozen=True, slots=True)
class _Area:
    """A flat area, with the size it has when its holes are filled."""

    bbox: BBox
    shape: Form
    contour: NDArray[np.int32]
    colour: NDArray[np.float64]
    edge: float


class _Sheet:
    """One picture on its way to primitives; everything in its own pixels."""

    def __init__(self, image: Image, unit: float, texts: list[TextLine]) -> None:
        self.image = image
        self.unit = unit
        self.texts = texts
        self.ground = _ground(image)
        self.areas: list[_Area] = []

    def boxes(self) -> list[Box]:
        self.areas = self._areas()
        found = [Box(a.bbox, a.shape, filled=self._differs(a)) for a in self.areas if self._may_be_box(a)]
        found += self._signs(found)
        boxes = unique_boxes(found)
        return boxes + self._pictures(boxes)

    def _differs(self, area_: _Area) -> bool:
        return bool(np.abs(area_.colour - self.ground).max() > 12)

    def _may_be_box(self, a: _Area) -> bool:
        """Paper-white areas between lines are boxes only where something is written or drawn in them."""
        if self._differs(a) or a.shape == "circle":
            return min(width(a.bbox), height(a.bbox)) > 0.45 * self.unit
        return any(inside(text.bbox, a.bbox, 0.6) for text in self.texts)

    def _areas(self) -> list[_Area]:
        """Flat areas of about rectangular or round form."""
        tall, wide = self.image.shape[:2]
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
        edges = cv2.morphologyEx(self.image, cv2.MORPH_GRADIENT, kernel).max(axis=2)
        flat = (edges < EDGE).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
        smallest = (0.5 * self.unit) ** 2
        result = []
        for i in range(1, count):
            x, y, w, h, size = (int(v) for v in stats[i])
            if size < smallest or min(w, h) < 0.35 * self.unit or w * h > 0.9 * tall * wide:
                continue
            part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
            # Narrow leaks (a gap in an outline, a wire's own inside) are cut off.
            contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            contour = max(contours, key=cv2.contourArea)
            form = _form(contour, w, h)
            if form is None:
                continue
            colour = np.median(self.image[y : y + h, x : x + w][part > 0], axis=0)
            edge = self._outline(x, y, w, h, form)
            bbox = (x - edge, y - edge, x + w + edge, y + h + edge)
            shifted = np.asarray(contour + np.array([x, y]), dtype=np.int32)
            result.append(_Area(bbox, form, shifted, colour, edge))
        return result

    def _outline(self, x: int, y: int, w: int, h: int, form: Form) -> float:
        """Width of the outline round an area: how far it is to the next even colour, at the middle of the sides."""
        reach = int(max(4, 0.45 * self.unit))
        tall, wide = self.image.shape[:2]
        widths = []
        for part in (0.3, 0.5, 0.7) if form == "rect" else (0.5,):
            cx, cy = int(x + part * w), int(y + part * h)
            for px, py, dx, dy in ((cx, y, 0, -1), (cx, y + h - 1, 0, 1), (x, cy, -1, 0), (x + w - 1, cy, 1, 0)):
                ray = [
                    self.image[py + k * dy, px + k * dx].astype(int)
                    for k in range(reach + 2)
                    if 0 <= py + k * dy < tall and 0 <= px + k * dx < wide
                ]
                steps = [int(np.abs(a - b).max()) for a, b in zip(ray, ray[1:], strict=False)]
                last = max((k for k, step in enumerate(steps) if step > EDGE // 2), default=0)
                first = next((k for k, step in enumerate(steps) if step > EDGE // 2), 0)
                # Two slopes: into the outline and out of it; one alone is the border of a fill.
                widths.append(last + 1 if last - first < reach - 2 else first + 2)
        return float(np.median(widths)) if widths else 2.0

    def _signs(self, found: list[Box]) -> list[Box]:
        """Circles with a plus or a cross in them: four equal parts of a disc, or a disc with the sign on it."""
        tall, wide = self.image.shape[:2]
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
        edges = cv2.morphologyEx(self.image, cv2.MORPH_GRADIENT, kernel).max(axis=2)
        count, labels, stats, middles = cv2.connectedComponentsWithStats(
            (edges < EDGE).astype(np.uint8), connectivity=4
        )
        small = [
            i
            for i in range(1, count)
            if 6 <= stats[i][4] and max(stats[i][2], stats[i][3]) < 1.6 * self.unit and stats[i][4] < 2 * self.unit**2
        ]
        signs: list[Box] = []
        for i in small:
            x, y = middles[i]
            near = [
                j
                for j in small
                if abs(middles[j][0] - x) < 1.7 * self.unit
                and abs(middles[j][1] - y) < 1.7 * self.unit
                and 0.5 < stats[j][4] / stats[i][4] < 2
            ]
            if not 4 <= len(near) <= 8:
                continue
            for sign in ("Add", "Multiply"):
                group = _quarters(i, near, middles, stats, sign, self.unit)
                if group is None:
                    continue
                x0 = min(stats[j][0] for j in group)
                y0 = min(stats[j][1] for j in group)
                x1 = max(stats[j][0] + stats[j][2] for j in group)
                y1 = max(stats[j][1] + stats[j][3] for j in group)
                mask = np.isin(labels[y0:y1, x0:x1], list(group)).astype(np.uint8)
                points = cv2.findNonZero(mask)
                hull = cv2.convexHull(points)
                _, radius = cv2.minEnclosingCircle(hull)
                if cv2.contourArea(hull) > 0.86 * math.pi * radius**2 and 0.8 < (x1 - x0) / (y1 - y0) < 1.25:
                    grow = 0.1 * (x1 - x0) + 1
                    signs.append(Box((x0 - grow, y0 - grow, x1 + grow, y1 + grow), "circle", sign, True))
        for box in found:
            if box.shape == "circle" and width(box.bbox) < 4 * self.unit and (kind := self._sign_on(box)):
                signs.append(Box(box.bbox, "circle", kind, True))
        return signs

    def _sign_on(self, box: Box) -> str:
        """The sign in a circle by where ink lies on its axes and diagonals."""
        cx, cy = centre(box.bbox)
        radius = min(width(box.bbox), height(box.bbox)) / 2
        x0, y0, x1, y1 = (int(max(0, v)) for v in box.bbox)
        patch = self.image[y0:y1, x0:x1].astype(int)
        if patch.size == 0:
            return ""
        fill = np.median(patch[int(0.15 * len(patch)) : int(0.85 * len(patch))].reshape(-1, 3), axis=0)

        def inked(degrees: float) -> bool:
            hits = 0
            for share in (0.2, 0.3, 0.4):
                px = int(cx + share * radius * math.cos(math.radians(degrees)))
                py = int(cy + share * radius * math.sin(math.radians(degrees)))
                window = self.image[max(0, py - 1) : py + 2, max(0, px - 1) : px + 2].astype(int)
                hits += bool(window.size and np.abs(window - fill).max(axis=2).max() > INK)
            return hits >= 2

        axes = sum(inked(d) for d in (0, 90, 180, 270))
        diagonals = sum(inked(d) for d in (45, 135, 225, 315))
        if axes == 4 and diagonals <= 1:
            return "Add"
        if diagonals == 4 and axes <= 1:
            return "Multiply"
        return ""

    def _local_ground(self, boxes: list[Box]) -> Image:
        """The picture with nothing drawn on it: the paper, and the colours of the frames that hold boxes."""
        ground = np.empty_like(self.image)
        ground[:] = self.ground.astype(np.uint8)
        for a in sorted(self.areas, key=lambda a: -area(a.bbox)):
            if self._differs(a) and any(inside(b.bbox, a.bbox) and area(b.bbox) < 0.5 * area(a.bbox) for b in boxes):
                cv2.drawContours(ground, [a.contour], -1, [float(v) for v in a.colour], -1)
        return ground

    def _ink(self, boxes: list[Box]) -> Mask:
        difference = np.abs(self.image.astype(np.int16) - self._local_ground(boxes).astype(np.int16)).max(axis=2)
        return (difference > INK).astype(np.uint8)

    def _pictures(self, boxes: list[Box]) -> list[Box]:
        """Photographs and drawings: large inked areas that are no flat boxes."""
        ink = self._ink(boxes)
        for box in boxes:
            _erase(ink, box.bbox, 2)
        for text in self.texts:
            _erase(ink, text.bbox, 0)
        close = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
        size = max(3, int(1.3 * self.unit)) | 1
        solid = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, close)
        solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (size, size)))
        count, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(solid, dtype=np.uint8))
        result = []
        for i in range(1, count):
            x, y, w, h, filled = (int(v) for v in stats[i])
            if min(w, h) > 1.8 * self.unit and filled > 0.6 * w * h:
                result.append(Box((x, y, x + w, y + h), "other", filled=True, confidence=0.7))
        return [
            p
            for p in result
            if not any(inside(b.bbox, p.bbox, 0.8) and area(b.bbox) > 0.3 * area(p.bbox) for b in boxes)
        ]

    def wire_ink(self, boxes: list[Box]) -> Mask:
        """What is left of the ink without boxes, frames and letters."""
        ink = self._ink(boxes)
        frames = [box for box in boxes if sum(inside(b.bbox, box.bbox) for b in boxes) > 2]
        outlines = np.zeros_like(ink)
        for a in self.areas:
            if any(a.bbox == frame.bbox for frame in frames):
                cv2.drawContours(outlines, [a.contour], -1, 1, int(2 * a.edge + 2))
        ink[outlines > 0] = 0
        for box in boxes:
            if box not in frames:
                _erase(ink, box.bbox, 1)
        if frames:
            gap_ = 2 * int(max((a.edge for a in self.areas), default=2)) + 3
            ink = np.asarray(
                cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((min(gap_, 9), min(gap_, 9)), np.uint8)), dtype=np.uint8
            )
            for box in boxes:
                if box not in frames:
                    _erase(ink, box.bbox, 1)
        return self._without_letters(ink)

    def _without_letters(self, ink: Mask) -> Mask:
        count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
        gone = np.zeros(count, dtype=bool)
        for i in range(1, count):
            x, y, w, h, _size = (int(v) for v in stats[i])
            if max(w, h) < 0.45 * self.unit:
                gone[i] = True
                continue
            piece = (x, y, x + w, y + h)
            grown = 0.15 * self.unit
            gone[i] = any(
                inside(piece, (t.bbox[0] - grown, t.bbox[1] - grown, t.bbox[2] + grown, t.bbox[3] + grown), 0.9)
                for t in self.texts
            )
        ink = ink.copy()
        ink[gone[labels]] = 0
        return ink


def _erase(mask: Mask, bbox: BBox, margin: float) -> None:
    x0, y0 = max(0, int(bbox[0] - margin)), max(0, int(bbox[1] - margin))
    mask[y0 : int(bbox[3] + margin) + 1, x0 : int(bbox[2] + margin) + 1] = 0


def _ground(image: Image) -> NDArray[np.float64]:
    """The colour of the paper: the one that most pixels have."""
    coarse = (image[::2, ::2] // 16).reshape(-1, 3).astype(np.int32)
    keys = coarse[:, 0] * 256 + coarse[:, 1] * 16 + coarse[:, 2]
    common = int(np.bincount(keys).argmax())
    return np.asarray(np.median(image[::2, ::2].reshape(-1, 3)[keys == common], axis=0), dtype=np.float64)


def _form(contour: NDArray[np.int32], w: int, h: int) -> Form | None:
    """What an area's outer border looks like; `None` for none of a box's forms."""
    covered = cv2.contourArea(contour) + 0.5 * len(contour)
    share = covered / max(w * h, 1)
    hull = cv2.contourArea(cv2.convexHull(contour)) + 0.5 * len(contour)
    solid = covered / max(hull, 1)
    _, radius = cv2.minEnclosingCircle(contour)
    if share < 0.86 and solid > 0.92 and covered > 0.85 * math.pi * radius**2:
        return "circle"
    if share > 0.84 and solid > 0.9:
        return "rect"
    if share > 0.45 and solid > 0.93:
        return "other"
    return None


def _quarters(
    i: int, near: list[int], middles: NDArray[np.float64], stats: NDArray[np.int32], sign: str, unit: float
) -> set[int] | None:
    """Four parts round a middle, of which part i is the first: upper left of a plus, upper of a cross."""
    w, h = float(stats[i][2]), float(stats[i][3])
    x, y = middles[i]
    far = 0.0
    group = {i}
    if sign == "Add":
        steps = [(1, 0), (0, 1), (1, 1)]
        far = max(w, h) * 1.2
    else:
        steps = [(0.5, 0.5), (-0.5, 0.5), (0, 1)]
        far = max(w, h) * 1.1
    for sx, sy in steps:
        best = min(near, key=lambda j: math.hypot(middles[j][0] - x - sx * far, middles[j][1] - y - sy * far))
        if math.hypot(middles[best][0] - x - sx * far, middles[best][1] - y - sy * far) > 0.35 * far + 1:
            return None
        group.add(best)
    return group if len(group) == 4 else None
