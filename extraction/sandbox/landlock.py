"""Landlock: the Linux kernel's own way for a process to give up files (kernel 5.13 and later).

See https://docs.kernel.org/userspace-api/landlock.html for the calls and their constants.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

#: Number of file rights that each version of the interface knows (bits from 0).
KNOWN_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
TCP = 0b11  # bind, connect
SCOPES = 0b11  # abstract sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def restrict(libc: ctypes.CDLL, *, readable: Sequence[Path], writable: Sequence[Path]) -> bool:
    """Leave this process only these files and folders. False where the kernel has no Landlock."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)
    if version < 1:
        return False
    handled = (1 << KNOWN_RIGHTS.get(version, 16)) - 1
    ruleset = _Ruleset(handled, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    try:
        for paths, rights in ((readable, READ), (writable, WRITE), ([Path(os.devnull)], READ | WRITE)):
            for path in paths:
                _allow(libc, rules, path, rights & handled)
        return bool(libc.syscall(RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        beneath = _PathBeneath(rights if path.is_dir() else rights & OF_A_FILE, descriptor)
        libc.syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(descriptor)
