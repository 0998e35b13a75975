"""PDF to pages, figures with captions, tables and text.

`open_safely` reads a file from outside, in a child process; `read_pdf` reads in this one.
"""

import sys

# PyMuPDF loads a layout model and a writer of Markdown that are not used here: a second or more of each child process,
# and each reads one paper.
for unused in ("pymupdf.layout", "pymupdf4llm"):
    sys.modules.setdefault(unused, None)  # type: ignore[arg-type]

from extraction.pdf.reader import read_pdf  # noqa: E402
from extraction.pdf.safe import open_safely  # noqa: E402

__all__ = ["open_safely", "read_pdf"]
