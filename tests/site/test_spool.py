"""The broker that needs no server: messages arrive whole, once, in order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from dlp2c_site.spool import Transport


@pytest.fixture
def connect(tmp_path: Path) -> Callable[[], Connection]:
    Transport.global_state.clear()  # what this process knows of the queues of another test's folder
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    return lambda: Connection("spool://", transport_options=options)


def take(queue: Any) -> list[Any]:
    found = []
    while True:
        try:
            message = queue.get(block=False)
        except Empty:
            return found
        message.ack()
        found.append(message.payload)


def test_messages_come_out_once_in_the_order_they_went_in(connect: Callable[[], Connection]) -> None:
    with connect() as connection:
        queue = connection.SimpleQueue("work")
        for number in range(20):
            queue.put({"number": number})
        assert [message["number"] for message in take(queue)] == list(range(20))
        assert take(queue) == []
        queue.close()


def test_queues_do_not_mix(connect: Callable[[], Connection]) -> None:
    with connect() as connection:
        one, other = connection.SimpleQueue("work"), connection.SimpleQueue("homework")
        one.put("a")
        other.put("b")
        assert (take(one), take(other)) == (["a"], ["b"])
        one.close()
        other.close()


def test_readers_at_the_same_time_never_share_a_message_or_meet_half_of_one(
    connect: Callable[[], Connection],
) -> None:
    count, readers = 120, 4
    found: list[int] = []
    done = threading.Event()

    def read() -> None:
        with connect() as connection:
            queue = connection.SimpleQueue("work")
            while True:
                last = done.is_set()
                found.extend(message["number"] for message in take(queue))
                if last:
                    break
            queue.close()

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    with connect() as connection:
        queue = connection.SimpleQueue("work")
        for number in range(count):
            queue.put({"number": number, "padding": "x" * 20_000})
        queue.close()
    done.set()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(count))


def test_an_unfinished_message_is_not_seen(connect: Callable[[], Connection], tmp_path: Path) -> None:
    with connect() as connection:
        queue = connection.SimpleQueue("work")
        (tmp_path / "messages" / "0_x.work.msg.part").write_text(json.dumps({"half": 1})[:5])
        assert take(queue) == []
        queue.close()
