"""Running text: paragraphs in reading order, and the paper's title, authors and abstract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.pdf.layout import PageLayout
from extraction.pdf.model import Box
from extraction.pdf.rows import Row, Style, centre_in

_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_ABSTRACT = re.compile(r"^\s*(?:\d\.?\s*)?a\s?bstract\b[\s.:—–-]*", re.IGNORECASE)
_AFTER_ABSTRACT = re.compile(
    r"^\s*(?:1\b|I\.|(?:\d\.?\s*)?(?:introduction|i\s?ntroduction|keywords|index terms|key words|categories|ccs))",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^[A-ZÀ-Ž][\w.'’À-ž-]*(?:\s+(?:[A-ZÀ-Ž][\w.'’À-ž-]*|van|von|de|der|den|da|di|del|la|le|al|bin)){1,4}$"
)
_PLACE = re.compile(
    r"@|universit|institut|depart|laborator|school|college|research|google|microsoft|facebook|inc\b|ltd|corp|academy"
    r"|center|centre|science|technolog|engineering|group|\busa\b|\bai\b|deepmind|national|abstract|arxiv|\d{4}",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[∗*†‡§¶♮♯♭\d]+|\(cid:\d+\)")
_ARXIV = re.compile(r"arXiv:.*\b((?:19|20)\d\d)\b")
_VENUE = re.compile(
    r"(?:©|\(c\)|copyright|conference|proceedings|workshop|published|NIPS|NeurIPS|ICLR|ICML|CVPR|ICCV|journal)"
    r".{0,60}?\b((?:19|20)\d\d)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Block:
    rows: list[Row]
    band: tuple[float, float]


def paragraphs(layout: PageLayout, taken: Sequence[Box], known: Counter[str]) -> tuple[str, ...]:
    """The page's paragraphs in reading order.

    Args:
        taken: boxes of figures and tables, whose words are left out.
        known: how often each word stands in the paper, to tell a broken word from a compound.
    """
    texts: list[str] = []
    blocks = _blocks(layout, taken)
    for number, block in enumerate(blocks):
        text = _joined(block.rows, known)
        first = block.rows[0]
        if texts and number and _carries_on(blocks[number - 1], block, texts[-1]):
            texts[-1] = _hyphenated(texts[-1], text, known)
        elif text and (len(first.words) > 1 or len(text) > 3):
            texts.append(text)
    return tuple(texts)


def vocabulary(layouts: Iterable[PageLayout]) -> Counter[str]:
    """How often each word stands in the paper, rows' last words left out: those may be broken."""
    counts: Counter[str] = Counter()
    for layout in layouts:
        for row in layout.rows:
            for word in row.words[:-1]:
                counts.update(match.lower() for match in _WORD.findall(word.text))
    return counts


def _blocks(layout: PageLayout, taken: Sequence[Box]) -> list[_Block]:
    body = {id(row) for row in layout.body}
    rows = [*layout.body, *(row for row in layout.other if _is_prose(row))]
    rows = [row for row in rows if not any(centre_in(row.bbox, box) for box in taken)]
    blocks: list[_Block] = []
    for band, group in _in_reading_order(layout, rows):
        block: _Block | None = None
        for row in group:
            if block is None or _starts_anew(block.rows, row, body):
                block = _Block([row], band)
                blocks.append(block)
            else:
                block.rows.append(row)
    return blocks


def _is_prose(row: Row) -> bool:
    """Whether a row that fills no column reads as text: several words, most of them letters."""
    letters = sum(1 for word in row.words if len(word.text) > 1 and word.text.strip(".,;:()").isalpha())
    return row.direction == 0 and letters >= 4 and letters >= 0.6 * len(row.words)


def _in_reading_order(layout: PageLayout, rows: list[Row]) -> list[tuple[tuple[float, float], list[Row]]]:
    """Rows by column, from the top; a row that crosses the gutter closes what stands above it."""
    result: list[tuple[tuple[float, float], list[Row]]] = []
    whole = (0.0, layout.width)
    waiting: dict[tuple[float, float], list[Row]] = {}
    crossing: list[Row] = []
    for row in sorted(rows, key=lambda row: (round(row.baseline), row.x0)):
        band = layout.band(row.x0, row.x1)
        if layout.gutters and band == whole:
            result.extend(sorted(waiting.items()))
            waiting = {}
            crossing.append(row)
        else:
            if crossing:
                result.append((whole, crossing))
                crossing = []
            waiting.setdefault(band, []).append(row)
    if crossing:
        result.append((whole, crossing))
    result.extend(sorted(waiting.items()))
    return result


def _starts_anew(rows: list[Row], row: Row, body: set[int]) -> bool:
    last = rows[-1]
    if abs(last.baseline - row.baseline) < 2:
        return False
    left = min(other.x0 for other in rows)
    right = max(max(other.x1 for other in rows), row.x1)
    step = row.baseline - last.baseline
    if step > 1.65 * row.size or abs(row.size - last.size) > 0.8:
        return True
    indented = row.x0 > left + 5 and last.x0 <= left + 2
    ended = last.x1 < right - 0.12 * (right - left) and last.text[-1:] in ".:;!?)"
    return (indented and last.text[-1:] in '.:;!?)]”"') or ended or (id(row) not in body) != (id(last) not in body)


def _carries_on(before: _Block, block: _Block, text: str) -> bool:
    """Whether a paragraph goes on at the top of the next column or below a figure."""
    if text[-1:] in ".:!?" or abs(before.rows[-1].size - block.rows[0].size) > 0.6:
        return False
    return before.band != block.band and block.rows[0].text[:1].islower()


def _joined(rows: Sequence[Row], known: Counter[str]) -> str:
    text = ""
    for row in rows:
        text = _hyphenated(text, row.text, known) if text else row.text
    return text.strip()


def _hyphenated(before: str, after: str, known: Counter[str]) -> str:
    """Two rows as one text; a word broken at the end of the first made whole."""
    if not before.endswith("-") or not after[:1].isalpha() or not before[:-1][-1:].isalpha():
        return f"{before} {after}"
    head = _WORD.findall(before[:-1])[-1]
    tail = _WORD.findall(after)[0]
    whole, compound = known[(head + tail).lower()], known[f"{head}-{tail}".lower()]
    both = known[head.lower()] and known[tail.lower()] and len(tail) > 3
    if compound > whole or (not whole and ((after[:1].isupper() and not head.isupper()) or both)):
        return before + after
    return before[:-1] + after


def title_of(layout: PageLayout, body: Style, stated: str, known: Counter[str]) -> tuple[str, float]:
    """The title and the height at which it ends (0 where it isn't found on the page).

    Args:
        layout: of the first page.
        stated: the title in the file's own description, used where the page shows none.
    """
    top = [row for row in layout.rows if row.direction == 0 and row.y0 < 0.5 * layout.height and len(row.text) > 2]
    candidates = [row for row in top if row not in layout.furniture and row.size > body.size + 1.4 and row.width > 40]
    if not candidates:
        bold = [row for row in top if row.style.bold and row not in layout.furniture and len(row.words) > 2]
        candidates = [row for row in bold[:1] if not _ABSTRACT.match(row.text)]
        if not candidates:
            return " ".join(stated.split()), 0.0
    # Small capitals and initials differ in size within one title.
    largest = max(_capitals(row) for row in candidates if len(row.text) > 5 or len(candidates) == 1)
    rows = [row for row in candidates if _capitals(row) >= largest - 0.6]
    kept = [rows[0]]
    for row in top[top.index(kept[0]) + 1 :]:
        # A second row may be set smaller, as long as it looks alike and follows closely.
        alike = row.style.font == kept[0].style.font and (row in rows or row.size > body.size + 1.4)
        if alike and row.baseline - kept[-1].baseline < 2.4 * largest:
            kept.append(row)
    return _joined(kept, known), max(row.y1 for row in kept)


def _capitals(row: Row) -> float:
    """Size of a row's largest letters, as far as it is known."""
    return max(row.size, row.first.size if row.first else 0.0)


def authors_of(layout: PageLayout, title_end: float) -> tuple[str, ...]:
    """Names between title and abstract, as far as they can be told from addresses."""
    end = min((row.y0 for row in layout.rows if _ABSTRACT.match(row.text) and row.y0 > title_end), default=0.0)
    end = end or title_end + 90
    names: list[str] = []
    for row in sorted(layout.rows, key=lambda row: (round(row.baseline / 3), row.x0)):
        if row.direction != 0 or not title_end - 1 <= row.y0 < end:
            continue
        if _PLACE.search(_MARKS.sub("", row.text)):
            continue
        for part in re.split(r",|;|\band\b|&|·|•|\s{3,}", _MARKS.sub(" , ", row.text)):
            name = " ".join(part.split())
            if _NAME.match(name) and name not in names:
                names.append(name)
    return tuple(names[:60])


def abstract_of(pages: Sequence[PageLayout], known: Counter[str]) -> str:
    """The text from the word "Abstract" to the introduction, from the first two pages."""
    for layout in pages[:2]:
        rows = [row for _, group in _in_reading_order(layout, _upright(layout)) for row in group]
        start = next((i for i, row in enumerate(rows) if _ABSTRACT.match(row.text)), None)
        if start is None:
            continue
        first = _ABSTRACT.sub("", rows[start].text)
        kept: list[Row] = []
        for row in rows[start + 1 :]:
            if _AFTER_ABSTRACT.match(row.text) or (row in layout.headings and len(kept) > 1) or len(kept) > 60:
                break
            if kept and abs(row.size - kept[0].size) > 0.6 and (row.x0 >= kept[0].x1 or row.x1 <= kept[0].x0):
                continue  # a figure's words beside it
            if kept and (row.size < kept[0].size - 1 or row.baseline - kept[-1].baseline > 4 * row.size):
                break
            kept.append(row)
        text = _joined(kept, known)
        return _hyphenated(first, text, known).strip() if first else text
    return ""


def year_of(layout: PageLayout) -> int | None:
    """The year that the first page's margin, head or foot gives: arXiv's stamp, a conference, a copyright."""
    edges = [row for row in layout.rows if row.y1 < 0.12 * layout.height or row.y0 > 0.72 * layout.height]
    for pattern in (_ARXIV, _VENUE):
        for row in (*(row for row in layout.rows if row.direction != 0), *edges):
            if match := pattern.search(row.text):
                return int(match[1])
    return None


def _upright(layout: PageLayout) -> list[Row]:
    return [row for row in (*layout.body, *layout.headings, *layout.other) if row.direction == 0]
