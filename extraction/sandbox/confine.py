"""Taking away, from this very process, all that it does not need. Nothing here can be undone.

Four layers, each of which may be missing on some system: namespaces (no network interfaces), Landlock (which files),
seccomp (no sockets, no processes), and Python's audit hook, which also turns a refusal into a clear message.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extraction.sandbox import landlock, seccomp

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

#: What an interpreter and its libraries read, besides the packages themselves.
SYSTEM = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt/homebrew", "/System", "/Library", "/sys"),
    # Not all of /proc: the environment of other processes of the same user stands there.
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/os-release", "/etc/mime.types", "/etc/passwd"),
    *("/dev/urandom", "/dev/random", "/dev/null", "/dev/zero"),
)
SOCKETS = ("socket.",)
PROCESSES = ("subprocess.", "os.system", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.kill", "pty.spawn")
WRITES = frozenset(
    ("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate")
)


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the kernel enforces; the audit hook is always there."""

    namespace: bool
    files: bool
    calls: bool


def confine(*, readable: Sequence[Path], writable: Sequence[Path]) -> Confinement:
    """Confine this process for good. `readable` and `writable` are files or folders that exist."""
    namespace = files = calls = False
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # no child outlives a killed worker
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        namespace = libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
        files = landlock.restrict(libc, readable=[*_packages(), *readable], writable=writable)
        calls = seccomp.restrict(libc)
    sys.addaudithook(_hook(writable=None if files else writable))
    return Confinement(namespace=namespace, files=files, calls=calls)


def _packages() -> Iterable[Path]:
    """Where Python code lies: the interpreter, its packages, and this project's own."""
    yield from (Path(path) for path in SYSTEM)
    yield from (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).resolve().parents[1])
    root = Path(__file__).resolve().parents[2]
    yield from (Path(path) for path in sys.path if path and Path(path).resolve() != root)


def _hook(writable: Sequence[Path] | None) -> Callable[[str, tuple[Any, ...]], None]:
    """The audit hook. `writable` is None where the kernel already guards the files."""
    folders = None if writable is None else tuple(os.path.realpath(path) for path in writable)

    def may_write(path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return True
        real = os.path.realpath(os.fsdecode(path))
        assert folders is not None
        return real == os.devnull or any(real == folder or real.startswith(folder + os.sep) for folder in folders)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(SOCKETS):
            raise PermissionError("the sandbox has no network")
        if event.startswith(PROCESSES):
            raise PermissionError("the sandbox starts no other programs")
        if folders is None:
            return
        if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            if not may_write(args[0]):
                raise PermissionError(f"the sandbox may not write {args[0]!r}")
        elif event in WRITES:
            with contextlib.suppress(TypeError):
                if not all(may_write(path) for path in args[:2] if isinstance(path, str | bytes | os.PathLike)):
                    raise PermissionError(f"the sandbox may not change {args[0]!r}")

    return hook
