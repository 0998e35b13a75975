"""PDF to pages, figures with captions, tables and text.

`open_safely` reads a file from outside, in a child process; `read_pdf` reads in this one.
"""

from extraction.pdf.reader import read_pdf
from extraction.pdf.safe import open_safely

__all__ = ["open_safely", "read_pdf"]
