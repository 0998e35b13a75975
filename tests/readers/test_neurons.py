"""Figures of circles: layers, their order, legends, parts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from extraction.readers import read_image

COLOURS = {"Input Cell": "#fdf0c0", "Recurrent Cell": "#cfe0fb", "Output Cell": "#f6d0d0"}


def network(
    columns: list[tuple[int, list[int], str]], size: tuple[int, int]
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Columns of circles (x, ys, colour), each joined to the next by bare lines."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for (x, ys, _), (far_x, far_ys, _) in pairwise(columns):
        for y in ys:
            for far_y in far_ys:
                draw.line((x, y, far_x, far_y), fill="black", width=1)
    for x, ys, colour in columns:
        for y in ys:
            draw.ellipse((x - 18, y - 18, x + 18, y + 18), fill=colour, outline="black", width=1)
    return picture, draw


def test_a_legend_says_what_the_columns_are() -> None:
    ys = [60, 110, 160]
    kinds = ["Input Cell", "Recurrent Cell", "Recurrent Cell", "Output Cell"]
    columns = [(260 + 90 * i, ys, COLOURS[kind]) for i, kind in enumerate(kinds)]
    picture, draw = network(columns, (600, 220))
    for i, (text, colour) in enumerate(COLOURS.items()):
        y = 50 + 55 * i
        draw.ellipse((12, y - 18, 48, y + 18), fill=colour, outline="black", width=1)
        draw.text((64, y), text, fill="black", font=ImageFont.load_default(16), anchor="lm")
    flow = read_image(np.asarray(picture), "neurons")
    assert [layer.type for layer in flow.layers] == ["Input", "SimpleRNN", "SimpleRNN", "Dense"]
    assert [layer.label for layer in flow.layers] == kinds
    assert [layer.params.get("units") for layer in flow.layers[1:]] == [3, 3, 3]
    assert len(flow.connections) == 3


def test_a_grid_of_as_many_rows_as_columns_is_read_by_what_stands_close_together() -> None:
    picture, _ = network([(60 + 130 * i, [50, 95, 140, 185], "#dddddd") for i in range(4)], (520, 240))
    flow = read_image(np.asarray(picture), "neurons")
    assert [layer.type for layer in flow.layers] == ["Input", "Dense", "Dense", "Dense"]
    assert [layer.bbox[0] < 60 + 130 * i < layer.bbox[2] for i, layer in enumerate(flow.layers) if layer.bbox] == [
        True
    ] * 4


def test_two_networks_side_by_side_stay_two() -> None:
    picture, _ = network([(60, [60, 120, 180], "white"), (160, [90, 150], "white")], (520, 240))
    other, _ = network([(60, [60, 120], "white"), (160, [60, 120, 180], "white")], (230, 240))
    picture.paste(other, (285, 0))
    flow = read_image(np.asarray(picture), "neurons")
    assert [layer.type for layer in flow.layers] == ["Input", "Dense", "Input", "Dense"]
    assert {(c.source, c.target) for c in flow.connections} == {("l1", "l2"), ("l3", "l4")}


def test_letters_that_lead_to_one_circle_are_its_input_also_beside_a_network() -> None:
    picture, draw = network([(420, [60, 120, 180], "white"), (520, [90, 150], "white")], (620, 260))
    font = ImageFont.load_default(22)
    for k in range(3):
        draw.text((30, 50 + 70 * k), f"x{k + 1}", fill="black", font=font, anchor="mm")
        draw.line((50, 50 + 70 * k, 126, 92 + 28 * k), fill="black", width=2)
        draw.regular_polygon((126, 92 + 28 * k, 6), 3, rotation=-90, fill="black")
    draw.ellipse((136, 80, 212, 160), outline="black", width=2)
    draw.line((214, 120, 260, 120), fill="black", width=2)
    draw.polygon(((272, 120), (258, 114), (258, 126)), fill="black")
    draw.text((278, 120), "output", fill="black", font=font, anchor="lm")
    flow = read_image(np.asarray(picture), "neurons")
    assert sorted(layer.type for layer in flow.layers) == ["Dense", "Dense", "Input", "Input", "Output"]
    assert len(flow.connections) == 3
