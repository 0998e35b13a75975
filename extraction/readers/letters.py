"""Letters from pixels: rapidocr, loaded at the first call."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.pdf.scanned import engine
from extraction.readers.marks import without_mark
from extraction.readers.primitives import TextLine, area, height, overlap, width

#: Small pictures are enlarged so that their longer side has this many pixels, for the letters to be large enough.
LONG_SIDE = 1400
MAX_SCALE = 3.0
MIN_SCORE = 0.5
#: What stands alone in a box that was found empty must be surer than that.
MIN_SCORE_ALONE = 0.8
#: The engine enlarges pictures until their shorter side has so many pixels; it takes boxes for words where letters
#: come out higher than this.
ENGINE_SIDE, HUGE = 736, 125
#: Difference from the ground, of 255, that makes ink; a gap this many times as wide as a line is high parts two texts,
#: or two numbers.
INK = 40
GAP, NUMBERS = 1.0, 0.4
#: What a recogniser makes of arrows and lines: alone it is no text, at the end of one it is cut off.
_STROKES = re.compile("[\u2190-\u21ff\u2012-\u2015|_<>~-]+")
#: What it makes of a filled box.
_BLOCKS = re.compile("[\u2580-\u259f\u25a0-\u25ab\u25fb-\u25fe ]+")
_FRINGE = re.compile(
    "^(?:[\u2012-\u2015-](?=[ A-Za-z])|[\u2012-\u2015_-]{2,}|[\u2190-\u21ff]+)[<>. ]*"
    "|[ <>.]*(?:[\u2012-\u2015_-]{2,}|[\u2190-\u21ff]+)$"
)
#: A line runs aslant whose height is so much less than that of its upright box.
SLANTED = 0.7
#: A lone letter lower than this, in heights of a line, is an arrow's head.
LOWEST = 0.55


def read_letters(image: Image) -> list[TextLine]:
    """All lines of text of a picture (height x width x 3, RGB), with boxes in its pixels."""
    scale = min(MAX_SCALE, max(1.0, LONG_SIDE / max(image.shape[:2])))
    large = image
    if scale > 1.05:
        large = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    else:
        scale = 1.0
    # The engine keeps what the last call set, so every call says all of it.
    result = engine()(cv2.cvtColor(large, cv2.COLOR_RGB2BGR), use_det=True, use_cls=False, use_rec=True)
    if result.boxes is None or result.txts is None:
        return []
    lines = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        tall_one = np.ptp(corners[:, 1]) > 1.6 * np.ptp(corners[:, 0])
        if (score < MIN_SCORE and not tall_one) or not text.strip():
            continue
        x0, y0 = (corners.min(axis=0) / scale).tolist()
        x1, y1 = (corners.max(axis=0) / scale).tolist()
        upright = y1 - y0 > 1.6 * (x1 - x0) and len(text.strip()) > 1
        thin = min(math.dist(corners[0], corners[1]), math.dist(corners[1], corners[2])) / scale
        slant = thin if thin < SLANTED * min(x1 - x0, y1 - y0) else 0.0
        line = TextLine(text.strip(), (x0, y0, x1, y1), 90 if upright else 0, float(score), slant)
        if upright:
            x0, y0, x1, y1 = (v * scale for v in (x0, y0, x1, y1))
            turned = _upright(large, (x0, y0, x1, y1))
            line = replace(turned, bbox=line.bbox) if turned else line
        if bare := _without_strokes(line):
            lines.append(bare)
    tall = float(np.median([t.tall for t in lines])) if lines else 0.0
    enlarged = ENGINE_SIDE / min(large.shape[:2])
    if enlarged > 1.05 and tall * scale * enlarged > HUGE:
        return read_letters(_padded(image, math.ceil(ENGINE_SIDE / scale)))
    return [without_mark(t, image) for t in lines if len(t.text) > 1 or height(t.bbox) > LOWEST * tall]


def _padded(image: Image, side: int) -> Image:
    """A picture with paper added below or beside it, so that its shorter side has a length."""
    below, right = (max(0, side - length) for length in image.shape[:2])
    paper = [int(v) for v in np.median(image.reshape(-1, 3), axis=0)]
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=paper), dtype=np.uint8)


def is_circles(text: str) -> bool:
    """Whether what was read is a row of circles: "OOOO", "Q0000"."""
    round_ = sum(letter in "oO0Q○〇()" for letter in text)
    return len(text) > 3 and round_ >= 0.8 * len(text) and not (text.isdigit() and set(text) != {"0"})


def _without_strokes(line: TextLine) -> TextLine | None:
    """A line without the dashes and arrows that were taken for its letters; `None` where nothing is left."""
    if (len(line.text) > 1 or line.text not in "-_<>~|") and _STROKES.fullmatch(line.text):
        return None
    if line.direction or not (found := _FRINGE.search(line.text)):
        return line
    x0, y0, x1, y1 = line.bbox
    letter = (x1 - x0) / len(line.text)
    start, end = (found.end(), len(line.text)) if found.start() == 0 else (0, found.start())
    text = line.text[start:end].strip()
    return replace(line, text=text, bbox=(x0 + letter * start, y0, x0 + letter * end, y1)) if text else None


def read_again(image: Image, lines: list[TextLine], boxes: list[BBox]) -> list[TextLine]:
    """Lines cut where they run over boxes' borders or wide gaps, and boxes read that were found empty.

    A finder of text takes what stands in neighbouring boxes for one line, arrows between them for dashes.
    """
    result = []
    for line in lines:
        parts = _parts(image, line, boxes)
        pieces = [line] if parts is None else [found for part in parts if (found := recognise(image, part))]
        result += [bare for piece in pieces if (bare := piece if parts is None else _without_strokes(piece))]
    tall = float(np.median([height(line.bbox) for line in lines])) if lines else 0.0
    for box in boxes:
        if (
            tall
            and height(box) > LOWEST * tall
            and not any(overlap(line.bbox, box) > 0.2 * area(line.bbox) for line in result)
        ):
            low = height(box) < 3 * tall and 0.7 * tall < width(box) < 14 * tall
            part = _within(box, tall) if low else _mark_in(image, box, tall)
            if part and (found := recognise(image, part)) and found.confidence > MIN_SCORE_ALONE:
                result.append(
                    found if low or found.text.isalnum() else replace(found, text=found.text.strip(" .,'-_|"))
                )
            elif 0.8 * tall < width(box) < 4 * tall and height(box) > 2 * width(box):
                turned = _upright(image, _within(box, tall))
                if turned and turned.confidence > MIN_SCORE_ALONE and len(turned.text) > 2:
                    result.append(turned)
    return [line for line in result if line.text and not _BLOCKS.fullmatch(line.text)]


def _parts(image: Image, line: TextLine, boxes: list[BBox]) -> list[BBox] | None:
    """The pieces of a line that runs over several boxes or gaps; `None` where it is one piece."""
    x0, y0, x1, y1 = line.bbox
    tall = y1 - y0
    if line.direction or x1 - x0 < 2.5 * tall:
        return None
    cuts: list[tuple[float, float]] = []
    for box in boxes:
        level = min(y1, box[3]) - max(y0, box[1])
        if level < 0.6 * tall or (box[0] < x0 + 0.3 * tall and box[2] > x1 - 0.3 * tall):
            continue
        if min(x1, box[2]) - max(x0, box[0]) > 0.4 * tall:
            cuts.append((box[0], box[2]))
    gaps = _gaps(image, line.bbox, NUMBERS if line.text.replace(" ", "").isdecimal() else GAP)
    if not cuts and not gaps:
        return None
    marks = sorted({x0, x1, *(min(max(x, x0), x1) for cut in cuts for x in cut)})
    pieces = []
    for left, right in pairwise(marks):
        for start, end in _between(left, right, gaps):
            if end - start > 0.35 * tall:
                pieces.append((start, y0, end, y1))
    return pieces if len(pieces) > 1 else None


def _gaps(image: Image, bbox: BBox, least: float) -> list[tuple[float, float]]:
    """Stretches without ink that are wider than spaces between words, `least` heights of a line."""
    x0, y0, x1, y1 = (int(v) for v in bbox)
    patch = image[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1].astype(np.int16)
    if patch.size == 0:
        return []
    ground = np.median(patch.reshape(-1, 3), axis=0)
    # Low ink (dots of an ellipsis, a line) is none; the two strokes of an equals sign are.
    ink = np.abs(patch - ground).max(axis=2) > INK
    top, bottom = ink.argmax(axis=0), ink.shape[0] - 1 - ink[::-1].argmax(axis=0)
    inked = ink.any(axis=0) & (bottom - top + 1 > 0.22 * (y1 - y0))
    found = []
    start = None
    for x, ink in enumerate([*inked.tolist(), True]):
        if not ink and start is None:
            start = x
        elif ink and start is not None:
            if x - start > least * (y1 - y0) and start > 0 and x < len(inked):
                found.append((float(x0 + start), float(x0 + x)))
            start = None
    return found


def _between(left: float, right: float, gaps: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What gaps leave of a stretch, with a little room."""
    pieces = []
    start = left
    for begin, end in gaps:
        if begin < right and end > left:
            pieces.append((start, begin + 2))
            start = end - 2
    pieces.append((start, right))
    return [(max(left, a), min(right, b)) for a, b in pieces if b > a]


def _mark_in(image: Image, box: BBox, tall: float) -> BBox | None:
    """The one thing drawn on a large box's even ground, if it has the height of a letter."""
    x0, y0, x1, y1 = (int(v) for v in box)
    inset = max(3, int(0.25 * tall))
    patch = image[max(0, y0 + inset) : y1 - inset, max(0, x0 + inset) : x1 - inset].astype(np.int16)
    if min(patch.shape[:2]) < 0.6 * tall or width(box) > 14 * tall or height(box) > 20 * tall:
        return None
    ground = np.median(patch.reshape(-1, 3), axis=0)
    ink = np.abs(patch - ground).max(axis=2) > INK
    if not 0 < ink.mean() < 0.4:
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])
    whole = top > 0 and left > 0 and bottom < ink.shape[0] - 1 and right < ink.shape[1] - 1
    if not whole or not 0.45 * tall < bottom - top + 1 < 1.7 * tall:
        return None
    room = 0.2 * tall
    x, y = max(0, x0 + inset), max(0, y0 + inset)
    return x + left - room, y + top - room, x + right + room, y + bottom + room


def _within(box: BBox, tall: float) -> BBox:
    inset = min(0.15 * tall, 0.1 * height(box))
    return box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset


def recognise_line(picture: Image) -> str:
    """The text of a picture that holds one line, black on white, about 30 pixels high."""
    result = engine()(picture, use_det=False, use_cls=False, use_rec=True)
    return str(result.txts[0]).strip() if result.txts else ""


def _upright(image: Image, part: BBox) -> TextLine | None:
    """The line of text in a part of the picture that is written upwards or downwards, whichever reads better."""
    x0, y0 = max(0, int(part[0])), max(0, int(part[1]))
    crop = image[y0 : int(part[3]) + 1, x0 : int(part[2]) + 1]
    found = []
    for turns, direction in ((-1, 90), (1, 270)):
        turned = np.ascontiguousarray(np.rot90(crop, turns))
        line = recognise(turned, (0, 0, turned.shape[1], turned.shape[0]))
        if line is not None:
            found.append(replace(line, bbox=part, direction=direction))
    return max(found, key=lambda line: line.confidence, default=None)


def recognise(image: Image, part: BBox) -> TextLine | None:
    """The one line of text in a part of the picture."""
    x0, y0 = max(0, int(part[0])), max(0, int(part[1]))
    crop = image[y0 : int(part[3]) + 1, x0 : int(part[2]) + 1]
    if min(crop.shape[:2]) < 5:
        return None
    room = max(2, crop.shape[0] // 5)
    framed = cv2.copyMakeBorder(crop, room, room, room, room, cv2.BORDER_REPLICATE)
    result = engine()(cv2.cvtColor(framed, cv2.COLOR_RGB2BGR), use_det=False, use_cls=False, use_rec=True)
    text = result.txts[0].strip() if result.txts else ""
    score = float(result.scores[0]) if result.txts else 0.0
    return TextLine(text, part, 0, score) if text and score >= MIN_SCORE else None
