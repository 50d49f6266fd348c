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


@pytest.fixture(scope="module", params=[by_mypy, by_pyright], ids=["mypy", "pyright"])
def errors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Errors:
    """What one checker says of all programs: it takes them at once, since reading the SDK takes longest."""
    found: Errors = request.param([*ACCEPTED, *REJECTED], tmp_path_factory.mktemp("programs"))
    return found


@pytest.mark.parametrize("program", ACCEPTED, ids=lambda path: path.stem)
def test_a_right_program_passes(program: Path, errors: Errors) -> None:
    assert errors.get(program.name, set()) == set()


@pytest.mark.parametrize("program", REJECTED, ids=lambda path: path.stem)
def test_each_mistake_is_found_where_it_stands(program: Path, errors: Errors) -> None:
    lines = enumerate(program.read_text().splitlines(), start=1)
    marked = {number for number, line in lines if line.endswith(MARK)}
    assert len(marked) > 10
    assert errors.get(program.name, set()) == marked


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_class_is_covered(resource: str) -> None:
    for programs in (ACCEPTED, REJECTED):
        assert any(f"{resource}(" in path.read_text() for path in programs)
