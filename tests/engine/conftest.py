"""What the tests on a real engine share: the engine, a sandbox of both services, and projects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import Project
from support.lying_proxy import LyingProxy
from support.sandbox import Sandbox

HERE = Path(__file__).parent
TOOL = HERE.parents[1] / "tools" / "engine.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder of a `pulumi` command that works here; made if need be, which takes minutes once per machine."""
    done = subprocess.run([sys.executable, TOOL, "--quiet"], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, "no engine; `python tools/engine.py` says why"
    return Path(done.stdout.strip())


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of both services with one organization, and nothing in it."""
    with Sandbox(data=tmp_path / "sandbox") as sandbox:
        yield sandbox


@pytest.fixture
def project(tmp_path: Path, engine: Path, sandbox: Sandbox) -> Iterator[Project]:
    """A project whose environment points at the sandbox. The sandbox's keys must not show up anywhere either."""
    keys = [value for name, value in sandbox.environment.items() if name.endswith("_KEY")]
    project = Project(tmp_path / "main", engine=engine, env=sandbox.environment, secrets=keys)
    yield project
    project.close()


@pytest.fixture
def proxy(project: Project, sandbox: Sandbox) -> Iterator[LyingProxy]:
    """A proxy between the project and the sandbox, which forwards everything until a test says otherwise."""
    with LyingProxy(sandbox.environment) as proxy:
        project.environment |= proxy.environment
        yield proxy


@pytest.fixture
def bare_project(tmp_path: Path, engine: Path) -> Iterator[Project]:
    """A project that knows of no service."""
    project = Project(tmp_path / "bare", engine=engine, env={"THROWAWAY_FOLDER": str(tmp_path)})
    yield project
    project.close()
