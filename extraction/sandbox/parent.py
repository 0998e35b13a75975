"""The parent's side: start the child, listen to it, and end it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extraction.sandbox.errors import Crashed, Failed, OutOfMemory, SandboxError, Timeout

ROOT = Path(__file__).resolve().parents[2]
TARGET = re.compile(r"extraction(\.[A-Za-z_]\w*)+:[A-Za-z_]\w*", re.ASCII)
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from extraction.sandbox.child import main; main()"

#: The parent's variables that the child gets, too. None of them can hold a secret.
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
#: Threads only make small nets slower, and each costs address space.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
MAX_PRINTED = 16_000
MEMORY_SIGNS = (b"MemoryError", b"bad_alloc", b"RESOURCE_EXHAUSTED", b"Cannot allocate memory", b"Out of memory")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: `seconds` of wall-clock time, megabytes of memory, of its answer, of one file."""

    seconds: float = 120
    memory_mb: int = 3072
    result_mb: int = 64
    file_mb: int = 256
    files: int = 256
    threads: int = 1


@dataclass(slots=True)
class _Heard:
    """What came from the child so far."""

    lines: bytearray = field(default_factory=bytearray)
    printed: bytearray = field(default_factory=bytearray)
    answer: dict[str, Any] | None = None


def run(
    target: str,
    payload: Mapping[str, Any],
    *,
    limits: Limits | None = None,
    writable: Sequence[Path] = (),
    progress: Callable[[Any], None] | None = None,
) -> Any:
    """Call `package.module:function` of this project with `payload` in a limited child process.

    Args:
        target: `extraction.….module:function`; the function takes the payload (a dict) and returns a JSON value.
        payload: JSON values and paths. A `Path` in it (file or folder) may be read by the child.
        limits: what the child may use.
        writable: folders that the child may write, besides its own scratch folder (its working directory), which is
            gone afterwards.
        progress: called with each value that the function passes to `sandbox.report`, while it runs.

    Returns:
        What the function returned, after a round trip through JSON.

    Raises:
        Timeout, OutOfMemory, Crashed, Failed: all `SandboxError`, with a message for people.
        ValueError: for a target outside of this project. TypeError: for a payload that JSON can't hold.
    """
    if not TARGET.fullmatch(target):
        raise ValueError(f"{target!r} is no function of this project")
    limits = limits or Limits()
    paths: list[str] = []
    request = {
        "target": target,
        "payload": packed(dict(payload), paths),
        "readable": paths,
        "writable": [str(Path(path).resolve()) for path in writable],
        "limits": {
            "memory_mb": limits.memory_mb,
            "file_mb": limits.file_mb,
            "files": limits.files,
            "cpu_seconds": math.ceil(limits.seconds) * max(1, limits.threads) + 5,
        },
    }
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as scratch:
        return _run(request, limits, scratch, progress)


def packed(value: Any, paths: list[str]) -> Any:
    """`value` as JSON can hold it; the paths in it are collected in `paths`."""
    if isinstance(value, Path):
        paths.append(str(value.resolve()))
        return {"$path": paths[-1]}
    if isinstance(value, Mapping):
        if value.keys() == {"$path"}:
            raise TypeError("a payload may not hold an object with the one field “$path”")
        return {str(key): packed(item, paths) for key, item in value.items()}
    return [packed(item, paths) for item in value] if isinstance(value, list | tuple) else value


def _run(request: dict[str, Any], limits: Limits, scratch: str, progress: Callable[[Any], None] | None) -> Any:
    deadline = time.monotonic() + limits.seconds
    receive, channel = os.pipe()
    try:
        request["channel"] = channel
        with tempfile.TemporaryFile() as stdin:
            stdin.write(json.dumps(request).encode())
            stdin.seek(0)
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and a fixed line
                [sys.executable, "-I", "-B", "-c", START],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=scratch,
                env=_environment(scratch, limits),
                pass_fds=[channel],
                start_new_session=True,
            )
    except BaseException:
        os.close(receive)
        raise
    finally:
        os.close(channel)
    heard = _Heard()
    try:
        in_time = _listen(child, receive, heard, deadline, limits, progress)
    finally:
        _end(child)
        os.close(receive)
    if heard.answer is not None and "result" in heard.answer:
        return heard.answer["result"]
    raise _error(heard, child.returncode, in_time, limits)


def _environment(scratch: str, limits: Limits) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    return kept | dict.fromkeys(THREADS, str(limits.threads)) | {"HOME": scratch, "TMPDIR": scratch}


def _listen(
    child: subprocess.Popen[bytes],
    receive: int,
    heard: _Heard,
    deadline: float,
    limits: Limits,
    progress: Callable[[Any], None] | None,
) -> bool:
    """Take in what the child says until it is done; False if its time was up first."""
    assert child.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(receive, selectors.EVENT_READ, True)
        selector.register(child.stdout.fileno(), selectors.EVENT_READ, False)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready and time.monotonic() >= deadline:
                return False
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fd)
                elif key.data:
                    _take(heard, data, limits, progress)
                else:
                    heard.printed += data
                    del heard.printed[:-MAX_PRINTED]
            if heard.answer is not None:
                # What it printed before its answer lies in the other pipe, which holds no more than one read takes.
                for key, _ in selector.select(0):
                    if not key.data:
                        heard.printed += os.read(key.fd, 1 << 16)
                return True
    try:
        child.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _take(heard: _Heard, data: bytes, limits: Limits, progress: Callable[[Any], None] | None) -> None:
    heard.lines += data
    if len(heard.lines) > limits.result_mb << 20:
        raise Failed(f"the work gave back more than {limits.result_mb} MB", kind="TooMuch")
    if b"\n" not in data:
        return
    *lines, rest = bytes(heard.lines).split(b"\n")
    heard.lines = bytearray(rest)
    for line in lines:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Crashed("the work gave back something that can't be read")
        if "progress" not in message:
            heard.answer = message
            return
        if progress is not None:
            progress(message["progress"])


def _end(child: subprocess.Popen[bytes]) -> None:
    """Whatever is left of the child's process group ends now."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _error(heard: _Heard, status: int, in_time: bool, limits: Limits) -> SandboxError:
    details = heard.printed.decode(errors="replace")
    if not in_time or status == -signal.SIGXCPU:
        return Timeout(f"it took longer than {limits.seconds:g} seconds and was stopped", details=details)
    too_much = OutOfMemory(f"it needed more than {limits.memory_mb:,} MB of memory and was stopped", details=details)
    if heard.answer is not None:
        if heard.answer.get("memory"):
            return too_much
        kind, message = str(heard.answer.get("kind", "")), str(heard.answer.get("error", ""))
        trace = str(heard.answer.get("trace", ""))
        return Failed(message or kind, kind=kind, details=f"{details}\n{trace}".strip())
    if status == -signal.SIGKILL or any(sign in heard.printed for sign in MEMORY_SIGNS):
        return too_much
    if status < 0:
        return Crashed(f"the process crashed ({signal.Signals(-status).name})", details=details)
    return Crashed(f"the process ended with status {status} and gave no answer", details=details)
