"""Simulated data sets in the forms that others train on: WebDataset, Parquet, each described in Croissant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from extraction.simulate.export import croissant, parquet, webdataset
from extraction.simulate.export.sample import Sample
from extraction.simulate.plan import Plan, load
from extraction.simulate.shards import MANIFEST, files_of, rows

__all__ = ["FORMATS", "ExportError", "Sample", "export"]

FORMATS: Mapping[str, Callable[[Iterable[Sample], Path, int], list[Path]]] = {
    "webdataset": webdataset.write,
    "parquet": parquet.write,
}


class ExportError(ValueError):
    """A data set that is not finished, or whose files are not what its manifest says."""


def export(
    folder: Path, out: Path, form: str, *, size: int = 1000, told: Callable[[int], None] = lambda count: None
) -> list[Path]:
    """Write a finished data set in another form, `size` designs a file, and `croissant.json` beside.

    Every file is compared with the manifest while it is read. The same data set gives the same bytes.

    Args:
        told: called with how many designs were read.

    Raises:
        ExportError: the data set is not finished, or a file is missing or has changed.
        PlanError: the folder holds no data set.
    """
    plan = load(folder)
    if not (folder / MANIFEST).exists():
        raise ExportError(f"{folder} is not finished: it has no {MANIFEST}; go on with simulate --resume")
    out.mkdir(parents=True, exist_ok=True)
    written = FORMATS[form](_samples(folder, plan, told), out, size)
    manifest = out / MANIFEST
    manifest.write_bytes((folder / MANIFEST).read_bytes())
    description = croissant.describe(plan, form, [(path, _hash(path)) for path in (*written, manifest)])
    path = out / "croissant.json"
    path.write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*written, manifest, path]


def _samples(folder: Path, plan: Plan, told: Callable[[int], None]) -> Iterator[Sample]:
    for count, row in enumerate(rows(folder), 1):
        files = {}
        for name, wanted in files_of(row, plan):
            try:
                data = (folder / name).read_bytes()
            except OSError as error:
                raise ExportError(f"{folder / name} can't be read: {error.strerror}") from error
            if hashlib.sha256(data).hexdigest() != wanted:
                raise ExportError(f"{folder / name} is not what {MANIFEST} says; make the data set anew")
            files[name.removeprefix(f"{row['id']}.")] = data
        yield Sample(row["id"], row, files)
        told(count)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
