"""Figures to verdicts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from extraction.classify import MODEL_VERSION, classify
from extraction.classify.features import Image, pooled, trimmed
from extraction.classify.head import Head, HeadError
from extraction.flow.model import KINDS


def _boxes(height: int = 700, width: int = 420) -> Image:
    """A tower of filled boxes joined by arrows, a branch beside it."""
    picture = PIL.Image.new("RGB", (width, height), "white")
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(size=20)
    colours = ("#dae8fc", "#d5e8d4", "#dae8fc", "#ffe6cc", "#f8cecc")
    texts = ("3x3 conv, 64", "pool, /2", "3x3 conv, 128", "fc 1000", "softmax")
    for i, (text, colour) in enumerate(zip(texts, colours, strict=True)):
        y = 20 + i * 130
        draw.rectangle((110, y, 310, y + 60), colour, "black", 2)
        draw.text((210, y + 30), text, "black", font, anchor="mm")
        if i:
            draw.line((210, y - 70, 210, y - 10), "black", 2)
            draw.polygon([(204, y - 12), (216, y - 12), (210, y)], "black")
    draw.arc((250, 50, 390, 440), -90, 90, "black", 2)
    return np.asarray(picture)


def _plot() -> Image:
    """Two noisy curves over axes."""
    random = np.random.default_rng(0)
    image = np.full((360, 480, 3), 255, np.uint8)
    cv2.line(image, (50, 20), (50, 320), (0, 0, 0), 2)
    cv2.line(image, (50, 320), (460, 320), (0, 0, 0), 2)
    for colour in ((200, 40, 40), (40, 40, 200)):
        y = 60 + 240 * (1 - np.exp(-np.arange(400) / 90)) + random.normal(0, 3, 400)
        points = np.column_stack([np.arange(400) + 52, y]).astype(np.int32)
        cv2.polylines(image, [points], False, colour, 2)
    for i in range(5):
        cv2.putText(image, f"{i * 20}", (50 + 100 * i, 345), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    return image


def test_a_tower_of_boxes_is_a_flow_and_a_plot_is_not() -> None:
    boxes, plot = classify([_boxes(), _plot()])
    assert boxes.is_flow
    assert boxes.kind == "box2d"
    assert not plot.is_flow
    assert plot.kind in KINDS


def test_probabilities_are_probabilities() -> None:
    for verdict in classify([_boxes(), _plot()]):
        assert 0 <= verdict.flow_probability <= 1
        assert verdict.is_flow == (verdict.flow_probability >= 0.5)
        assert tuple(verdict.kind_probabilities) == KINDS
        assert sum(verdict.kind_probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert verdict.kind_probabilities[verdict.kind] == max(verdict.kind_probabilities.values())


def test_a_batch_says_what_each_alone_says() -> None:
    images = [_boxes(), _plot(), _boxes(300, 290)]
    assert classify(images) == [classify([image])[0] for image in images]
    assert classify([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (4000, 20), (30, 3000), (64, 64)])
@pytest.mark.parametrize("value", [0, 255])
def test_any_shape_gets_a_verdict(shape: tuple[int, int], value: int) -> None:
    (verdict,) = classify([np.full((*shape, 3), value, np.uint8)])
    assert np.isfinite(verdict.flow_probability)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_image_is_refused(image: Image) -> None:
    with pytest.raises(ValueError, match="height x width x 3"):
        classify([image])


def test_margins_do_not_matter() -> None:
    image = _boxes()
    framed = np.pad(image, ((90, 10), (40, 170), (0, 0)), constant_values=255)
    np.testing.assert_array_equal(trimmed(framed), trimmed(image))
    np.testing.assert_array_equal(pooled([framed]), pooled([image]))


def test_a_blank_picture_stays_as_it_is() -> None:
    blank = np.full((40, 60, 3), 200, np.uint8)
    assert trimmed(blank).shape == blank.shape


def test_the_head_comes_back_as_it_was(tmp_path: Path) -> None:
    head = Head.load()
    path = tmp_path / "head.npz"
    path.write_bytes(head.to_bytes())
    assert Head.load(path).to_bytes() == head.to_bytes()
    assert MODEL_VERSION.startswith("lite0-")


def test_a_head_with_objects_or_wrong_shapes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    for arrays in ({"flow_weights": np.array([print])}, {"other": np.zeros(3)}):
        np.savez(path, **arrays)
        with pytest.raises(HeadError, match=r"head\.npz"):
            Head.load(path)
    head = Head.load()
    np.savez(
        path,
        flow_weights=head.flow_weights,
        flow_bias=head.flow_bias,
        kind_weights=head.kind_weights,
        kind_bias=np.zeros(4),
    )
    with pytest.raises(HeadError, match="kind_bias has shape"):
        Head.load(path)


def test_importing_the_classifier_loads_no_network() -> None:
    """The web process imports it to name the model; what computes is loaded with the first figure."""
    code = (
        "import sys; from extraction.classify import MODEL_VERSION; import extraction.classify.files; "
        "sys.exit(bool({'onnxruntime', 'onnx', 'cv2', 'torch', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
