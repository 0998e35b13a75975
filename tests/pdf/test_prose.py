"""Running text: reading order, whole words, and nothing of figures, captions or running heads."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from extraction.pdf import read_pdf
from tests.pdf.sheets import SENTENCE, Sheet, save


def test_two_columns_are_read_one_after_the_other(tmp_path):
    document = pymupdf.open()
    for number in range(4):
        sheet = Sheet(document, columns=2)
        sheet.line(54, 30, f"A Paper of the Test, page {number + 1}", 9)
        end = sheet.text(0, 72, 30)
        sheet.line(54, end, "The left column ends with these words.")
        end = sheet.text(1, 72, 30)
        sheet.line(318, end, "The right column ends with these words.")
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    text = "\n".join(paper.pages[1].paragraphs)
    assert text.index("The left column ends") < text.index("The right column ends")
    assert "A Paper of the Test" not in text
    assert SENTENCE.strip()[:60] in text


def test_captions_figures_and_tables_are_left_out(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    ink = sheet.boxes(160, 80, ["Encoder", "Decoder"])
    sheet.line(150, ink[3] + 12, "Figure 1: The network.")
    sheet.text(0, 180, 40)
    text = " ".join(read_pdf(save(document, tmp_path / "paper.pdf")).pages[0].paragraphs)
    assert "The network learns features" in text
    assert "Encoder" not in text
    assert "Figure 1" not in text


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("Every one of its layers uses normali-", "zation of every batch", "normalization"),
        ("All of this starts with a pre-", "Trained net of the same kind", "pre-Trained"),
    ],
)
def test_broken_words_are_made_whole(first, second, whole, tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    end = sheet.text(0, 72, 30)
    sheet.line(72, end + 24, first)
    sheet.line(72, end + 36, second)
    sheet.line(72, 700, "The word normalization stands here for comparison, as papers do.")
    text = " ".join(read_pdf(save(document, tmp_path / "paper.pdf")).pages[0].paragraphs)
    assert whole in text


def test_title_authors_abstract_and_year(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.line(120, 70, "Small Networks for Small Pictures", 17)
    sheet.line(200, 110, "Ada Lovelace, Alan M. Turing", 11)
    sheet.line(200, 126, "University of Nowhere", 10)
    sheet.line(280, 160, "Abstract", 11, "tibo")
    end = sheet.text(0, 180, 5)
    sheet.line(72, end + 20, "1 Introduction", 12, "tibo")
    sheet.text(0, end + 44, 30)
    sheet.page.insert_text((30, 600), "arXiv:1234.56789v2 [cs.CV] 3 Mar 2019", fontname="tiro", fontsize=14, rotate=90)
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert paper.title == "Small Networks for Small Pictures"
    assert paper.authors == ("Ada Lovelace", "Alan M. Turing")
    assert paper.abstract.startswith("The network learns features")
    assert "Introduction" not in paper.abstract
    assert paper.year == 2019


def test_a_garbled_text_layer_is_read_from_its_pixels(tmp_path):
    """A font that says of its letters nothing that means anything."""
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(0, 72, 40)
    font = sheet.page.get_fonts()[0][0]
    names = document.get_new_xref()
    document.update_object(names, "<<>>")
    document.update_stream(
        names,
        b"/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def 1 begincodespacerange <00> <ff> "
        b"endcodespacerange 1 beginbfrange <21> <ff> <e021> endbfrange endcmap end",
    )
    document.xref_set_key(font, "ToUnicode", f"{names} 0 R")
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert len(paper.pages) == 1
    assert paper.warnings == ("Page 1: its text is garbled; it was read from its pixels and may hold mistakes.",)
    assert "features of rising order" in " ".join(paper.pages[0].paragraphs)


def test_words_of_a_figure_beside_the_abstract_do_not_end_it(example_paper: Path) -> None:
    paper = read_pdf(example_paper)
    assert paper.abstract.startswith("We describe TinyNet")
    assert paper.abstract.endswith("small enough to be checked by hand.")
