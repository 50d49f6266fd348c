"""The hooks before a commit need no network, and check what `make check` checks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
REPOSITORIES = yaml.safe_load((TOP / ".pre-commit-config.yaml").read_text())["repos"]
HOOKS = [hook for repository in REPOSITORIES for hook in repository["hooks"]]


def test_nothing_is_fetched() -> None:
    assert {repository["repo"] for repository in REPOSITORIES} == {"local"}
    assert {hook["language"] for hook in HOOKS} == {"system"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_each_runs_a_tool_of_the_virtualenv_that_make_check_runs(hook: dict[str, str]) -> None:
    command, *words = hook["entry"].split()
    assert os.path.dirname(command) == ".venv/bin"
    called = " ".join([os.path.basename(command), *words]).removesuffix(" --force-exclude")
    assert f"\t$(BIN)/{called}\n" in (TOP / "Makefile").read_text()
