"""Cells of tables in parts, with brackets, and with rows as wide as the table."""

from __future__ import annotations

import pymupdf
import pytest

from extraction.pdf import read_pdf
from tests.pdf.sheets import Sheet, save
from tests.pdf.test_tables import page


def _ruled(sheet: Sheet, x0: float, x1: float, *ys: float) -> None:
    for y in ys:
        sheet.page.draw_line((x0, y), (x1, y), width=0.6)


def test_a_bracket_with_a_repeat_is_one_cell(tmp_path):
    def draw(sheet, top):
        _ruled(sheet, 200, 420, top, top + 14, top + 52, top + 90, top + 104)
        for y, row in ((2, ("stage", "output", "net")), (54 + 14, ("conv2", "14x14", "")), (92, ("", "1x1", "pool"))):
            for x, text in zip((204, 250, 310), row, strict=True):
                sheet.line(x, top + y, text, 9)
        for y, number in ((16, 64), (54, 128)):
            for step, text in enumerate((f"1x1, {number}", f"3x3, {number}", f"1x1, {4 * number}")):
                sheet.line(310, top + y + 12 * step, text, 9)
            sheet.line(380, top + y + 12, f"×{number // 32}", 9)
        sheet.line(204, top + 28, "conv1", 9)
        sheet.line(250, top + 28, "28x28", 9)

    rows = page(draw, tmp_path).rows()
    assert rows[1] == ["conv1", "28x28", "[1x1, 64 3x3, 64 1x1, 256] ×2"]
    assert rows[2][2] == "[1x1, 128 3x3, 128 1x1, 512] ×4"


def test_each_part_under_a_sub_caption_has_columns_of_its_own(tmp_path):
    def draw(sheet, top):
        _ruled(sheet, 200, 420, top, top + 40, top + 60, top + 100)
        for step in range(3):
            for x, text in ((204, "conv"), (250, "16"), (300, "3x3"), (350, "BN"), (390, "ReLU")):
                sheet.line(x, top + 2 + 12 * step, text, 9)
            for x, text in ((204, "fully-connected"), (330, f"10{step}"), (370, "LReLU")):
                sheet.line(x, top + 62 + 12 * step, text, 9)
        sheet.line(270, top + 46, "(a) the first part", 9)
        sheet.line(265, top + 104, "(b) the second part", 9)

    table = page(draw, tmp_path)
    rows = [list(dict.fromkeys(text for text in row if text)) for row in table.rows()]
    assert rows[0] == ["conv", "16", "3x3", "BN", "ReLU"]
    assert set(rows[3]) == {"(a) the first part"}
    assert rows[4] == ["fully-connected", "100", "LReLU"]


def test_upright_rules_keep_columns_apart_that_a_long_cell_reaches_over(tmp_path):
    def draw(sheet, top):
        _ruled(sheet, 200, 330, top, top + 14, top + 28, top + 42, top + 56)
        for x in (200, 228, 264, 330):
            sheet.page.draw_line((x, top), (x, top + 42), width=0.6)
        rows = (("stage", "output", "net"), ("conv1", "28x28", "5x5, 32"), ("conv2", "14x14", "5x5, 64"))
        for step, row in enumerate(rows):
            for x, text in zip((202, 231, 270), row, strict=True):
                sheet.line(x, top + 2 + 14 * step, text, 8)
        sheet.line(208, top + 44, "# parameters", 8)
        sheet.line(280, top + 44, "2.1M", 8)

    rows = page(draw, tmp_path).rows()
    assert rows[:3] == [["stage", "output", "net"], ["conv1", "28x28", "5x5, 32"], ["conv2", "14x14", "5x5, 64"]]
    assert rows[3] == ["# parameters", "# parameters", "2.1M"]


def test_a_row_as_wide_as_its_table_is_no_running_text(tmp_path):
    """A full row between two rules looks like a line of the column; the table goes on above it."""
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(0, 100, 20)
    for y in (400, 416, 432, 474):
        sheet.page.draw_line((72, y), (540, y), width=0.6)
    for step, row in enumerate((("conv", "5x5", "16"), ("pool", "2x2", ""), ("fc", "", "10"))):
        for x, text in zip((76, 250, 420), row, strict=True):
            sheet.line(x, 434 + 12 * step, text, 10)
    sheet.line(76, 402, "layer", 10)
    # As a paper's own text it fills the width of the column to the point.
    text = "Input of the network is a picture in three colours that was scaled and then centred by its mean"
    words = text.split()
    gap = (464 - sum(sheet_width(word) for word in words)) / (len(words) - 1)
    x = 72.0
    for word in words:
        sheet.line(x, 417.5, word, 10)
        x += sheet_width(word) + gap
    sheet.line(200, 480, "Table 1: The layers.")
    sheet.text(0, 510, 15)
    (table,) = read_pdf(save(document, tmp_path / "paper.pdf")).tables
    assert table.region.bbox[1] == pytest.approx(400, abs=2)


def sheet_width(word: str) -> float:
    return float(pymupdf.get_text_length(word, "tiro", 10))
