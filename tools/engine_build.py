"""Build the Pulumi command line tool from its Go modules.

For machines that reach package registries but not the official installer. The command is an ordinary Go program; two
small scripts that start Python providers and programs lie in the Go module of the SDK. The Python language host is not
among the published modules: `tools/language_host` stands in for it.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

COMMAND_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
REPORT_EVERY = 15.0
"""Seconds between two progress lines of a build."""

# The module of the command has this replacement, but Go ignores replacements of dependencies, so it is repeated here.
GO_MOD = """module engine

go 1.25

require {command} {version}

replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
"""

# Where each script lies in the SDK's module. The engine looks them up on PATH.
SCRIPTS = ("python/dist/pulumi-resource-pulumi-python", "python/cmd/pulumi-language-python-exec")


class BuildError(Exception):
    """The command could not be built; the text names the remedy."""


def build(target: Path, *, version: str, say: Callable[[str], None]) -> None:
    """Build `pulumi` and its scripts into the new folder `target`, which is created only if the build succeeds.

    Raises:
        BuildError: Go is missing, or a step of the build failed.
    """
    go = shutil.which("go")
    if go is None:
        raise BuildError(
            "no `pulumi` command here, its installer cannot be reached, and building it needs Go (1.25 or newer).\n"
            "Do one: install Pulumi (https://www.pulumi.com/docs/install/), or install Go, and run this again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(".build-*"):  # the caller holds the lock, so no other build is running
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".build-", dir=target.parent))
    try:
        _build_in(folder, go=go, version=version, say=say)
        os.replace(folder / "bin", target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_language_host(built: Path, *, host: Path) -> Path:
    """Return a folder with the built command and the language host of the folder `host`.

    The engine warns about a language host that is not in its own folder, and resolves symbolic links, so hard links are used.
    The folder is named after a digest of the host's text, so that an edited host gets a new folder.
    """
    files = sorted(file for file in host.iterdir() if file.is_file())
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    complete = built.with_name(f"built-{digest}")
    if not complete.exists():
        folder = Path(tempfile.mkdtemp(prefix=".build-", dir=built.parent))
        for file in built.iterdir():
            os.link(file, folder / file.name)
        for file in files:
            shutil.copy(file, folder / file.name)
        folder.chmod(0o755)
        os.replace(folder, complete)
    return complete


def _build_in(folder: Path, *, go: str, version: str, say: Callable[[str], None]) -> None:
    binaries = folder / "bin"
    binaries.mkdir()
    (folder / "go.mod").write_text(GO_MOD.format(command=COMMAND_MODULE, version=version))
    say(f"building pulumi {version} from its Go modules; this takes a few minutes, once per machine")
    package = f"{COMMAND_MODULE}/cmd/pulumi"
    _run([go, "list", "-mod=mod", "-deps", package], folder=folder, doing="downloading modules", say=say)
    # Without this flag the command reports no version, and the Automation API refuses it.
    flags = f"-s -w -X {SDK_MODULE}/go/common/version.Version={version}"
    compile_it = [go, "build", "-mod=mod", "-trimpath", "-ldflags", flags, "-o", str(binaries / "pulumi"), package]
    _run(compile_it, folder=folder, doing="compiling", say=say)
    sdk = Path(
        _run([go, "list", "-mod=mod", "-m", "-f", "{{.Dir}}", SDK_MODULE], folder=folder, doing="", say=say).strip()
    )
    for script in SCRIPTS:
        destination = binaries / Path(script).name
        shutil.copyfile(sdk / script, destination)  # without the mode, because files of a Go module are read-only
        destination.chmod(0o755)


def _run(command: Sequence[str], *, folder: Path, doing: str, say: Callable[[str], None]) -> str:
    """Run one step of the build, print progress every few seconds, and return the step's output."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    started = time.monotonic()
    with (folder / "log").open("w+") as log, (folder / "out").open("w+") as out:
        # A new session, so that an interrupt can stop the compilers together with the command.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            start_new_session=True,
        )
        try:
            while True:
                try:
                    process.wait(timeout=REPORT_EVERY)
                    break
                except subprocess.TimeoutExpired:
                    say(f"{doing} ({time.monotonic() - started:.0f} s)")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode != 0:
            log.seek(0)
            tail = "\n".join(f"  {line.rstrip()}" for line in log.readlines()[-20:])
            raise BuildError(f"`{' '.join(command[:2])}` failed with exit code {process.returncode}:\n{tail}")
        out.seek(0)
        return out.read()
