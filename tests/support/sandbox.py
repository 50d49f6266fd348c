"""A sandbox in a process of its own, started through the real command line."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

_START_SECONDS = 20
_LONGEST_LIFE_SECONDS = 600


class Sandbox:
    """A context manager: a running sandbox with a data folder, and what a test wants to ask of it.

    ``options`` are further arguments of ``pulumi-retrieval sandbox``. ``environment`` holds the printed connection
    variables; with ``organization`` (the default) also ``TRIEVE_API_KEY`` and ``TRIEVE_ORGANIZATION_ID``.
    ``trieve`` is a client that sends the admin key.
    """

    def __init__(
        self,
        *options: str,
        data: Path | None = None,
        organization: str | None = "Acme",
        max_seconds: float = _LONGEST_LIFE_SECONDS,
    ) -> None:
        self._own_folder = data is None
        self.data = data or Path(tempfile.mkdtemp(prefix="sandbox-test-"))
        named = [] if organization is None else ["--organization", organization]
        self._options = [*named, "--max-seconds", str(max_seconds), "--exit-with-parent", *options]
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._client: httpx.Client | None = None

    # Life

    def start(self) -> Sandbox:
        """Start the process and read what it prints."""
        command = [sys.executable, "-m", "pulumi_retrieval.cli", "sandbox", "--data", str(self.data), *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        expected = 6 if "--organization" in self._options else 4
        assert self._process.stdout is not None
        lines = [self._process.stdout.readline() for _ in range(expected)]
        if not all(lines):
            self._process.wait(_START_SECONDS)
            raise RuntimeError(f"the sandbox ended with {self._process.returncode}")
        self.environment = dict(line.rstrip("\n").partition("=")[::2] for line in lines)
        self._client = httpx.Client(
            base_url=self.environment["TRIEVE_BASE_URL"],
            headers={"Authorization": self.environment["TRIEVE_ADMIN_KEY"]},
            timeout=30,
            trust_env=False,
        )
        return self

    def _end(self, number: signal.Signals) -> int:
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            return process.wait(_START_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(_START_SECONDS)
            if process.stdout is not None:
                process.stdout.close()

    def stop(self) -> int:
        """End it politely and return its exit code."""
        return self._end(signal.SIGTERM)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """End it politely, refuse connections to its port meanwhile, and start it again."""
        port = int(self.base_url.rpartition(":")[2])
        self.stop()
        # Held without listening: another process of a parallel test cannot answer in its place.
        with socket.socket() as held:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", port))
            yield
        self.start()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> Sandbox:
        """Start it again with the same data folder, after :meth:`stop` or :meth:`kill` (else it is stopped)."""
        self.stop()
        return self.start()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            if self._own_folder:
                shutil.rmtree(self.data, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    # Connections

    @property
    def base_url(self) -> str:
        """Base URL of Trieve."""
        return self.environment["TRIEVE_BASE_URL"]

    @property
    def organization_id(self) -> str:
        """Id of the organization it was started with."""
        return self.environment["TRIEVE_ORGANIZATION_ID"]

    @property
    def trieve(self) -> httpx.Client:
        """A client with the admin key and without an organization header."""
        assert self._client is not None
        return self._client

    def child_environment(self) -> dict[str, str]:
        """The environment of this process with the connection variables."""
        return {**os.environ, **self.environment}

    # Control

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.trieve.request(method, f"/_sandbox{path}", json=body)
        if answer.status_code >= 400:
            raise ValueError(f"{answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def log(self) -> dict[str, Any]:
        """The whole request log with ``max_in_flight`` and ``in_flight``."""
        return dict(self._control("GET", "/requests"))

    def requests(self) -> list[dict[str, Any]]:
        """The logged requests to the two services."""
        return list(self.log()["requests"])

    def reset_requests(self) -> None:
        """Empty the request log."""
        self._control("DELETE", "/requests")

    def faults(self, rules: Sequence[dict[str, Any]]) -> None:
        """Put a fault plan in force."""
        self._control("PUT", "/faults", {"faults": list(rules)})

    def clear_faults(self) -> None:
        """End the fault plan."""
        self._control("DELETE", "/faults")

    def fault_report(self) -> list[dict[str, Any]]:
        """The rules in force with how often each one matched and fired."""
        return list(self._control("GET", "/faults")["faults"])

    def switches(self, **values: Any) -> dict[str, Any]:
        """Set the named switches, the others to off; return all of them."""
        self._control("PUT", "/switches", values)
        return dict(self._control("GET", "/switches"))

    def clear_switches(self) -> None:
        """Turn all switches off and let a hanging server go on."""
        self._control("DELETE", "/switches")

    def state(self) -> dict[str, Any]:
        """Everything that lives in the services."""
        return dict(self._control("GET", "/state"))

    def put_chunks(self, dataset_id: str, count: int) -> None:
        """Put chunks into a dataset."""
        self._control("POST", f"/trieve/datasets/{dataset_id}/chunks", {"count": count})

    def age(self, dataset_id: str, hours: float) -> None:
        """Make a dataset older."""
        self._control("POST", f"/trieve/datasets/{dataset_id}/age", {"hours": hours})
