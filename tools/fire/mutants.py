"""Mutation of the core: for each small change of the code that decides what may be believed, a test has to fail.

pytest collects the judging tests once. They run once without a mutant, which tells the lines that each of them runs
(`fire.covered`). Each mutant then lives in a process that is forked from there, changes one function, and runs the tests that
run its lines until one fails. `SURVIVORS` lists the mutants that no test can tell from the code, with the reason.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from fire import covered
from fire.covered import Covered
from fire.mutator import Mutant, mutants
from fire.records import ROOT, Results, code_digest
from fire.survivors import SURVIVORS

CORE = "pulumi_retrieval.core"
MODULES = ("plan", "reconciler", "creating", "updating", "deleting", "adoption", "limits", "secrecy")
"""Modules of the core that are mutated."""
JUDGES = ("tests/core",)
SANDBOX_JUDGES = ("tests/services",)
"""Judges that start a sandbox."""
LEAST_SECONDS, TIMES = 30.0, 10.0
"""The time limit of each test: this much, and so many times what it takes without a mutant. One that loops for ever meets it."""
KILLED, SURVIVED, HUNG = "killed", "survived", "over the time limit"


@dataclass
class _Judged:
    """A mutant in its process."""

    mutant: Mutant
    process: int

    def outcome(self) -> str | None:
        """What became of it; None while it is judged."""
        pid, status = os.waitpid(self.process, os.WNOHANG)
        if not pid:
            return None
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)  # what its tests have started
        return {0: SURVIVED, -signal.SIGALRM: HUNG}.get(os.waitstatus_to_exitcode(status), KILLED)


class _Plugin:
    """Judges mutants in the place of pytest's own loop, some at once."""

    def __init__(
        self, todo: Sequence[Mutant], record: Callable[[Mutant, str], None], *, code: str, workers: int
    ) -> None:
        self._todo = list(todo)
        self._record = record
        self._code, self._workers = code, workers

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of pytest's own loop."""
        known = covered.by_test(session, [f"{CORE}.{name}" for name in MODULES], code=self._code)
        left, running = self._todo, list[_Judged]()
        while left or running:
            while left and len(running) < self._workers:
                mutant = left.pop(0)
                if tests := known.that_run(mutant.module, mutant.lines):
                    running.append(_start(session, mutant, tests, known))
                else:
                    self._record(mutant, SURVIVED)
            for one in list(running):
                if (outcome := one.outcome()) is not None:
                    running.remove(one)
                    self._record(one.mutant, outcome)
            time.sleep(0.01)
        return True


def _start(session: pytest.Session, mutant: Mutant, tests: Sequence[str], known: Covered) -> _Judged:
    child = os.fork()
    if child == 0:
        os.setsid()
        chosen = {item.nodeid: item for item in session.items}

        def begin(item: pytest.Item) -> None:
            # Nothing handles this signal, so it ends the process.
            signal.setitimer(signal.ITIMER_REAL, LEAST_SECONDS + TIMES * known.seconds[item.nodeid])

        os._exit(covered.run(session, [chosen[name] for name in tests], before=mutant.put_in_place, begin=begin))
    return _Judged(mutant, child)


def some_mutants(name: str, *, share: float, seed: int) -> list[Mutant]:
    """The mutants of a module, or a part of them that is the same for the same seed."""
    made = mutants(f"{CORE}.{name}")
    count = len(made) if share >= 1 else max(1, round(len(made) * share))
    return random.Random(f"{seed} {name}").sample(made, count)


def judge(
    todo: Sequence[Mutant], record: Callable[[Mutant, str], None], *, sandbox: bool = True, workers: int = 2
) -> None:
    """Judge mutants.

    :param sandbox: also by tests that start a sandbox.
    :param workers: how many at once.
    :raises RuntimeError: the tests cannot be collected, or fail without a mutant.
    """
    # A warning about an object that is collected late would fail a test that has nothing to do with it.
    off = ("no:cacheprovider", "no:xdist", "no:cov", "no:unraisableexception", "no:threadexception")
    options = ["-q", "--no-header", "--assert=plain", "--rootdir", str(ROOT), *(f"-p{plugin}" for plugin in off)]
    judges = (*JUDGES, *(SANDBOX_JUDGES if sandbox else ()))
    code = code_digest("provider/pulumi_retrieval", "tests/support", *judges)
    plugins: list[Any] = [_Plugin(todo, record, code=code, workers=workers)]
    result = pytest.main([*options, *(str(ROOT / judge) for judge in judges)], plugins=plugins)
    if result not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"the judging tests cannot be run: {result!r}")


def _is_settled(line: Mapping[str, Any] | None) -> bool:
    return line is not None and (line["outcome"] == KILLED or line["key"] in SURVIVORS)


class Mutation:
    """A part of `make fire`: mutants of every module, each judged once."""

    def __init__(self, *, share: float, seed: int, sandbox: bool, only: str = "", workers: int = 2) -> None:
        self._kept = Results("mutants", code=code_digest("provider/pulumi_retrieval/core"))
        self._share, self._seed, self._sandbox, self._only = share, seed, sandbox, only
        self._workers = workers

    def run(self) -> dict[str, dict[str, Any]]:
        """Judge what was not killed with this code yet: a test that came since may do it. Gives every result, by key."""
        done = self._kept.load()
        drawn = [one for name in MODULES for one in some_mutants(name, share=self._share, seed=self._seed)]
        todo = [one for one in drawn if self._only in one.key and not _is_settled(done.get(one.key))]
        print(f"{len(drawn)} mutants, {len(todo)} to judge", flush=True)

        def record(mutant: Mutant, outcome: str) -> None:
            line = {
                "kind": "mutants",
                "key": mutant.key,
                "module": mutant.module.rpartition(".")[2],
                "outcome": outcome,
            }
            self._kept.add(line)
            if outcome != KILLED:
                print(f"{outcome}: {mutant.key}", flush=True)

        if todo:
            judge(todo, record, sandbox=self._sandbox, workers=self._workers)
        known = {one.key for one in drawn} if self._share >= 1 else done.keys() | {one.key for one in drawn}
        return {key: line for key, line in self._kept.load().items() if key in known}


def unexplained(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """The mutants that survived and are not in `SURVIVORS`."""
    return [line["key"] for line in lines if line["outcome"] == SURVIVED and line["key"] not in SURVIVORS]


def table(lines: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Counts of each module: a heading and lines of texts."""
    rows = [["module", "mutants", "killed", HUNG, "survived, explained", "survived"]]
    listed = list(lines)
    for name in (*MODULES, "all"):
        some = [line for line in listed if name in (line["module"], "all")]
        if some:
            open_ones = len(unexplained(some))
            counts = [sum(line["outcome"] == outcome for line in some) for outcome in (KILLED, HUNG, SURVIVED)]
            numbers = [len(some), counts[0], counts[1], counts[2] - open_ones, open_ones]
            rows.append([f"core.{name}" if name != "all" else name, *map(str, numbers)])
    return rows
