"""Serves the application on a loopback port, in a thread, so that the main thread can handle signals and a command."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .asgi import DROP, AsgiApp

HOST = "127.0.0.1"
_LONGEST_HEAD = 1 << 20
_KEEP_ALIVE_SECONDS = 75


class _Protocol(H11Protocol):
    """Gives the application a function that closes the connection without an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        application = self.app

        async def with_drop(scope: Any, receive: Any, send: Any) -> None:
            scope[DROP] = self.transport.abort
            await application(scope, receive, send)

        self.app = with_drop


def bind(port: int) -> socket.socket:
    """Bind a loopback port (0: any free one). Raises ``OSError`` if it is taken."""
    # asyncio disables Nagle's algorithm only where the protocol is given; otherwise each answer takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


class ServerThread:
    """Serves an application on a bound socket from :meth:`start` until :meth:`stop`."""

    def __init__(self, application: AsgiApp, *, listener: socket.socket) -> None:
        config = uvicorn.Config(
            application,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            server_header=False,
            date_header=False,
        )
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="sandbox-server", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start serving and return when requests are accepted."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.002)

    def stop(self) -> None:
        """Stop serving; a hanging request gets no answer."""
        self._server.should_exit = True
        self._thread.join(0.5)
        self._server.force_exit = True
        self._thread.join(5)
