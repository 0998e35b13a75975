"""Letters from pixels: rapidocr, loaded at the first call."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import cv2
import numpy as np

from extraction.pdf.model import Image
from extraction.readers.primitives import TextLine

#: Small pictures are enlarged so that their longer side has this many pixels, for the letters to be large enough.
LONG_SIDE = 1400
MAX_SCALE = 3.0
MIN_SCORE = 0.5


def read_letters(image: Image) -> list[TextLine]:
    """All lines of text of a picture (height x width x 3, RGB), with boxes in its pixels."""
    height, width = image.shape[:2]
    scale = min(MAX_SCALE, max(1.0, LONG_SIDE / max(height, width)))
    large = image
    if scale > 1.05:
        large = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    else:
        scale = 1.0
    result = _engine()(cv2.cvtColor(large, cv2.COLOR_RGB2BGR))
    if result.boxes is None or result.txts is None:
        return []
    lines = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        if score < MIN_SCORE or not text.strip():
            continue
        x0, y0 = (corners.min(axis=0) / scale).tolist()
        x1, y1 = (corners.max(axis=0) / scale).tolist()
        upright = y1 - y0 > 1.6 * (x1 - x0) and len(text.strip()) > 1
        lines.append(TextLine(text.strip(), (x0, y0, x1, y1), 90 if upright else 0, float(score)))
    return lines


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.use_cls": False,
            "Global.log_level": "error",
        }
    )
