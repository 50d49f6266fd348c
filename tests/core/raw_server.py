"""A server on a real socket that writes whatever bytes a test says."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Speak = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Spoken:
    """Where it is, and what came: the first bytes of every connection, and whether the other side has gone."""

    def __init__(self, host: str, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://{host}:{port}"
        self.requests: list[bytes] = []
        self.left = threading.Event()


@contextmanager
def speaking(speak: Speak, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Spoken]:
    """Serve every connection with `speak`, which is called when a request has come, and may write for ever."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    spoken = Spoken(host, listener.getsockname()[1], "https" if tls else "http")
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            wrapped = tls.wrap_socket(connection, server_side=True) if tls else connection
            with wrapped:
                spoken.requests.append(wrapped.recv(65536))
                try:
                    speak(wrapped)
                except OSError:
                    spoken.left.set()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(30)
                threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield spoken
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(10)
        for thread in threads:
            thread.join(30)
