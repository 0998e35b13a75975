"""Small PDFs, drawn by the tests: columns of text, figures, tables, captions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pymupdf

SENTENCE = "The network learns features of rising order from the picture and needs no rule made by hand. "


FONT = pymupdf.Font("tiro")
WIDTHS = {word: FONT.text_length(word, 1) for word in SENTENCE.split()}


class Sheet:
    """One page of a paper under construction; coordinates in points from the top left."""

    def __init__(self, document: pymupdf.Document, columns: int = 1) -> None:
        self.page = document.new_page(width=612, height=792)
        self.columns = [(72.0, 540.0)] if columns == 1 else [(54.0, 294.0), (318.0, 558.0)]

    def text(self, column: int, top: float, lines: int, size: float = 10) -> float:
        """Justified running text; the height at which it ends."""
        x0, x1 = self.columns[column]
        words = SENTENCE.split() * (lines * 3)
        writer = pymupdf.TextWriter(self.page.rect)
        y = top
        for number in range(lines):
            row: list[str] = []
            width = 0.0
            while width + WIDTHS[words[0]] * size + 0.2 * size * len(row) < x1 - x0:
                width += WIDTHS[words[0]] * size
                row.append(words.pop(0))
            last = number == lines - 1
            gap = 0.25 * size if last else (x1 - x0 - width) / (len(row) - 1)
            x = x0
            for word in row[: len(row) // 2] if last else row:
                writer.append((x, y + size), word, font=FONT, fontsize=size)
                x += WIDTHS[word] * size + gap
            y += 1.2 * size
        writer.write_text(self.page)
        return y

    def line(self, x: float, top: float, text: str, size: float = 10, font: str = "tiro") -> None:
        self.page.insert_text((x, top + size), text, fontname=font, fontsize=size)

    def boxes(self, left: float, top: float, labels: list[str]) -> tuple[float, float, float, float]:
        """Boxes joined by arrows, side by side; returns the box around their ink."""
        x = left
        for number, label in enumerate(labels):
            self.page.draw_rect(pymupdf.Rect(x, top, x + 50, top + 30), color=(0, 0, 0), fill=(0.9, 0.95, 1), width=1)
            self.page.insert_text((x + 6, top + 18), label, fontname="helv", fontsize=8)
            if number < len(labels) - 1:
                self.page.draw_line((x + 50, top + 15), (x + 68, top + 15), color=(0, 0, 0), width=1)
            x += 68
        return left - 0.5, top - 0.5, x - 18 + 0.5, top + 30.5

    def picture(self, box: tuple[float, float, float, float]) -> None:
        """A raster picture with ink up to its edges."""
        noise = np.random.default_rng(7).integers(0, 200, (60, 80, 3), dtype=np.uint8)
        pixmap = pymupdf.Pixmap(pymupdf.csRGB, 80, 60, noise.tobytes(), False)
        self.page.insert_image(pymupdf.Rect(*box), pixmap=pixmap, keep_proportion=False)

    def table(self, left: float, top: float, rows: list[list[str]], width: float = 60) -> tuple[float, ...]:
        """A table with booktabs rules; returns the box around its ink."""
        right = left + width * len(rows[0])
        for y in (top, top + 16, top + 16 + 13 * (len(rows) - 1)):
            self.page.draw_line((left, y), (right, y), color=(0, 0, 0), width=0.8)
        y = top + 3
        for row in rows:
            for number, text in enumerate(row):
                self.line(left + 4 + number * width, y, text, 9)
            y += 13
        return left, top - 0.4, right, top + 16 + 13 * (len(rows) - 1) + 0.4


def save(document: pymupdf.Document, path: Path) -> Path:
    document.save(path)
    document.close()
    return path


def close_to(a: tuple[float, ...], b: tuple[float, ...], reach: float = 1.5) -> bool:
    return all(abs(x - y) <= reach for x, y in zip(a, b, strict=True))
