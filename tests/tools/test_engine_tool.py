"""How `tools/engine.py` chooses, with commands that only pretend to be Pulumi."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "engine.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "bin"
    path.mkdir()
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache in which the official installer has already left an engine."""
    machine = f"{platform.system()}-{platform.machine()}".lower()
    installed = tmp_path / "cache" / "engine" / f"v3.274.1-{machine}" / "installed" / "bin"
    installed.mkdir(parents=True)
    command(installed / "pulumi", says="v3.274.1")
    return tmp_path / "cache"


def command(path: Path, *, says: str = "") -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def choose(folder: Path, cache: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{folder}:/usr/bin:/bin", "PULUMI_RETRIEVAL_CACHE": str(cache)}
    return subprocess.run([sys.executable, TOOL, *flags], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("version", ["v3.216.0", "3.300.1", "v4.0.0"])
def test_a_command_on_path_is_used(folder: Path, cache: Path, version: str) -> None:
    command(folder / "pulumi", says=version)
    command(folder / "pulumi-language-python")
    done = choose(folder, cache)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{folder}\n", "")
    assert "from PATH" in choose(folder, cache, "--explain").stdout


@pytest.mark.parametrize("version", ["v3.215.9", "v2.400.0", "no version"])
def test_an_old_command_on_path_is_not_used(folder: Path, cache: Path, version: str) -> None:
    command(folder / "pulumi", says=version)
    command(folder / "pulumi-language-python")
    done = choose(folder, cache)
    assert done.stdout.startswith(str(cache))
    assert "older than 3.216" in done.stderr


def test_a_command_without_its_language_host_is_not_used(folder: Path, cache: Path) -> None:
    command(folder / "pulumi", says="v3.300.0")
    done = choose(folder, cache)
    assert done.stdout.startswith(str(cache))
    assert "has no pulumi-language-python" in done.stderr


def test_an_installed_engine_is_used_again(folder: Path, cache: Path) -> None:
    done = choose(folder, cache, "--explain")
    assert done.returncode == 0
    assert "by the official installer" in done.stdout
