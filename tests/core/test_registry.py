"""The facts of one run, in memory and in a file that processes share."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_retrieval.core.registry import Facts, MemoryFacts
from pulumi_retrieval.core.registry_file import CautiousFacts, RecentAdoptions, SharedFacts

PROCESS = """
import sys
from pathlib import Path
from pulumi_retrieval.core.registry_file import SharedFacts

facts = SharedFacts(Path(sys.argv[1]), warn=lambda text: sys.exit(text))
"""
Open = Callable[[], SharedFacts]


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run with ? and #.sqlite"


@pytest.fixture
def open_shared(path: Path, warnings: list[str]) -> Iterator[Open]:
    """Each call stands for a process."""
    opened: list[SharedFacts] = []

    def open_one() -> SharedFacts:
        opened.append(SharedFacts(path, warn=warnings.append))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture(params=["memory", "shared", "cautious", "after a failure"])
def facts(request: pytest.FixtureRequest, open_shared: Open, tmp_path: Path) -> Iterator[Facts]:
    recent = RecentAdoptions(tmp_path / "adoptions.sqlite")
    if request.param == "memory":
        yield MemoryFacts()
    elif request.param == "cautious":
        yield CautiousFacts(open_shared(), recent=recent, alone=lambda: False)
    else:
        shared = open_shared()
        if request.param == "after a failure":
            shared.close()
        yield shared
    recent.close()


def start(text: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS + text, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_fact_is_kept_until_it_is_dropped(facts: Facts) -> None:
    assert not facts.has("made", "a")
    facts.put("made", "a")
    facts.put("made", "a")
    facts.put("made", "b")
    facts.put("adopted", "a")
    assert (facts.has("made", "a"), facts.count("made"), facts.count("adopted")) == (True, 2, 1)
    facts.drop("made", "a")
    facts.drop("made", "never was")
    assert (facts.has("made", "a"), facts.count("made"), facts.has("adopted", "a")) == (False, 1, True)


def test_a_value_is_found_until_another_one_takes_its_place(facts: Facts) -> None:
    facts.put("kept", "name", "id-1")
    facts.put("other", "name", "id-3")
    assert [facts.has_value("kept", value) for value in ("id-1", "id-2", "id-3")] == [True, False, False]
    facts.put("kept", "name", "id-2")
    assert [facts.has_value("kept", value) for value in ("id-1", "id-2")] == [False, True]


def test_the_first_value_stays(facts: Facts) -> None:
    assert [facts.put_first("claim", "name", value) for value in ("a", "a", "b")] == ["a", "a", "a"]
    assert facts.put_first("claim", "other name", "b") == "b"


def test_threads_see_one_first_value(facts: Facts) -> None:
    begin = threading.Barrier(4, timeout=30)
    seen: list[list[str]] = []

    def claim(name: str) -> None:
        begin.wait()
        seen.append([facts.put_first("claim", str(key), name) for key in range(200)])

    threads = [threading.Thread(target=claim, args=(str(index),)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 4
    assert all(one == seen[0] for one in seen)


def test_what_one_process_puts_in_another_one_finds_at_once(open_shared: Open) -> None:
    one, other = open_shared(), open_shared()
    one.put("made", "a")
    one.put("kept", "name", "a")
    assert other.put_first("claim", "name", "x") == "x"
    assert (other.has("made", "a"), other.has_value("kept", "a"), other.count("made")) == (True, True, 1)
    assert one.put_first("claim", "name", "y") == "x"
    other.drop("made", "a")
    assert not one.has("made", "a")


def test_a_lost_claim_is_remembered_when_the_file_fails(open_shared: Open) -> None:
    one, other = open_shared(), open_shared()
    one.put_first("claim", "name", "x")
    assert other.put_first("claim", "name", "y") == "x"
    other.close()
    assert other.put_first("claim", "name", "y") == "x"


def test_two_processes_race_for_claims_and_one_wins_each(path: Path) -> None:
    text = """
input()
print(",".join(facts.put_first("claim", str(key), sys.argv[2]) for key in range(1000)))
"""
    racers = [start(text, path, name) for name in ("a", "b")]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    first, second = (racer.communicate(timeout=60)[0] for racer in racers)
    assert first == second != ""
    assert set(first.strip().split(",")) <= {"a", "b"}
    assert [racer.returncode for racer in racers] == [0, 0]


def test_processes_that_open_a_new_file_at_once_share_it(path: Path) -> None:
    text = 'facts.put("made", sys.argv[2]); print(flush=True); input(); print(facts.count("made"), facts.shared)'
    processes = [start(text, path, index) for index in range(4)]
    for process in processes:
        assert process.stdout
        process.stdout.readline()
    assert [process.communicate("go\n", timeout=60)[0] for process in processes] == ["4 True\n"] * 4


def test_the_second_process_uses_the_file_of_the_first(
    open_shared: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = open_shared()
    first.put("made", "a")
    monkeypatch.setattr(Path, "exists", lambda _self: False)  # as it was when the second one looked
    second = open_shared()
    assert (second.shared, second.has("made", "a")) == (True, True)
    assert len(list(tmp_path.iterdir())) == 3, "no draft is left"


def test_a_process_killed_during_a_write_does_not_damage_the_file(
    path: Path, open_shared: Open, warnings: list[str]
) -> None:
    text = """
for index in range(10**9):
    facts.put("made", str(index))
    if index % 100 == 0:
        print(index, flush=True)
"""
    for _ in range(3):
        writer = start(text, path)
        assert writer.stdout
        told = [writer.stdout.readline() for _ in range(5)][-1]
        writer.send_signal(signal.SIGKILL)
        with writer:
            writer.wait(30)
        facts = open_shared()
        assert facts.has("made", told.strip())
        facts.put("made", "after")
        assert facts.has("made", "after")
    assert warnings == []
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


def test_a_corrupted_file_draws_one_warning_and_the_process_continues(
    path: Path, open_shared: Open, warnings: list[str]
) -> None:
    path.write_bytes(b"no database" * 1000)
    facts = open_shared()
    facts.put("made", "a")
    assert facts.has("made", "a")
    assert (facts.shared, len(warnings)) == (False, 1)
    assert warnings[0].startswith(
        "the file by which the provider processes of this run know of each other cannot be used"
    )


def test_a_failing_file_keeps_the_facts_of_this_process(path: Path, open_shared: Open, warnings: list[str]) -> None:
    facts = open_shared()
    facts.put("made", "a")
    facts.put("kept", "name", "a")
    spoiler = sqlite3.connect(path)
    spoiler.execute("DROP TABLE facts")
    spoiler.close()
    for _ in range(2):
        assert (facts.has("made", "a"), facts.has_value("kept", "a"), facts.count("made")) == (True, True, 1)
    assert facts.put_first("claim", "name", "x") == "x"
    assert (facts.shared, len(warnings)) == (False, 1)


def test_the_process_continues_if_no_file_can_be_created(warnings: list[str]) -> None:
    facts = SharedFacts(Path(f"/proc/{os.getpid()}/run.sqlite"), warn=warnings.append)
    facts.put("made", "a")
    assert (facts.has("made", "a"), facts.shared, len(warnings)) == (True, False, 1)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_no_file_can_be_read_by_others(tmp_path: Path, open_shared: Open) -> None:
    before = os.umask(0)
    try:
        facts = open_shared()
        facts.put("made", "a")
    finally:
        os.umask(before)
    files = list(tmp_path.iterdir())
    assert len(files) == 3, "the file, its journal and the index of that; no draft"
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def recents(tmp_path: Path, now: list[float]) -> tuple[RecentAdoptions, RecentAdoptions]:
    return tuple(RecentAdoptions(tmp_path / "adoptions", clock=lambda: now[0]) for _ in range(2))  # type: ignore[return-value]


def test_an_adoption_counts_for_fifteen_minutes_for_everybody(tmp_path: Path) -> None:
    now = [1000.0]
    one, other = recents(tmp_path, now)
    one.add("a")
    assert (other.has("a"), other.has("b")) == (True, False)
    now[0] += 15 * 60 - 1
    assert other.has("a")
    now[0] += 1
    assert not other.has("a")
    one.add("b")
    rows = sqlite3.connect(tmp_path / "adoptions")
    assert rows.execute("SELECT object FROM adoptions").fetchall() == [("b",)]
    for opened in (one, other, rows):
        opened.close()


def test_a_file_of_adoptions_that_cannot_be_used_holds_none(tmp_path: Path) -> None:
    (tmp_path / "adoptions").write_bytes(b"no database" * 1000)
    one, _ = recents(tmp_path, [0.0])
    one.add("a")
    assert not one.has("a")
    one.close()


@pytest.mark.parametrize("alone", [True, False])
def test_adoptions_by_others_count_where_a_process_is_alone(tmp_path: Path, alone: bool) -> None:
    mine, others = recents(tmp_path, [0.0])
    facts = CautiousFacts(MemoryFacts(), recent=mine, alone=lambda: alone)
    others.add("adopted by another process")
    assert facts.has("adopted", "adopted by another process") is alone
    assert not facts.has("made", "adopted by another process")
    facts.put("adopted", "a")
    facts.put("made", "b")
    assert (others.has("a"), others.has("b")) == (True, False), "others may be alone"
    assert facts.has("adopted", "a")
    mine.close()
    others.close()
