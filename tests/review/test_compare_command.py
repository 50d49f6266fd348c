"""``pulumi-retrieval compare`` where it ends before it has two states."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.engine import NOT_INHERITED


def run_compare(*arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    command = [sys.executable, "-m", "pulumi_retrieval.cli", "compare", *arguments]
    return subprocess.run(command, env={**inherited, "PATH": path}, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["staging"], "STACK_B"),
        (["staging", "production", "--map", "canary"], "canary=customer-*"),
        (["staging", "production", "--expect", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_usage(arguments: list[str], fact: str) -> None:
    done = run_compare(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert fact in done.stderr


def test_without_pulumi(tmp_path: Path) -> None:
    done = run_compare("staging", "production", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "pulumi" in done.stderr
    assert "install" in done.stderr
