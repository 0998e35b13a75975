"""A model file of any of the formats -> a flow, in the limited child process."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from extraction import sandbox
from extraction.flow.model import Flow, FlowError
from extraction.importing import caffe, keras
from extraction.importing.result import Imported, ModelError, Note

#: Largest text that is read; published nets have a tenth of it at most.
MAX_TEXT_FILE = 32 * 1024 * 1024
LIMITS = sandbox.Limits(seconds=120, memory_mb=1536, result_mb=64, file_mb=1)

FORMATS = "Keras (.keras or its config as JSON), Caffe (.prototxt) and ONNX (.onnx)"
#: First bytes of files that hold code or need a framework to be read.
REFUSED = (
    (b"\x89HDF", "is HDF5; save the model as .keras, or write `model.to_json()` to a file"),
    (b"\x80", "is a pickle, which can hold code, so it is not opened; export the model to another format"),
)


def open_safely(path: Path, *, phase: str | None = None, limits: sandbox.Limits = LIMITS) -> Imported:
    """Read a model file in the sandbox. The parent neither reads nor trusts it.

    Args:
        phase: of a Caffe net: `TEST` or `TRAIN`; without one, `TEST` where the file has all of it.

    Raises:
        ModelError: with line and layer where it is about one, in words for the person who brought the file.
    """
    if not path.is_file():
        raise ModelError("there is no such file")
    try:
        answer = sandbox.run("extraction.importing.reading:read_apart", {"path": path, "phase": phase}, limits=limits)
        flow = Flow.from_dict(answer["flow"])
        return Imported(flow, str(answer["format"]), tuple(Note.from_dict(note) for note in answer["notes"]))
    except sandbox.Failed as error:
        if error.kind == ModelError.__name__:
            raise ModelError(error.message) from error
        raise ModelError("the file is damaged: it can't be read as a model") from error
    except sandbox.Timeout as error:
        raise ModelError(f"reading it took longer than {limits.seconds:g} seconds and was stopped") from error
    except sandbox.OutOfMemory as error:
        raise ModelError("reading it needs more memory than is allowed") from error
    except (sandbox.SandboxError, FlowError, KeyError, TypeError) as error:
        raise ModelError("the file is damaged: reading it crashed") from error


def read_apart(payload: dict[str, Any]) -> dict[str, Any]:
    """The child's side of `open_safely`."""
    result = read_file(payload["path"], phase=payload["phase"])
    return {
        "flow": result.flow.to_dict(),
        "format": result.format,
        "notes": [note.to_dict() for note in result.notes],
    }


def read_file(path: Path, *, phase: str | None = None) -> Imported:
    """Read a model file here. What it is, its first bytes say; where they don't, its ending."""
    with path.open("rb") as file:
        head = file.read(512)
    for magic, reason in REFUSED:
        if head.startswith(magic):
            raise ModelError(reason)
    if head.startswith(b"PK"):
        return _archive(path)
    if not head.strip():
        raise ModelError("the file is empty")
    if path.suffix == ".onnx":
        from extraction.importing import onnx  # numpy and protobuf, which the other formats do without

        return onnx.read(path, name=path.stem)
    if b"\0" in head:
        raise ModelError(f"is in none of the formats that are read: {FORMATS}")
    if path.stat().st_size > MAX_TEXT_FILE:
        raise ModelError(f"the file has more than {MAX_TEXT_FILE >> 20} MB")
    text = path.read_bytes().decode(errors="replace").lstrip("\ufeff")
    if text.lstrip().startswith(("{", "[")):
        return keras.read_config(text, name=path.stem)
    if path.suffix in (".yaml", ".yml") or text.startswith(("---", "%YAML", "backend:", "class_name:")):
        raise ModelError("is YAML, which is not read; write `model.to_json()` to a file")
    return caffe.read(text, phase=phase, name=path.stem)


def _archive(path: Path) -> Imported:
    try:
        with zipfile.ZipFile(path) as archive:
            pickled = any(name.endswith(".pkl") for name in archive.namelist()[:1000])
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise ModelError(f"the archive is damaged: {error}") from error
    if pickled:
        raise ModelError("is an archive with a pickle, which can hold code, so it is not opened; export it to ONNX")
    return keras.read_archive(path, name=path.stem)
