"""How many requests at once, across processes, and how fast."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pulumi_retrieval.core.limits import InFlightSlots, RateLimit

from .clock import VirtualClock

SERVICE = "https://api.example.com"
WORKER = """
import sys, threading
from pathlib import Path
from pulumi_retrieval.core.http import HttpClient, Request
from pulumi_retrieval.core.limits import InFlightSlots, RateLimit

url, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
slots = InFlightSlots(url, count=4, directory=folder)
client = HttpClient(url, slots=slots, rate=RateLimit(None))

def work():
    assert client.send(Request("POST", "/work", "work")).ok

threads = [threading.Thread(target=work) for _ in range(count)]
print("ready", flush=True)
sys.stdin.readline()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
HOLDER = """
import sys
from pathlib import Path
from pulumi_retrieval.core.limits import InFlightSlots

with InFlightSlots(sys.argv[1], count=1, directory=Path(sys.argv[2])).slot():
    print("held", flush=True)
    sys.stdin.readline()
"""


class Meter:
    """Counts requests in flight. The first ones wait for each other, so that they surely are in flight together."""

    def __init__(self, together: int) -> None:
        self.lock = threading.Lock()
        self.here = self.most = self.total = 0
        self.full = threading.Event()
        self.together = together

    @contextmanager
    def request(self) -> Iterator[None]:
        with self.lock:
            self.here += 1
            self.total += 1
            self.most = max(self.most, self.here)
            if self.here >= self.together:
                self.full.set()
        self.full.wait(30)
        try:
            yield
        finally:
            with self.lock:
                self.here -= 1


@contextmanager
def metered_server(meter: Meter) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with meter.request():
                body = b"{}"
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                # Counted out before the answer is complete: who has it may send the next one at once.
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        request_queue_size = 100

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def line_from(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    return started.stdout.readline().strip()


def test_three_processes_share_four_slots(tmp_path: Path) -> None:
    meter = Meter(together=4)
    with metered_server(meter) as url:
        arguments = (url, str(tmp_path))
        with (
            process(WORKER, *arguments, "14") as one,
            process(WORKER, *arguments, "13") as two,
            process(WORKER, *arguments, "13") as three,
        ):
            workers = (one, two, three)
            assert [line_from(worker) for worker in workers] == ["ready"] * 3
            for worker in workers:
                worker.communicate("go\n", timeout=60)
            assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert meter.total == 40
    assert meter.most == 4


def test_a_killed_holder_gives_its_slot_back(tmp_path: Path) -> None:
    refused: list[float] = []

    class Full(Exception):
        pass

    def give_up(seconds: float) -> None:
        refused.append(seconds)
        raise Full

    with process(HOLDER, SERVICE, str(tmp_path)) as holder:
        assert line_from(holder) == "held"
        impatient = InFlightSlots(SERVICE, count=1, directory=tmp_path, sleep=give_up)
        with pytest.raises(Full), impatient.slot():
            pass
        holder.kill()
        holder.wait(10)
        with impatient.slot():
            pass
    assert len(refused) == 1


def test_two_services_do_not_share_slots(tmp_path: Path) -> None:
    one = InFlightSlots(SERVICE, count=1, directory=tmp_path)
    other = InFlightSlots("https://other.example.com", count=1, directory=tmp_path)
    with one.slot(), other.slot():
        pass


def test_two_clients_of_one_process_share_slots(tmp_path: Path) -> None:
    class Full(Exception):
        pass

    def give_up(seconds: float) -> None:
        raise Full

    one = InFlightSlots(SERVICE, count=1, directory=tmp_path)
    other = InFlightSlots(SERVICE, count=1, directory=tmp_path, sleep=give_up)
    with one.slot(), pytest.raises(Full), other.slot():
        pass
    with other.slot():
        pass


def test_a_failure_gives_the_slot_back(tmp_path: Path) -> None:
    slots = InFlightSlots(SERVICE, count=1, directory=tmp_path)
    for _ in range(3):
        with pytest.raises(RuntimeError), slots.slot():
            raise RuntimeError


def test_pauses_between_looks_for_a_slot_grow_and_stay_short(tmp_path: Path) -> None:
    pauses: list[float] = []
    holder = InFlightSlots(SERVICE, count=1, directory=tmp_path).slot()
    holder.__enter__()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            holder.__exit__(None, None, None)

    def longest(least: float, most: float) -> float:
        assert least == 0
        return most

    with InFlightSlots(SERVICE, count=1, directory=tmp_path, sleep=sleep, jitter=longest).slot():
        pass
    assert pauses == [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.05, 0.05]


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The runtime folder of the user; everything else that could be one cannot be used."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/self/nowhere")
    return folder


def test_lock_files_lie_in_the_private_folder_of_the_user_whatever_tmpdir_says(
    runtime: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with InFlightSlots(SERVICE, count=2).slot():
        (folder,) = runtime.glob("pulumi-retrieval/slots/*")
    assert folder.stat().st_mode & 0o077 == 0
    assert "example" not in str(folder)
    assert not list((tmp_path / "tmp").iterdir())


def test_nothing_is_made_before_the_first_request(runtime: Path) -> None:
    InFlightSlots(SERVICE, count=2)
    assert not list(runtime.iterdir())


def a_file(runtime: Path) -> None:
    (runtime / "pulumi-retrieval").write_text("")


def a_link(runtime: Path) -> None:
    (runtime / "elsewhere").mkdir()
    (runtime / "pulumi-retrieval").symlink_to(runtime / "elsewhere")


def slots_a_file(runtime: Path) -> None:
    (runtime / "pulumi-retrieval").mkdir(mode=0o700)
    (runtime / "pulumi-retrieval" / "slots").write_text("")


def no_runtime_folder(runtime: Path) -> None:
    runtime.rmdir()
    runtime.write_text("")


def a_lock_is_a_link(runtime: Path) -> None:
    with InFlightSlots(SERVICE, count=4, directory=runtime / "pulumi-retrieval" / "slots").slot():
        pass
    (runtime / "pulumi-retrieval").chmod(0o700)
    for lock in runtime.glob("pulumi-retrieval/slots/*/*"):
        lock.unlink()
        lock.symlink_to(runtime / "elsewhere")


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize("spoil", [a_file, a_link, slots_a_file, no_runtime_folder, a_lock_is_a_link])
def test_without_a_lock_folder_requests_are_sequential_and_one_warning_is_printed(
    spoil: Callable[[Path], None], runtime: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setattr("pulumi_retrieval.core.folders.DEFAULT", "/nowhere")
    spoil(runtime)
    told: list[str] = []
    slots = InFlightSlots(SERVICE, count=4, warn=told.append)
    here, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal here, most
        with slots.slot():
            with lock:
                here += 1
                most = max(most, here)
            time.sleep(0)
            with lock:
                here -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == 1
    assert len(told) == 1
    assert "this process sends one request at a time" in told[0]
    assert str(runtime) in told[0] or "/proc/self/nowhere" in told[0]
    assert not list(project.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="the text is that of POSIX")
def test_the_warning_says_why_no_lock_files_can_be_used(tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.write_text("")
    told: list[str] = []
    with InFlightSlots(SERVICE, count=4, directory=place, warn=told.append).slot():
        pass
    (text,) = told
    assert text.startswith(f"no lock files can be used in {place}: Not a directory; so the requests of other processes")


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed elsewhere")
def test_lock_files_that_somebody_removes_are_made_again(tmp_path: Path) -> None:
    one, other = (InFlightSlots(SERVICE, count=1, directory=tmp_path, sleep=_no_more) for _ in range(2))
    with one.slot():
        pass
    shutil.rmtree(next(tmp_path.iterdir()))
    with other.slot(), pytest.raises(StillTaken), one.slot():
        pass


@pytest.mark.skipif(os.name != "posix", reason="locks are those of POSIX")
def test_an_interrupt_while_a_slot_is_taken_does_not_lose_the_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    slots = InFlightSlots(SERVICE, count=1, directory=tmp_path, sleep=_no_more)
    with monkeypatch.context() as patch:
        patch.setattr("fcntl.flock", interrupted)
        with pytest.raises(KeyboardInterrupt), slots.slot():
            pass
    with slots.slot():
        pass


class StillTaken(Exception):
    pass


def _no_more(seconds: float) -> None:
    raise StillTaken


def test_requests_are_spaced_evenly(clock: VirtualClock) -> None:
    rate = RateLimit(4, clock=clock, sleep=clock.sleep)
    times = []
    for _ in range(4):
        rate.wait()
        times.append(clock.now)
    assert times == [1000, 1000.25, 1000.5, 1000.75]


def test_the_first_request_is_sent_at_once_whatever_the_clock_shows(clock: VirtualClock) -> None:
    clock.now = 0.0
    RateLimit(4, clock=clock, sleep=clock.sleep).wait()
    assert clock.pauses == []


def test_idle_time_does_not_allow_a_burst_of_requests(clock: VirtualClock) -> None:
    rate = RateLimit(4, clock=clock, sleep=clock.sleep)
    rate.wait()
    clock.now += 60
    rate.wait()
    rate.wait()
    assert clock.pauses == [0.25]


def test_without_a_limit_nobody_waits(clock: VirtualClock) -> None:
    rate = RateLimit(None, clock=clock, sleep=clock.sleep)
    for _ in range(100):
        rate.wait()
    assert clock.pauses == []
