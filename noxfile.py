"""The tests on every Python that the package supports: `make matrix`, or `nox -s tests-3.12 -- tests/core -k plan`.

A Python that this machine does not have is skipped, and nox says so. None is downloaded.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
WITHOUT_ENGINE = ["tests/core", "tests/services", "tests/preview", "tests/review", "tests/adapter", "tests/sandbox"]
ON_THE_ENGINE = ["tests/engine/test_harness.py", "tests/engine/test_updates.py"]
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
WORKERS = str((os.cpu_count() or 1) + 1)

if PYENV.is_dir():  # its commands for other versions than the chosen one work only if these are chosen as well
    os.environ["PYENV_VERSION"] = ":".join(sorted(path.name for path in PYENV.iterdir()))

nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Install the package as users do, and run what tells one Python from another."""
    session.install("--quiet", "--editable", ".[dev]")
    chosen = session.posargs or [*WITHOUT_ENGINE, *ON_THE_ENGINE]
    session.run("pytest", "-q", "-n", WORKERS, "--dist", "worksteal", *chosen)
