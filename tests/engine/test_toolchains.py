"""Projects whose environment is kept by uv or Poetry: program and providers run with the Python in it, and with no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from uv import find_uv_bin

from support.engine import Project
from support.hand import Hand
from support.sandbox import Sandbox

TOP = Path(__file__).parents[2]
INSTALL_SECONDS = 600
ASK = '\npulumi.export("python", __import__("sys").prefix)\n'


# Poetry asks an index for more than a mirror has to serve. Where the environment is, is Poetry's word all the same.
INSTALL = {
    "uv": [("uv", "sync")],
    "poetry": [
        ("poetry", "env", "use", sys.executable),
        ("uv", "pip", "install", "--python", ".venv", "--editable", f"{TOP}[sandbox]"),
    ],
}


def commands(toolchain: str, folder: Path) -> Path:
    """A folder that holds the commands which install, and no Python."""
    folder.mkdir()
    (folder / "uv").symlink_to(find_uv_bin())
    if toolchain != "uv":
        found = shutil.which(toolchain)
        if found is None:
            pytest.skip(f"{toolchain} is not installed on this machine")
        (folder / toolchain).symlink_to(found)
    return folder


@pytest.mark.parametrize("toolchain", INSTALL)
def test_a_project_of_a_toolchain(toolchain: str, tmp_path: Path, engine: Path, sandbox: Sandbox) -> None:
    example = TOP / "examples" / f"with_{toolchain}"
    name = yaml.safe_load((example / "Pulumi.yaml").read_text())["name"]
    project = Project(tmp_path / "main", engine=engine, name=name, env=sandbox.environment)
    for file in ("Pulumi.yaml", "__main__.py", "pyproject.toml"):
        text = (example / file).read_text().replace("../..", str(TOP))
        (project.folder / file).write_text(text + ASK if file == "__main__.py" else text)
    path = os.pathsep.join([str(engine), str(commands(toolchain, tmp_path / "bin")), os.defpath])
    project.environment |= {
        "PATH": path,
        "PYTHONPATH": "",
        "UV_PYTHON_DOWNLOADS": "never",
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
    }
    for inherited in ("PULUMI_RETRIEVAL_PYTHON", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
        project.environment.pop(inherited, None)
    for step in INSTALL[toolchain]:
        done = subprocess.run(
            step, cwd=project.folder, env=project.environment, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
        assert done.returncode == 0, done.stdout + done.stderr
    try:
        assert project.up().expect_success().summary == {"created": 3}
        assert Path(project.outputs()["python"]).resolve() == (project.folder / ".venv").resolve()
        hand = Hand(sandbox)
        hand.forget_calls()
        assert project.up(refresh=True).expect_success().summary == {"unchanged": 3}
        assert hand.writes() == []
    finally:
        project.close()
