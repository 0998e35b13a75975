"""Rows of pages without usable letters: scans and garbled text layers, recognised from the pixels."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymupdf

from extraction.pdf.ink import render
from extraction.pdf.model import Box, Image, Word
from extraction.pdf.rows import Row, Style, union

#: Pixels a point of what the recogniser sees: small print must stay readable, and a page must not take long.
SCALE = 150 / 72
#: Lines that are less sure than this are dirt.
MIN_SCORE = 0.6
#: Share of signs lost above which a text layer says nothing.
GARBLED = 0.3
#: Share of the page that pictures must cover for a page without letters to be a scan.
SCANNED = 0.5
#: Height of a letter's box over its size.
LEADING = 1.15
#: Pages recognised in one paper; the rest is told of in a warning.
MAX_PAGES = 20
#: The networks that find lines of text and read them, of those that come with the recogniser.
FINDER, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
#: Weights that are smaller than this count for nothing.
NOTHING = 1e-30


def is_scanned(page: pymupdf.Page, rows: Sequence[Row]) -> bool:
    """Whether a page has hardly a letter and is covered by a picture."""
    if sum(len(row.text) for row in rows) > 40:
        return False
    boxes = [box for kind, box in page.get_bboxlog() if kind in ("fill-image", "fill-imgmask")]
    whole = page.rect.width * page.rect.height
    return any((box[2] - box[0]) * (box[3] - box[1]) > SCANNED * whole for box in boxes)


def recognised_rows(page: pymupdf.Page) -> list[Row]:
    """The rows of a page as a recogniser reads them, top to bottom; words have its confidence."""
    result = engine()(cv2.cvtColor(render(page, SCALE), cv2.COLOR_RGB2BGR), use_det=True, use_cls=False, use_rec=True)
    if result.boxes is None or result.txts is None:
        return []
    lines = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        if score >= MIN_SCORE and text.strip():
            xs, ys = corners[:, 0] / SCALE, corners[:, 1] / SCALE
            box = (float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max()))
            lines.append((text.strip(), box, float(score)))
    sizes = _sizes([box[3] - box[1] for _, box, _ in lines])
    rows = [
        _row(text, box, score, size, number)
        for number, ((text, box, score), size) in enumerate(zip(lines, sizes, strict=True), start=1)
    ]
    return sorted(rows, key=lambda row: (row.y0, row.x0))


def drawn_rules(image: Image, scale: float) -> list[Box]:
    """Horizontal rules of a scanned page, in points: runs of ink much longer than high."""
    ink = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) < 160).astype(np.uint8)
    long = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(24 * scale)), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    return [
        (left / scale, top / scale, (left + width) / scale, (top + height) / scale)
        for left, top, width, height, _ in stats[1:].tolist()
        if height < 3 * scale and width > 24 * scale
    ]


def _sizes(heights: Sequence[float]) -> list[float]:
    """Font sizes, those that differ by a hair made equal: boxes of lines with and without descenders."""
    common = float(np.median(heights)) if heights else 0.0
    return [round((common if abs(h - common) < 0.25 * common else h) / LEADING * 2) / 2 for h in heights]


def _row(text: str, box: Box, score: float, size: float, number: int) -> Row:
    style = Style("recognised", size)
    words = _words(text, box, size, score, number)
    return Row(
        text=" ".join(word.text for word in words),
        bbox=union(word.bbox for word in words),
        style=style,
        words=words,
        first=style,
        baseline=box[3] - 0.2 * size,
    )


def _words(text: str, box: Box, size: float, score: float, number: int) -> tuple[Word, ...]:
    """A line's words, its width shared out by letters: the recogniser tells boxes of lines only."""
    step = (box[2] - box[0]) / len(text)
    words = []
    place = 0
    for part in text.split(" "):
        if part:
            x0, x1 = box[0] + step * place, box[0] + step * (place + len(part))
            words.append(Word(part, (x0, box[1], x1, box[3]), size, confidence=score, line=number))
        place += len(part) + 1
    return tuple(words)


@cache
def engine() -> Any:
    """The recogniser, loaded at the first call; every call of it must say all that it wants, for it keeps the last."""
    from omegaconf import OmegaConf
    from rapidocr import RapidOCR
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecognizer

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    recogniser: Any = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.use_cls": False,
            "Global.log_level": "error",
        }
    )
    folder = Path(recogniser.cfg.Global.model_root_dir)

    def settings(part: Any, network: str) -> Any:
        own = {"session": _network(folder / network), "font_path": None}
        return OmegaConf.create({**part, **own}, flags={"allow_objects": True})

    recogniser.text_rec = TextRecognizer(settings(recogniser.cfg.Rec, READER))
    recogniser.text_det = finder = TextDetector(settings(recogniser.cfg.Det, FINDER))
    # In single precision, as the network reads them: without a word numpy would take double.
    finder.mean, finder.std = (np.array(values, np.float32) for values in (finder.mean, finder.std))
    return recogniser


def _network(path: Path) -> Any:
    """A network that comes with the recogniser, ready to run on one thread, and no slower than it must be.

    Half the weights of two layers of the finder are so near nothing that the processor needs fifty times as long for
    them: they become nothing. The result stays the same to the last bit, as all else that is added to them is much
    larger. Memory is kept from one layer and picture to the next instead of asked for anew, which takes longer than the
    sums; nor is it laid out ahead, for pictures of the same size are rare, and the first of them would ask for all of
    it once more.
    """
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    model = onnx.load(str(path))
    for weights in model.graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and np.any((values != 0) & (np.abs(values) < NOTHING)):
            weights.raw_data = np.where(np.abs(values) < NOTHING, np.float32(0), values).tobytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena, options.enable_mem_pattern = True, False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
