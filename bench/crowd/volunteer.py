"""One of many volunteers at once: what they do with a task, and what of it they remember over a crash."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

#: So many requests a process works on at a time, as a web server does; the other volunteers wait.
AT_A_TIME = 8
#: How often a volunteer passes a task on; and one in so many leaves for good in the middle of their first one.
SKIPS, ONE_LEAVES = 0.06, 10
#: How often a volunteer gets the one wrong value of the reading right.
RIGHT = 0.9

T = TypeVar("T")


class Volunteer:
    """One person at their browser. What a browser would keep over a crash lies in a file."""

    def __init__(self, user: int, folder: Path, seed: int, slots: threading.Semaphore, end: float) -> None:
        self.user, self.slots, self.end = user, slots, end
        self.random = random.Random(seed)
        self.pending, self.gone = folder / f"{user}.pending", folder / f"{user}.gone"
        self.journal = (folder / f"{user}.journal").open("a", buffering=1)

    def note(self, what: str, **facts: Any) -> None:
        self.journal.write(json.dumps({"what": what, **facts}) + "\n")

    def run(self) -> None:
        try:
            while time.time() < self.end and not self.gone.exists() and self._turn():
                pass
        except Exception as error:
            self.note("error", error=f"{type(error).__name__}: {error}")
            raise

    def _turn(self) -> bool:
        """One task, from the question to whatever becomes of it. False where all is done."""
        from annotations.services import tasks

        if self.pending.exists():
            self._hand_in(json.loads(self.pending.read_text()))
            return True
        given = self._request("next", lambda user: tasks.next_task(user=user))
        if given is None:
            self._pause(0.2, 0.6)
            return not self._request("look", lambda user: _done())
        task = given.task
        if self.user % ONE_LEAVES == 0:
            self.note("left", task=task.pk)
            self.gone.touch()
        elif self.random.random() < SKIPS:
            self._request("skip", lambda user: tasks.skip(task=task, user=user, reason="later"))
        else:
            self._work(task)
        return True

    def _work(self, task: Any) -> None:
        from annotations.selectors.tasks import get_task, task_payload
        from annotations.services import tasks

        payload = self._request("open", lambda user: task_payload(task=get_task(task.pk), user=user))
        if payload is None:
            return
        flow, revision = payload["reading"]["flow"], (payload["draft"] or {"revision": 0})["revision"]
        if self.random.random() < RIGHT:
            flow["layers"][1]["params"]["filters"] = 6
        for _ in range(self.random.randint(0, 2)):
            self._pause(0.02, 0.2)
            saved = self._request("save", partial(_save, task, flow, revision))
            revision = saved[0].revision if saved else revision
        self._pause(0.02, 0.2)
        self._request("beat", lambda user: tasks.heartbeat(task=task, user=user))
        answer = {"task": task.pk, "key": str(uuid.UUID(int=self.random.getrandbits(128), version=4)), "flow": flow}
        draft = self.pending.with_suffix(".new")
        draft.write_text(json.dumps(answer))
        draft.replace(self.pending)
        self._hand_in(answer)

    def _hand_in(self, answer: dict[str, Any]) -> None:
        """Send, and send again until there is an answer: one key, one answer."""
        from annotations.models import Task
        from annotations.services.submissions import submit

        def send(user: Any) -> Any:
            task = Task.objects.select_related("reading").get(pk=answer["task"])
            return submit(task=task, user=user, key=uuid.UUID(answer["key"]), flow=answer["flow"])

        given = self._request("submit", send)
        if given is not None:
            self.note("receipt", task=answer["task"], key=answer["key"], submission=given.pk)
            if self.random.random() < 0.1:  # the browser did not hear it, and asks again
                again = self._request("again", send)
                self.note("receipt", task=answer["task"], key=answer["key"], submission=again and again.pk)
        self.pending.unlink()

    def _request(self, name: str, call: Callable[[Any], T]) -> T | None:
        """One request, with a connection of its own; `None` where the site says no."""
        from django.contrib.auth.models import User
        from django.db import connection

        from annotations.services.errors import ServiceError

        with self.slots:
            start = time.perf_counter()
            try:
                return call(User.objects.get(pk=self.user))
            except ServiceError as error:
                self.note("refused", call=name, error=type(error).__name__)
                return None
            finally:
                connection.close()
                self.note("took", call=name, ms=round(1000 * (time.perf_counter() - start), 1))

    def _pause(self, least: float, most: float) -> None:
        time.sleep(self.random.uniform(least, most))


def _save(task: Any, flow: dict[str, Any], revision: int, user: Any) -> Any:
    from annotations.services import tasks

    return tasks.save_draft(task=task, user=user, flow=flow, revision=revision)


def _done() -> bool:
    from annotations.models import Task

    return not Task.objects.filter(state=Task.State.OPEN).exists()


def live(users: list[int], folder: Path, seed: int, end: float) -> None:
    """A process: its volunteers are threads."""
    slots = threading.Semaphore(AT_A_TIME)
    people = [Volunteer(user, folder, seed * 1_000_003 + user, slots, end) for user in users]
    threads = [threading.Thread(target=person.run) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
