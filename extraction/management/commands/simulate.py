"""`manage.py simulate --count N --seed S --out DIR`: designs by grammar, with pictures and code."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.simulate import GRAMMARS, Recipe, shards
from extraction.simulate.looks import LOOKS
from extraction.simulate.plan import CODES, Plan, keep
from extraction.simulate.run import RunError, run
from extraction.simulate.shards import Result, Spent

#: The poster's data set: 36 depths, 3,000 designs of each, drawn in two looks.
POSTER = 108_000


class Command(BaseCommand):
    help = (
        "Makes networks by grammar: for each <id>.flow.json (the design), for each look <id>.<look>.png and "
        "<id>.<look>.flow.json (what that picture shows), <id>.keras.py, <id>.caffe.prototxt, and manifest.csv. The "
        "same seed gives the same bytes. It can be stopped at any time, and goes on with --resume."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True, metavar="N", help="how many designs")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="0 or more (default 1)")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for all files")
        parser.add_argument("--grammar", choices=GRAMMARS, default="poster", help="default: poster")
        parser.add_argument(
            "--depth", type=_depths, default=(5, 40), metavar="5-40", help="layers from input to output, both counted"
        )
        parser.add_argument(
            "--pictures",
            type=_names,
            default=("keras", "caffe"),
            metavar="LOOK,…",
            help=f"none, or of {', '.join(LOOKS)}",
        )
        parser.add_argument(
            "--code", type=_names, default=("keras", "caffe"), metavar="NAME,…", help=f"none, or of {', '.join(CODES)}"
        )
        parser.add_argument("--resume", action="store_true", help="go on with a folder of the same plan")
        parser.add_argument(
            "--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="processes (default: all cores)"
        )
        parser.add_argument(
            "--queue", action="store_true", help="let the site's workers do it; DIR must be a folder that they all see"
        )
        parser.add_argument("--json", action="store_true", help="print one object for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if options["jobs"] < 1:
            raise CommandError("--jobs must be 1 or more")
        try:
            plan = Plan(
                Recipe(options["grammar"], options["seed"], options["depth"]),
                options["count"],
                options["pictures"],
                options["code"],
            )
            keep(out, plan, resume=options["resume"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{out} can't be written: {error.strerror}") from error
        started = time.monotonic()
        bar = Bar(self.stderr)
        try:
            spent = self._queued(out, plan, bar) if options["queue"] else run(out, plan, options["jobs"], bar)
            result = shards.finish(out, plan)
        except RunError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped; go on with --resume") from None
        finally:
            bar.close()
        seconds = time.monotonic() - started
        if options["json"]:
            self.stdout.write(json.dumps(_numbers(result, spent, seconds, options["jobs"])))
        else:
            self.stdout.write(_words(result, spent, seconds, options["jobs"]))
        if result.valid < result.designs:
            raise CommandError(f"{result.designs - result.valid} designs are not valid; manifest.csv names them")

    def _queued(self, out: Path, plan: Plan, bar: Bar) -> Spent:
        """Send what is to be done to the workers and wait. A message that is lost is sent again with --resume."""
        from extraction import jobs

        waiting = [shard for shard in plan.shards() if not shards.is_done(out, shard)]
        for shard in waiting:
            jobs.simulate_shard.delay(str(out.resolve()), shard.start)
        while waiting:
            bar(plan.count - sum(len(shard) for shard in waiting), plan.count)
            time.sleep(0.5)
            waiting = [shard for shard in waiting if not shards.is_done(out, shard)]
        return Spent()


def _depths(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no range of depths such as 5-40")
    return int(found[1]), int(found[2] or found[1])


def _names(text: str) -> tuple[str, ...]:
    return () if text == "none" else tuple(part.strip() for part in text.split(",") if part.strip())


class Bar:
    """How far it is, on stderr: a line that is written over on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._live = sys.stderr.isatty()
        self._first: tuple[float, int] | None = None
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        first, at = self._first or (now, done)
        self._first = (first, at)
        if now - self._last < (0.2 if self._live else 10) and done < total:
            return
        self._last = now
        rate = (done - at) / (now - first) if now > first else 0.0
        text = f"{done:,} of {total:,} designs"
        if rate and done < total:
            text += f", {rate:,.1f} a second, {_time((total - done) / rate)} left"
        if self._live:
            share = int(30 * done / total)
            self._out.write(f"\r[{'#' * share}{'.' * (30 - share)}] {text}\x1b[K", ending="")
            self._out.flush()
        else:
            self._out.write(text)

    def close(self) -> None:
        if self._live:
            self._out.write("")


def _time(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _numbers(result: Result, spent: Spent, seconds: float, jobs: int) -> dict[str, Any]:
    each = {
        what: round(1000 * spent.seconds[what] / spent.times[what], 3) for what in spent.seconds if spent.times[what]
    }
    core = spent.seconds["core"]
    return {
        **result.to_dict(),
        "designs_a_second_and_core": round(spent.times["core"] / core) if core else None,
        "milliseconds": each,
        "seconds": round(seconds, 1),
        "jobs": jobs,
    }


def _words(result: Result, spent: Spent, seconds: float, jobs: int) -> str:
    share = 100 * result.duplicates / result.designs
    rows = [
        f"{result.valid:,} of {result.designs:,} designs valid, {result.duplicates:,} duplicates ({share:.3f}%), "
        f"{result.layers / result.designs:.1f} layers each",
    ]
    rows += [f"pictures in the look {look}: {count:,}" for look, count in result.pictures.items()]
    rows += [f"files of code for {code}: {count:,}" for code, count in result.codes.items()]
    made, core = spent.times["core"], spent.seconds["core"]
    if made and core:
        rows.append(f"{made / core:,.0f} designs a second and core in memory; besides, milliseconds of a core each:")
        rows += [
            f"{what:>18}: {1000 * spent.seconds[what] / max(1, spent.times[what]):8.2f}"
            for what in sorted(spent.seconds)
            if what != "core"
        ]
        whole = POSTER * sum(spent.seconds.values()) / made / 2
        rows.append(
            f"{seconds:,.1f} s with {jobs} processes; {POSTER:,} such designs take two free cores {_time(whole)}"
        )
    return "\n".join(rows)
