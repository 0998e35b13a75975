"""Pages that are pictures of pages: text, captions, figures and tables from their pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pymupdf
import pytest
import rapidocr

from extraction.pdf import open_safely, scanned
from extraction.pdf.model import Paper
from tests.pdf.sheets import Sheet, save

ROWS = [["layer", "kernel", "output"], ["conv1", "5x5", "28x28x6"], ["pool", "2x2", "14x14x6"], ["fc", "", "10"]]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Paper, tuple[float, ...], tuple[float, ...]]:
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(0, 72, 10)
    figure = sheet.boxes(150, 230, ["conv", "pool", "dense"])
    sheet.line(150, 280, "Figure 1: A network of three layers.")
    sheet.text(0, 310, 10)
    sheet.line(150, 450, "Table 1: The layers and what comes out of each.")
    table = sheet.table(200, 470, ROWS)
    sheet.text(0, 560, 10)
    pixels = document[0].get_pixmap(dpi=200)
    scanned = pymupdf.open()
    page = scanned.new_page(width=612, height=792)
    page.insert_image(page.rect, pixmap=pixels)
    path: Path = save(scanned, tmp_path_factory.mktemp("scan") / "scan.pdf")
    return open_safely(path), figure, table


@pytest.mark.parametrize(("name", "high"), [(scanned.FINDER, 96), (scanned.READER, 48)])
def test_the_recognisers_networks_say_what_they_say_as_they_come(name, high):
    path = Path(rapidocr.__file__).parent / "models" / name
    as_it_comes = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    lighter = scanned._network(path)
    for wide in (160, 320, 160):  # memory that is kept must not show
        picture = np.random.default_rng(wide).uniform(-1, 1, (1, 3, high, wide)).astype(np.float32)
        (one,), (other,) = (session.run(None, {"x": picture}) for session in (as_it_comes, lighter))
        assert np.array_equal(one, other)


def test_a_scan_is_told_of_and_its_text_read(scan):
    paper, _, _ = scan
    assert paper.warnings == ("Page 1: it is a scan; it was read from its pixels and may hold mistakes.",)
    assert "learns features of rising order" in " ".join(paper.pages[0].paragraphs)


def test_figures_and_tables_of_a_scan(scan):
    paper, figure, table = scan
    assert [(found.region.number, found.content) for found in paper.figures] == [("1", "raster")]
    assert paper.figures[0].region.caption == "Figure 1: A network of three layers."
    assert paper.figures[0].region.bbox == pytest.approx(figure, abs=2)
    assert paper.tables[0].region.bbox == pytest.approx(table, abs=2)
    assert paper.tables[0].rows() == ROWS


def test_words_of_a_scan_say_how_sure_they_are(scan):
    paper, _, _ = scan
    words = {word.text: word for word in paper.figures[0].words}
    assert {"conv", "pool", "dense"} <= set(words)
    assert all(0.6 <= word.confidence <= 1 for word in words.values())
