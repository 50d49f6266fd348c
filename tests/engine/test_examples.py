"""Every example, run as a user would, twice: the second run finds nothing to do."""

from __future__ import annotations

import shutil
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
        if "toolchain:" in (place / "Pulumi.yaml").read_text():
            continue  # those run with the Python of their toolchain, in test_toolchains.py
        for stack in sorted(place.glob("Pulumi.*.yaml")) or [None]:
            suffix = f"-{stack.name.split('.')[1]}" if stack else ""
            found.append(pytest.param(folder, place / "Pulumi.yaml", stack, id=f"{folder.name}{suffix}"))
    return found


def random_on_path(project: Project, folder: Path) -> bool:
    """Give a project pulumi-random's plugin, and tell whether it is the stand-in (which says so on the screen)."""
    if project.pulumi("plugin", "install", "resource", "random", RANDOM).exit_code == 0:
        return False
    random_plugin.install(folder)
    project.environment["PATH"] += f":{folder}"
    return True


@pytest.mark.parametrize(("folder", "project_file", "stack"), cases())
def test_an_example_runs_and_the_second_run_changes_nothing(
    folder: Path,
    project_file: Path,
    stack: Path | None,
    tmp_path: Path,
    engine: Path,
    sandbox: Sandbox,
) -> None:
    keys = [value for name, value in sandbox.environment.items() if name.endswith("_KEY")]
    project = Project(
        tmp_path / "main",
        engine=engine,
        name=yaml.safe_load(project_file.read_text())["name"],
        env=sandbox.environment,
        secrets=keys,
    )
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
        stand_in = "pulumi_random" in (folder / "__main__.py").read_text() and random_on_path(project, tmp_path)
        empty = sandbox.state()
        first = project.up(preview=True).expect_success()
        assert (random_plugin.NOTICE in first.output) == stand_in
        before = sandbox.state()
        assert before != empty

        hand = Hand(sandbox)
        hand.forget_calls()
        second = project.up("--expect-no-changes", refresh=True).expect_success()
        assert list(second.summary) == ["unchanged"]
        assert hand.writes() == []
        assert sandbox.state() == before
        project.destroy().expect_success()
        assert sandbox.state()["trieve"]["datasets"] == []
    finally:
        project.close()
