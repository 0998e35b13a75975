"""One PDF read as a whole. Runs in a child process when the file comes from outside: see `extraction.pdf.safe`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import pymupdf

from extraction.pdf.captions import Caption, find_captions, renumber
from extraction.pdf.ink import PageInk, page_ink, render
from extraction.pdf.layout import PageLayout, lay_out
from extraction.pdf.model import Box, Figure, Page, Paper, PdfError, Region, Stroke, Table, Word
from extraction.pdf.regions import PageView, assign
from extraction.pdf.rows import garbled_share, read_rows
from extraction.pdf.strokes import read_rules, read_strokes

MAX_PAGES = 500
MAX_BYTES = 100 * 1024 * 1024
#: A figure's picture: dots an inch, and the longest side in pixels.
DPI = 200
MAX_SIDE = 3000

Progress = Callable[[int, int], None]


def read_pdf(path: Path, *, progress: Progress | None = None) -> Paper:
    """Read a PDF in this process.

    Args:
        progress: told the pages done and the number of pages.

    Raises:
        PdfError: if the file can't be read at all; what can't be read in part becomes a warning of the paper.
    """
    data = _bytes(path)
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    document = _open(data)
    try:
        return _read(document, hashlib.sha256(data).hexdigest(), progress)
    finally:
        document.close()


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise PdfError(f"The file has {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read.")
        data = path.read_bytes()
    except OSError as error:
        raise PdfError(f"The file can't be opened: {error.strerror or error}.") from error
    if not data:
        raise PdfError("The file is empty.")
    if b"%PDF-" not in data[:1024]:
        raise PdfError("This is not a PDF: the file doesn't start as a PDF does.")
    return data


def _open(data: bytes) -> pymupdf.Document:
    try:
        document = pymupdf.open(stream=data, filetype="pdf")
    except Exception as error:
        raise PdfError("The PDF is damaged: it can't be opened. Perhaps the download broke off.") from error
    if document.needs_pass:
        raise PdfError("The PDF is encrypted and needs a password. Upload a copy without one.")
    pages = document.page_count
    if pages == 0:
        if b"%%EOF" not in data[-2048:]:
            raise PdfError("The PDF is truncated: its end is missing. Perhaps the download broke off.")
        raise PdfError("The PDF has no pages.")
    if pages > MAX_PAGES:
        raise PdfError(f"The PDF has {pages:,} pages; at most {MAX_PAGES} are read.")
    return document


def _read(document: pymupdf.Document, sha256: str, progress: Progress | None) -> Paper:
    warnings: list[str] = []
    count = document.page_count
    sizes, rows, rules = [], [], []
    for index in range(count):
        page = document[index]
        page.remove_rotation()
        sizes.append((page.rect.width, page.rect.height))
        rows.append(read_rows(page))
        rules.append(read_rules(page))
        text = "".join(row.text for row in rows[-1])
        if len(text) > 200 and garbled_share(text) > 0.3:
            warnings.append(f"Page {index + 1}: its text is garbled and could not be read.")
    layouts, _ = lay_out(sizes, rows, rules)
    captions = renumber(find_captions(layouts))
    views = []
    for layout in layouts:
        here = [caption for caption in captions if caption.page == layout.number]
        if here:
            views.append(_view(document[layout.number - 1], layout, here))
        if progress:
            progress(layout.number, count)
    figures: list[Figure] = []
    tables: list[Table] = []
    for view, found in zip(views, assign(views), strict=True):
        page = document[view.layout.number - 1]
        strokes: list[Stroke] | None = None
        for caption, box in zip(view.captions, found, strict=True):
            if box is None:
                warnings.append(f"Page {caption.page}: nothing was found for “{caption.text[:40]}”.")
                continue
            region = Region(caption.number, caption.page, box, caption.text, view.ink.printed(caption.bbox))
            if caption.kind == "table":
                tables.append(Table(region))
                continue
            if strokes is None:
                strokes = read_strokes(page)
            figures.append(_figure(page, region, view, strokes))
    pages = tuple(Page(layout.number, layout.width, layout.height) for layout in layouts)
    return Paper(sha256, "", pages, tuple(figures), tuple(tables), warnings=tuple(warnings))


def _view(page: pymupdf.Page, layout: PageLayout, captions: list[Caption]) -> PageView:
    erase = [row.bbox for row in (*layout.body, *layout.headings, *layout.furniture)]
    erase += [row.bbox for caption in captions for row in caption.rows]
    erase += layout.page_rules
    text = [word.bbox for row in layout.rows for word in row.words]
    return PageView(layout, page_ink(page, erase, text), captions)


def _figure(page: pymupdf.Page, region: Region, view: PageView, strokes: Sequence[Stroke]) -> Figure:
    box = region.bbox
    long_side = max(box[2] - box[0], box[3] - box[1])
    scale = min(DPI / 72, MAX_SIDE / long_side)
    words = tuple(
        _scaled_word(word, box, scale)
        for row in view.layout.rows
        for word in row.words
        if _centre_in(word.bbox, box) and not _in_caption(word.bbox, region)
    )
    inside = tuple(_scaled_stroke(stroke, box, scale) for stroke in strokes if _touches(stroke, box))
    return Figure(region, _content(page, view.ink, box), render(page, scale, box), scale, words, inside)


def _content(page: pymupdf.Page, ink: PageInk, box: Box) -> Literal["vector", "raster", "mixed"]:
    """What a region's ink is made of: by how much of it lies on embedded pictures."""
    pictures = [
        (bound[0], bound[1], bound[2], bound[3])
        for kind, bound in page.get_bboxlog()
        if kind in ("fill-image", "fill-imgmask") and bound[2] - bound[0] > 4 and bound[3] - bound[1] > 4
    ]
    share = ink.share(box, pictures)
    return "vector" if share < 0.02 else "raster" if share > 0.9 else "mixed"


def _scaled_word(word: Word, box: Box, scale: float) -> Word:
    x0, y0, x1, y1 = word.bbox
    moved = ((x0 - box[0]) * scale, (y0 - box[1]) * scale, (x1 - box[0]) * scale, (y1 - box[1]) * scale)
    return Word(word.text, moved, word.size * scale, word.direction, word.confidence, word.line)


def _scaled_stroke(stroke: Stroke, box: Box, scale: float) -> Stroke:
    points = tuple(((x - box[0]) * scale, (y - box[1]) * scale) for x, y in stroke.points)
    return Stroke(points, stroke.closed, stroke.colour, stroke.fill, stroke.width * scale, stroke.dashed, stroke.curved)


def _touches(stroke: Stroke, box: Box) -> bool:
    xs = [x for x, _ in stroke.points]
    ys = [y for _, y in stroke.points]
    return min(xs) < box[2] + 1 and max(xs) > box[0] - 1 and min(ys) < box[3] + 1 and max(ys) > box[1] - 1


def _centre_in(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] - 1 <= x <= outer[2] + 1 and outer[1] - 1 <= y <= outer[3] + 1


def _in_caption(box: Box, region: Region) -> bool:
    return region.caption_bbox is not None and _centre_in(box, region.caption_bbox)
