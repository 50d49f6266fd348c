"""Every example, run as a user would, twice: the second run finds nothing to do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import random_plugin
from support.engine import STACK, Project
from support.hand import Hand
from support.sandbox import Sandbox

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "examples"
RANDOM = "4.21.4"


def cases() -> list[Any]:
    """Each example, on each stack configuration that lies beside its project file."""
    found = []
    for folder in sorted(path for path in EXAMPLES.iterdir() if (path / "__main__.py").exists()):
        place = folder if (folder / "Pulumi.yaml").exists() else TOP
        for stack in [*place.glob("Pulumi.*.yaml")] or [None]:
            suffix = f"-{stack.name.split('.')[1]}" if stack else ""
            found.append(pytest.param(folder, place / "Pulumi.yaml", stack, id=f"{folder.name}{suffix}"))
    return found


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> tuple[Path, bool]:
    """A folder to be put on PATH with pulumi-random's plugin, and whether it is a stand-in (which says so on screen)."""
    home = tmp_path_factory.mktemp("plugins")
    command = [engine / "pulumi", "plugin", "install", "resource", "random", RANDOM]
    done = subprocess.run(
        command,
        env={"PULUMI_HOME": str(home), "PATH": f"{engine}:/usr/bin:/bin", "HOME": str(home)},
        capture_output=True,
    )
    found = next(home.rglob(random_plugin.EXECUTABLE), None)
    if done.returncode == 0 and found is not None:
        return found.parent, False
    random_plugin.install(home)
    return home, True


@pytest.mark.parametrize(("folder", "project_file", "stack"), cases())
def test_an_example_runs_and_the_second_run_finds_nothing_to_do(
    folder: Path,
    project_file: Path,
    stack: Path | None,
    plugins: tuple[Path, bool],
    tmp_path: Path,
    engine: Path,
    sandbox: Sandbox,
) -> None:
    place, stand_in = plugins
    keys = [value for name, value in sandbox.environment.items() if name.endswith("_KEY")]
    project = Project(
        tmp_path / "main",
        engine=engine,
        name=yaml.safe_load(project_file.read_text())["name"],
        env=sandbox.environment,
        secrets=keys,
    )
    project.environment["PATH"] += f":{place}"
    try:
        assert (folder / "README.md").exists() or project_file.parent == TOP
        shutil.copytree(folder, project.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("Pulumi*", "__pyc*"))
        if stack is not None:
            own = project.folder / f"Pulumi.{STACK}.yaml"
            own.write_text(
                yaml.safe_dump(
                    {**yaml.safe_load(own.read_text()), "config": yaml.safe_load(stack.read_text())["config"]}
                )
            )
        empty = sandbox.state()
        project.preview().expect_success()
        first = project.up().expect_success()
        assert (random_plugin.NOTICE in first.output) == (stand_in and "random" in (folder / "__main__.py").read_text())
        before = sandbox.state()
        assert before != empty

        hand = Hand(sandbox)
        hand.forget_calls()
        second = project.up("--expect-no-changes").expect_success()
        assert list(second.summary) == ["unchanged"]
        assert hand.writes() == []
        assert list(project.up("--expect-no-changes", refresh=True).expect_success().summary) == ["unchanged"]
        assert sandbox.state() == before
        project.destroy().expect_success()
        assert sandbox.state()["trieve"]["datasets"] == []
    finally:
        project.close()
