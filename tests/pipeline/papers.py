"""A whole small paper, drawn by the tests."""

from __future__ import annotations

from pathlib import Path

import pymupdf

from tests.pdf.sheets import Sheet, save

LAYERS = ["input", "conv 3x3", "max pool", "fc 10", "softmax"]


def small_paper(path: Path, figure: str = "1", title: str = "Small Networks for Small Pictures") -> Path:
    """Title, abstract, a network as boxes and arrows, a table of its layers, and how it was trained."""
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.line(140, 70, title, 17)
    sheet.line(200, 104, "Ada Lovelace, Alan M. Turing", 11)
    sheet.line(280, 136, "Abstract", 11, "tibo")
    end = sheet.text(0, 156, 5)
    sheet.line(72, end + 16, "1 Introduction", 12, "tibo")
    sheet.text(0, end + 36, 8)
    ink = sheet.boxes(140, 370, LAYERS)
    for number in range(len(LAYERS) - 1):
        x = 140 + 68 * (number + 1)
        sheet.page.draw_polyline(
            [(x - 5, 382), (x, 385), (x - 5, 388)], color=(0, 0, 0), fill=(0, 0, 0), closePath=True
        )
    sheet.line(170, ink[3] + 14, f"Figure {figure}: The network, from the picture to the classes.")
    sheet.line(72, 450, "We train with Adam and a learning rate of 0.001 for 20 epochs, with a batch size of 64 and")
    sheet.line(72, 462, "a dropout of 0.5 before the last layer, which keeps the network from learning by heart.")
    end = sheet.text(0, 486, 6)
    sheet.line(170, end + 14, "Table 1: The layers of the network and what comes out of each.")
    rows = [
        ["layer", "kernel", "output"],
        ["input", "", "28x28x1"],
        ["conv1", "5x5", "24x24x6"],
        ["max pool", "2x2", "12x12x6"],
        ["fc", "", "10"],
    ]
    sheet.table(190, end + 32, rows, 70)
    return save(document, path)
