"""Uploads and pictures on disk, each stored under a name made of its content."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class ContentStorage(FileSystemStorage):
    """Under a name there is a whole file or none: it is written beside and then takes its place in one step.

    Who stores the same content at the same moment puts the same bytes under the same name, and nobody meets half of
    them. So a name is never changed to be free, and nothing has to be cleaned up before storing again.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())  # the row that names it may outlive a loss of power
            if self.file_permissions_mode is not None:
                Path(draft).chmod(self.file_permissions_mode)
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        return name


def store_once(storage: Any, name: str, content: File[Any], size: int) -> None:
    """Store content under its name, unless it is there."""
    if not (storage.exists(name) and storage.size(name) == size):
        storage.save(name, content)
