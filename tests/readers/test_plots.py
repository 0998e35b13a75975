"""Pictures as `plot_model` and `draw_net` draw them are read exactly: boxes, their words, numbers, and arrows."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.management import call_command

from extraction.classify.images import load_image
from extraction.flow.model import Flow
from extraction.pdf.model import Figure, Region, Stroke, Word
from extraction.readers import read, read_image, read_plot
from extraction.simulate.scoring import score

LOOKS = ("keras1", "keras2", "keras3", "caffe")
#: Of the designs: few, but of many layers.
PLAN = "--count=4 --seed=41 --depth=5-20 --code=none"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plots")
    call_command("simulate", *f"{PLAN} --out={folder} --pictures={','.join(LOOKS)}".split())
    return folder


def _pictures(folder: Path, look: str) -> list[tuple[Path, Flow]]:
    found = sorted(folder.rglob(f"*.{look}.png"))
    assert len(found) >= 3
    return [(path, Flow.loads(path.with_suffix(".flow.json").read_bytes())) for path in found]


@pytest.mark.parametrize("look", LOOKS)
def test_every_picture_is_read_exactly(folder: Path, look: str) -> None:
    for path, shown in _pictures(folder, look):
        read = read_image(load_image(path), look.rstrip("123"))
        assert score(shown, read).wrong == [], path.name


@pytest.mark.parametrize("look", LOOKS)
def test_the_look_is_told_without_being_said(folder: Path, look: str) -> None:
    path, shown = _pictures(folder, look)[0]
    read = read_plot(load_image(path), "auto")
    assert read is not None
    assert score(shown, read).wrong == []


def test_a_picture_packed_anew_reads_the_same(folder: Path) -> None:
    path, shown = _pictures(folder, "caffe")[0]
    pixels = load_image(path)
    packed = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
    again = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    assert score(shown, read_image(again, "caffe")).exact


def test_a_picture_of_a_plot_with_a_line_and_a_word_of_the_pdf_beside_is_read_as_one(folder: Path) -> None:
    path, shown = _pictures(folder, "keras2")[0]
    image = load_image(path)
    tall, wide = image.shape[:2]
    rule = Stroke(((0.0, tall - 1.0), (float(wide), tall - 1.0)), False, (0.0, 0.0, 0.0), None, 1.0)
    region = Region("1", 1, (0, 0, wide, tall), "Figure 1: The network.")
    figure = Figure(region, "mixed", image, 1.0, (Word("Ours", (2, tall - 14, 30, tall - 4)),), (rule,))
    assert score(shown, read(figure)).wrong == []
    assert read(figure, "box2d") == read_image(image, "box2d")


def test_a_picture_that_is_no_plot_is_read_as_boxes() -> None:
    assert read_image(np.full((60, 80, 3), 255, dtype=np.uint8), "keras").layers == ()
