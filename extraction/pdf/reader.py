"""One PDF read as a whole. Runs in a child process when the file comes from outside: see `extraction.pdf.safe`."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pymupdf

from extraction.pdf import scanned
from extraction.pdf.captions import Caption, find_captions
from extraction.pdf.cells import read_cells
from extraction.pdf.figures import picture, take_figure
from extraction.pdf.ink import page_ink, render
from extraction.pdf.layout import PageLayout, lay_out
from extraction.pdf.model import Figure, Page, Paper, PdfError, Region, Stroke, Table
from extraction.pdf.prose import abstract_of, authors_of, paragraphs, title_of, vocabulary, year_of
from extraction.pdf.regions import PageView, assign
from extraction.pdf.rows import read_rows
from extraction.pdf.strokes import read_frames, read_rules, read_strokes, read_uprights

MAX_PAGES = 500
MAX_BYTES = 100 * 1024 * 1024

_PARTS = re.compile(r"(\d+)|(\D+)")

Progress = Callable[[int, int], None]


def read_pdf(path: Path, *, progress: Progress | None = None) -> Paper:
    """Read a PDF in this process.

    Args:
        progress: told the pages done and the number of pages.

    Raises:
        PdfError: if the file can't be read at all; what can't be read in part becomes a warning of the paper.
    """
    check_file(path)
    data = path.read_bytes()
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    # Boxes of words as the fonts have them. Said here, for parts of PyMuPDF say it once they are loaded, or not.
    pymupdf.TOOLS.unset_quad_corrections(True)
    document = _open(data)
    try:
        return _read(document, hashlib.sha256(data).hexdigest(), progress)
    finally:
        document.close()


def check_file(path: Path) -> None:
    """See from the file alone whether it can be a PDF. Raises `PdfError` if not."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise PdfError(f"The file can't be opened: {error.strerror or error}.") from error
    if size > MAX_BYTES:
        raise PdfError(f"The file is too large: {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read.")
    if not head:
        raise PdfError("The file is empty.")
    if b"%PDF-" not in head:
        raise PdfError("This is not a PDF: the file doesn't start as a PDF does.")


def _open(data: bytes) -> pymupdf.Document:
    # A whole file says so at its end. MuPDF repairs one that was cut off as far as it goes, but what is missing
    # (pages, pictures) it leaves out without a word.
    cut_off = b"%%EOF" not in data[-4096:]
    truncated = PdfError("The PDF is truncated: its end is missing. Perhaps the download broke off; fetch it again.")
    try:
        document = pymupdf.open(stream=data, filetype="pdf")
    except Exception as error:
        if cut_off:
            raise truncated from error
        raise PdfError("The PDF is damaged and can't be opened. Fetch it again, or print it into a new PDF.") from error
    if document.needs_pass:
        raise PdfError("The PDF is encrypted and needs a password. Upload a copy without one.")
    if cut_off and document.is_repaired:
        raise truncated
    pages = document.page_count
    if pages == 0:
        raise PdfError("The PDF has no pages.")
    if pages > MAX_PAGES:
        raise PdfError(f"The PDF has {pages:,} pages; at most {MAX_PAGES} are read.")
    return document


def _read(document: pymupdf.Document, sha256: str, progress: Progress | None) -> Paper:
    warnings: list[str] = []
    count = document.page_count
    sizes, rows, rules, frames = [], [], [], []
    recognised = 0
    for index in range(count):
        page = document[index]
        page.remove_rotation()
        sizes.append((page.rect.width, page.rect.height))
        printed, lost = read_rows(page)
        ruled = read_rules(page)
        frames.append(read_frames(page))
        if lost > scanned.GARBLED or scanned.is_scanned(page, printed):
            recognised += 1
            reason = "its text is garbled" if lost > scanned.GARBLED else "it is a scan"
            if recognised > scanned.MAX_PAGES:
                warnings.append(f"Page {index + 1}: {reason}; what stands there was not read.")
            else:
                printed = scanned.recognised_rows(page)
                ruled = ruled or scanned.drawn_rules(render(page, scanned.SCALE), scanned.SCALE)
                warnings.append(f"Page {index + 1}: {reason}; it was read from its pixels and may hold mistakes.")
        rows.append(printed)
        rules.append(ruled)
    layouts, body = lay_out(sizes, rows, rules, frames)
    captions = find_captions(layouts)
    views = []
    for layout in layouts:
        here = [caption for caption in captions if caption.page == layout.number]
        if here:
            views.append(_view(document[layout.number - 1], layout, here))
        if progress:
            progress(layout.number, count)
    figures: list[Figure] = []
    tables: list[Table] = []
    for view, regions in zip(views, _regions(views, warnings), strict=True):
        page = document[view.layout.number - 1]
        strokes: list[Stroke] | None = None
        for caption, region in regions:
            if caption.kind == "table":
                cells = read_cells(view.layout.rows, view.layout.rules, read_uprights(page), region.bbox)
                tables.append(Table(region, cells, *picture(page, region.bbox)))
            else:
                strokes = read_strokes(page) if strokes is None else strokes
                figures.append(take_figure(page, region, view, strokes))
    figures.sort(key=lambda figure: _order(figure.region))
    tables.sort(key=lambda table: _order(table.region))
    known = vocabulary(layouts)
    taken = [*(figure.region for figure in figures), *(table.region for table in tables)]
    title, title_end = title_of(layouts[0], body, str((document.metadata or {}).get("title") or ""), known)
    return Paper(
        sha256=sha256,
        title=title,
        pages=tuple(
            Page(
                layout.number,
                layout.width,
                layout.height,
                paragraphs(layout, [region.bbox for region in taken if region.page == layout.number], known),
            )
            for layout in layouts
        ),
        figures=tuple(figures),
        tables=tuple(tables),
        authors=authors_of(layouts[0], title_end),
        abstract=abstract_of(layouts, known),
        year=year_of(layouts[0]),
        warnings=tuple(warnings),
    )


def _regions(views: list[PageView], warnings: list[str]) -> list[list[tuple[Caption, Region]]]:
    """The regions of each page, with numbers of their own: a second "3" of a kind becomes "3-2"."""
    seen: Counter[tuple[str, str]] = Counter()
    result = []
    for view, boxes in zip(views, assign(views), strict=True):
        regions = []
        for caption, box in zip(view.captions, boxes, strict=True):
            if box is None:
                warnings.append(f"Page {caption.page}: nothing was found for “{caption.text[:40]}”.")
                continue
            seen[(caption.kind, caption.number)] += 1
            count = seen[(caption.kind, caption.number)]
            number = caption.number if count == 1 else f"{caption.number}-{count}"
            regions.append((caption, Region(number, caption.page, box, caption.text, view.ink.printed(caption.bbox))))
        result.append(regions)
    return result


def _order(region: Region) -> tuple[int, list[tuple[int, str]]]:
    """By page, then by number, "10" after "9"."""
    return region.page, [(int(digits or 0), word) for digits, word in _PARTS.findall(region.number)]


def _view(page: pymupdf.Page, layout: PageLayout, captions: list[Caption]) -> PageView:
    erase = [row.bbox for row in (*layout.body, *layout.headings, *layout.furniture)]
    erase += [row.bbox for caption in captions for row in caption.rows]
    erase += layout.page_rules
    text = [word.bbox for row in layout.rows for word in row.words]
    return PageView(layout, page_ink(page, erase, text), captions)
