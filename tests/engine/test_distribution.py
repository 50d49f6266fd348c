"""What is published: built, installed into an empty environment, and the quickstart run from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml
from uv import find_uv_bin

import pulumi_retrieval
from support.engine import Project

TOP = Path(__file__).parents[2]
PACKAGE = TOP / "provider" / "pulumi_retrieval"
QUICKSTART = yaml.safe_load((TOP / "Pulumi.yaml").read_text())
INSTALL_SECONDS = 600


def uv(*arguments: str | Path) -> str:
    """Run uv, with this Python and none that it would download."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        [find_uv_bin(), *arguments], env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--python", sys.executable, "--out-dir", folder, TOP)
    [archive], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return archive, wheel


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that holds the wheel, its sandbox and what they depend on."""
    environment = tmp_path_factory.mktemp("empty") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, environment)
    uv("pip", "install", "--quiet", "--python", environment / "bin" / "python", f"{built[1]}[sandbox]")
    return environment / "bin"


def test_wheel_and_source_archive_hold_the_whole_package(built: tuple[Path, Path]) -> None:
    archive, wheel = built
    name = f"pulumi_retrieval-{pulumi_retrieval.__version__}"
    assert archive.name == f"{name}.tar.gz"
    assert wheel.name.startswith(f"{name}-py3-none-any")
    package = {
        f"pulumi_retrieval/{Path(folder, file).relative_to(PACKAGE)}"
        for folder, _, files in os.walk(PACKAGE, followlinks=True)
        for file in files
        if not file.endswith(".pyc")
    }
    assert {
        f"pulumi_retrieval/{path}" for path in ("py.typed", "guides/unit-tests.md", "providers/trieve.py")
    } <= package
    with zipfile.ZipFile(wheel) as opened:
        in_wheel = {one for one in opened.namelist() if not one.endswith("/")}
    assert {one for one in in_wheel if ".dist-info/" not in one} == package
    assert any(one.endswith("/licenses/LICENSE") for one in in_wheel)
    with tarfile.open(archive) as opened:
        in_archive = {member.name.removeprefix(f"{name}/provider/") for member in opened if member.isfile()}
    assert package <= in_archive


def test_the_quickstart_runs_from_the_wheel(installed: Path, engine: Path, tmp_path: Path) -> None:
    python = installed / "python"
    asked = (
        "import pulumi_retrieval as p, importlib.metadata as m; print(p.__file__, p.__version__, m.version(p.__name__))"
    )
    said = subprocess.run([python, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    place, version, recorded = said.split()
    assert installed.parent in Path(place).parents
    assert version == recorded == pulumi_retrieval.__version__
    assert "pytest" not in uv("pip", "list", "--python", python)

    project = Project(tmp_path / "main", engine=engine, name=QUICKSTART["name"])
    shutil.copytree(TOP / "examples" / "quickstart", project.folder, dirs_exist_ok=True)
    (project.folder / "Pulumi.yaml").write_text(
        f"name: {QUICKSTART['name']}\nruntime: {{name: python, options: {{virtualenv: '{installed.parent}'}}}}\n"
    )
    for key, value in yaml.safe_load((TOP / "Pulumi.dev.yaml").read_text())["config"].items():
        project.config(key, value)
    project.environment |= {
        "PATH": os.pathsep.join([str(engine), str(installed), os.defpath]),
        "PULUMI_RETRIEVAL_PYTHON": str(python),
        "PYTHONPATH": "",
    }
    inside = ("pulumi-retrieval", "sandbox", "--data", str(tmp_path / "sandbox"), "--organization", "Quickstart", "--")
    up = ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never")
    try:
        first = project.start_other(*inside, *up).wait().expect_success()
        assert first.summary.keys() == {"created"}
        second = project.start_other(*inside, *up, "--expect-no-changes", "--refresh").wait().expect_success()
        assert second.summary.keys() == {"unchanged"}
    finally:
        project.close()
