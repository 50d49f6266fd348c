"""A provider process ends when the engine that started it is gone, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_retrieval.providers import orphan, trieve
from pulumi_retrieval.providers.engine_run import EngineRun, engine_lives, engine_run
from support.processes import command_line, descendants, kill, wait_until
from support.provider_process import CALL_SECONDS, Served
from support.sandbox import Sandbox

STAND_IN = """
import os, subprocess, sys, time
address = "127.0.0.1:40003"
with open(sys.argv[1], "wb") as out:
    subprocess.Popen([sys.executable, "-u", "-m", "pulumi.dynamic", address], stdout=out)
time.sleep(600)
"""
"""Starts a provider as the engine does, and can be killed as the engine can."""


class StandIn:
    """A process in the place of the engine, and calls of the provider that it started."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        printed = folder / "port"
        script = folder / "engine.py"
        script.write_text(STAND_IN)
        self.process = subprocess.Popen([sys.executable, script, printed], env={**os.environ, **environment})
        wait_until(lambda: printed.exists() and b"\n" in printed.read_bytes(), seconds=60, what="the provider's port")
        [self.provider] = [pid for pid in descendants(self.process.pid) if "pulumi.dynamic" in command_line(pid)]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{printed.read_text().strip()}")
        self._stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def call(self, method: str, request: Any) -> Any:
        return getattr(self._stub, method)(request, timeout=CALL_SECONDS)

    @property
    def provider_lives(self) -> bool:
        return bool(command_line(self.provider))

    def end(self) -> None:
        self._channel.close()
        kill([self.provider, self.process.pid])
        self.process.wait()


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    with Sandbox(data=tmp_path / "sandbox") as sandbox:
        started = StandIn(tmp_path, {**sandbox.environment, "XDG_RUNTIME_DIR": str(runtime), "PULUMI_PROJECT": "test"})
        yield started
        started.end()


def test_a_provider_ends_with_its_engine(stand_in: StandIn) -> None:
    dataset = Served(stand_in, trieve.DatasetProvider())  # type: ignore[arg-type]
    inputs, failures = dataset.check({}, {"tracking_id": "docs"})
    assert failures == []
    dataset.create(inputs)
    assert stand_in.provider_lives
    # Nobody asks for the exit code, so that its id stays: it is gone nevertheless.
    stand_in.process.kill()
    wait_until(lambda: not stand_in.provider_lives, seconds=60, what="the end of the provider")


def test_a_process_that_runs_no_provider_looks_for_no_engine() -> None:
    ended: list[int] = []
    assert orphan.end_with_engine(end=ended.append) is False
    assert ended == []


def test_a_process_is_ended_when_its_engine_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mine = engine_run(["127.0.0.1:40004"])
    assert mine is not None
    started = Path(f"/proc/{engine.pid}/stat").read_text().rpartition(")")[2].split()[19]
    monkeypatch.setattr(orphan, "engine_run", lambda _: EngineRun(engine.pid, started, mine.address))
    monkeypatch.setattr(orphan, "in_provider_process", lambda: True)
    ended: list[int] = []
    over = threading.Event()

    def end(code: int) -> None:
        ended.append(code)
        over.set()

    assert orphan.end_with_engine(end=end)
    assert not over.wait(2 * orphan.POLL_SECONDS), "its engine goes on"
    engine.communicate(b"\n")
    assert over.wait(60)
    assert ended == [orphan.ABANDONED]
    assert not engine_lives(EngineRun(engine.pid, started, mine.address))
