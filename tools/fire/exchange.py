"""One request at the proxy, and what a fault may do with it."""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

JSON = "application/json"
_IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|fire-[0-9a-f]{8}")
RESET = struct.pack("ii", 1, 0)
"""The option `SO_LINGER` of a connection that is reset when it is closed."""


@dataclass(frozen=True)
class Answered:
    """An answer of the service."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def call(method: str, path: str) -> str:
    """A request by its method and path, without its query and the ids in it."""
    return f"{method} {_IDS.sub('ID', path.partition('?')[0])}"


class Gone(Exception):
    """The client closed the connection, or the fault did."""


class Exchange:
    """One request, and the connection on which its answer goes out.

    :param forward: has the service carry the request out, at a path.
    :param former: what the service answered to the same GET the last time; None for the first one.
    """

    def __init__(
        self,
        *,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        connection: socket.socket,
        out: BufferedIOBase,
        forward: Callable[[str], Answered],
        former: Answered | None,
    ) -> None:
        self.method = method
        self.path = path
        self.headers = dict(headers)
        self.body = body
        self.former = former
        self.ends = False
        """Whether the connection has to be closed after this answer."""
        self._connection = connection
        self._out = out
        self._forward = forward
        self._truth: Answered | None = None

    @property
    def writes(self) -> bool:
        """Whether the request may change something."""
        return self.method != "GET"

    def forward(self) -> Answered:
        """Have the service carry the request out, once."""
        if self._truth is None:
            self._truth = self._forward(self.path)
        return self._truth

    def ask(self, path: str) -> Answered:
        """What the service says to the same request at another path."""
        return self._forward(path)

    def answer(
        self, status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = (), *, length: int | None = None
    ) -> None:
        """Send a whole answer. :param length: what ``Content-Length`` says instead of the truth."""
        self.head(status, [*headers, ("Content-Length", str(len(body) if length is None else length))])
        if status != 204:
            self.send(body)

    def tell(self, status: int, value: Any, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a JSON answer."""
        self.answer(status, json.dumps(value).encode(), [("Content-Type", JSON), *headers])

    def pass_on(self, truth: Answered, value: Any = None) -> None:
        """Send an answer of the service. :param value: the JSON that takes the place of its body."""
        if value is None:
            self.answer(truth.status, truth.body, truth.headers)
            return
        kept = [one for one in truth.headers if one[0].lower() != "content-encoding"]
        self.answer(truth.status, json.dumps(value).encode(), kept)

    def head(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send status and headers."""
        lines = [f"HTTP/1.1 {status} fire", *(f"{name}: {value}" for name, value in headers)]
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def send(self, data: bytes) -> None:
        """Send bytes to the client. :raises Gone: the client closed the connection."""
        try:
            self._out.write(data)
            self._out.flush()
        except OSError:
            raise Gone from None

    def send_slowly(self, data: bytes, *, pause: float) -> None:
        """Send one byte after each pause, in seconds, until the client has enough."""
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(pause)

    def reset(self) -> None:
        """End the connection with a reset instead of an answer."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        raise Gone
