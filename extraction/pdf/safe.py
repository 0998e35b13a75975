"""Reading a PDF from outside: in a limited child process, for MuPDF can crash on a hostile file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from extraction import sandbox
from extraction.pdf.model import Paper, PdfError
from extraction.pdf.reader import check_file, read_pdf
from extraction.pdf.transfer import dump_paper, load_paper

#: A page takes about a tenth of a second; 500 heavy ones must still get through.
LIMITS = sandbox.Limits(seconds=300, memory_mb=3072, result_mb=256, file_mb=64)


def open_safely(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    limits: sandbox.Limits = LIMITS,
) -> Paper:
    """Read a PDF in the sandbox.

    Args:
        progress: told the pages done and the number of pages.
        limits: what the child may use.

    Raises:
        PdfError: if the file can't be read, with the reason in words for the person who brought it.
    """
    check_file(path)

    def told(value: Any) -> None:
        if progress and isinstance(value, list) and len(value) == 2:
            progress(int(value[0]), int(value[1]))

    with tempfile.TemporaryDirectory(prefix="pdf-") as name:
        folder = Path(name)
        try:
            answer = sandbox.run(
                "extraction.pdf.safe:read_to_folder",
                {"path": path, "folder": folder},
                limits=limits,
                writable=[folder],
                progress=told,
            )
            return load_paper(answer, folder)
        except sandbox.Failed as error:
            if error.kind == PdfError.__name__:
                raise PdfError(error.message) from error
            raise PdfError("The PDF is damaged: its pages can't be read.") from error
        except sandbox.Timeout as error:
            raise PdfError(
                f"Reading the PDF took longer than {limits.seconds / 60:g} minutes and was stopped."
            ) from error
        except sandbox.OutOfMemory as error:
            raise PdfError("The PDF is too large: reading it needs more memory than is allowed.") from error
        except (sandbox.SandboxError, KeyError, TypeError, ValueError, OSError) as error:
            raise PdfError("The PDF is damaged: reading it crashed.") from error


def read_to_folder(payload: dict[str, Any]) -> dict[str, Any]:
    """The child's side of `open_safely`."""
    paper = read_pdf(payload["path"], progress=lambda page, pages: sandbox.report([page, pages]))
    return dump_paper(paper, payload["folder"])
