"""What the sandbox promises: hostile work ends in a clear error, and touches nothing that it was not handed."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from extraction import sandbox
from extraction.sandbox import Crashed, Failed, Limits, OutOfMemory, SandboxError, Timeout

SMALL = Limits(seconds=20, memory_mb=512, result_mb=2, file_mb=8)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own guards are Linux's")


def evaluate(source: str, given: Any = None, limits: Limits = SMALL, **options: Any) -> Any:
    payload = {"source": source, "given": given}
    return sandbox.run("extraction.sandbox.source:evaluate", payload, limits=limits, **options)


def test_a_result_comes_back() -> None:
    assert evaluate("result = {'sum': given['a'] + 1, 'text': 'ä“\\n'}", {"a": 2}) == {"sum": 3, "text": "ä“\n"}


def test_progress_arrives_in_order_while_it_runs() -> None:
    seen: list[Any] = []
    source = "from extraction.sandbox import report\nfor i in range(5): report([i, 5])\nresult = 'done'"
    assert evaluate(source, progress=seen.append) == "done"
    assert seen == [[i, 5] for i in range(5)]


@pytest.mark.parametrize("source", ["while True: pass", "import time\ntime.sleep(600)"])
def test_endless_work_is_stopped(source: str) -> None:
    with pytest.raises(Timeout, match="longer than 1 seconds"):
        evaluate(source, limits=Limits(seconds=1))


@pytest.mark.parametrize(
    "source",
    [
        "x = bytearray(10**11)",
        "x = [bytearray(10**6) for _ in range(10**6)]",
        "import numpy as np\nx = [np.ones(10**6) for _ in range(10**6)]",
    ],
)
def test_a_memory_bomb_is_stopped(source: str) -> None:
    with pytest.raises(OutOfMemory, match="512 MB"):
        evaluate(source)


@pytest.mark.parametrize("source", ["import os\nos._exit(0)", "import os\nos._exit(7)"])
def test_an_exit_midway_is_no_result(source: str) -> None:
    with pytest.raises(Crashed, match="no answer"):
        evaluate(source)


def test_a_polite_exit_is_no_result_either() -> None:
    with pytest.raises(Failed, match="ended itself"):
        evaluate("import sys\nsys.exit(0)")


def test_a_crash_in_a_library_is_told_apart() -> None:
    with pytest.raises(Crashed, match="SIGSEGV"):
        evaluate("import ctypes\nctypes.string_at(0)")


def test_an_exception_keeps_its_name_and_words() -> None:
    with pytest.raises(Failed, match="no such layer") as caught:
        evaluate("raise LookupError('no such layer')")
    assert caught.value.kind == "LookupError"
    assert "Traceback" in caught.value.details
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "import socket\nsocket.socket()",
        "import _socket\n_socket.socket()",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:8000/')",
        "import socket\nsocket.getaddrinfo('example.org', 80)",
    ],
)
def test_there_is_no_network(source: str) -> None:
    with pytest.raises(Failed, match="no network"):
        evaluate(source)


@pytest.mark.parametrize(
    "source",
    [
        "import os\nwhile True: os.fork()",
        "import subprocess\nsubprocess.run(['true'])",
        "import os\nos.system('true')",
        "import os\nos.execv('/bin/true', ['true'])",
        "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()",
        "import os\nos.kill(os.getppid(), 9)",
    ],
)
def test_there_are_no_other_processes(source: str) -> None:
    with pytest.raises(Failed, match="no other programs"):
        evaluate(source)


@linux
def test_the_kernel_refuses_what_goes_around_python() -> None:
    calls = "[libc.socket(2, 1, 0), libc.fork(), libc.kill(given, 0), libc.execl(b'/bin/true', b'true', None)]"
    assert evaluate(f"import ctypes\nlibc = ctypes.CDLL(None)\nresult = {calls}", os.getpid()) == [-1, -1, -1, -1]


@linux
def test_threads_are_allowed() -> None:
    source = (
        "from concurrent.futures import ThreadPoolExecutor\nresult = list(ThreadPoolExecutor(4).map(str, range(9)))"
    )
    assert evaluate(source) == [str(i) for i in range(9)]


def test_huge_output_is_cut_not_kept() -> None:
    with pytest.raises(Failed) as caught:
        evaluate("for _ in range(300): print('x' * 10**5)\nprint('the end')\nraise ValueError('after all that')")
    assert len(caught.value.details) < 50_000
    assert "the end" in caught.value.details


def test_a_huge_result_is_refused() -> None:
    with pytest.raises(Failed, match="more than 2 MB"):
        evaluate("result = 'x' * 10**7")


def test_a_result_that_json_cannot_hold_is_an_error() -> None:
    with pytest.raises(Failed, match="not JSON serializable"):
        evaluate("result = {1, 2}")


@pytest.mark.parametrize("text", ["not json", "[" * 100_000, "7"])
def test_garbage_on_the_channel_is_an_error(text: str) -> None:
    source = "import os\nfrom extraction.sandbox import progress\nos.write(progress.channel, given.encode() + b'\\n')"
    with pytest.raises(SandboxError):
        evaluate(source, text)


def test_it_writes_in_its_own_folder_only(tmp_path: Path) -> None:
    assert evaluate("open('a', 'w').write('x')\nresult = open('a').read()") == "x"
    target = tmp_path / "a"
    with pytest.raises(Failed, match=r"[Pp]ermission|may not"):
        evaluate("open(given, 'w')", str(target))
    assert not target.exists()


def test_its_own_folder_is_gone_afterwards() -> None:
    folder = evaluate("import os\nopen('a', 'w').write('x')\nresult = os.getcwd()")
    assert not Path(folder).exists()


def test_a_folder_it_is_handed_may_be_written(tmp_path: Path) -> None:
    source = "from pathlib import Path\n(Path(given) / 'deep').mkdir()\n(Path(given) / 'deep' / 'a').write_text('x')"
    evaluate(source, str(tmp_path), writable=[tmp_path])
    assert (tmp_path / "deep" / "a").read_text() == "x"


@linux
def test_it_reads_only_what_it_is_handed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    with pytest.raises(Failed, match="Permission denied"):
        evaluate("result = open(given).read()", str(secret))
    assert (
        sandbox.run("extraction.sandbox.source:evaluate", {"source": "", "given": None, "file": secret}, limits=SMALL)
        is None
    )
    source = "import sys\nresult = open(next(a for a in [given])).read()"
    handed = {"source": source, "given": str(secret), "file": secret}
    assert sandbox.run("extraction.sandbox.source:evaluate", handed, limits=SMALL) == "s"


@linux
def test_it_cannot_see_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    assert "hunter2" not in evaluate("import os\nresult = repr(os.environ)")
    with pytest.raises(Failed, match="Permission denied"):
        evaluate("import os\nresult = open(f'/proc/{os.getppid()}/environ').read()")


def test_a_file_cannot_grow_without_end() -> None:
    with pytest.raises(Failed, match="too large"):
        evaluate("f = open('a', 'wb')\nwhile True: f.write(b'x' * 10**6)")


@pytest.mark.parametrize("target", ["os:system", "extraction", "extraction.sandbox.source:evaluate()", "extraction.:x"])
def test_only_functions_of_this_project_are_called(target: str) -> None:
    with pytest.raises(ValueError, match="no function of this project"):
        sandbox.run(target, {})


@pytest.mark.parametrize("name", ["sys", "nothing", "MEMORY_SIGNS"])
def test_what_is_no_function_is_refused(name: str) -> None:
    with pytest.raises(Failed, match="no function of this project"):
        sandbox.run(f"extraction.sandbox.child:{name}", {}, limits=SMALL)


def test_source_text_is_never_run_outside() -> None:
    from extraction.sandbox.source import load_source

    with pytest.raises(RuntimeError, match="sandbox only"):
        load_source("x = 1", "x")


def test_it_works_from_many_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda i: evaluate("result = given * 2", i), range(8))) == [i * 2 for i in range(8)]
    assert threading.active_count() < 8


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what is open through /proc")
def test_nothing_stays_open() -> None:
    evaluate("result = 1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for source in ["result = 1", "raise ValueError('x')", "import os\nos._exit(1)"]:
        try:
            evaluate(source)
        except SandboxError:
            continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_failing_progress_function_ends_the_child() -> None:
    def broken(value: Any) -> None:
        raise KeyError(value)

    with pytest.raises(KeyError):
        evaluate(
            "import time\nfrom extraction.sandbox import report\nreport(1)\ntime.sleep(600)",
            progress=broken,
        )


def test_python_alone_guards_the_files_where_the_kernel_cannot(tmp_path: Path) -> None:
    source = f"""
import os
from pathlib import Path
from extraction.sandbox.confine import _hook
guard = _hook([Path.cwd()])
result = []
for event, args in [
    ("open", ({str(tmp_path / "x")!r}, "w", os.O_WRONLY)), ("open", ("x", "w", os.O_WRONLY)),
    ("open", ({str(tmp_path / "x")!r}, "r", os.O_RDONLY)), ("os.rename", ("x", {str(tmp_path / "x")!r}, -1, -1)),
    ("os.remove", ("x", -1)), ("os.mkdir", ("../x", 511, -1)),
]:
    try:
        guard(event, args)
        result.append(True)
    except PermissionError:
        result.append(False)
"""
    assert evaluate(source) == [False, True, True, False, True, False]
