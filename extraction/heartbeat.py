"""A long job says again and again that it is alive."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)


@contextmanager
def beating(beat: Callable[[], None], *, every: float) -> Iterator[None]:
    """Call `beat` every so many seconds, in a thread of its own, while the block runs."""
    done = threading.Event()

    def run() -> None:
        try:
            while not done.wait(every):
                try:
                    beat()
                except DatabaseError:
                    # One missed beat is no death; the next one tries again.
                    logger.warning("A heartbeat could not be stored", exc_info=True)
        finally:
            connection.close()

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
