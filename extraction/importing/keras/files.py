"""The two files that Keras writes: an archive with weights, and the config alone."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from extraction.importing.keras import lines
from extraction.importing.keras.models import read_model
from extraction.importing.result import Imported, ModelError

#: The largest published config has 1 MB.
MAX_CONFIG = 32 * 1024 * 1024
MAX_MEMBERS = 10_000


def read_config(text: str, *, name: str = "") -> Imported:
    """The flow of a config, as `model.to_json()` writes it.

    Raises:
        ModelError: with line and layer.
    """
    if len(text) > MAX_CONFIG:
        raise ModelError(f"the config has more than {MAX_CONFIG >> 20} MB")
    return read_model(lines.loads(text), name)


def read_archive(path: Path, *, name: str = "") -> Imported:
    """The flow of a `.keras` file; of its members only `config.json` is opened, the weights stay closed.

    Raises:
        ModelError: it is no such archive, or its config can't be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_MEMBERS:
                raise ModelError(f"the archive has more than {MAX_MEMBERS:,} members")
            with archive.open("config.json") as member:
                data = member.read(MAX_CONFIG + 1)
    except KeyError as error:
        raise ModelError("the archive has no `config.json`; is it a .keras file?") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"the archive is damaged: {error}") from error
    if len(data) > MAX_CONFIG:
        raise ModelError(f"its `config.json` unpacks to more than {MAX_CONFIG >> 20} MB")
    try:
        return read_config(data.decode(), name=name)
    except UnicodeDecodeError as error:
        raise ModelError("its `config.json` is no UTF-8 text") from error
