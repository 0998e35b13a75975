"""The site on one machine: `python -m dlp2c_site.serve [--port 8000]`.

Starts the web server and one worker, says where the site is once it answers, and stops both when it is told to stop.
Many machines run the two apart: see `deploy/`.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

LOG_INS = (("volunteer", "answers questions"), ("moderator", "approves answers"), ("admin", "runs the site"))


def main() -> int:
    parser = argparse.ArgumentParser(description="The site's web server and worker on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--jobs", type=int, default=2, help="papers read and programs proven at the same time")
    options = parser.parse_args()
    address = f"http://{options.host}:{options.port}/"
    commands = {
        "web server": ["gunicorn", "dlp2c_site.wsgi", "--bind", f"{options.host}:{options.port}", "--workers", "2",
                       "--threads", "4", "--log-level", "warning", "--timeout", "60"],
        "worker": ["celery", "--quiet", "-A", "dlp2c_site", "worker", "--loglevel", "warning",
                   "--concurrency", str(options.jobs), "--without-gossip", "--without-mingle"],
    }  # fmt: skip
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A group of its own, so that Ctrl-C reaches only us and both are stopped in order.
            running[name] = subprocess.Popen([sys.executable, "-m", *command], start_new_session=True)  # noqa: S603
        told = False
        while not stopping:
            for name, process in running.items():
                if process.poll() is not None:
                    print(f"the {name} stopped with status {process.returncode}", file=sys.stderr)
                    return 1
            if not told and _answers(f"{address}healthz"):
                told = True
                _welcome(address)
            time.sleep(0.3)
    finally:
        _stop(running)
    return 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _welcome(address: str) -> None:
    print(f"\nDLPaper2Code is at {address}\n")
    if os.environ.get("ALLOWED_HOSTS") is None:
        print("Log-ins to try (the password is the name):")
        for name, does in LOG_INS:
            print(f"  {name:<10} {does}")
    print("\nThe worker reads the example paper now; scripted people (demo-...) then answer some of its questions.")
    print("Ctrl-C stops the site.", flush=True)


def _stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    for process in running.values():
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
