"""The child's side: confine this process, then call the function. Started by `parent.run`, never imported by others."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from extraction.sandbox import progress
from extraction.sandbox.confine import confine

MEMORY_SIGNS = ("RESOURCE_EXHAUSTED", "Unable to allocate", "can't allocate memory", "Insufficient memory", "bad_alloc")
MAX_TRACE = 8_000


def main() -> None:
    request = json.loads(sys.stdin.buffer.read())
    progress.channel = int(request["channel"])
    limits = request["limits"]
    try:
        _limit(limits)
        confine(
            readable=[Path(path) for path in request["readable"]],
            writable=[Path.cwd(), *(Path(path) for path in request["writable"])],
        )
        function = _function(request["target"])
        answer = progress.encode({"result": function(_with_paths(request["payload"]))})
    except SystemExit as error:
        answer = progress.encode({"error": f"the work ended itself ({error})", "kind": "SystemExit"})
    except BaseException as error:  # whatever it was, the parent must hear of it
        text = str(error)
        memory = isinstance(error, MemoryError) or any(sign in text for sign in MEMORY_SIGNS)
        trace = "" if memory else traceback.format_exc()[-MAX_TRACE:]
        message = {"error": text[:2000], "kind": type(error).__name__, "trace": trace, "memory": memory}
        answer = progress.encode(message)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    progress.write(answer)
    # Libraries' threads and exit hooks can hang or crash here, after the answer was given.
    os._exit(0)


def _limit(limits: dict[str, int]) -> None:
    megabyte = 1024 * 1024
    memory = limits["memory_mb"] * megabyte
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_FSIZE: limits["file_mb"] * megabyte,
        resource.RLIMIT_NOFILE: limits["files"],
        resource.RLIMIT_CORE: 0,
        # Numeric libraries reserve gigabytes of addresses that they never touch (JAX: 2.2 GB for a net of 0.5 GB),
        # so the limit proper is on private writable memory, and the one on addresses only a fence far out.
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_AS: memory + 8192 * megabyte,
    }
    for what, value in wanted.items():
        _, hard = resource.getrlimit(what)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(what, (value, value))
        except (OSError, ValueError):  # macOS has no say over some of these
            continue


def _function(target: str) -> Callable[[Any], Any]:
    module_name, _, name = target.partition(":")
    function: Callable[[Any], Any] | None = getattr(importlib.import_module(module_name), name, None)
    if not callable(function) or not str(getattr(function, "__module__", "")).startswith("extraction."):
        raise LookupError(f"{target} is no function of this project")
    return function


def _with_paths(value: Any) -> Any:
    """Undo `parent.packed`: `{"$path": …}` is a path again."""
    if isinstance(value, dict):
        if value.keys() == {"$path"}:
            return Path(value["$path"])
        return {key: _with_paths(item) for key, item in value.items()}
    return [_with_paths(item) for item in value] if isinstance(value, list) else value
