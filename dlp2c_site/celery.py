"""The Celery application. Celery's tasks live in modules called `jobs`; a *task* is a question to people."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, bootsteps
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dlp2c_site.settings")

# `spool://` is the broker that needs no server: one folder, one file a message.
TRANSPORT_ALIASES["spool"] = "dlp2c_site.spool:Transport"

app = Celery("dlp2c")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")

#: A job of this name, in any app, looks for lost jobs of that app and starts them again. Safe to run twice.
SWEEP = "requeue_stale"


class Sweeper(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Sends the sweeps when a worker starts and then at a steady pace.

    A message can be lost and a worker can be killed. What was under way stands in the database, so a sweep finds it
    there. Every worker sends them: sweeping twice does no harm, and no separate clock has to be kept running.
    """

    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None

    def start(self, parent: Any) -> None:
        from django.conf import settings

        interval = settings.SWEEP_SECONDS
        self._send(interval)
        self.timer = parent.timer.call_repeatedly(interval, self._send, (interval,))

    def stop(self, parent: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    @staticmethod
    def _send(interval: float) -> None:
        for name, job in app.tasks.items():
            if name.rpartition(".")[2] == SWEEP:
                # A busy worker must not find a heap of old sweeps when it is done.
                job.apply_async(expires=interval)


app.steps["worker"].add(Sweeper)
