"""Pictures inside figures: crops of two photographs of scikit-learn, made-up scenes, digits, maps of colours."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.simulate.kinds.canvas import Image

SORTS = ("photo", "photo", "scene", "scene", "digit", "heat", "mask", "face")
#: Red, green and blue at five places of a colour map.
_MAPS = (
    ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)),
    ((0, 0, 131), (0, 60, 255), (60, 255, 190), (255, 200, 0), (128, 0, 0)),
    ((0, 0, 0), (120, 20, 100), (190, 55, 80), (250, 140, 20), (252, 255, 164)),
    ((247, 251, 255), (198, 219, 239), (107, 174, 214), (33, 113, 181), (8, 48, 107)),
    ((255, 255, 255), (200, 200, 200), (140, 140, 140), (70, 70, 70), (0, 0, 0)),
)


def picture(rng: np.random.Generator, side: int = 96, sort: str | None = None) -> Image:
    """side x side x 3."""
    sort = sort or str(rng.choice(SORTS))
    made: Image = {
        "photo": _photo, "scene": _scene, "digit": _digit, "heat": _heat, "mask": _mask, "face": _face,
    }[sort](rng, side)  # fmt: skip
    return made


def coloured(values: NDArray[Any], rng: np.random.Generator, which: int | None = None) -> Image:
    """Numbers from 0 to 1 in the colours of a map."""
    stops = np.array(_MAPS[int(rng.integers(len(_MAPS))) if which is None else which], np.float32)
    place = np.clip(values, 0, 1) * (len(stops) - 1)
    return np.stack([np.interp(place, np.arange(len(stops)), stops[:, i]) for i in range(3)], -1).astype(np.uint8)


def smooth(rng: np.random.Generator, height: int, width: int, rough: float = 0.55) -> NDArray[np.float32]:
    """Clouds: noise of many sizes, from 0 to 1."""
    total, weight = np.zeros((height, width), np.float32), 1.0
    for cells in (3, 6, 12, 24, 48):
        noise = rng.random((cells, cells)).astype(np.float32)
        total += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        weight *= rough
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


@cache
def _photographs() -> list[Image]:
    from sklearn.datasets import load_sample_images

    return list(load_sample_images().images)


@cache
def _digits() -> NDArray[Any]:
    from sklearn.datasets import load_digits

    return np.asarray(load_digits().images)


def _photo(rng: np.random.Generator, side: int) -> Image:
    source = _photographs()[int(rng.integers(2))]
    size = int(rng.integers(90, 420))
    y, x = (int(rng.integers(0, length - size)) for length in source.shape[:2])
    crop = cv2.resize(source[y : y + size, x : x + size], (side, side), interpolation=cv2.INTER_AREA)
    hue = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV).astype(np.int32)
    hue[..., 0] = (hue[..., 0] + rng.integers(180)) % 180
    hue[..., 1:] = np.clip(hue[..., 1:] * rng.uniform(0.6, 1.3, 2), 0, 255)
    crop = cv2.cvtColor(hue.astype(np.uint8), cv2.COLOR_HSV2RGB)
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def _scene(rng: np.random.Generator, side: int) -> Image:
    """Ground, sky and things between."""
    clouds = smooth(rng, side, side)[..., None]
    image: NDArray[Any] = rng.integers(0, 255, 3) * clouds + rng.integers(0, 255, 3) * (1 - clouds)
    line = int(side * rng.uniform(0.3, 0.8))
    image[line:] = image[line:] * 0.4 + rng.integers(0, 200, 3) * 0.6
    image = np.ascontiguousarray(image.astype(np.uint8))
    for _ in range(int(rng.integers(2, 12))):
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        x, y = (int(value) for value in rng.integers(0, side, 2))
        width, height = (int(value) for value in rng.integers(side // 20 + 1, side // 3, 2))
        if rng.random() < 0.5:
            cv2.ellipse(image, (x, y), (width, height), float(rng.uniform(0, 180)), 0, 360, colour, -1)
        else:
            cv2.rectangle(image, (x, y), (x + width, y + height), colour, -1)
    image = cv2.GaussianBlur(image, (0, 0), side / 90)
    return np.asarray(np.clip(image + rng.normal(0, 7, image.shape), 0, 255), np.uint8)


def _face(rng: np.random.Generator, side: int) -> Image:
    image = np.ascontiguousarray(_scene(rng, side) // 2 + 60)
    skin = tuple(int(value) for value in np.array((224, 172, 140)) * rng.uniform(0.4, 1.1))
    middle = (side // 2, side // 2)
    cv2.ellipse(image, middle, (side // 4, side // 3), 0, 0, 360, skin, -1)
    for x in (0.42, 0.58):
        cv2.circle(image, (int(side * x), int(side * 0.43)), max(1, side // 30), (30, 20, 20), -1)
    cv2.ellipse(image, (side // 2, int(side * 0.62)), (side // 10, side // 30), 0, 0, 180, (120, 30, 40), 2)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), side / 70), np.uint8)


def _digit(rng: np.random.Generator, side: int) -> Image:
    digit = _digits()[int(rng.integers(1797))] / 16
    large = cv2.resize(digit.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        large = 1 - large
    return np.repeat(np.asarray(np.clip(large * 255, 0, 255), np.uint8)[..., None], 3, axis=2)


def _heat(rng: np.random.Generator, side: int) -> Image:
    return coloured(smooth(rng, side, side, 0.3), rng)


def _mask(rng: np.random.Generator, side: int) -> Image:
    """Areas of one colour each, as a segmentation."""
    place = (smooth(rng, side, side, 0.25) * int(rng.integers(2, 6))).astype(int)
    return np.asarray(rng.integers(0, 255, (8, 3))[place], np.uint8)
