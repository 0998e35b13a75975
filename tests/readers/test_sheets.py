"""Sheets that were turned and scanned are read like the pictures on them; what a program drew is left alone."""

from __future__ import annotations

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from django.core.management import call_command

from extraction.classify.images import load_image
from extraction.flow.model import Flow
from extraction.pdf.model import Image
from extraction.readers import read_image
from extraction.readers.sheets import straightened, turn_of
from extraction.simulate.scoring import score
from extraction.simulate.worn import jpeg, scan

INK = (0, 0, 0)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Image, Flow]:
    folder = tmp_path_factory.mktemp("sheets")
    call_command("simulate", *f"--count=1 --seed=43 --depth=6 --code=none --pictures=keras2 --out={folder}".split())
    path: Path = next(folder.rglob("*.keras2.png"))
    return load_image(path), Flow.loads(path.with_suffix(".flow.json").read_bytes())


def _turned(picture: Image, degrees: float) -> tuple[Image, np.ndarray]:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += 30
    size = (width + 60, height + 60)
    turned = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8), matrix


@pytest.mark.parametrize("degrees", [0.3, -0.7, 2.0])
def test_a_turned_sheet_shows_the_same_flow(picture: tuple[Image, Flow], degrees: float) -> None:
    level, shown = picture
    turned, matrix = _turned(level, degrees)
    read = read_image(turned, "keras")
    plain = read_image(level, "keras")
    assert score(shown, plain).exact
    assert [(x.type, x.name, x.params) for x in read.layers] == [(x.type, x.name, x.params) for x in plain.layers]
    assert {(c.source, c.target) for c in read.connections} == {(c.source, c.target) for c in plain.connections}
    for there, here in zip(read.layers, plain.layers, strict=True):
        assert there.bbox is not None
        assert here.bbox is not None
        x0, y0, x1, y1 = here.bbox
        corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]]) @ matrix.T
        around = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
        assert np.abs(around - there.bbox).max() < 4


def test_a_scanned_sheet_is_read(picture: tuple[Image, Flow]) -> None:
    level, shown = picture
    scanned, moved, _ = scan(level, shown, Random(3))
    result = score(moved, read_image(scanned, "keras"))
    assert result.parts["layers"].exact
    assert result.parts["connections"].exact


def test_what_a_program_drew_is_left_alone(picture: tuple[Image, Flow]) -> None:
    level, shown = picture
    assert straightened(level) is None
    assert straightened(jpeg(level, shown, Random(1))[0]) is None


def test_slanted_lines_turn_no_sheet() -> None:
    grey = np.full((600, 800), 255, np.uint8)
    for x in (60, 460):
        for y in (60, 260, 460):
            cv2.rectangle(grey, (x, y), (x + 120, y + 50), 0, 2)
    for y in range(80, 500, 40):
        cv2.line(grey, (190, y), (450, y + 9), 0, 2, cv2.LINE_AA)
    assert turn_of(grey) == 0


@pytest.mark.parametrize("degrees", [-3.0, -0.4, 0.25, 1.5])
def test_the_turn_is_told_to_a_tenth_of_a_degree(degrees: float) -> None:
    picture: Image = np.full((700, 900, 3), 255, np.uint8)
    for x in (60, 360, 660):
        for y in (60, 260, 460):
            cv2.rectangle(picture, (x, y), (x + 180, y + 90), INK, 2)
            cv2.line(picture, (x + 90, y + 90), (x + 90, y + 200), INK, 2)
    turned, _ = _turned(picture, degrees)
    assert abs(turn_of(np.asarray(cv2.cvtColor(turned, cv2.COLOR_RGB2GRAY), np.uint8)) + degrees) < 0.1


def test_an_empty_picture_is_no_sheet() -> None:
    assert straightened(np.full((40, 60, 3), 255, np.uint8)) is None
