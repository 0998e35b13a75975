"""Pictures to numbers: the pooled maps of a pretrained network.

A figure is cut to its ink and scaled to one area, its proportions kept, so that neither a wide strip nor a tall tower
loses its letters. Mean and maximum of the maps of several depths are taken: the deep ones tell what is shown, the
shallow ones what it is drawn with (strokes, letters, flat fills, photographs).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Array = NDArray[np.float32]

#: Names the network and all that is done before and after it: stored features of another name don't fit a head.
#: Change it with whatever below changes what comes out.
BACKBONE = "lite0-288"

#: The network sees about this many pixels squared, in sides of a multiple of its total stride.
SIDE = 288
STRIDE = 32
#: Figures longer than this are squeezed.
MAX_ASPECT = 4.0
#: Difference to the background, of 255, from which on a pixel is ink.
INK = 24
#: Less than this is not taken for the ink of a figure.
MIN_SIDE = 8
#: Trimming works on a picture of at most this many pixels a side.
MAX_SIDE = 1200

#: Of ImageNet, for which the network was trained.
MEAN = np.array((0.485, 0.456, 0.406), np.float32) * 255
DEVIATION = np.array((0.229, 0.224, 0.225), np.float32) * 255

#: Stages of the network (see `backbone`) of which the mean and the maximum are taken.
MEANS = (2, 3, 4, 5, 6, 7)
MAXIMA = (2, 3, 4, 5, 6)
OUTPUTS = tuple(f"mean{i}" for i in MEANS) + tuple(f"max{i}" for i in MAXIMA)


def pooled(images: Sequence[Image]) -> Array:
    """Images (height x width x 3, 8 bits, RGB) to rows of features.

    The square root tames the few strong answers among many weak ones.
    """
    rows = []
    for image in images:
        outputs = _session().run(OUTPUTS, {"image": _prepared(image)})
        rows.append(np.concatenate([output[0] for output in outputs]))
    values = np.stack(rows)
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)), np.float32)


def _prepared(image: Image) -> Array:
    """What the network sees: 1 x 3 x height x width."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"an image must be height x width x 3 of 8 bits, is {image.dtype} {image.shape}")
    longest = max(image.shape[:2])
    if longest > MAX_SIDE:
        image = _scaled(image, *(max(1, round(side * MAX_SIDE / longest)) for side in image.shape[:2]))
    image = trimmed(image)
    height, width = image.shape[:2]
    aspect = min(max(width / height, 1 / MAX_ASPECT), MAX_ASPECT)
    columns = round(SIDE * aspect**0.5 / STRIDE) * STRIDE
    rows = round(SIDE * SIDE / columns / STRIDE) * STRIDE
    # Colour by colour and in place: half the time of all at once.
    pixels = np.ascontiguousarray(_scaled(image, rows, columns).transpose(2, 0, 1), np.float32)
    pixels -= MEAN[:, None, None]
    pixels /= DEVIATION[:, None, None]
    return pixels[None]


def _scaled(image: Image, height: int, width: int) -> Image:
    import cv2

    smaller = height * width < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), np.uint8)


def trimmed(image: Image) -> Image:
    """The image without its empty margins; as it is where there is no ink to speak of."""
    import cv2

    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    background = np.median(border, axis=0)
    low, high = np.clip(background - INK, 0, 255), np.clip(background + INK, 0, 255)
    left, top, width, height = cv2.boundingRect(cv2.bitwise_not(cv2.inRange(image, low, high)))
    return image[top : top + height, left : left + width] if min(width, height) >= MIN_SIDE else image


@cache
def _session() -> Any:
    """The network, ready to run on one thread. Built from the published weights in under half a second."""
    import onnxruntime

    from extraction.classify import backbone, weights

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = backbone.build(weights.load()).SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
