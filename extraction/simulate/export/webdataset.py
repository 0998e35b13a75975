"""WebDataset: tar files whose members of the same name but for the ending are one sample."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from extraction.simulate.export.sample import Sample, in_files


def write(samples: Iterable[Sample], out: Path, size: int) -> list[Path]:
    """`designs-000000.tar`, …: a sample a design, with everything that was made of it."""
    written = []
    for number, batch in enumerate(in_files(samples, size)):
        path = out / f"designs-{number:06d}.tar"
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for sample in batch:
                for ending, data in sample.files.items():
                    member = tarfile.TarInfo(f"{sample.id}.{ending}")
                    member.size, member.mode = len(data), 0o644
                    tar.addfile(member, io.BytesIO(data))
        written.append(path)
    return written
