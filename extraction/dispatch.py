"""Sending jobs to the workers."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def send_on_commit(job: str, *args: int | str) -> None:
    """Send the job of this dotted name once the transaction is stored.

    Jobs are sent by name, so that the web process never imports what they need. A message that can't be sent is no
    error of who asked: what waits stands in the database, and the next sweep sends it again.
    """
    transaction.on_commit(partial(_send, job, args))


def _send(job: str, args: tuple[int | str, ...]) -> None:
    try:
        current_app.send_task(job, args=args, retry_policy={"max_retries": 1, "interval_start": 0.2})
    except (OperationalError, OSError) as error:
        logger.error("Could not send %s%s, the sweep will: %s", job, args, error)
