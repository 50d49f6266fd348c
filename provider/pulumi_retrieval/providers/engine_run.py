"""Finds the engine operation that a provider process belongs to, and opens the facts shared by all its processes.

The engine starts a provider process through a script and passes its own address, which is valid for one operation (a
preview, an update, a refresh or a destroy; seen on 3.259, `docs/engine.md` 2.16). That address and the engine's process id
identify the operation.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..core.folders import runtime_place
from ..core.registry import Facts, MemoryFacts

if TYPE_CHECKING:
    from ..core.run import Run

RUNS = "runs"
ADOPTIONS = "adoptions.sqlite"
FOREIGN_SECONDS = 7 * 24 * 3600.0
"""Age in seconds at which a file is removed whose engine ran in another container, so that its process cannot be checked."""

_ADDRESS = re.compile(r"\S+:\d+")
_FILE = re.compile(r"([0-9a-f]{12})-(\d+)-([0-9.]+)-[0-9a-f]{16}\.")


class EngineRun(NamedTuple):
    """One operation of one engine.

    :param pid: the process id of the engine.
    :param started: when the engine started, as a text that every process computes alike.
    :param address: ``host:port`` of the engine during this operation.
    """

    pid: int
    started: str
    address: str

    def file(self) -> str:
        """The name of the file that holds the shared facts of this operation."""
        address = hashlib.sha256(self.address.encode()).hexdigest()[:16]
        return f"{_processes()}-{self.pid}-{self.started}-{address}.sqlite"


def in_provider_process() -> bool:
    """Whether this process was started to run dynamic providers (`python -m pulumi.dynamic`)."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "") == "pulumi.dynamic.__main__"


def facts(run: Run) -> Facts:
    """Open the facts that the provider processes of this operation share, or facts of this process alone.

    Where the engine cannot be identified, every adoption of the last 15 minutes counts as one of this operation.
    """
    if not in_provider_process():
        return MemoryFacts()
    place = runtime_place()
    if place.folder is None:
        run.warn_once(f"{place.reason}; so the provider processes of a run cannot share what they know")
        return MemoryFacts()
    return shared_facts(place.folder, engine_run(sys.argv[1:]), run=run)


def shared_facts(folder: Path, engine: EngineRun | None, *, run: Run) -> Facts:
    """Open the facts of an operation in a folder; facts of this process alone where the engine is not identified."""
    # Imported here, because programs import this module and need no facts.
    from ..core.registry_file import CautiousFacts, RecentAdoptions, SharedFacts

    recent = RecentAdoptions(folder / ADOPTIONS)
    if engine is None:
        return CautiousFacts(MemoryFacts(), recent=recent, alone=lambda: True)
    runs = folder / RUNS
    with suppress(OSError):
        runs.mkdir(mode=0o700, exist_ok=True)
        remove_stale(runs)
    shared = SharedFacts(runs / engine.file(), warn=run.warn_once)
    return CautiousFacts(shared, recent=recent, alone=lambda: not shared.shared)


def rejected_in(file: str) -> list[str]:
    """Read the rejections that the provider processes of an operation stored with `core.run.Run.reject`.

    :param file: the name of the file that they share.
    """
    from ..core.registry_file import SharedFacts
    from ..core.run import Run

    place = runtime_place()
    path = None if place.folder is None else place.folder / RUNS / file
    if path is None or not path.exists():
        return []  # no provider process stored a fact
    shared = SharedFacts(path, warn=lambda _: None)
    try:
        return Run(open_facts=lambda _: shared).rejected()
    finally:
        shared.close()


def engine_run(arguments: Sequence[str]) -> EngineRun | None:
    """The operation that this process belongs to; None where it cannot be identified.

    The engine is the nearest parent process whose command line does not contain the engine's address. The processes in
    between are the script that starts Python, a virtualenv's launcher on Windows, or the command in `PULUMI_PYTHON_CMD`.

    :param arguments: the command line of this process; its last item is the engine's address.
    """
    address = arguments[-1] if arguments else ""
    if not _ADDRESS.fullmatch(address):
        return None
    import psutil

    try:
        for process in psutil.Process().parents():
            command = process.cmdline()
            if any(address in argument for argument in command):
                continue
            if process.pid == 1 and not any("pulumi" in argument for argument in command[:2]):
                return None  # the engine was killed, and this process became a child of process 1
            return EngineRun(process.pid, _started(process.pid), address)
    except (psutil.Error, OSError, ValueError):
        pass  # the engine ended, or this process may not inspect others
    return None


def engine_lives(engine: EngineRun) -> bool:
    """Whether the process of an engine goes on."""
    return _alive(engine.pid, engine.started)


def remove_stale(runs: Path) -> None:
    """Remove the files of engines that have ended.

    Engines of another container cannot be looked up by process id, so their files are removed once they are old.
    """
    for file in runs.iterdir():
        named = _FILE.match(file.name)
        if named is None:
            continue
        processes, pid, started = named.groups()
        with suppress(OSError):
            if _alive(int(pid), started) if processes == _processes() else _young(file):
                continue
            file.unlink()


def _alive(pid: int, started: str) -> bool:
    import psutil

    try:
        # One that ended and that nobody has asked for its exit code keeps its id.
        return _started(pid) == started and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OSError, ValueError):
        return psutil.pid_exists(pid)


def _started(pid: int) -> str:
    """When a process started, as a text that is the same in every process.

    On Linux it is counted from the boot of the machine: `psutil` gives a time of day, which changes when the clock is set.
    """
    import psutil

    if sys.platform != "linux":
        return repr(psutil.Process(pid).create_time())
    try:
        # The second field is the program's name in brackets and may contain spaces; the start time is the 20th after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        raise psutil.NoSuchProcess(pid) from None


def _young(file: Path) -> bool:
    return time.time() - file.stat().st_mtime < FOREIGN_SECONDS


def _processes() -> str:
    """A digest of the machine, its boot and its container: process ids can be compared only where it is equal."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
