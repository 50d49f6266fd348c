"""Runs ``pulumi-retrieval sandbox``: starts the server, and serves until a signal, a limit or the command ends it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .app import CORTEX_PREFIX, Application
from .data import Memory, Tenancy
from .folder import FolderError, data_folder, unusable
from .server import HOST, ServerThread, bind
from .settings import CortexSettings, TrieveSettings
from .store import Store

_POLL_SECONDS = 0.1
_NO_PROXY = ("127.0.0.1", "localhost", "::1")
_NO_PROXY_NAMES = ("NO_PROXY", "no_proxy")
"""Programs read one or the other; some read both, in either order."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command line. ``port`` 0 is the port of the last run, else a free one; ``command`` may be empty."""

    data: Path | None = None
    port: int = 0
    latency_seconds: float = 0.0
    organization: str | None = None
    max_seconds: float | None = None
    exit_with_parent: bool = False
    switches: dict[str, object] = field(default_factory=dict)
    trieve: TrieveSettings = field(default_factory=lambda: TrieveSettings(admin_key=""))
    cortex: CortexSettings = field(default_factory=lambda: CortexSettings(api_key=""))
    command: tuple[str, ...] = ()


class SandboxError(Exception):
    """The sandbox cannot start; the text names the reason."""


def _listen(memory: Memory, wanted: int) -> socket.socket:
    if wanted:
        try:
            return bind(wanted)
        except OSError as error:
            raise SandboxError(f"port {wanted} cannot be used: {error.strerror}") from None
    if memory.port:
        try:
            return bind(memory.port)
        except OSError:
            print(f"sandbox: port {memory.port} of the last run is taken; using another one", file=sys.stderr)
    return bind(0)


def _tenancy(application: Application, memory: Memory, name: str) -> Tenancy:
    found = memory.tenancy(name)
    if found is not None and application.trieve.organization_exists(found.organization_id):
        return found
    organization_id, api_key = application.trieve.make_organization(name)
    tenancy = Tenancy(organization_id=organization_id, api_key=api_key)
    memory.remember_tenancy(name, tenancy)
    return tenancy


class _Waiter:
    """Waits until a signal, the time limit, or the end of the parent, the server or the command stops the sandbox."""

    def __init__(self, options: Options, server: ServerThread, application: Application) -> None:
        self._server = server
        self._application = application
        self._parent = os.getppid() if options.exit_with_parent else None
        self._deadline = None if options.max_seconds is None else time.monotonic() + options.max_seconds
        self._signal = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        if self._child is None:
            self._signal.set()
        elif number == signal.SIGTERM or not sys.stdin or not sys.stdin.isatty():
            # On Ctrl-C the terminal sends SIGINT to the command too; a second SIGINT would make Pulumi terminate at once.
            self._child.send_signal(number)

    def _over(self) -> bool:
        return (
            not self._server.alive
            or (self._deadline is not None and time.monotonic() >= self._deadline)
            or (self._parent is not None and os.getppid() != self._parent)
        )

    def wait(self) -> int:
        """Serve without a command until something ends the sandbox; return the exit code."""
        while not self._signal.wait(_POLL_SECONDS):
            if self._over() or self._application.failure is not None:
                break
        return 0

    def run(self, command: tuple[str, ...], environment: dict[str, str]) -> int:
        """Run a command and return its exit code; a signal or the time limit ends it."""
        try:
            self._child = subprocess.Popen(command, env={**os.environ, **environment})
        except OSError as error:
            raise SandboxError(f"cannot run {command[0]}: {error.strerror}") from None
        while True:
            try:
                status = self._child.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if self._over():
                    self._child.terminate()
                    self._deadline = self._parent = None
                continue
            return status if status >= 0 else 128 - status


def without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that exclude loopback from proxies, merged with their present values."""
    said = [part for name in _NO_PROXY_NAMES for part in environ.get(name, "").split(",") if part.strip()]
    # An asterisk excludes all hosts only if it is the whole value.
    merged = "*" if any(part.strip() == "*" for part in said) else ",".join(dict.fromkeys([*said, *_NO_PROXY]))
    return dict.fromkeys(_NO_PROXY_NAMES, merged)


def _tell(lines: Mapping[str, str]) -> None:
    try:
        print("\n".join(f"{name}={value}" for name, value in lines.items()), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python would try to flush again at exit
        raise SandboxError(f"its connection variables cannot be written to standard output: {error.strerror}") from None


def _serve(folder: Path, options: Options) -> int:
    try:
        store = Store(folder)
        memory = Memory(store)
        trieve = replace(options.trieve, admin_key=memory.key("trieve-admin"))
        cortex = replace(options.cortex, api_key=memory.key("cortex"))
        application = Application(store=store, trieve=trieve, cortex=cortex, latency_seconds=options.latency_seconds)
        application.trieve.switches.replace(options.switches)
        listener = _listen(memory, options.port)
        memory.port = listener.getsockname()[1]
        base = f"http://{HOST}:{memory.port}"
        environment = {
            "TRIEVE_BASE_URL": base,
            "TRIEVE_ADMIN_KEY": trieve.admin_key,
            "CORTEX_BASE_URL": base + CORTEX_PREFIX,
            "CORTEX_API_KEY": cortex.api_key,
        }
        if options.organization is not None:
            tenancy = _tenancy(application, memory, options.organization)
            environment["TRIEVE_API_KEY"] = tenancy.api_key
            environment["TRIEVE_ORGANIZATION_ID"] = tenancy.organization_id
    except ValueError as error:
        raise SandboxError(str(error)) from None
    server = ServerThread(application, listener=listener)
    waiter = _Waiter(options, server, application)
    server.start()
    try:
        if options.command:
            print(f"sandbox: serving Trieve and Cortex at {base}", file=sys.stderr, flush=True)
            # A provider that reads this variable refuses to connect to any other address.
            only = {"PULUMI_RETRIEVAL_SANDBOX": base, **without_proxy(os.environ)}
            status = waiter.run(options.command, {**environment, **only})
        else:
            _tell(environment)
            status = waiter.wait()
    finally:
        server.stop()
        store.close()
    if application.failure is not None:
        print(f"sandbox: {unusable(folder, application.failure)}", file=sys.stderr)
        return status or 2
    return status


def run(options: Options) -> int:
    """Serve until the end and return the exit code. Raises :class:`SandboxError`."""
    folder = options.data
    try:
        if folder is not None:
            with data_folder(folder):
                return _serve(folder, options)
        with tempfile.TemporaryDirectory(prefix="pulumi-retrieval-sandbox-", ignore_cleanup_errors=True) as temporary:
            folder = Path(temporary)
            return _serve(folder, options)
    except FolderError as error:
        raise SandboxError(str(error)) from None
    except sqlite3.Error as error:
        raise SandboxError(unusable(folder or Path(tempfile.gettempdir()), str(error))) from None
    except OSError as error:
        where = folder or Path(os.environ.get("TMPDIR") or "/tmp")
        raise SandboxError(unusable(where, error.strerror or str(error))) from None
