"""What can go wrong in the sandbox, in words for people."""

from __future__ import annotations


class SandboxError(Exception):
    """The child gave no result. `message` is for people; `details` is the end of what it printed, for the log."""

    def __init__(self, message: str, *, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Timeout(SandboxError):
    """It took longer than its time limit and was stopped."""


class OutOfMemory(SandboxError):
    """It asked for more memory than its limit."""


class Crashed(SandboxError):
    """The process ended without an answer: a crash in a library, or an exit of its own."""


class Failed(SandboxError):
    """The function raised an exception. `kind` is the class's name, `message` the exception's own text."""

    def __init__(self, message: str, *, kind: str = "", details: str = "") -> None:
        super().__init__(message, details=details)
        self.kind = kind
