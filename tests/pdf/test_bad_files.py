"""A file that can't be read gets a message that says why, and nothing worse happens."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from extraction.pdf import open_safely, read_pdf
from extraction.pdf.model import PdfError
from extraction.sandbox import Limits


def pages(path: Path, count: int) -> Path:
    document = pymupdf.open()
    for number in range(count):
        document.new_page().insert_text((72, 72), f"Page {number + 1} of a short paper")
    document.save(path)
    document.close()
    return path


def not_a_pdf(path: Path) -> None:
    path.write_text("<html>Not found</html>")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    data = pages(path, 3).read_bytes()
    path.write_bytes(data[: len(data) // 20])


def encrypted(path: Path) -> None:
    document = pymupdf.open()
    document.new_page()
    document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="other")
    document.close()


def without_pages(path: Path) -> None:
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
        b"trailer\n<</Root 1 0 R/Size 3>>\n%%EOF\n"
    )


def long(path: Path) -> None:
    pages(path, 2000)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (not_a_pdf, "not a PDF"),
        (empty, "is empty"),
        (truncated, "truncated"),
        (encrypted, "encrypted and needs a password"),
        (without_pages, "no pages"),
        (long, "2,000 pages; at most 500"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_says_why_a_file_cannot_be_read(make, words, tmp_path):
    path = tmp_path / "paper.pdf"
    make(path)
    with pytest.raises(PdfError, match=words):
        open_safely(path)


def test_a_file_that_is_missing_is_named_as_such(tmp_path):
    with pytest.raises(PdfError, match="can't be opened"):
        open_safely(tmp_path / "gone.pdf")


def test_a_file_that_is_too_large_is_not_read_into_memory(tmp_path):
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(PdfError, match="too large: 200 MB"):
        open_safely(path)


def test_reading_that_takes_too_long_is_stopped(tmp_path):
    path = pages(tmp_path / "paper.pdf", 400)
    with pytest.raises(PdfError, match="took longer than"):
        open_safely(path, limits=Limits(seconds=0.2))


def test_part_of_a_file_is_told_from_the_whole(tmp_path):
    whole = pages(tmp_path / "whole.pdf", 30).read_bytes()
    assert len(read_pdf(tmp_path / "whole.pdf").pages) == 30
    for part in range(1, 8):
        path = tmp_path / f"{part}.pdf"
        path.write_bytes(whole[: len(whole) * part // 8])
        with pytest.raises(PdfError, match="truncated"):
            read_pdf(path)


def pages_or_message(path: Path, read) -> int | str:
    try:
        return len(read(path).pages)
    except PdfError as error:
        return str(error)


def test_bytes_turned_over_never_raise_anything_else(tmp_path):
    whole = bytearray(pages(tmp_path / "whole.pdf", 4).read_bytes())
    path = tmp_path / "broken.pdf"
    for number, start in enumerate(range(20, len(whole), len(whole) // 24)):
        broken = bytearray(whole)
        broken[start : start + 12] = b"\x00<<[(\xff/Kids" + b"\x80\x01"
        path.write_bytes(bytes(broken))
        outcome = pages_or_message(path, open_safely if number % 6 == 0 else read_pdf)
        assert outcome in (1, 2, 3, 4) or str(outcome).endswith(".")


def test_progress_counts_the_pages(tmp_path):
    seen: list[tuple[int, int]] = []
    open_safely(pages(tmp_path / "paper.pdf", 3), progress=lambda page, count: seen.append((page, count)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
