"""Figures and tables are found with their captions and the box of their ink, wherever a paper puts them."""

from __future__ import annotations

import pymupdf
import pytest

from extraction.pdf import open_safely, read_pdf
from tests.pdf.sheets import Sheet, close_to, save

LABELS = ["Input", "Conv", "Pool", "Dense"]


def found(paper):
    return {("figure", figure.region.number): figure.region for figure in paper.figures} | {
        ("table", table.region.number): table.region for table in paper.tables
    }


def test_a_figure_between_text_with_its_caption_below(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    end = sheet.text(0, 72, 14)
    ink = sheet.boxes(160, end + 30, LABELS)
    sheet.line(150, ink[3] + 14, "Figure 1: A network with four layers, drawn from left to right.")
    sheet.text(0, ink[3] + 50, 20)
    sheet.text(0, 500, 16)
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert [figure.region.number for figure in paper.figures] == ["1"]
    figure = paper.figures[0]
    assert close_to(figure.region.bbox, ink)
    assert figure.region.caption == "Figure 1: A network with four layers, drawn from left to right."
    assert figure.region.page == 1
    assert figure.content == "vector"
    assert not paper.warnings


def test_words_and_strokes_lie_where_the_picture_shows_them(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(0, 72, 14)
    ink = sheet.boxes(160, 300, LABELS)
    sheet.line(150, ink[3] + 14, "Figure 1: A network.")
    sheet.text(0, 420, 24)
    figure = read_pdf(save(document, tmp_path / "paper.pdf")).figures[0]
    height, width, _ = figure.image.shape
    assert [word.text for word in figure.words] == LABELS
    for word in figure.words:
        x0, y0, x1, y1 = (round(value) for value in word.bbox)
        assert figure.image[y0:y1, x0:x1].min() < 100
    boxes = [stroke for stroke in figure.strokes if stroke.closed]
    lines = [stroke for stroke in figure.strokes if not stroke.closed]
    assert (len(boxes), len(lines)) == (4, 3)
    assert boxes[0].fill == pytest.approx((0.9, 0.95, 1), abs=0.01)
    assert boxes[0].width == pytest.approx(figure.scale)
    for stroke in figure.strokes:
        for x, y in stroke.points:
            assert -1 <= x <= width + 1
            assert -1 <= y <= height + 1
        x, y = stroke.points[0]
        assert figure.image[min(round(y), height - 1), min(round(x), width - 1)].max() < 120


def test_two_columns_each_with_a_figure(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document, columns=2)
    left = sheet.boxes(54, 80, ["A", "B", "C"])
    sheet.line(54, left[3] + 12, "Fig. 1. The encoder, seen from its input side on.", 9)
    sheet.text(0, left[3] + 40, 44)
    right = sheet.boxes(330, 200, ["D", "E", "F"])
    sheet.text(1, 72, 9)
    sheet.line(318, right[3] + 12, "Fig. 2. The decoder, seen from its output side on.", 9)
    sheet.text(1, right[3] + 40, 36)
    regions = found(read_pdf(save(document, tmp_path / "paper.pdf")))
    assert close_to(regions[("figure", "1")].bbox, left)
    assert close_to(regions[("figure", "2")].bbox, right)


def test_a_wide_picture_over_both_columns(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document, columns=2)
    sheet.picture((80, 72, 530, 220))
    sheet.line(
        54, 232, "FIGURE 3. A scene as the camera sees it, with all its colours, shadows and small things in it.", 9
    )
    for column in (0, 1):
        sheet.text(column, 270, 38)
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert close_to(found(paper)[("figure", "3")].bbox, (80, 72, 530, 220))
    assert paper.figures[0].content == "raster"


def test_figures_side_by_side_share_the_row(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.picture((90, 72, 280, 200))
    sheet.picture((330, 72, 520, 200))
    sheet.line(110, 210, "Figure 1: What goes into it.")
    sheet.line(350, 210, "Figure 2: What comes out of it.")
    sheet.text(0, 250, 40)
    regions = found(read_pdf(save(document, tmp_path / "paper.pdf")))
    assert close_to(regions[("figure", "1")].bbox, (90, 72, 280, 200))
    assert close_to(regions[("figure", "2")].bbox, (330, 72, 520, 200))


def test_stacked_figures_and_a_table_with_its_caption_above(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    first = sheet.boxes(160, 80, LABELS)
    sheet.line(150, first[3] + 12, "Figure 1: The first of two networks, one above the other.")
    second = sheet.boxes(160, 160, LABELS[:3])
    sheet.line(150, second[3] + 12, "Figure 2: The second of two networks, with fewer layers.")
    sheet.line(150, 240, "Table 1: The layers of the network and what comes out of each.")
    table = sheet.table(
        200, 258, [["layer", "kernel", "output"], ["conv1", "5x5", "28x28x6"], ["pool1", "2x2", "14x14x6"]]
    )
    sheet.text(0, 340, 36)
    regions = found(read_pdf(save(document, tmp_path / "paper.pdf")))
    assert close_to(regions[("figure", "1")].bbox, first)
    assert close_to(regions[("figure", "2")].bbox, second)
    assert close_to(regions[("table", "1")].bbox, table)


def test_roman_numbers_are_told_in_figures(tmp_path):
    document = pymupdf.open()
    for number in ("I", "II"):
        sheet = Sheet(document)
        sheet.line(150, 80, f"TABLE {number}: The layers of a network and what comes out of each.")
        sheet.table(200, 98, [["layer", "kernel", "output"], ["conv1", "5x5", "28x28x6"], ["pool1", "2x2", "14x14x6"]])
        sheet.text(0, 240, 36)
    assert set(found(read_pdf(save(document, tmp_path / "paper.pdf")))) == {("table", "1"), ("table", "2")}


def test_a_sentence_that_starts_with_a_label_is_no_caption(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    ink = sheet.boxes(160, 80, LABELS)
    sheet.line(150, ink[3] + 12, "Figure 1: The network.")
    end = sheet.text(0, 180, 8)
    sheet.line(72, end + 20, "Figure 1 shows the network that the text before has told of at such length.")
    sheet.text(0, end + 34, 30)
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert [figure.region.caption for figure in paper.figures] == ["Figure 1: The network."]


def test_long_captions_are_kept_whole(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    ink = sheet.boxes(160, 80, LABELS)
    sheet.line(
        72, ink[3] + 14, "Figure 1: The network of this paper. From left to right stand the input, one convolution,", 9
    )
    sheet.line(72, ink[3] + 25, "one pooling, and the layer that joins all of it; every arrow is one tensor.", 9)
    sheet.text(0, ink[3] + 60, 40)
    caption = read_pdf(save(document, tmp_path / "paper.pdf")).figures[0].region.caption
    assert caption.startswith("Figure 1: The network of this paper. From left")
    assert caption.endswith(
        "one convolution, one pooling, and the layer that joins all of it; every arrow is one tensor."
    )


def test_a_white_ground_counts_for_nothing(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.page.draw_rect(pymupdf.Rect(80, 70, 530, 205), color=None, fill=(1, 1, 1))
    ink = sheet.boxes(200, 120, LABELS[:3])
    sheet.line(150, 210, "Figure 1: A network on a white ground.")
    sheet.text(0, 250, 36)
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert close_to(paper.figures[0].region.bbox, ink)


def test_annotations_of_readers_are_not_drawn(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    ink = sheet.boxes(160, 80, LABELS)
    sheet.page.add_rect_annot(pymupdf.Rect(100, 75, 560, 150))
    sheet.line(150, 130, "Figure 1: A network that someone marked.")
    sheet.text(0, 180, 40)
    paper = read_pdf(save(document, tmp_path / "paper.pdf"))
    assert close_to(paper.figures[0].region.bbox, ink)


def test_turned_pages_are_read_upright(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    ink = sheet.boxes(160, 80, LABELS)
    sheet.line(150, ink[3] + 12, "Figure 1: A network.")
    sheet.text(0, 180, 40)
    upright = read_pdf(save(document, tmp_path / "upright.pdf"))
    document = pymupdf.open(tmp_path / "upright.pdf")
    document[0].set_rotation(180)
    turned = read_pdf(save(document, tmp_path / "turned.pdf"))
    assert upright.figures[0].region.number == "1"
    assert len(turned.pages) == 1


def test_the_sandbox_gives_what_reading_here_gives(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    ink = sheet.boxes(160, 80, LABELS)
    sheet.line(150, ink[3] + 12, "Figure 1: A network.")
    sheet.line(150, 160, "Table 1: Its layers.")
    sheet.table(200, 178, [["layer", "kernel"], ["conv1", "5x5"]])
    sheet.text(0, 300, 36)
    path = save(document, tmp_path / "paper.pdf")
    here, there = read_pdf(path), open_safely(path)
    assert (here.pages, here.sha256, here.title) == (there.pages, there.sha256, there.title)
    (table,), (same,) = here.tables, there.tables
    assert (table.region, table.cells, table.scale) == (same.region, same.cells, same.scale)
    assert (table.image == same.image).all()
    assert len(there.figures) == len(there.tables) == 1
    assert (here.figures[0].image == there.figures[0].image).all()
    assert here.figures[0].words == there.figures[0].words
    for a, b in zip(here.figures[0].strokes, there.figures[0].strokes, strict=True):
        assert a.points[0] == pytest.approx(b.points[0], abs=0.01)


@pytest.mark.shared
def test_boxes_of_real_papers(benchmark, papers):
    """The hand-made boxes of two papers, one and two columns."""
    from bench.figure_boxes import LIMIT, gold, iou
    from bench.figure_boxes import found as boxes

    wanted = gold(benchmark)
    for slug in ("vaswani-2017-transformer", "zhou-2017-east"):
        got = boxes(read_pdf(papers / f"{slug}.pdf"))
        assert got.keys() == wanted[slug].keys()
        for key, (box, _) in wanted[slug].items():
            assert iou(got[key][0], box) >= LIMIT, (slug, key)


def test_a_legend_in_rows_above_the_drawing_belongs_to_the_figure(tmp_path):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(0, 72, 10)
    for number, row in enumerate(("C: The convolution layer", "P: The max-pooling layer", "FC: The dense layer")):
        sheet.line(160, 240 + 12 * number, row, size=9, font="hebo")
    ink = sheet.boxes(160, 282, ["C", "P", "FC"])
    sheet.line(150, ink[3] + 14, "Figure 1: A network.")
    sheet.text(0, 420, 24)
    figure = read_pdf(save(document, tmp_path / "paper.pdf")).figures[0]
    assert "convolution" in [word.text for word in figure.words]
    assert figure.region.bbox[1] > 230


@pytest.mark.parametrize("left", [120, 131, 142, 150, 163])
def test_words_beside_the_samples_of_a_legend_belong_to_the_figure(tmp_path, left):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.text(0, 72, 10)
    ink = sheet.boxes(left - 10, 260, ["C", "P", "FC"])
    caption = "Figure 1: A network, with a legend on its right."
    right = left + pymupdf.get_text_length(caption, "tiro", 10)
    for number, row in enumerate(("convolution", "max-pooling", "dense layer")):
        top = 244 + 14 * number
        sheet.page.draw_rect(pymupdf.Rect(right - 20, top, right - 4, top + 9), color=(0, 0, 0), fill=(0.6, 0.8, 1))
        sheet.line(right + 2, top, row, size=8)
    sheet.line(left, ink[3] + 14, caption)
    sheet.text(0, 420, 24)
    figure = read_pdf(save(document, tmp_path / "paper.pdf")).figures[0]
    assert {"convolution", "max-pooling"} <= {word.text for word in figure.words}
