"""The environment of a measurement: a sandbox, an installation of the package as users have it, and a Pulumi project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from bench.cost import Cost, cost_of_commands

TOOLS = Path(__file__).resolve().parents[1]
RUN_SECONDS = 1800
END_SECONDS = 20
CHECKOUT = TOOLS.parent
PACKAGED = ("pyproject.toml", "README.md", "LICENSE", "provider")
NOT_INHERITED = ("PULUMI_", "TRIEVE_", "CORTEX_", "HYDRADB_")
VARIABLES = 6


class Sandbox:
    """A running sandbox with one organization. `environment` holds its connection variables.

    Args:
        latency_ms: how long it waits before it handles a request.
    """

    def __init__(self, folder: Path, *, latency_ms: float = 0) -> None:
        self._command = [
            *(sys.executable, "-m", "pulumi_retrieval.cli", "sandbox", "--data", str(folder)),
            *("--organization", "Bench", "--exit-with-parent", "--latency-ms", str(latency_ms)),
        ]

    def __enter__(self) -> Sandbox:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        lines = [self._process.stdout.readline() for _ in range(VARIABLES)]
        if not all(lines):
            raise SystemExit("the sandbox did not start")
        self.environment = dict(line.rstrip("\n").partition("=")[::2] for line in lines)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(END_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def client(self) -> httpx.Client:
        """A client with the key of the organization."""
        headers = {
            "Authorization": self.environment["TRIEVE_API_KEY"],
            "TR-Organization": self.environment["TRIEVE_ORGANIZATION_ID"],
        }
        return httpx.Client(base_url=self.environment["TRIEVE_BASE_URL"], headers=headers, trust_env=False)

    def take_requests(self) -> list[dict[str, Any]]:
        """The requests since the last call, from the sandbox's request log, in order."""
        with self.client() as client:
            requests: list[dict[str, Any]] = client.get("/_sandbox/requests").raise_for_status().json()["requests"]
            client.delete("/_sandbox/requests").raise_for_status()
        return requests


def install(folder: Path) -> Path:
    """Install the package as `pip install` does, compiled and without tools for developers, and return its commands."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in PACKAGED:
        copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
        copy(CHECKOUT / name, source / name)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    commands = folder / "venv" / "bin"
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([commands / "python", "-m", "pip", "install", *quiet, source], check=True)
    return commands


class Project:
    """A Pulumi project with one stack, whose state lies beside it.

    Args:
        commands: folders to search first: that of the `pulumi` command, and that of the Python to use.
        checkpoints: whether state is written at every step, as it is unless told otherwise.
    """

    def __init__(
        self, folder: Path, *, commands: Sequence[Path], environment: dict[str, str], checkpoints: bool
    ) -> None:
        self._folder = folder
        for place in (folder, folder / "state"):
            place.mkdir(parents=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        self._environment = {
            **inherited,
            **environment,
            "PATH": os.pathsep.join([*map(str, commands), inherited.get("PATH", os.defpath)]),
            "PYTHONPATH": str(TOOLS),  # programs and providers find `bench.floor` by it
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_CHECKPOINTS": "false" if checkpoints else "true",
            "PULUMI_EXPERIMENTAL": "true",  # without it, the variable above has no effect
        }
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        self.pulumi("stack", "init", "bench")

    def pulumi(self, *command: str) -> None:
        """Run a `pulumi` command.

        Raises:
            SystemExit: it failed; the text is what it printed.
        """
        done = subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        if done.returncode != 0:
            raise SystemExit(f"pulumi {' '.join(command)} failed:\n{done.stdout[-5000:]}{done.stderr[-5000:]}")

    def run(self, *command: str, program: str) -> Cost:
        """Run a command with this program and return its cost."""
        (self._folder / "__main__.py").write_text(program)
        return cost_of_commands(lambda: self.pulumi(*command))
