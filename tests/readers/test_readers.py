"""What the readers promise: layers and connections as drawn, from lines and from pixels alike."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extraction.flow.model import Flow
from extraction.pdf import read_pdf
from extraction.pdf.model import Figure, Paper, Region, Stroke, Word
from extraction.readers import read, read_image

ROOT = Path(__file__).resolve().parents[2]
BLACK = (0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    target = tmp_path_factory.mktemp("paper") / "tinynet.pdf"
    subprocess.run([sys.executable, str(ROOT / "examples" / "render.py"), str(target)], check=True)
    return read_pdf(target)


def types(flow: Flow) -> list[str]:
    return [layer.type for layer in flow.layers]


def pairs(flow: Flow) -> set[tuple[str, str]]:
    """Connections by the labels of the layers at their ends."""
    labels = {layer.id: layer.label for layer in flow.layers}
    return {(labels[c.source], labels[c.target]) for c in flow.connections}


def test_the_vector_figure_of_the_example_paper_is_read_exactly(paper: Paper) -> None:
    flow = read(paper.figures[0], "box2d")
    assert types(flow) == [
        "Input", "Conv2D", "Conv2D", "Add", "MaxPooling2D", "Conv2D", "GlobalAveragePooling2D", "Dense",
    ]  # fmt: skip
    ids = [layer.id for layer in flow.layers]
    chain = set(pairwise(ids))
    assert {(c.source, c.target) for c in flow.connections} == chain | {(ids[1], ids[3])}
    conv = flow.layers[1]
    assert conv.params == {"kernel_size": [3, 3], "filters": 16, "activation": "relu"}
    assert conv.provenance["filters"] == "figure"
    assert flow.layers[0].output_shape == (32, 32, 3)
    assert flow.layers[-1].params == {"units": 10, "activation": "softmax"}


def test_the_raster_figure_of_the_example_paper_is_read_exactly(paper: Paper) -> None:
    flow = read(paper.figures[1], "box2d")
    assert types(flow) == ["Input", "Dense", "Dense", "Dense", "Dense"]
    assert [layer.params.get("units") for layer in flow.layers[1:]] == [128, 32, 128, 784]
    assert [(c.source, c.target) for c in flow.connections] == [("l1", "l2"), ("l2", "l3"), ("l3", "l4"), ("l4", "l5")]


def test_a_reading_is_a_flow_that_can_be_stored(paper: Paper) -> None:
    flow = read(paper.figures[0], "box2d")
    assert Flow.loads(flow.dumps()).to_dict() == flow.to_dict()
    height, width = paper.figures[0].image.shape[:2]
    for layer in flow.layers:
        assert layer.bbox is not None
        assert layer.confidence is not None
        assert 0 <= layer.confidence <= 1
        assert 0 <= layer.bbox[0] < layer.bbox[2] <= width
        assert 0 <= layer.bbox[1] < layer.bbox[3] <= height


def test_the_same_picture_gives_the_same_bytes() -> None:
    image = _picture(["conv 3x3, 8", "max pool 2x2"])
    assert read_image(image, "box2d").dumps() == read_image(image, "box2d").dumps()


def test_boxes_and_arrows_are_read_from_pixels() -> None:
    flow = read_image(_picture(["conv 3x3, 8", "max pool 2x2", "fc 10"]), "box2d")
    assert types(flow) == ["Conv2D", "MaxPooling2D", "Dense"]
    assert [(c.source, c.target) for c in flow.connections] == [("l1", "l2"), ("l2", "l3")]


def test_an_arrow_that_points_up_is_read_upwards() -> None:
    flow = read_image(_picture(["fc 10", "max pool 2x2", "conv 3x3, 8"], upwards=True), "box2d")
    assert types(flow) == ["Dense", "MaxPooling2D", "Conv2D"]
    assert {(c.source, c.target) for c in flow.connections} == {("l3", "l2"), ("l2", "l1")}


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (300, 300)])
def test_a_picture_that_shows_nothing_gives_an_empty_flow(size: tuple[int, int]) -> None:
    assert read_image(np.full((*size, 3), 255, dtype=np.uint8)).layers == ()


def test_a_picture_of_noise_is_no_reason_to_fail() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    assert isinstance(read_image(noise, "box2d"), Flow)


def test_columns_of_circles_are_layers_with_their_units_counted() -> None:
    picture = Image.new("RGB", (420, 320), "white")
    draw = ImageDraw.Draw(picture)
    columns = [(60, (80, 140, 200)), (200, (50, 110, 170, 230)), (340, (110, 170))]
    for (x, ys), (far_x, far_ys) in pairwise(columns):
        for y in ys:
            for far_y in far_ys:
                draw.line((x, y, far_x, far_y), fill="grey", width=1)
    for x, ys in columns:
        for y in ys:
            draw.ellipse((x - 20, y - 20, x + 20, y + 20), fill="white", outline="black", width=2)
    for x, label in ((60, "input"), (200, "hidden"), (340, "output")):
        draw.text((x, 285), label, fill="black", font=ImageFont.load_default(22), anchor="mm")
    flow = read_image(np.array(picture), "neurons")
    assert [(layer.type, layer.label) for layer in flow.layers] == [
        ("Input", "input"), ("Dense", "hidden"), ("Dense", "output"),
    ]  # fmt: skip
    assert [layer.params.get("units") for layer in flow.layers] == [None, 4, 2]
    assert [(c.source, c.target) for c in flow.connections] == [("l1", "l2"), ("l2", "l3")]


def test_a_line_drawn_under_boxes_joins_them_in_its_direction() -> None:
    """Many programs draw one long arrow and put the boxes on top of it."""
    strokes = [_line((100, 10), (100, 395)), _head((100, 400))]
    strokes += [_box(50, 50, 150, 90), _box(50, 150, 150, 190), _box(50, 250, 150, 290)]
    words = [_word("conv", 70, 60), _word("relu", 70, 160), _word("softmax", 70, 260)]
    assert pairs(read(_figure(strokes, words), "box2d")) == {("conv", "relu"), ("relu", "softmax")}


def test_a_branch_reaches_both_its_heads() -> None:
    strokes = [_box(150, 20, 250, 60), _box(50, 200, 150, 240), _box(250, 200, 350, 240)]
    strokes += [_line((200, 60), (200, 120)), _line((200, 120), (100, 120), (100, 190)), _head((100, 200))]
    strokes += [_line((200, 120), (300, 120), (300, 190)), _head((300, 200))]
    words = [_word("input", 170, 30), _word("conv", 70, 210), _word("max pool", 260, 210)]
    assert pairs(read(_figure(strokes, words), "box2d")) == {("input", "conv"), ("input", "max pool")}


def test_cells_of_one_box_follow_one_another() -> None:
    strokes = [_box(50, 50, 150, 170), _line((50, 90), (150, 90)), _line((50, 130), (150, 130))]
    words = [_word("conv", 70, 60), _word("relu", 70, 100), _word("max pool", 60, 140)]
    flow = read(_figure(strokes, words), "box2d")
    assert pairs(flow) == {("conv", "relu"), ("relu", "max pool")}
    arrows = [*strokes[:1], _line((100, 170), (100, 240)), _head((100, 250)), _box(50, 250, 150, 290)]
    drawn = read(_figure(arrows, [words[0], _word("relu", 70, 260)]), "box2d")
    assert max(c.confidence or 0 for c in flow.connections) < max(c.confidence or 0 for c in drawn.connections)


def test_a_frame_round_layers_is_no_layer() -> None:
    strokes = [_box(20, 20, 180, 260), _box(50, 50, 150, 90), _box(50, 180, 150, 220)]
    strokes += [_line((100, 90), (100, 170)), _head((100, 180))]
    words = [_word("conv", 70, 60), _word("relu", 70, 190), _word("stage", 30, 25)]
    assert pairs(read(_figure(strokes, words), "box2d")) == {("conv", "relu")}


def _figure(strokes: list[Stroke], words: list[Word]) -> Figure:
    image = np.full((450, 400, 3), 255, dtype=np.uint8)
    return Figure(Region("1", 1, (0, 0, 400, 450), ""), "vector", image, 1.0, tuple(words), tuple(strokes))


def _box(x0: float, y0: float, x1: float, y1: float) -> Stroke:
    return Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), True, BLACK, (0.8, 0.9, 1.0), 1.0)


def _line(*points: tuple[float, float]) -> Stroke:
    return Stroke(points, False, BLACK, None, 1.0)


def _head(tip: tuple[float, float]) -> Stroke:
    x, y = tip
    return Stroke(((x, y), (x - 5, y - 10), (x + 5, y - 10)), True, None, BLACK, 0.0)


def _word(text: str, x: float, y: float) -> Word:
    return Word(text, (x, y, x + 9 * len(text), y + 18), 18.0, line=int(x * 1000 + y))


def _picture(labels: list[str], *, upwards: bool = False) -> np.ndarray:
    """Boxes under one another joined by arrows, as a picture."""
    picture = Image.new("RGB", (320, 30 + 110 * len(labels)), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(20)
    for i, label in enumerate(labels):
        y = 20 + 110 * i
        draw.rectangle((60, y, 260, y + 50), fill=(214, 228, 245), outline="black", width=2)
        draw.text((160, y + 25), label, fill="black", font=font, anchor="mm")
        if i:
            top, bottom = y - 60, y
            draw.line((160, top + 2, 160, bottom - 2), fill="black", width=2)
            tip, back = (top + 2, top + 16) if upwards else (bottom - 2, bottom - 16)
            draw.polygon(((160, tip), (152, back), (168, back)), fill="black")
    return np.array(picture)


def test_a_box_without_words_is_called_by_the_text_right_under_it() -> None:
    strokes = [_box(50, 50, 100, 150), _box(200, 50, 250, 150), _line((100, 100), (190, 100))]
    strokes.append(Stroke(((200, 100), (190, 95), (190, 105)), True, None, BLACK, 0.0))
    words = [_word("conv", 57, 155), _word("dense", 203, 155), _word("figure", 300, 400)]
    assert pairs(read(_figure(strokes, words), "box2d")) == {("conv", "dense")}
