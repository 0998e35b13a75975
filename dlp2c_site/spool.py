"""A message broker that needs no server: one folder, one file a message.

Kombu's own file system transport writes a message in place, so that a reader can meet half of one, and moves it through
the system's temporary folder, which may lie on another disk. Here a message appears whole or not at all, and is taken
by exactly one reader: both are a rename within one folder.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

#: Taken or unfinished files carry this ending, so that no reader looks at them.
PRIVATE = ".part"


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]  # as kombu itself has it for files
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        # The name sorts by time, so that messages come out in the order they went in.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        part = folder / (name + PRIVATE)
        part.write_text(dumps(payload))  # type: ignore[no-untyped-call]  # kombu has none
        part.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        folder = Path(self.data_folder_in)
        ending = f".{queue}.msg"
        for name in sorted(path.name for path in folder.iterdir() if path.name.endswith(ending)):
            taken = folder / (name + PRIVATE)
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            text = taken.read_text()
            taken.unlink()
            message: dict[str, Any] = loads(text)  # type: ignore[no-untyped-call]  # kombu has none
            return message
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel
    driver_type = "spool"
    driver_name = "spool"
