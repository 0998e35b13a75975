"""Cuboids and stacks in a figure of other things, too: what touches is one module, however many layers it hints at."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.faces import Face, find_faces
from extraction.readers.primitives import Box, TextLine, area, centre, encloses, gap, height, inside, overlap, width
from extraction.readers.remnants import Volume
from extraction.readers.volumes import find_volumes

#: A form of which one face covers so much is a flat box of that form.
ONE_FACE = 0.8
#: Longest side of the smallest, in heights of a line.
SMALLEST = 1.2
#: Volumes no farther apart than this touch, in heights of a line.
APART = 0.4
#: Sheets of one stack have one colour, but for so much, of 255.
OTHER = 60
#: A name stands no farther from its volume, in heights of a line.
CAPTION = 2.5
#: A text so much shorter than this is no label.
LETTERS = 2


def find_solids(image: Image, unit: float, texts: list[TextLine], photos: list[BBox]) -> list[Volume]:
    """The volumes among boxes and pictures of a picture without letters; `unit` is the height of a line of text."""
    words = [text.bbox for text in texts if len(text.text) > LETTERS]
    names = [text.bbox for text in texts if len(text.text) >= LETTERS]
    faces = [face for face in find_faces(image, unit) if face.whole or face.filled]
    found = []
    for volume in find_volumes(image, unit):
        bbox = volume.box.bbox
        if max(width(bbox), height(bbox)) < SMALLEST * unit or any(overlap(bbox, photo) > 0 for photo in photos):
            continue
        size = float(cv2.contourArea(volume.hull))
        if any(inside(face.bbox, bbox, 0.9) and face.covered > ONE_FACE * size for face in faces):
            continue
        if any(inside(word, bbox, 0.6) and encloses(volume.box.hull, centre(word)) for word in words):
            continue
        sheets = [face.colour for face in faces if _is_sheet(face) and inside(face.bbox, bbox, 0.9)]
        if any(float(np.abs(one - other).max()) > OTHER for one in sheets for other in sheets):
            continue
        found.append(volume)
    groups = _touching(_with_fronts(found, unit), names, unit)
    return [joined(group) for group in groups]


def _is_sheet(face: Face) -> bool:
    return face.filled and (face.front or face.hidden)


def _captioned(volume: Volume, words: list[BBox], unit: float) -> bool:
    """Whether a text stands right above or below a volume that is no wider than it."""
    x0, y0, x1, y1 = volume.box.bbox
    return any(
        x0 < centre(word)[0] < x1
        and width(word) < 1.2 * (x1 - x0)
        and max(y0 - word[3], word[1] - y1) < CAPTION * unit
        and not overlap(word, volume.box.bbox)
        for word in words
    )


def _with_fronts(volumes: list[Volume], unit: float) -> list[Volume]:
    """Without what touches a volume that shows its front, and shows none: the lines from its filter."""
    fronts = [volume for volume in volumes if volume.box.front]
    return [
        volume
        for volume in volumes
        if volume.box.front or not any(_close(volume, front, 0.5 * APART * unit) for front in fronts)
    ]


def joined(group: list[Volume]) -> Volume:
    """Several volumes as one."""
    if len(group) == 1:
        return group[0]
    largest = max(group, key=lambda volume: float(cv2.contourArea(volume.hull)))
    hull = np.asarray(cv2.convexHull(np.vstack([volume.hull for volume in group])), dtype=np.int32)
    points = tuple((float(x), float(y)) for x, y in hull.reshape(-1, 2))
    (x0, y0), (x1, y1) = hull.reshape(-1, 2).min(axis=0).tolist(), hull.reshape(-1, 2).max(axis=0).tolist()
    bbox = (x0 - 1.0, y0 - 1.0, x1 + 1.0, y1 + 1.0)
    return Volume(replace(largest.box, bbox=bbox, hull=points, front=None), hull)


def _touching(volumes: list[Volume], words: list[BBox], unit: float) -> list[list[Volume]]:
    """Volumes that touch, but for those that have names of their own."""
    apart = APART * unit
    groups: list[list[Volume]] = []
    for volume in volumes:
        named = _captioned(volume, words, unit)
        near = [
            group
            for group in groups
            if any(gap(volume.box.bbox, other.box.bbox) <= apart and _close(volume, other, apart) for other in group)
            and not (named and any(_captioned(other, words, unit) for other in group))
        ]
        groups = [group for group in groups if not any(group is other for other in near)]
        groups.append([volume, *(other for group in near for other in group)])
    return groups


def _close(one: Volume, other: Volume, apart: float) -> bool:
    """Whether outlines come near one another: the upright boxes of slanted forms may overlap without."""
    return any(
        cv2.pointPolygonTest(line.hull.astype(np.float32), (float(x), float(y)), True) > -apart
        for line, points in ((one, other), (other, one))
        for x, y in points.hull.reshape(-1, 2)
    )


def drawn_as_box(volume: Box, boxes: list[Box]) -> bool:
    """Whether what was taken for a volume is a circle or a sign that is known already."""
    return any(overlap(box.bbox, volume.bbox) > 0.7 * area(volume.bbox) for box in boxes if box.shape == "circle")


def is_flat(volume: Volume, boxes: list[Box]) -> bool:
    """Whether what was taken for a volume is a coloured rectangle that lines run into."""
    size = float(cv2.contourArea(volume.hull))
    rects = [box for box in boxes if box.shape == "rect" and box.filled]
    return any(overlap(box.bbox, volume.box.bbox) > 0.7 * max(size, area(box.bbox)) for box in rects)
