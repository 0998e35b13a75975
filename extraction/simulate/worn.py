"""What happens to pictures on their way: drawn by hand, packed as JPEG, out of focus, scanned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from extraction.flow.model import BBox, Flow
from extraction.simulate.png import Pixels

#: Gives the picture (red, green, blue), the flow with its boxes where they are now, and how strongly it was done.
Wear = Callable[[Pixels, Flow, Random], tuple[Pixels, Flow, dict[str, Any]]]


def colours(pixels: Pixels) -> Pixels:
    """A copy in red, green and blue."""
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, 2::-1] if pixels.shape[2] == 4 else pixels)


def jpeg(pixels: Pixels, flow: Flow, rng: Random) -> tuple[Pixels, Flow, dict[str, Any]]:
    quality = rng.randint(8, 92)
    _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _array(cv2.imdecode(packed, cv2.IMREAD_COLOR)), flow, {"quality": quality}


def blur(pixels: Pixels, flow: Flow, rng: Random) -> tuple[Pixels, Flow, dict[str, Any]]:
    sigma = round(rng.uniform(0.3, 2.2), 2)
    return _array(cv2.GaussianBlur(pixels, (0, 0), sigma)), flow, {"sigma": sigma}


def scan(pixels: Pixels, flow: Flow, rng: Random) -> tuple[Pixels, Flow, dict[str, Any]]:
    """A sheet on a scanner: turned a little, in grey, lit unevenly, with noise and a soft lens."""
    angle, strength = round(rng.uniform(-1.2, 1.2), 3), round(rng.uniform(0.2, 1.0), 2)
    border = 20
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    reach = abs(turn @ np.array([[width, width, 0, 0], [0, height, height, 0], [1, 1, 1, 1]]))
    wide = int(max(width, reach[0].max())) + 2 * border
    tall = int(max(height, reach[1].max())) + 2 * border
    turn[:, 2] += ((wide - width) / 2, (tall - height) / 2)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    sheet = cv2.warpAffine(grey, turn, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=255)
    light = np.linspace(1.0, 1.0 - 0.25 * strength, wide, dtype=np.float32)[None, :]
    noise = _noise(rng, (tall, wide), 10 * strength)
    page = cv2.GaussianBlur(sheet, (0, 0), 0.3 + 0.7 * strength).astype(np.float32) * (0.97 * light) + noise
    result = np.clip(page, 0, 255).astype(np.uint8)
    moved = _moved(flow, lambda points: points @ turn[:, :2].T + turn[:, 2])
    return np.repeat(result[:, :, None], 3, axis=2), moved, {"angle": angle, "strength": strength}


def sketch(pixels: Pixels, flow: Flow, rng: Random) -> tuple[Pixels, Flow, dict[str, Any]]:
    """As if by hand: lines waver, and the pen is not always pressed alike."""
    height, width = pixels.shape[:2]
    reach = round(rng.uniform(1.0, 3.0), 2)
    shift_x, shift_y = (_waves(rng, height, width, reach) for _ in range(2))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    drawn = cv2.remap(pixels, x + shift_x, y + shift_y, cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    if rng.random() < 0.5:
        drawn = cv2.erode(drawn, np.ones((2, 2), np.uint8))  # dark lines get thicker

    def moved(points: npt.NDArray[Any]) -> npt.NDArray[Any]:
        at = np.clip(points.round().astype(int), 0, (width - 1, height - 1))
        shifts = np.stack([shift_x[at[:, 1], at[:, 0]], shift_y[at[:, 1], at[:, 0]]], axis=1)
        return np.asarray(points - shifts)

    return _array(drawn), _moved(flow, moved), {"reach": reach}


WEARS: Mapping[str, Wear] = {"jpeg": jpeg, "blur": blur, "scan": scan, "sketch": sketch}


def _array(picture: Any) -> Pixels:
    return np.ascontiguousarray(picture, np.uint8)


def _noise(rng: Random, shape: tuple[int, int], sigma: float) -> npt.NDArray[np.float32]:
    values = np.random.default_rng(rng.getrandbits(63)).standard_normal(shape, dtype=np.float32)
    return values * np.float32(sigma)


def _waves(rng: Random, height: int, width: int, reach: float) -> npt.NDArray[np.float32]:
    """A smooth field of shifts, some pixels at most."""
    step = 24
    coarse = _noise(rng, (height // step + 2, width // step + 2), reach / 2)
    coarse = np.clip(coarse, -reach, reach)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _moved(flow: Flow, move: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> Flow:
    """Boxes around the corners where they went."""
    layers = []
    for layer in flow.layers:
        if layer.bbox is None:
            layers.append(layer)
            continue
        x0, y0, x1, y1 = layer.bbox
        points = move(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
        low, high = points.min(axis=0), points.max(axis=0)
        box: BBox = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        layers.append(replace(layer, bbox=box))
    return flow.with_layers(layers)
