"""What PyMuPDF loads besides, and what this changes for the whole process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pymupdf

READ = """
import sys
{first}
from pathlib import Path
from extraction.pdf import read_pdf
paper = read_pdf(Path(sys.argv[1]))
print([(word.text, word.bbox) for figure in paper.figures for word in figure.words])
print({last})
"""


def _read(path: Path, first: str, last: str) -> list[str]:
    code = READ.format(first=first, last=last)
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_words_stand_where_they_do_whether_other_parts_of_the_library_are_loaded_or_not(tmp_path: Path) -> None:
    page = pymupdf.open().new_page()
    page.draw_rect((100, 100, 200, 140), width=1)
    page.insert_text((120, 124), "conv 3x3", fontsize=11)
    page.insert_text((100, 170), "Figure 1: A box.", fontsize=10)
    page.parent.save(tmp_path / "box.pdf")
    alone, unused = _read(tmp_path / "box.pdf", "", "sys.modules['pymupdf.layout']")
    beside, _ = _read(tmp_path / "box.pdf", "import pymupdf, pymupdf.layout", "0")
    assert "conv" in alone
    assert alone == beside
    assert unused == "None"
