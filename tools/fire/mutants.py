"""Mutation of the core: for each small change of the code that decides what may be believed, a test has to fail.

pytest collects the judging tests once; each mutant lives in a process that is forked then, changes one function, and runs the
tests until one fails. `SURVIVORS` lists the mutants that no test can tell from the code, with the reason.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from fire.mutator import Mutant, mutants
from fire.records import ROOT, Results, code_digest

CORE = "pulumi_retrieval.core"
JUDGES: Mapping[str, tuple[str, ...]] = {
    "plan": ("core/test_plan.py", "core/test_plan_laws.py", "core/test_reconciling.py", "core/test_reconciler.py"),
    "reconciler": ("core/test_reconciler.py", "core/test_reconciling.py"),
    "creating": ("core/test_creating.py", "core/test_reconciling.py", "core/test_reconciler.py"),
    "updating": ("core/test_reconciling.py", "core/test_reconciler.py"),
    "deleting": ("core/test_reconciling.py", "core/test_reconciler.py", "core/test_guarding.py"),
    "adoption": ("core/test_adoption.py", "core/test_reconciling.py"),
    "limits": ("core/test_limits.py", "core/test_http.py"),
    "secrecy": ("core/test_secrecy.py", "core/test_reconciling.py"),
}
"""Module of the core → the tests that judge it, the quickest first."""
MORE: Mapping[str, tuple[str, ...]] = {
    "reconciler": ("services/test_trieve_create.py", "services/test_trieve_update.py", "services/test_trieve_read.py"),
    "creating": (
        "services/test_trieve_create.py",
        "services/test_trieve_organization.py",
        "services/test_trieve_clone.py",
        "services/test_trieve_api_key.py",
        "services/test_cortex_tenant_g1.py",
        "services/test_cortex_tenant_v2.py",
    ),
    "adoption": ("services/test_trieve_create.py", "services/test_cortex_tenant_g1.py"),
    "updating": ("services/test_trieve_update.py",),
    "deleting": (
        "services/test_trieve_delete.py",
        "services/test_trieve_organization.py",
        "services/test_trieve_retire.py",
    ),
    "secrecy": ("services/test_trieve_secrets.py",),
}
"""Further judges, which start a sandbox."""
SECONDS = 300.0
"""The time limit of one mutant; one that loops for ever is ended by it."""
KILLED, SURVIVED, HUNG = "killed", "survived", "over the time limit"
SURVIVORS: Mapping[str, str] = {
    "deleting / Deleting._look_after / line 122 / True is False": "nothing reads whether an error says that a request was sent",
}
"""Key of a mutant → why no test can tell it from the code."""


class _Plugin:
    """Runs the collected tests once for each mutant, in a process of its own."""

    def __init__(self, todo: Sequence[Mutant], record: Callable[[Mutant, str], None]) -> None:
        self._todo = todo
        self._record = record

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of pytest's own loop."""
        for mutant in self._todo:
            self._record(mutant, _outcome(session, mutant))
        return True


def _outcome(session: pytest.Session, mutant: Mutant) -> str:
    child = os.fork()
    if child == 0:
        os.setsid()
        os._exit(_tests_fail(session, mutant))
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return SURVIVED if os.waitstatus_to_exitcode(status) == 0 else KILLED
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


def _tests_fail(session: pytest.Session, mutant: Mutant) -> int:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        session.config.pluginmanager.unregister(name="terminalreporter")
        mutant.put_in_place()
        for number, item in enumerate(session.items):
            following = session.items[number + 1] if number + 1 < len(session.items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
    except BaseException:
        return 1
    return 0


def judged(name: str, *, sandbox: bool) -> list[str]:
    """The files of the tests that judge a module. :param sandbox: also those that start a sandbox."""
    files = (*JUDGES[name], *(MORE.get(name, ()) if sandbox else ()))
    return [str(path) for file in files if (path := ROOT / "tests" / file).exists()]


def some_mutants(name: str, *, share: float, seed: int) -> list[Mutant]:
    """The mutants of a module, or a part of them that is the same for the same seed."""
    made = mutants(f"{CORE}.{name}")
    count = len(made) if share >= 1 else max(1, round(len(made) * share))
    return random.Random(f"{seed} {name}").sample(made, count)


def judge(name: str, todo: Sequence[Mutant], record: Callable[[Mutant, str], None], *, sandbox: bool = True) -> None:
    """Judge mutants of one module.

    :raises RuntimeError: the tests cannot be collected, or fail without a mutant.
    """
    off = ("no:cacheprovider", "no:xdist", "no:cov")
    options = ["-q", "--no-header", "--assert=plain", "--rootdir", str(ROOT), *(f"-p{plugin}" for plugin in off)]
    plugins: list[Any] = [_Plugin(todo, record)]
    code = pytest.main([*options, *judged(name, sandbox=sandbox)], plugins=plugins)
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"the tests of {name} cannot be run: {code!r}")


def _is_settled(line: Mapping[str, Any] | None) -> bool:
    return line is not None and (line["outcome"] == KILLED or line["key"] in SURVIVORS)


class Mutation:
    """A part of `make fire`: mutants of every module, each judged once."""

    def __init__(self, *, share: float, seed: int, sandbox: bool, only: str = "") -> None:
        self._kept = Results("mutants", code=code_digest("provider/pulumi_retrieval/core"))
        self._share, self._seed, self._sandbox, self._only = share, seed, sandbox, only

    def run(self) -> dict[str, dict[str, Any]]:
        """Judge what was not killed with this code yet: a test that came since may do it. Gives every result, by key."""
        done = self._kept.load()
        for name in JUDGES:
            drawn = some_mutants(name, share=self._share, seed=self._seed)
            todo = [one for one in drawn if self._only in one.key and not _is_settled(done.get(one.key))]
            print(f"{name}: {len(todo)} mutants to judge", flush=True)

            def record(mutant: Mutant, outcome: str, name: str = name) -> None:
                line = {"kind": "mutants", "key": mutant.key, "module": name, "outcome": outcome}
                self._kept.add(line)
                if outcome == SURVIVED:
                    print(f"survived: {mutant.key}", flush=True)

            if todo:
                judge(name, todo, record, sandbox=self._sandbox)
        return self._kept.load()


def unexplained(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """The mutants that survived and are not in `SURVIVORS`."""
    return [line["key"] for line in lines if line["outcome"] == SURVIVED and line["key"] not in SURVIVORS]


def table(lines: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Counts of each module: a heading and lines of texts."""
    rows = [["module", "mutants", "killed", HUNG, "survived, explained", "survived"]]
    listed = list(lines)
    for name in (*JUDGES, "all"):
        some = [line for line in listed if name in (line["module"], "all")]
        if some:
            open_ones = len(unexplained(some))
            counts = [sum(line["outcome"] == outcome for line in some) for outcome in (KILLED, HUNG, SURVIVED)]
            numbers = [len(some), counts[0], counts[1], counts[2] - open_ones, open_ones]
            rows.append([f"core.{name}" if name != "all" else name, *map(str, numbers)])
    return rows
