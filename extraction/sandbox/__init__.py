"""One limited child process for all that is hostile or heavy.

`run("extraction.pdf.worker:read", {"path": Path("paper.pdf")})` calls that function in a fresh interpreter that has
a time limit, a memory limit, no network, no other processes, none of our environment, and an empty folder of its
own to work in. Plain JSON goes in and comes back; nothing that the child says is ever unpickled or evaluated.

What the child may touch on disk is what it is handed: a `pathlib.Path` in the payload may be read (text that merely
looks like a path may not), the folders in `writable` may be written. Where the kernel cannot confine it (macOS,
old Linux), Python's audit hook keeps what it can; `confine.Confinement` says what is in force.
"""

from extraction.sandbox.errors import Crashed, Failed, OutOfMemory, SandboxError, Timeout
from extraction.sandbox.parent import Limits, run
from extraction.sandbox.progress import report

__all__ = ["Crashed", "Failed", "Limits", "OutOfMemory", "SandboxError", "Timeout", "report", "run"]
