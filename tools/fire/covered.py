"""Which lines of some modules each collected test runs, and how long it takes."""

from __future__ import annotations

import importlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest

from fire.records import FOLDER


@dataclass(frozen=True)
class Covered:
    """What every test runs.

    :param lines: module → line → the tests that run it.
    :param seconds: test → how long it takes.
    """

    lines: Mapping[str, Mapping[int, Sequence[str]]]
    seconds: Mapping[str, float]

    def that_run(self, module: str, lines: Iterable[int]) -> list[str]:
        """The tests that run one of these lines: file by file, the quickest file first."""
        known = self.lines[module]
        found = {test for line in lines for test in known.get(line, ())}
        files: defaultdict[str, list[str]] = defaultdict(list)
        for test in self.seconds:  # in the order of the collection
            if test in found:
                files[test.partition("::")[0]].append(test)
        mean = {file: self.seconds_of(tests) / len(tests) for file, tests in files.items()}
        return [test for file in sorted(files, key=lambda file: mean[file]) for test in files[file]]

    def seconds_of(self, tests: Iterable[str]) -> float:
        """How long some tests take."""
        return sum(self.seconds[test] for test in tests)


def by_test(session: pytest.Session, modules: Sequence[str], *, code: str) -> Covered:
    """Run the collected tests once, in a process of its own; what was found is kept for the same code.

    :param code: a digest of the code and the tests.
    :raises RuntimeError: a test fails.
    """
    file = FOLDER / f"covered-{code}.json"
    if not file.exists():
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(_measure(session, modules, file))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) or not file.exists():
            told = _failed(file)
            which = told.read_text() if told.exists() else "a test"
            raise RuntimeError(f"{which} fails without a mutant: run it by itself first")
    kept = json.loads(file.read_text())
    lines = {name: {int(line): tests for line, tests in found.items()} for name, found in kept["lines"].items()}
    return Covered(lines, kept["seconds"])


def _failed(file: Path) -> Path:
    """Where the name of a test is written that fails."""
    return file.with_suffix(".failed")


def _measure(session: pytest.Session, modules: Sequence[str], file: Path) -> int:
    files = {name: str(importlib.import_module(name).__file__) for name in modules}
    seconds: dict[str, float] = {}
    watch = coverage.Coverage(data_file=None, include=list(files.values()), config_file=False)

    def begin(item: pytest.Item) -> None:
        watch.switch_context(item.nodeid)
        seconds[item.nodeid] = -time.monotonic()

    def end(item: pytest.Item) -> None:
        seconds[item.nodeid] += time.monotonic()
        if session.testsfailed:
            _failed(file).write_text(item.nodeid)

    watch.start()
    failed = run(session, session.items, begin=begin, end=end)
    watch.stop()
    if failed:
        return failed
    data = watch.get_data()
    lines = {
        name: {line: [test for test in tests if test] for line, tests in data.contexts_by_lineno(path).items()}
        for name, path in files.items()
    }
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"lines": lines, "seconds": seconds}))
    part.replace(file)
    return 0


def run(
    session: pytest.Session,
    items: Sequence[pytest.Item],
    *,
    before: Callable[[], None] = lambda: None,
    begin: Callable[[pytest.Item], None] = lambda item: None,
    end: Callable[[pytest.Item], None] = lambda item: None,
) -> int:
    """Run tests in a process that was forked for it, silently, until one fails: 1 then, else 0.

    :param before: is called first.
    """
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        session.config.pluginmanager.unregister(name="terminalreporter")
        before()
        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            begin(item)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            end(item)
            if session.testsfailed:
                return 1
    except BaseException:
        return 1
    return 0
