"""How a function in the sandbox tells its caller how far it is."""

from __future__ import annotations

import json
import os
from typing import Any

#: File descriptor of the pipe to the parent; set in the child only.
channel: int | None = None


def report(value: Any) -> None:
    """Send a JSON value to the caller's `progress` function. Outside of the sandbox nothing happens."""
    if channel is not None:
        write(encode({"progress": value}))


def encode(message: dict[str, Any]) -> bytes:
    """One line of the child's side of the talk. Raises `TypeError` for what JSON can't hold."""
    return json.dumps(message).encode() + b"\n"


def write(line: bytes) -> None:
    """Send a line to the parent, whole."""
    assert channel is not None
    data = memoryview(line)
    while data:
        data = data[os.write(channel, data) :]
