"""Provider processes of one engine operation know of each other, and nobody else does."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pulumi_retrieval.core.registry import MemoryFacts
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.providers import engine_run, trieve
from pulumi_retrieval.providers.adapter import DECLARATION_KEY
from pulumi_retrieval.providers.engine_run import ADOPTIONS, RUNS, EngineRun, remove_stale
from pulumi_retrieval.providers.runtime import Runtime
from support.provider_process import ProviderProcess, Served
from support.sandbox import Sandbox

ONE, OTHER = "127.0.0.1:40001", "127.0.0.1:40002"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def runtime_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def environment(sandbox: Sandbox, runtime_folder: Path) -> dict[str, str]:
    return {**sandbox.environment, "XDG_RUNTIME_DIR": str(runtime_folder)}


def files(runtime_folder: Path) -> list[Path]:
    return sorted((runtime_folder / "pulumi-retrieval" / RUNS).glob("*.sqlite"))


def check(dataset: Served, *, resource: str, key: str) -> tuple[dict[str, Any], list[str]]:
    declaration = {"name": resource, "token": "Dataset", "candidate": f"{resource}-0a1b2c"}
    inputs, failures = dataset.check({}, {"tracking_id": key, "adopt": True, DECLARATION_KEY: declaration})
    return inputs, [text for _, text in failures]


def adopted_and_deleted(environment: dict[str, str], sandbox: Sandbox, *, adopter: str, deleter: str) -> bool:
    """Whether a dataset lives on that one process adopts and another one, in whose state it is, deletes."""
    key = uuid.uuid4().hex
    with ProviderProcess(environment=environment) as before:
        dataset = before.serve(trieve.DatasetProvider())
        created = dataset.create(check(dataset, resource="old", key=key)[0])
    with (
        ProviderProcess(environment=environment, engine=adopter) as first,
        ProviderProcess(environment=environment, engine=deleter) as second,
    ):
        taker, holder = (process.serve(trieve.DatasetProvider()) for process in (first, second))
        assert taker.create(check(taker, resource="new", key=key)[0]).id == created.id
        holder.delete(created.id, created.outputs)
        alive = created.id in [one["id"] for one in sandbox.state()["trieve"]["datasets"]]
        assert ("is now held by another resource of the program" in second.stderr) is alive
        assert "warning" not in first.stderr + second.stderr
    return alive


def test_delete_keeps_an_object_that_another_process_of_the_run_adopted(
    environment: dict[str, str], sandbox: Sandbox, runtime_folder: Path
) -> None:
    assert adopted_and_deleted(environment, sandbox, adopter=ONE, deleter=ONE)
    assert len(files(runtime_folder)) == 2, "one of the first process, one of the run"


def test_delete_removes_an_object_that_another_run_adopted(environment: dict[str, str], sandbox: Sandbox) -> None:
    assert not adopted_and_deleted(environment, sandbox, adopter=ONE, deleter=OTHER)


@pytest.mark.parametrize(("adopter", "deleter"), [("", ""), (ONE, ""), ("", "no address")])
def test_delete_keeps_a_recently_adopted_object_where_the_run_is_unknown(
    environment: dict[str, str], sandbox: Sandbox, adopter: str, deleter: str
) -> None:
    assert adopted_and_deleted(environment, sandbox, adopter=adopter, deleter=deleter)


def test_delete_keeps_a_recently_adopted_object_where_the_shared_file_fails(
    environment: dict[str, str], sandbox: Sandbox, runtime_folder: Path
) -> None:
    key = uuid.uuid4().hex
    with ProviderProcess(environment=environment, engine=ONE) as process:
        dataset = process.serve(trieve.DatasetProvider())
        created = dataset.create(check(dataset, resource="old", key=key)[0])
    [file] = files(runtime_folder)
    with ProviderProcess(environment=environment, engine=OTHER) as process:
        dataset = process.serve(trieve.DatasetProvider())
        dataset.create(check(dataset, resource="new", key=key)[0])
    for part in file.parent.glob(f"{file.name}*"):
        part.write_bytes(b"no database" * 1000)
    with ProviderProcess(environment=environment, engine=ONE) as process:
        process.serve(trieve.DatasetProvider()).delete(created.id, created.outputs)
        assert process.stderr.count("warning: the file by which the provider processes of this run") == 1
        assert "is now held by another resource" in process.stderr


@pytest.mark.parametrize(("first", "second", "refused"), [(ONE, ONE, True), (ONE, OTHER, False), ("", "", False)])
def test_one_key_has_one_owner_in_a_run(environment: dict[str, str], first: str, second: str, refused: bool) -> None:
    with (
        ProviderProcess(environment=environment, engine=first) as one,
        ProviderProcess(environment=environment, engine=second) as other,
    ):
        key = uuid.uuid4().hex
        assert check(one.serve(trieve.DatasetProvider()), resource="a", key=key)[1] == []
        failures = check(other.serve(trieve.DatasetProvider()), resource="b", key=key)[1]
    assert ["is declared by two resources of this program" in text for text in failures] == [True] * refused


def test_provider_processes_of_tests_share_facts_only_with_the_same_engine_address(sandbox: Sandbox) -> None:
    with (
        ProviderProcess(environment=sandbox.environment) as one,
        ProviderProcess(environment=sandbox.environment) as other,
    ):
        for process, resource in ((one, "a"), (other, "b")):
            assert check(process.serve(trieve.DatasetProvider()), resource=resource, key="same")[1] == []


def test_nothing_is_opened_before_the_first_fact(environment: dict[str, str], runtime_folder: Path) -> None:
    with ProviderProcess(environment=environment, engine=ONE) as process:
        process.configure({})
        assert list(runtime_folder.iterdir()) == []


def test_where_there_is_no_folder_each_process_says_so_once(sandbox: Sandbox, tmp_path: Path) -> None:
    nowhere = {"XDG_RUNTIME_DIR": f"/proc/{os.getpid()}", "XDG_CACHE_HOME": str(tmp_path)}
    (tmp_path / "pulumi-retrieval").touch()
    with ProviderProcess(environment={**sandbox.environment, **nowhere}, engine=ONE) as process:
        dataset = process.serve(trieve.DatasetProvider())
        for key in ("a", "b"):
            assert check(dataset, resource=key, key=uuid.uuid4().hex)[1] == []
        assert process.stderr.count("warning: there is no private folder for this user") == 1


def test_a_program_shares_nothing(runtime_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_folder))
    monkeypatch.setattr(sys, "argv", ["program", ONE])
    run = Runtime().run
    run.made("a")
    run.adopted("a")
    assert run.adopted_here("a")
    assert list(runtime_folder.iterdir()) == []


class Ancestor:
    """A process above this one."""

    def __init__(self, pid: int, *command: str, denied: bool = False) -> None:
        self.pid, self._command, self._denied = pid, command, denied

    def cmdline(self) -> list[str]:
        if self._denied:
            raise psutil.AccessDenied(self.pid)
        return list(self._command)


def above(monkeypatch: pytest.MonkeyPatch, *ancestors: Ancestor) -> None:
    monkeypatch.setattr(psutil.Process, "parents", lambda _self: list(ancestors))
    monkeypatch.setattr(engine_run, "_started", lambda pid: f"{pid}00")


SCRIPT = ("/bin/sh", "/bin/pulumi-resource-pulumi-python", ONE)


@pytest.mark.parametrize(
    "between",
    [
        [],
        [Ancestor(8, *SCRIPT)],
        [Ancestor(9, "python.exe", "-m", "pulumi.dynamic", ONE), Ancestor(8, "cmd", "/c", f"script.cmd {ONE}")],
    ],
)
def test_the_engine_is_the_nearest_process_that_was_not_given_the_address(
    monkeypatch: pytest.MonkeyPatch, between: list[Ancestor]
) -> None:
    above(monkeypatch, *between, Ancestor(7, "pulumi", "up", "--client=127.0.0.1:3"), Ancestor(6, "sh", "pulumi"))
    assert engine_run.engine_run([ONE]) == EngineRun(7, "700", ONE)
    assert engine_run.engine_run(["--tracing", "file:/x", ONE]) == EngineRun(7, "700", ONE)


def test_an_engine_may_be_the_first_process_of_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    above(monkeypatch, Ancestor(8, *SCRIPT), Ancestor(1, "/bin/pulumi", "up"))
    assert engine_run.engine_run([ONE]) == EngineRun(1, "100", ONE)


def test_the_first_process_of_a_machine_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    above(monkeypatch, Ancestor(8, *SCRIPT), Ancestor(1, "/sbin/init", "splash"))
    assert engine_run.engine_run([ONE]) is None, "the engine was killed"


@pytest.mark.parametrize("arguments", [[], ["pulumi"], [ONE, "--flag"], ["127.0.0.1:"]])
def test_without_an_address_there_is_no_engine(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    above(monkeypatch, Ancestor(7, "pulumi", "up"))
    assert engine_run.engine_run(arguments) is None


@pytest.mark.parametrize("ancestors", [[], [Ancestor(8, *SCRIPT)], [Ancestor(8, *SCRIPT, denied=True)]])
def test_an_engine_that_cannot_be_looked_at_is_not_known(
    monkeypatch: pytest.MonkeyPatch, ancestors: list[Ancestor]
) -> None:
    above(monkeypatch, *ancestors)
    assert engine_run.engine_run([ONE]) is None


def test_runs_differ_by_engine_start_and_address() -> None:
    here = EngineRun(7, "700", ONE)
    others = [here._replace(pid=8), here._replace(started="701"), here._replace(address=OTHER)]
    assert len({run.file() for run in [here, *others]}) == 4
    assert ONE not in here.file(), "no colon in a file's name"


def test_the_files_of_engines_that_are_gone_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(30)
    started = engine_run._started(os.getpid())
    living = EngineRun(os.getpid(), started, ONE)
    another_start = living._replace(started="12")
    dead = living._replace(pid=gone.pid)
    foreign = "0" * 12 + dead.file()[12:]
    old_foreign = "1" * 12 + dead.file()[12:]
    for name in (living.file(), another_start.file(), dead.file(), foreign, old_foreign, "notes"):
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / f"{name}{suffix}").touch()
            if name == old_foreign:
                os.utime(tmp_path / f"{name}{suffix}", (0, 0))
    (tmp_path / f"{dead.file()}.0a1b").touch()
    remove_stale(tmp_path)
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {f"{name}{suffix}" for name in (living.file(), foreign, "notes") for suffix in ("", "-wal", "-shm")}

    monkeypatch.setattr(engine_run, "_started", denied)
    remove_stale(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == left, "what may live is left alone"


def denied(pid: int) -> str:
    raise psutil.AccessDenied(pid)


def test_a_new_registry_removes_them(tmp_path: Path) -> None:
    (tmp_path / RUNS).mkdir()
    here = EngineRun(os.getpid(), engine_run._started(os.getpid()), ONE)
    dead = tmp_path / RUNS / here._replace(started="12").file()
    dead.touch()
    run = Run(open_facts=lambda run: engine_run.shared_facts(tmp_path, here, run=run))
    run.made("a")
    assert sorted(file.name for file in (tmp_path / RUNS).glob("*.sqlite")) == [here.file()]
    assert not dead.exists()


def test_where_nothing_is_shared_only_adoptions_are_noted(tmp_path: Path) -> None:
    run = Run(open_facts=lambda run: engine_run.shared_facts(tmp_path, None, run=run))
    run.made("a")
    assert list(tmp_path.iterdir()) == []
    run.made("b")
    run.adopted("b")
    assert {file.name.partition("-")[0] for file in tmp_path.iterdir()} == {ADOPTIONS}


def test_outside_of_a_provider_process_facts_are_in_memory() -> None:
    assert not engine_run.in_provider_process()
    assert isinstance(engine_run.facts(Run()), MemoryFacts)
