"""Find or build a `pulumi` command on this machine, and print the folder to put in front of PATH.

It tries, in this order: the command on PATH, if it is new enough and has its Python language host beside it; the official
installer; a build from the published Go modules. The result is kept outside the checkout, under
`$PULUMI_RETRIEVAL_CACHE` or else `~/.cache/pulumi-retrieval`.

    PATH="$(python tools/engine.py):$PATH" pulumi version
    python tools/engine.py --explain
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import engine_build

VERSION = "v3.274.1"
OLDEST = (3, 216)
"""The oldest version that works, as in pyproject.toml: older engines do not take a provider's inputs from a refresh."""

COMMAND = "pulumi"
HOST = "pulumi-language-python"
STAND_IN = Path(__file__).resolve().parent / "language_host"
INSTALLER_SECONDS = 300

INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


@dataclass(frozen=True)
class Engine:
    """The folder of the command and its language host, and how they were found."""

    folder: Path
    explanation: str
    remark: str = ""


def find_or_make() -> Engine:
    """Return an engine that works here; install or build one if necessary.

    Raises:
        engine_build.BuildError: no engine can be found or built; the text names the remedy.
    """
    return _on_path() or _made()


def _on_path() -> Engine | None:
    found = shutil.which(COMMAND)
    if found is None:
        return None
    version = _version_of(found)
    if version is None or version < OLDEST:
        _say(f"{found} is older than {_dotted(OLDEST)} and is not used")
        return None
    if shutil.which(HOST) is None and not (Path(found).resolve().parent / HOST).exists():
        _say(f"{found} has no {HOST} and is not used")
        return None
    return Engine(Path(found).parent, f"{found} from PATH, version {_dotted(version)}")


def _made() -> Engine:
    home = _cache() / "engine" / f"{VERSION}-{platform.system()}-{platform.machine()}".lower()
    built, installed = home / "built", home / "installed"
    with _alone(home):
        if not _usable(installed / "bin") and not _usable(built):
            home.mkdir(parents=True, exist_ok=True)
            if not _install(installed):
                shutil.rmtree(built, ignore_errors=True)
                engine_build.build(built, version=VERSION, say=_say)
        if _usable(installed / "bin"):
            return Engine(installed / "bin", f"pulumi {VERSION} by the official installer, in {installed / 'bin'}")
        complete = engine_build.with_language_host(built, host=STAND_IN)
    return Engine(
        complete,
        f"pulumi {VERSION} built from its Go modules, in {complete}, with tools/language_host as its language host",
        remark=f"pulumi {VERSION} built from Go modules, with tools/language_host standing in for the official {HOST}",
    )


def _install(root: Path) -> bool:
    """Run the official installer. It fails at once where its host cannot be reached, so an attempt costs no time."""
    if importlib.util.find_spec("pulumi") is None:
        return False
    command = [sys.executable, "-c", INSTALL, str(root), VERSION.removeprefix("v")]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=INSTALLER_SECONDS)
    except subprocess.TimeoutExpired:
        done = None
    if done is not None and done.returncode == 0 and _usable(root / "bin"):
        return True
    shutil.rmtree(root, ignore_errors=True)  # never half an installation
    _say("the official Pulumi installer cannot be reached from here")
    return False


def _usable(folder: Path) -> bool:
    return os.access(folder / COMMAND, os.X_OK)


def _version_of(command: str) -> tuple[int, int] | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        done = subprocess.run([command, "version"], capture_output=True, text=True, env=environment, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"v?(\d+)\.(\d+)\.", done.stdout)
    return (int(match[1]), int(match[2])) if match else None


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(str(part) for part in version)


def _cache() -> Path:
    own = os.environ.get("PULUMI_RETRIEVAL_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-retrieval"


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold a lock, so that two runs on one machine do not both build. The system releases it when the process ends."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another run that is preparing the engine")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    print(f"engine: {line}", file=sys.stderr, flush=True)


def _stop(signum: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signum)


def main() -> int:
    """Print the folder, or with --explain how it was chosen."""
    parser = argparse.ArgumentParser(
        description="Find or build a pulumi command; print the folder to put in front of PATH."
    )
    parser.add_argument("--explain", action="store_true", help="print how the engine was found instead")
    parser.add_argument("--quiet", action="store_true", help="do not print that the language host is a stand-in")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        engine = find_or_make()
    except engine_build.BuildError as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    if engine.remark and not options.quiet and not options.explain:
        _say(engine.remark)
    print(engine.explanation if options.explain else engine.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
