"""What type checkers say of programs: right ones pass, and each mistake is found on its own line.

The programs are checked as a user's are: against the installed package, with the checker's strict rules and without the
configuration of this project.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.resource import RetrievalResource

HERE = Path(__file__).parent
ACCEPTED = sorted((HERE / "accepted").glob("*.py"))
REJECTED = sorted((HERE / "rejected").glob("*.py"))
MARK = "# rejected"
RESOURCES = [
    f"{module.__name__.rpartition('.')[2]}.{name}"
    for module in (trieve, cortex)
    for name, item in vars(module).items()
    if isinstance(item, type) and issubclass(item, RetrievalResource)
]

Errors = dict[str, set[int]]
"""The lines with errors, by the name of the program."""


def by_mypy(programs: list[Path], folder: Path) -> Errors:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={folder}", *map(str, programs)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.stderr == ""
    found: Errors = {}
    for path, line in re.findall(r"^(.*?):(\d+): error:", done.stdout, re.MULTILINE):
        found.setdefault(Path(path).name, set()).add(int(line))
    assert bool(found) == bool(done.returncode), done.stdout
    return found


def by_pyright(programs: list[Path], folder: Path) -> Errors:
    for program in programs:
        shutil.copy(program, folder)
    settings = folder / "pyrightconfig.json"
    settings.write_text(json.dumps({"typeCheckingMode": "strict", "include": ["*.py"]}))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(settings)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.stdout.lstrip().startswith("{"), f"pyright did not run: {done.stdout}{done.stderr}"
    answer = json.loads(done.stdout)
    assert answer["summary"]["filesAnalyzed"] == len(programs)
    found: Errors = {}
    for one in answer["generalDiagnostics"]:
        if one["severity"] == "error":
            found.setdefault(Path(one["file"]).name, set()).add(one["range"]["start"]["line"] + 1)
    return found


CHECKERS = [pytest.param(by_mypy, id="mypy"), pytest.param(by_pyright, id="pyright")]


@pytest.mark.parametrize("check", CHECKERS)
def test_right_programs_pass(check: Callable[[list[Path], Path], Errors], tmp_path: Path) -> None:
    assert check(ACCEPTED, tmp_path) == {}


@pytest.mark.parametrize("check", CHECKERS)
def test_each_mistake_is_found_where_it_stands(check: Callable[[list[Path], Path], Errors], tmp_path: Path) -> None:
    marked = {
        path.name: {number for number, line in enumerate(path.read_text().splitlines(), 1) if line.endswith(MARK)}
        for path in REJECTED
    }
    assert check(REJECTED, tmp_path) == marked


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_class_is_covered(resource: str) -> None:
    for programs in (ACCEPTED, REJECTED):
        assert any(f"{resource}(" in path.read_text() for path in programs)
