"""Learning on one thread: the sums are small, and threads that wait for each other on a busy machine take minutes.

It also makes sums come out the same on machines with more or fewer cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Of the numeric libraries that are loaded by now; for `with`, or as a decorator `@one_thread()`."""
    # Both, so that their libraries are there to be limited.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield
