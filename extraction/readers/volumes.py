"""Cuboids and stacks of sheets: flat faces that together are one drawn volume.

A cuboid is a front with the slanted faces that touch it; a stack is sheets of one size, each moved by the same step,
of which those behind show only an edge. Faces come from pixels, so that figures of lines and pictures are read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import FILLED, paper_colour
from extraction.readers.crowds import COVERED, share, with_slabs
from extraction.readers.faces import Contour, Face, common_colour, corners_of, find_faces, parallel, with_fronts
from extraction.readers.outlines import rectangles
from extraction.readers.primitives import Box, Point, area, around, centre, gap, height, inside, overlap, width
from extraction.readers.remnants import Volume, a_head, behind_others, crumb, outermost, paper_between
from extraction.readers.silhouettes import LEVEL, silhouettes
from extraction.readers.slabs import Slab, find_slabs

#: Faces that are as large as their hull are whole; pieces that a thin line cut make one whole face again.
WHOLE = 0.95
#: Sheets of one stack differ in size by no more than this share.
SAME_SIZE = 0.15
#: A slab's front is so many times as high as wide.
SLAB = 2.0
#: What is so many times longer than wide is a strip.
STRIP = 3.0
#: Share of a front's side along which a slanted face begins there; the rest may be hidden.
EDGE = 0.4
#: A figure with so many stacks is one of stacks; sheets that share no more with a volume stand apart; none is smaller
#: than so many heights of a line.
STACKS, APART, LARGE = 2, 0.1, 2.5
#: More flat areas than this are a photograph's.
MOST_FACES = 400


def find_volumes(image: Image, unit: float, letters: Sequence[BBox] = ()) -> list[Volume]:
    """The volumes of a picture without letters, which stood at `letters`; `unit` is the height of a line of text in
    pixels."""
    faces = find_faces(image, unit)
    if len(faces) > MOST_FACES:
        return []
    sheets = rectangles(image, unit)
    faces = with_fronts(faces, sheets, image)
    whole = [face.points for face in faces if face.whole]
    found, crowded = silhouettes(image, unit, whole, [face.bbox for face in faces if face.front])
    outlines, covered = with_slabs(found, find_slabs(image, unit), crowded)
    paper = paper_colour(image)
    volumes = [_of_slab(hull, slab, image, paper) if slab else _of_hull(hull, image, paper) for hull, slab in outlines]
    crowded[covered > 0] = 0
    faces = [face for face in faces if crowded[_middle(face)[1], _middle(face)[0]]]
    touching = _of_faces(faces, unit)
    fronts = [one for one in volumes if one.box.front]
    touching = [one for one in touching if share(covered, one.hull) < COVERED and not behind_others(one, fronts, unit)]
    volumes = outermost([one for one in volumes if not behind_others(one, touching, unit)] + touching)
    left_over = (a_head, crumb, paper_between)
    volumes = [volume for volume in volumes if not any(is_left(volume, volumes, unit) for is_left in left_over)]
    blank = [sheet for sheet in sheets if not any(inside(text, sheet[0], 0.6) for text in letters)]
    return volumes + _alone(blank, volumes, image, unit, paper)


def _alone(
    sheets: list[tuple[BBox, BBox | None]], volumes: list[Volume], image: Image, unit: float, paper: NDArray[np.float64]
) -> list[Volume]:
    """Front sheets where no volume was found, in a figure of stacks: one sheet is a stack, too, and lines from a filter
    to the next stack may cross all that is seen of one."""
    if sum(behind is not None for _, behind in sheets) < STACKS:
        return []
    found: list[Volume] = []
    for front, behind in sorted(sheets, key=lambda sheet: -area(sheet[0])):
        if min(width(front), height(front)) < LARGE * unit:
            continue
        bbox = around([front, behind]) if behind else front
        if any(overlap(bbox, other.box.bbox) > APART * area(bbox) for other in (*volumes, *found)):
            continue
        x0, y0, x1, y1 = bbox
        hull = np.array([[(x0, y0)], [(x1, y0)], [(x1, y1)], [(x0, y1)]]).round().astype(np.int32)
        found.append(_of_hull(hull, image, paper))
    return found


def _of_slab(hull: Contour, slab: Slab, image: Image, paper: NDArray[np.float64]) -> Volume:
    volume = _of_hull(hull, image, paper)
    x0, y0, x1, y1 = (round(value) for value in slab.front)
    pixels = image[y0 + 2 : y1 - 1, x0 + 2 : x1 - 1].reshape(-1, 3)
    colour = common_colour(pixels) if len(pixels) else tuple(paper)
    filled = float(np.abs(np.asarray(colour) - paper).max()) > FILLED
    shares = (colour[0] / 255, colour[1] / 255, colour[2] / 255) if filled else None
    return replace(volume, box=replace(volume.box, filled=filled, colour=shares, front=slab.front))


def _middle(face: Face) -> tuple[int, int]:
    x, y = centre(face.bbox)
    return int(x), int(y)


def _of_hull(hull: Contour, image: Image, paper: NDArray[np.float64]) -> Volume:
    """A volume by its outline; its colour is the one that most of it has."""
    x, y, w, h = cv2.boundingRect(hull)
    mask = np.zeros((h, w), np.uint8)
    cv2.fillPoly(mask, [hull - np.array([x, y])], 1)
    pixels = image[y : y + h, x : x + w][mask > 0]
    tinted = pixels[np.abs(pixels.astype(np.float64) - paper).max(axis=1) > FILLED]
    colour = None
    if len(tinted) > 0.3 * len(pixels):
        common = common_colour(tinted)
        colour = (common[0] / 255, common[1] / 255, common[2] / 255)
    bbox = (x - 1.0, y - 1.0, x + w + 1.0, y + h + 1.0)
    return Volume(Box(bbox, "volume", filled=colour is not None, colour=colour, hull=_points(hull)), hull)


def _points(hull: Contour) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in hull.reshape(-1, 2))


def _of_faces(faces: list[Face], unit: float) -> list[Volume]:
    """Volumes that touch one another, told apart by their faces."""
    near = 0.22 * unit + 3
    groups = _merged([[face] for face in faces], lambda a, b: _pieces(a, b, near))
    faces = [_joined(group) for group in groups]
    groups = _merged([[face] for face in faces], _sheets)
    groups = _merged(groups, lambda a, b: _leaves(a, b, near))
    groups = _with_strips(groups, near)
    groups = _with_sides(groups, near)
    groups = _merged(groups, lambda a, b: _slanted(a, b, near))
    return [_volume(group) for group in groups if _is_volume(group, unit) or _in_a_row(group, groups, unit)]


def _in_a_row(group: list[Face], groups: list[list[Face]], unit: float) -> bool:
    """Whether a lone tall front is the edge of a slab: beside it stands another front, just as high."""
    face = group[0]
    if len(group) > 1 or not face.front or height(face.bbox) < max(SLAB * width(face.bbox), unit):
        return False
    slack = LEVEL * height(face.bbox) + 1.5
    return any(
        other is not group
        and any(
            front.front
            and abs(front.bbox[1] - face.bbox[1]) < slack
            and abs(front.bbox[3] - face.bbox[3]) < slack
            and 0.22 * unit + 3 < gap(front.bbox, face.bbox) < 2 * unit
            for front in other
        )
        for other in groups
    )


def _merged(groups: list[list[Face]], fits: Callable[[list[Face], list[Face]], bool]) -> list[list[Face]]:
    """Join groups as long as two of them fit; each pair is asked again when one of the two has grown."""
    result: list[list[Face]] = []
    waiting = list(groups)
    while waiting:
        group = waiting.pop()
        other = next((k for k, old in enumerate(result) if fits(group, old)), None)
        if other is None:
            result.append(group)
        else:
            waiting.append(group + result.pop(other))
    return result


def _bbox(group: list[Face]) -> BBox:
    return around([face.bbox for face in group])


def _solid(faces: list[Face], near: float) -> float:
    """Which share of their common hull faces cover, the thin lines between them counted as covered."""
    hull = cv2.convexHull(np.vstack([face.points for face in faces]))
    between = 0.25 * near * sum(len(face.points) for face in faces)
    return min(1.0, (sum(face.covered for face in faces) + between) / max(cv2.contourArea(hull), 1.0))


def _touch(a: Face, b: Face, near: float) -> bool:
    if gap(a.bbox, b.bbox) > near:
        return False
    few = b.points[:: max(1, len(b.points) // 60)].astype(float)
    many = a.points[:: max(1, len(a.points) // 200)].astype(float)
    away = np.hypot(few[:, None, 0] - many[None, :, 0], few[:, None, 1] - many[None, :, 1]).min(axis=1)
    return int((away <= near + len(a.points) / 200).sum()) >= 3


def _pieces(a: list[Face], b: list[Face], near: float) -> bool:
    """Parts of one face that a line cuts."""
    if any(face.hidden for face in a + b) or all(face.whole for face in a + b):
        return False
    if float(np.abs(a[0].colour - b[0].colour).max()) > 12 or gap(_bbox(a), _bbox(b)) > near:
        return False
    return _solid(a + b, 0.5 * near) > WHOLE and any(_touch(x, y, near) for x in a for y in b)


def _joined(group: list[Face]) -> Face:
    if len(group) == 1:
        return group[0]
    hull = np.asarray(cv2.convexHull(np.vstack([face.points for face in group])), dtype=np.int32)
    covered = float(cv2.contourArea(hull))
    bbox = _bbox(group)
    largest = max(group, key=lambda face: face.covered)
    drawn = np.zeros((int(height(bbox)) + 1, int(width(bbox)) + 1), np.uint8)
    cv2.polylines(drawn, [hull - np.array([int(bbox[0]), int(bbox[1])])], True, 1)
    ys, xs = np.nonzero(drawn)
    points = np.column_stack((xs + int(bbox[0]), ys + int(bbox[1]))).astype(np.int32)
    front = covered > 0.9 * area(bbox)
    return Face(points, bbox, largest.colour, largest.filled, front, False, True, covered)


def _sheets(a: list[Face], b: list[Face]) -> bool:
    """Sheets of one size that lie behind one another, moved sideways and up or down."""
    return any(_behind(x, y) for x in a for y in b)


def _leaves(a: list[Face], b: list[Face], near: float) -> bool:
    """White strips on one level that touch: edges of sheets that are seen from the side."""
    return any(
        x.front
        and y.front
        and not (x.filled or y.filled)
        and min(height(x.bbox) / width(x.bbox), height(y.bbox) / width(y.bbox)) > STRIP
        and max(abs(x.bbox[1] - y.bbox[1]), abs(x.bbox[3] - y.bbox[3])) < LEVEL * height(x.bbox) + 1.5
        and gap(x.bbox, y.bbox) <= near
        for x in a
        for y in b
    )


def _with_strips(groups: list[list[Face]], near: float) -> list[list[Face]]:
    """Give front sheets what is seen of those behind them, however lines cut that: strips along two of their sides."""
    waiting = [group for group in groups if all(face.front or face.hidden for face in group)]
    result = [group for group in groups if group not in waiting]
    waiting.sort(key=lambda group: -max(area(face.bbox) for face in group))
    while waiting:
        group = waiting.pop(0)
        front = max((face.bbox for face in group), key=area)
        room = (0.6 * width(front), 0.6 * height(front))
        grown = list(group)
        for other in _strips(waiting, front, room):
            if any(_touch(x, y, near) for x in grown for y in other):
                grown += other
        whole = _bbox(grown)
        if width(whole) > width(front) + 2 and height(whole) > height(front) + 2:
            waiting = [other for other in waiting if not any(face in grown for face in other)]
            group = grown
        result.append(group)
    return result


def _strips(groups: list[list[Face]], front: BBox, room: tuple[float, float]) -> list[list[Face]]:
    """What is slim beside a front and lies close to it, the nearest first."""
    if STRIP * min(width(front), height(front)) < max(width(front), height(front)):
        return []
    reach = (front[0] - room[0], front[1] - room[1], front[2] + room[0], front[3] + room[1])
    slim = [
        group
        for group in groups
        if inside(_bbox(group), reach, 0.99)
        and not inside(_bbox(group), front, 0.5)
        and all(
            face.hidden or min(width(face.bbox) / width(front), height(face.bbox) / height(front)) < 1 / STRIP
            for face in group
        )
    ]
    return sorted(slim, key=lambda group: gap(_bbox(group), front))


def _behind(a: Face, b: Face) -> bool:
    if not all(face.hidden or face.front for face in (a, b)):
        return False
    wide, tall = max(width(a.bbox), width(b.bbox)), max(height(a.bbox), height(b.bbox))
    if abs(width(a.bbox) - width(b.bbox)) > SAME_SIZE * wide + 2:
        return False
    if abs(height(a.bbox) - height(b.bbox)) > SAME_SIZE * tall + 2:
        return False
    dx, dy = abs(a.bbox[0] - b.bbox[0]), abs(a.bbox[1] - b.bbox[1])
    if a.hidden or b.hidden:
        return overlap(a.bbox, b.bbox) > 0.05 * wide * tall and dx > 1 and dy > 1
    # Small sheets in a long row touch at their corners alone.
    return a.filled and b.filled and 0.3 * wide < dx < 1.15 * wide and 0.3 * tall < dy < 1.15 * tall


def _with_sides(groups: list[list[Face]], near: float) -> list[list[Face]]:
    """Give fronts the slanted faces that begin at one of their sides.

    Slanted faces that only touch what has a front are what is seen of a volume behind it: they make none of their own.
    """
    fronts = [group for group in groups if any(face.front or face.hidden for face in group)]
    slanted = [group for group in groups if not any(face.front or face.hidden for face in group)]
    wishes: list[tuple[int, str, int, float]] = []
    for s, group in enumerate(slanted):
        for f, front in enumerate(fronts):
            if found := _along(group, max(front, key=lambda face: area(face.bbox)).bbox, near):
                wishes.append((s, found[0], f, found[1]))
    # Light and depth fall the same way on all volumes of a figure.
    votes = {side: sum(wish[1] == side for wish in wishes) for side in ("left", "right", "above", "below")}
    given: dict[int, int] = {}
    for s, _, f, _ in sorted(wishes, key=lambda wish: (-votes[wish[1]], -wish[3])):
        given.setdefault(s, f)
    whole = [list(front) for front in fronts]
    for s, f in given.items():
        whole[f] += slanted[s]
    solid = [group for group in whole if len(group) > 1]
    loose = [
        group
        for s, group in enumerate(slanted)
        if s not in given and not any(_touch(x, y, near) for other in solid for x in other for y in group)
    ]
    return whole + loose


def _along(group: list[Face], front: BBox, near: float) -> tuple[str, float] | None:
    """On which side of a front slanted faces begin, and along which share of it."""
    reach = near + 2
    x0, y0, x1, y1 = front
    box = _bbox(group)
    if gap(box, front) > reach:
        return None
    points = np.vstack([face.points for face in group]).astype(float)
    xs, ys = points[:, 0], points[:, 1]
    found = []
    for side, place, beyond, start, end, lengths in (
        ("right", xs - x1, centre(box)[0] > x1, y0, y1, ys),
        ("left", xs - x0, centre(box)[0] < x0, y0, y1, ys),
        ("above", ys - y0, centre(box)[1] < y0, x0, x1, xs),
        ("below", ys - y1, centre(box)[1] > y1, x0, x1, xs),
    ):
        at = lengths[(np.abs(place) <= reach) & (lengths > start - reach) & (lengths < end + reach)]
        if beyond and len(at):
            share = (min(float(at.max()), end) - max(float(at.min()), start)) / max(end - start, 1.0)
            if share > EDGE:
                found.append((side, share))
    return max(found, key=lambda row: row[1]) if found else None


def _slanted(a: list[Face], b: list[Face], near: float) -> bool:
    """Faces of a volume that is seen from a corner, without a front."""
    if any(face.front or face.hidden for face in a + b) or gap(_bbox(a), _bbox(b)) > near:
        return False
    return _solid(a + b, 0.5 * near) > 0.85 and any(_touch(x, y, near) for x in a for y in b)


def _is_volume(group: list[Face], unit: float) -> bool:
    bbox = _bbox(group)
    if max(width(bbox), height(bbox)) < 0.8 * unit:
        return False
    if len(group) > 1:
        return any(not face.front for face in group)
    face = group[0]
    corners = corners_of(cv2.convexHull(face.points))
    return not face.front and not face.hidden and parallel(corners) and face.covered > (0.8 * unit) ** 2


def _volume(group: list[Face]) -> Volume:
    x0, y0, x1, y1 = _bbox(group)
    hull = np.asarray(cv2.convexHull(np.vstack([face.points for face in group])), dtype=np.int32)
    front = max(group, key=lambda face: (face.filled, face.covered))
    red, green, blue = (float(v) / 255 for v in front.colour)
    bbox = (x0 - 2.0, y0 - 2.0, x1 + 2.0, y1 + 2.0)
    colour = (red, green, blue) if front.filled else None
    return Volume(Box(bbox, "volume", filled=front.filled, colour=colour, confidence=0.9, hull=_points(hull)), hull)


def on(bbox: BBox, volume: Volume) -> bool:
    """Whether a box lies on a volume: it is a face of it or drawn on one."""
    inner = float(cv2.pointPolygonTest(volume.hull.astype(np.float32), centre(bbox), False)) > 0
    return inner and overlap(bbox, volume.box.bbox) > 0.7 * area(bbox)
