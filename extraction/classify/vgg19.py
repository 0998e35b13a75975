"""VGG19's second fully connected layer (fc2, 4,096 numbers), as on the poster: an option where its weights can be had.

Architecture: Simonyan and Zisserman 2014, "Very Deep Convolutional Networks", as `keras.applications` builds it. The
weights (550 MB) are no part of the installation: give the file, or let Keras download them. Needs Keras, so it runs in
commands and never in the web process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from extraction.classify.features import Array, Image, trimmed
from extraction.classify.weights import WeightsError

NAME = "vgg19-fc2"
#: What Keras calls the weights that it downloads.
DOWNLOAD = "imagenet"
SIDE = 224
#: Means of ImageNet's blue, green and red, which the published weights expect to be taken off.
MEANS = np.array((103.939, 116.779, 123.68), np.float32)
BATCH = 8


def extractor(weights: str) -> Callable[[Sequence[Image]], Array]:
    """What turns images into rows of 4,096 features.

    Args:
        weights: a file that Keras's VGG19 can load, or `imagenet` to download it.

    Raises:
        WeightsError: if the weights are missing, broken, or can't be downloaded.
    """
    network = _network(weights)

    def extract(images: Sequence[Image]) -> Array:
        rows = []
        for start in range(0, len(images), BATCH):
            batch = np.stack([_prepared(image) for image in images[start : start + BATCH]])
            rows.append(np.asarray(network.predict(batch, verbose=0), np.float32))
        return np.concatenate(rows)

    return extract


def _prepared(image: Image) -> Array:
    """Cut to the ink, padded to a square, 224 x 224, blue first, means taken off."""
    import cv2

    image = trimmed(image)
    height, width = image.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    edges = (top, side - height - top, left, side - width - left)
    square = cv2.copyMakeBorder(image, *edges, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    small = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small[..., ::-1], np.float32) - MEANS


@cache
def _network(weights: str) -> Any:
    if weights != DOWNLOAD and not Path(weights).is_file():
        raise WeightsError(f"there are no weights of VGG19 at {weights}; give the file, or `{DOWNLOAD}` to download it")
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import h5py

    if weights != DOWNLOAD and not h5py.is_hdf5(weights):
        raise WeightsError(f"the weights of VGG19 can't be had from {weights}: it is no HDF5 file")
    import keras

    try:
        whole = keras.applications.VGG19(weights=weights)
    except Exception as error:  # whatever Keras, HDF5 or the network raise
        raise WeightsError(f"the weights of VGG19 can't be had from {weights}: {error}") from error
    return keras.Model(whole.inputs, whole.get_layer("fc2").output)
