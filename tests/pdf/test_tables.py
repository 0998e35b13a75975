"""Cells of tables: rows and columns by alignment, spans by rules."""

from __future__ import annotations

import pymupdf

from extraction.pdf import read_pdf
from tests.pdf.sheets import Sheet, save

ROWS = [["layer", "kernel", "output"], ["conv1", "5x5", "28x28x6"], ["pool1", "2x2", "14x14x6"], ["fc", "", "10"]]


def page(draw, tmp_path, top=100):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.line(150, top - 20, "Table 1: The layers of the network and what comes out of each.")
    draw(sheet, top)
    sheet.text(0, 300, 36)
    return read_pdf(save(document, tmp_path / "paper.pdf")).tables[0]


def test_rows_and_columns_of_a_ruled_table(tmp_path):
    table = page(lambda sheet, top: sheet.table(200, top, ROWS), tmp_path)
    assert table.rows() == ROWS


def test_a_table_without_rules(tmp_path):
    def draw(sheet, top):
        for number, row in enumerate(ROWS):
            for column, text in enumerate(row):
                sheet.line(200 + 80 * column, top + 13 * number, text, 9)

    assert page(draw, tmp_path).rows() == ROWS


def test_a_heading_over_two_columns_spans_what_its_rule_spans(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 30, top + 60):
            sheet.page.draw_line((200, y), (440, y), width=0.8)
        sheet.line(290, top + 3, "output", 9)
        sheet.page.draw_line((262, top + 15), (436, top + 15), width=0.5)
        for y, row in ((18, ["layer", "train", "test"]), (33, ["conv1", "28", "32"]), (46, ["pool1", "14", "16"])):
            for column, text in enumerate(row):
                sheet.line(204 + 100 * column, top + y, text, 9)

    table = page(draw, tmp_path)
    assert table.rows()[0] == ["", "output", "output"]
    assert table.rows()[2] == ["conv1", "28", "32"]
    assert [(cell.column, cell.column_span) for cell in table.cells if cell.text == "output"] == [(1, 2)]


def test_upright_rules_part_cells_that_stand_close(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 14, top + 28, top + 42):
            sheet.page.draw_line((200, y), (290, y), width=0.6)
        for x in (200, 230, 260, 290):
            sheet.page.draw_line((x, top), (x, top + 42), width=0.6)
        for number in range(3):
            for column in range(3):
                sheet.line(201.5 + 30 * column, top + 2 + 14 * number, f"{number}{column}456", 9)

    assert page(draw, tmp_path).rows() == [[f"{row}{column}456" for column in range(3)] for row in range(3)]


def test_a_cell_halfway_between_two_rows_spans_both(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 15, top + 60):
            sheet.page.draw_line((200, y), (400, y), width=0.8)
        sheet.line(204, top + 2, "block", 9)
        sheet.line(280, top + 2, "kernel", 9)
        sheet.line(280, top + 18, "1x1, 64", 9)
        sheet.line(280, top + 30, "3x3, 64", 9)
        sheet.line(204, top + 24, "conv2", 9)

    table = page(draw, tmp_path)
    cell = next(cell for cell in table.cells if cell.text == "conv2")
    assert (cell.row, cell.row_span) == (1, 2)
    assert table.rows() == [["block", "kernel"], ["conv2", "1x1, 64"], ["conv2", "3x3, 64"]]


def test_columns_that_stand_close_are_told_by_the_white_between_them(tmp_path):
    def draw(sheet, top):
        for number in range(6):
            for x, text in ((200, "conv 3x3"), (241.5, str(16 * 2**number)), (263, "ReLU")):
                sheet.line(x, top + 13 * number, text, 9)

    rows = page(draw, tmp_path).rows()
    assert rows[0] == ["conv 3x3", "16", "ReLU"]
    assert rows[5] == ["conv 3x3", "512", "ReLU"]


def test_a_label_beside_full_rows_is_that_of_each(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 15, top + 54, top + 93):
            sheet.page.draw_line((200, y), (420, y), width=0.8)
        for x, text in ((204, "part"), (260, "layer"), (330, "kernel")):
            sheet.line(x, top + 2, text, 9)
        for y, label in ((18, "down"), (57, "up")):
            sheet.line(204, top + y + 12, label, 9)
            for step in range(3):
                sheet.line(260, top + y + 12 * step, f"{label}conv", 9)
                sheet.line(330, top + y + 12 * step, f"{step + 1}x{step + 1}", 9)

    rows = page(draw, tmp_path).rows()
    assert rows[1:] == [[part, f"{part}conv", f"{n}x{n}"] for part in ("down", "up") for n in (1, 2, 3)]


def test_a_count_beside_two_rows_stands_before_each_and_says_that_it_goes_on(tmp_path):
    def draw(sheet, top):
        sheet.line(200, top + 19.5, "5×", 9)
        for number, text in enumerate(("conv 1x1", "conv dw 3x3", "conv 1x1", "pool 7x7")):
            sheet.line(230, top + 13 * number, text, 9)
            sheet.line(320, top + 13 * number, "64", 9)

    rows = page(draw, tmp_path).rows()
    assert [row[0] for row in rows] == ["conv 1x1", "5× conv dw 3x3", "5×⋮ conv 1x1", "pool 7x7"]
