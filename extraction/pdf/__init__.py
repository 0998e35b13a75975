"""PDF to pages, figures with captions, tables and text."""

from extraction.pdf.reader import read_pdf

__all__ = ["read_pdf"]
