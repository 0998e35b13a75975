"""Figures of circles: layers, their order, legends, parts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFont

from extraction.pdf import read_pdf
from extraction.readers import read, read_image

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


def test_two_towers_stay_two_until_they_merge() -> None:
    low = [260, 300, 340]
    picture, draw = network([(60, [60, 100, 140], "white"), (160, [80, 120], "white")], (480, 400))
    for (x, ys), (far_x, far_ys) in (((60, low), (160, [280, 320])), ((160, [80, 120, 280, 320]), (260, [180, 220]))):
        for y in ys:
            for far_y in far_ys:
                draw.line((x, y, far_x, far_y), fill="black", width=1)
    for x, ys in ((60, low), (160, [80, 120, 280, 320]), (260, [180, 220])):
        for y in ys:
            draw.ellipse((x - 14, y - 14, x + 14, y + 14), fill="white", outline="black", width=1)
    flow = read_image(np.asarray(picture), "neurons")
    assert sorted(layer.type for layer in flow.layers) == ["Dense", "Dense", "Dense", "Input", "Input"]
    merged = [layer.id for layer in flow.layers if layer.bbox and layer.bbox[0] > 200]
    assert [c.target for c in flow.connections].count(merged[0]) == 2
    assert len(flow.connections) == 4


def test_columns_in_frames_are_joined_by_their_arrows_and_to_boxes() -> None:
    picture = Image.new("RGB", (640, 260), "white")
    draw = ImageDraw.Draw(picture)
    for x, count in ((60, 4), (200, 3), (520, 4)):
        top = 130 - 20 * count
        draw.rounded_rectangle((x - 22, top - 6, x + 22, top + 40 * count + 6), 8, outline="black", width=2)
        for k in range(count):
            y = top + 20 + 40 * k
            draw.ellipse((x - 14, y - 14, x + 14, y + 14), fill="#cfe0fb", outline="black", width=2)
    draw.rectangle((300, 100, 420, 160), fill="#f6d0d0", outline="black", width=2)
    draw.text((360, 130), "LSTM", fill="black", font=ImageFont.load_default(24), anchor="mm")
    for a, b in ((84, 176), (224, 298), (422, 496)):
        draw.line((a, 130, b - 8, 130), fill="black", width=2)
        draw.polygon(((b, 130), (b - 12, 124), (b - 12, 136)), fill="black")
    flow = read_image(np.asarray(picture), "neurons")
    by_place = sorted(flow.layers, key=lambda layer: layer.bbox or (0.0,))
    assert [layer.type for layer in by_place] == ["Input", "Dense", "LSTM", "Dense"]
    pairs = list(pairwise(layer.id for layer in by_place))
    assert sorted((c.source, c.target) for c in flow.connections) == sorted(pairs)


def test_circles_joined_in_their_row_are_layers_of_their_own() -> None:
    picture = Image.new("RGB", (420, 300), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(20)

    def arrow(a: tuple[int, int], b: tuple[int, int]) -> None:
        draw.line((*a, *b), fill="black", width=2)
        across = a[1] == b[1]
        wings = (
            ((b[0] - 10, b[1] - 5), (b[0] - 10, b[1] + 5)) if across else ((b[0] - 5, b[1] + 10), (b[0] + 5, b[1] + 10))
        )
        draw.polygon((b, *wings), fill="black")

    for t in range(3):
        x = 60 + 130 * t
        for k, letter in enumerate("yhx"):
            y = 50 + 100 * k
            draw.ellipse((x - 22, y - 22, x + 22, y + 22), fill="white", outline="black", width=2)
            draw.text((x, y), f"{letter}{t}", fill="black", font=font, anchor="mm")
        arrow((x, 227), (x, 174))
        arrow((x, 127), (x, 74))
        if t:
            arrow((x - 107, 150), (x - 23, 150))
    flow = read_image(np.asarray(picture), "neurons")
    # What is there at each step is no single unit.
    assert sorted(layer.type for layer in flow.layers) == ["Block"] * 3 + ["Input"] * 3 + ["Output"] * 3
    assert not any(layer.params for layer in flow.layers)
    assert len(flow.connections) == 8


def test_units_may_be_squares(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page(width=612, height=792)
    rows = [[(120 + 30 * k, 240) for k in range(4)], [(135 + 30 * k, 170) for k in range(3)], [(165, 100)]]
    for row, following in pairwise(rows):
        for x, y in row:
            for far_x, far_y in following:
                page.draw_line((x, y - 8), (far_x, far_y + 8), color=(0, 0, 0), width=0.6)
    for row in rows:
        for x, y in row:
            page.draw_rect((x - 8, y - 8, x + 8, y + 8), color=(0, 0, 0), fill=(0.8, 0.9, 1), width=0.6)
    page.insert_text((100, 290), "Figure 1: A network.", fontname="tiro", fontsize=10)
    document.save(tmp_path / "paper.pdf")
    flow = read(read_pdf(tmp_path / "paper.pdf").figures[0], "neurons")
    assert [(layer.type, layer.params.get("units")) for layer in flow.layers] == [
        ("Input", None), ("Dense", 3), ("Dense", 1)
    ]  # fmt: skip
    assert [(c.source, c.target) for c in flow.connections] == [("l1", "l2"), ("l2", "l3")]


def test_dots_leave_the_number_of_units_open() -> None:
    picture, draw = network([(60, [40, 80, 160], "white"), (200, [60, 100, 140], "white")], (300, 220))
    for y in (112, 120, 128):
        draw.ellipse((58, y - 2, 62, y + 2), fill="black")
    flow = read_image(np.asarray(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)), "neurons")
    assert [layer.params.get("units") for layer in flow.layers] == [None, None]


def test_names_beside_rows_are_no_legend() -> None:
    picture = Image.new("RGB", (560, 320), "white")
    draw = ImageDraw.Draw(picture)
    rows = [(260, [60 + 60 * k for k in range(5)]), (150, [120, 180, 240]), (40, [60 + 60 * k for k in range(5)])]
    for (y, xs), (far_y, far_xs) in pairwise(rows):
        for x in xs:
            for far_x in far_xs:
                draw.line((x, y, far_x, far_y), fill="black", width=1)
    for (y, xs), name in zip(rows, ("input", "code", "reconstruction"), strict=True):
        for x in xs:
            draw.ellipse((x - 16, y - 16, x + 16, y + 16), fill="#cfe0fb", outline="black", width=1)
        draw.text((326, y), name, fill="black", font=ImageFont.load_default(20), anchor="lm")
    flow = read_image(np.asarray(picture), "neurons")
    assert [(layer.type, layer.label) for layer in flow.layers] == [
        ("Input", "input"), ("Dense", "code"), ("Dense", "reconstruction")
    ]  # fmt: skip
    assert [layer.params.get("units") for layer in flow.layers] == [None, 3, 5]


def test_rows_in_frames_of_a_figure_without_words(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page(width=612, height=792)
    for k, count in enumerate((2, 5, 2)):
        y, half = 300 - 70 * k, 11 * count
        page.draw_rect((160 - half, y - 12, 160 + half, y + 12), color=(0, 0, 0), dashes="[3 2] 0", width=0.8)
        for i in range(count):
            page.draw_circle((160 - half + 11 + 22 * i, y), 7, color=(0, 0, 0), fill=(0.9, 0.9, 1), width=0.8)
        if k:
            page.draw_line((160, y + 58), (160, y + 18), color=(0, 0, 0), width=0.8)
            tip = [(160, y + 12), (157, y + 19), (163, y + 19)]
            page.draw_polyline(tip, color=(0, 0, 0), fill=(0, 0, 0), width=0.1, closePath=True)
    page.insert_text((100, 340), "Figure 1: A network.", fontname="tiro", fontsize=10)
    document.save(tmp_path / "paper.pdf")
    flow = read(read_pdf(tmp_path / "paper.pdf").figures[0], "neurons")
    assert [(layer.type, layer.params.get("units")) for layer in flow.layers] == [
        ("Input", None), ("Dense", 5), ("Dense", 2)
    ]  # fmt: skip
    assert len(flow.connections) == 2


def test_an_arrow_that_goes_past_a_circle_leads_to_the_one_behind_it(tmp_path: Path) -> None:
    page = pymupdf.open().new_page(width=500, height=400)
    rows = {"x": 300, "h": 215, "g": 150, "y": 60}

    def arrow(x: float, y: float, low: float, bend: float) -> None:
        shape = page.new_shape()
        shape.draw_bezier((x, low), (x + bend, low - 25), (x + bend, y + 25), (x, y))
        shape.finish(width=1.2, closePath=False)
        side = 1 if bend else 0
        shape.draw_polyline(((x - 3 + 5 * side, y + 7), (x, y), (x + 3 + 4 * side, y + 5)))
        shape.finish(width=1.2, closePath=False)
        shape.commit()

    for t in range(3):
        x = 100 + 110 * t
        for name, y in rows.items():
            page.draw_circle((x, y), 25, width=1.2)
            page.insert_text((x - 7, y + 4), f"{name}{t}", fontsize=12)
        arrow(x, rows["h"] + 25, rows["x"] - 25, 0)
        arrow(x + 13, rows["g"] + 22, rows["x"] - 22, 22)
        arrow(x, rows["y"] + 25, rows["g"] - 25, 0)
        if t:
            for y in (rows["h"], rows["g"]):
                page.draw_line((x - 85, y), (x - 25, y), width=1.2)
                page.draw_polyline(((x - 31, y - 3), (x - 25, y), (x - 31, y + 3)), width=1.2)
    page.insert_text((90, 360), "Figure 1: Circles one by one.", fontsize=10)
    page.parent.save(tmp_path / "units.pdf")
    flow = read(read_pdf(tmp_path / "units.pdf").figures[0], "neurons")
    label = {layer.id: layer.label for layer in flow.layers}
    found = {(label[c.source], label[c.target]) for c in flow.connections}
    expected = {(f"{a}{t}", f"{b}{t}") for a, b in (("x", "h"), ("x", "g"), ("g", "y")) for t in range(3)}
    assert found == expected | {(f"{a}{t}", f"{a}{t + 1}") for a in "hg" for t in range(2)}
