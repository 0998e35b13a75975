"""Filling the shards of a plan with several processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from extraction.simulate import shards
from extraction.simulate.plan import Plan

#: Called with how many designs are done, and how many there are to do in all.
Progress = Callable[[int, int], None]


class RunError(RuntimeError):
    """A process failed in a way that doing it again does not help."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    shard: range | None = None
    #: The design that it draws.
    at: int = -1
    without: dict[int, str] = field(default_factory=dict)


def run(folder: Path, plan: Plan, jobs: int, progress: Progress = lambda done, total: None) -> shards.Spent:
    """Fill all shards that are not done yet. The files are the same for any number of processes.

    A process that Graphviz ends is replaced, and the design it was at gets no pictures.

    Raises:
        RunError: with what a process said.
    """
    todo = [shard for shard in plan.shards() if not shards.is_done(folder, shard)]
    total = plan.count
    done = total - sum(len(shard) for shard in todo)
    progress(done, total)
    spent = shards.Spent()
    waiting = todo[::-1]
    workers = [_started(folder, plan) for _ in range(min(jobs, len(todo)))]
    try:
        for worker in workers:
            _give(worker, waiting.pop())
        while busy := [worker for worker in workers if worker.shard is not None]:
            ready = wait([worker.pipe for worker in busy])
            for place, worker in enumerate(workers):
                if worker.pipe not in ready:
                    continue
                try:
                    message = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    workers[place] = _replaced(worker, folder, plan)
                    continue
                if isinstance(message, int):
                    done += worker.at >= 0
                    worker.at = message
                    progress(done, total)
                    continue
                if isinstance(message, str):
                    raise RunError(message)
                done += 1
                progress(done, total)
                spent.add(message)
                worker.shard, worker.at, worker.without = None, -1, {}
                if waiting:
                    _give(worker, waiting.pop())
    finally:
        for worker in workers:
            worker.pipe.close()
            worker.process.terminate()
            worker.process.join()
    return spent


def _started(folder: Path, plan: Plan) -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, folder, plan), daemon=True)
    process.start()
    there.close()
    return _Worker(process, here)


def _give(worker: _Worker, shard: range) -> None:
    worker.shard = shard
    worker.pipe.send((shard, worker.without))


def _replaced(worker: _Worker, folder: Path, plan: Plan) -> _Worker:
    """A new process for the shard of one that died; what killed it is left out."""
    worker.process.join()
    shard, at = worker.shard, worker.at
    assert shard is not None
    if at < 0 or at in worker.without:
        raise RunError(f"a process ended by itself ({worker.process.exitcode}) before it drew anything")
    new = _started(folder, plan)
    new.without = {**worker.without, at: f"Graphviz ended its process ({worker.process.exitcode})"}
    _give(new, shard)
    return new


def _work(pipe: Connection, folder: Path, plan: Plan) -> None:
    """A process's life: shards come in, numbers of designs and at last what was spent go out."""
    try:
        while True:
            shard, without = pipe.recv()
            try:
                pipe.send(shards.fill(folder, plan, shard, pipe.send, without))
            except (OSError, ValueError, ArithmeticError, LookupError, TypeError, AssertionError) as error:
                if isinstance(error, BrokenPipeError):
                    return
                pipe.send(f"designs {shard.start} to {shard.stop - 1}: {type(error).__name__}: {error}")
    except (EOFError, KeyboardInterrupt):
        return  # who gives work is gone
