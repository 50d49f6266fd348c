"""Which run of the engine a provider process belongs to, and the facts that all processes of that run share.

The engine starts a provider through a script, and gives it the address at which it can be reached during one operation:
one preview, one update, one refresh, one destroy (seen on 3.259; `docs/engine.md` 2.16). That address with the engine's
process names the operation.
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
"""After how long a file is removed whose engine cannot be looked for, because it ran in another container."""

_ADDRESS = re.compile(r"\S+:\d+")
_FILE = re.compile(r"([0-9a-f]{12})-(\d+)-([0-9.]+)-[0-9a-f]{16}\.")


class EngineRun(NamedTuple):
    """One operation of one engine.

    :param pid: the engine's process.
    :param started: when it started, in a form that is the same in every process that asks.
    :param address: ``host:port`` of the engine during this operation.
    """

    pid: int
    started: str
    address: str

    def file(self) -> str:
        """The name of the file of its facts."""
        address = hashlib.sha256(self.address.encode()).hexdigest()[:16]
        return f"{_processes()}-{self.pid}-{self.started}-{address}.sqlite"


def in_provider_process() -> bool:
    """Whether this process is one that the engine, or somebody in its place, started to run dynamic providers."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", "") == "pulumi.dynamic.__main__"


def facts(run: Run) -> Facts:
    """What the processes of this run share; what this process knows where it shares nothing.

    Where the engine cannot be told, adoptions of the last 15 minutes by anybody count as adoptions of this run.
    """
    if not in_provider_process():
        return MemoryFacts()
    place = runtime_place()
    if place.folder is None:
        run.warn_once(f"{place.reason}; so the provider processes of a run do not know of each other")
        return MemoryFacts()
    return shared_facts(place.folder, engine_run(sys.argv[1:]), run=run)


def shared_facts(folder: Path, engine: EngineRun | None, *, run: Run) -> Facts:
    """The facts of an engine's run in a folder of the current user; of this process where the engine is not known."""
    # Here, because a program has no facts and each process of a run pays for what it imports.
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
    """What `core.run.Run.reject` was given by the provider processes of a run.

    :param file: the name of the file that they share.
    """
    from ..core.registry_file import SharedFacts
    from ..core.run import Run

    place = runtime_place()
    path = None if place.folder is None else place.folder / RUNS / file
    if path is None or not path.exists():
        return []  # no provider process kept a fact
    shared = SharedFacts(path, warn=lambda _: None)
    try:
        return Run(open_facts=lambda _: shared).rejected()
    finally:
        shared.close()


def engine_run(arguments: Sequence[str]) -> EngineRun | None:
    """The operation that this process belongs to; None where that cannot be told.

    The engine is the nearest process above this one that was not started with the engine's address: between the two are
    the script that starts Python, a virtualenv's launcher on Windows, or what `PULUMI_PYTHON_CMD` names.

    :param arguments: of this process; the engine puts its address last.
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
                return None  # the engine was killed, and what it started was handed to the first process
            return EngineRun(process.pid, _started(process.pid), address)
    except (psutil.Error, OSError, ValueError):
        pass  # the engine is gone, or this process may not look at others
    return None


def engine_lives(engine: EngineRun) -> bool:
    """Whether the process of an engine goes on."""
    return _alive(engine.pid, engine.started)


def remove_stale(runs: Path) -> None:
    """Remove the files of engines that are gone.

    A process id says nothing of a process in another container, so files of others are removed when they are old.
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
    """When a process started.

    Linux counts from the start of the machine; `psutil` turns that into a time of day, which moves when the clock is set.
    """
    import psutil

    if sys.platform != "linux":
        return repr(psutil.Process(pid).create_time())
    try:
        # The second field is the program's name in brackets and may hold anything; the start is twenty after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        raise psutil.NoSuchProcess(pid) from None


def _young(file: Path) -> bool:
    return time.time() - file.stat().st_mtime < FOREIGN_SECONDS


def _processes() -> str:
    """Where a process id means the same: the machine since its start, and the container."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
