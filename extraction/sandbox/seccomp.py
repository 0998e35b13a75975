"""A seccomp filter: this process may have threads, but no sockets, no other processes and no hold on others.

The filter is a program of the kernel's packet filter (`man 2 seccomp`), put together here from one table.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
CLONE_THREAD = 0x00010000
OFFSET_NUMBER, OFFSET_ARCHITECTURE, OFFSET_FLAGS = 0, 4, 16

#: Numbers of the forbidden calls, for each machine we know: (architecture, clone, clone3, the rest).
MACHINES: dict[str, tuple[int, int, int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        56,
        435,
        {
            **{"socket": 41, "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101},
            **{"mount": 165, "unshare": 272, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311},
            **{"bpf": 321, "execveat": 322, "pidfd_send_signal": 424, "io_uring_setup": 425, "keyctl": 250},
        },
    ),
    "aarch64": (
        0xC00000B7,
        220,
        435,
        {
            **{"socket": 198, "socketpair": 199, "execve": 221, "kill": 129, "ptrace": 117, "mount": 40},
            **{"unshare": 97, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280},
            **{"execveat": 281, "pidfd_send_signal": 424, "io_uring_setup": 425, "keyctl": 219},
        },
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def restrict(libc: ctypes.CDLL) -> bool:
    """Forbid the calls of the table to this process. False where the machine or the kernel can't."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = program(*machine)
    argument = _Program(len(code) // 8, code)
    return bool(libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(argument), 0, 0) == 0)


def program(architecture: int, clone: int, clone3: int, forbidden: dict[str, int]) -> bytes:
    """The filter's instructions: each is (operation, jump if true, jump if false, operand), 8 bytes."""
    refuse = ERRNO | errno.EPERM
    code = [
        (LOAD, 0, 0, OFFSET_ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, refuse),
        (LOAD, 0, 0, OFFSET_NUMBER),
        (JUMP_AT_LEAST, 0, 1, 0x40000000),  # x86's second set of numbers for the same calls
        (RETURN, 0, 0, refuse),
        (JUMP_EQUAL, 0, 1, clone3),
        (RETURN, 0, 0, ERRNO | errno.ENOSYS),  # its flags can't be seen from here: the C library falls back to clone
    ]
    for number in sorted(forbidden.values()):
        code += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, refuse)]
    code += [
        (JUMP_EQUAL, 0, 3, clone),
        (LOAD, 0, 0, OFFSET_FLAGS),
        (JUMP_SET, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, refuse),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
