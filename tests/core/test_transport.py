"""Bounds of one request on real sockets: a deadline as a whole, a largest answer, memory; proxies; authorities."""

from __future__ import annotations

import functools
import gzip
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_retrieval.core.errors import ConfigurationError, NoAnswerError
from pulumi_retrieval.core.http import HttpClient, Request, RetryPolicy
from pulumi_retrieval.core.limits import InFlightSlots, RateLimit

from .raw_server import HEAD, Speak, speaking

GET, POST = Request("GET", "/thing", "read thing a"), Request("POST", "/thing", "create thing a", json={"n": 1})
NO_REPEATS = RetryPolicy(max_retries=0)
PAUSE = threading.Event()  # never set: a pause that ends when the other side goes is one between two writes
Make = Callable[..., HttpClient]


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


@pytest.fixture
def slots(tmp_path: Path) -> InFlightSlots:
    return InFlightSlots("x", count=1, directory=tmp_path / "slots")


@pytest.fixture
def client(slots: InFlightSlots) -> Iterator[Make]:
    made: list[HttpClient] = []

    def make(url: str, **options: Any) -> HttpClient:
        options = {"retry": NO_REPEATS, "timeout": 20.0, "service": "Trieve", **options}
        made.append(HttpClient(url, slots=slots, rate=RateLimit(None), **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


# Answers that never end.


def repeated(head: bytes, part: bytes, *, pause: float = 0.0) -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(part)
            if pause:
                PAUSE.wait(pause)

    return speak


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW: dict[str, Speak] = {
    "a body": repeated(HEAD + b"Content-Length: 1000000\r\n\r\n", b" ", pause=0.02),
    "a body in chunks": repeated(CHUNKED, b"1\r\n \r\n", pause=0.02),
    "a body without length": repeated(HEAD + b"\r\n", b" ", pause=0.02),
    "a chunk's size": repeated(CHUNKED, b"0", pause=0.02),
    "a header": repeated(HEAD + b"X-A: ", b"a", pause=0.02),
    "a status line": repeated(b"", b"H", pause=0.02),
    "answers that announce another one": repeated(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.02),
    "trailers": repeated(CHUNKED + b"2\r\n{}\r\n0\r\nX-A: ", b"a", pause=0.02),
}


@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
@pytest.mark.parametrize("speak", SLOW.values(), ids=SLOW.keys())
def test_a_slow_drip_ends_at_the_deadline(client: Make, slots: InFlightSlots, speak: Speak, request_: Request) -> None:
    with speaking(speak) as server:
        with pytest.raises(NoAnswerError) as raised:
            client(server.url, timeout=0.2, silence_hint="Restart it").send(request_)
        assert raised.value.sent
        text = str(raised.value)
        if "was cut" not in text:  # a line that no HTTP has ends before
            assert f"the answer of {server.url} was not complete within 0.4 s. Restart it" in text
        with slots.slot():
            assert server.left.wait(10), "the connection is closed"


FAST: dict[str, Speak] = {
    "a body": repeated(HEAD + b"\r\n", b"x" * 65536),
    "a body in chunks": repeated(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "a long body": repeated(HEAD + b"Content-Length: 1099511627776\r\n\r\n", b"x" * 65536),
    "a compressed body": repeated(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}"), b"x" * 65536),
}


@pytest.mark.parametrize("speak", FAST.values(), ids=FAST.keys())
def test_an_endless_body_ends_at_the_largest_answer(client: Make, slots: InFlightSlots, speak: Speak) -> None:
    with speaking(speak) as server:
        with pytest.raises(NoAnswerError) as raised:
            client(server.url, retry=RetryPolicy()).send(GET)
        assert f"the answer of {server.url} is larger than 16 MiB or a million values, so it was not read" in str(
            raised.value
        )
        assert len(server.requests) == 1, "the next one is as large"
        with slots.slot():
            assert server.left.wait(10)


ENDLESS: dict[str, Speak] = {
    "headers": repeated(HEAD, b"X-Header: " + b"x" * 1000 + b"\r\n"),
    "one header": repeated(HEAD + b"X-Header: ", b"x" * 1000),
    "a status line": repeated(b"HTTP/1.1 200 ", b"x" * 1000),
    "trailers": repeated(CHUNKED + b"0\r\n", b"X-Header: " + b"x" * 1000 + b"\r\n"),
    "a chunk's size": repeated(CHUNKED, b"0" * 1000),
}


@pytest.mark.parametrize("speak", ENDLESS.values(), ids=ENDLESS.keys())
def test_an_endless_header_ends(client: Make, slots: InFlightSlots, speak: Speak) -> None:
    with speaking(speak) as server, pytest.raises(NoAnswerError, match="was cut"):
        client(server.url).send(POST)
    with slots.slot():
        pass


def test_answers_that_announce_another_one_for_ever_end_at_the_deadline(client: Make) -> None:
    speak = repeated(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")
    with speaking(speak) as server, pytest.raises(NoAnswerError, match="was not complete within"):
        client(server.url, timeout=0.2).send(GET)


def test_a_request_to_a_server_that_does_not_read_ends(client: Make) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    request = Request("POST", "/", "write", json="x" * 30_000_000)
    with listener, pytest.raises(NoAnswerError) as raised:
        client(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2).send(request)
    assert raised.value.sent


def test_an_idle_connection_is_used_again(client: Make) -> None:
    def speak(connection: socket.socket) -> None:
        for _ in range(3):
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            connection.recv(65536)

    with speaking(speak) as server:
        http = client(server.url)
        assert [http.send(GET).body for _ in range(3)] == [{}] * 3
        assert len(server.requests) == 1
        http.close()


MEMORY = """
import json, resource, sys, threading
from pathlib import Path
from pulumi_retrieval.core.errors import NoAnswerError
from pulumi_retrieval.core.http import HttpClient, Request, RetryPolicy
from pulumi_retrieval.core.limits import InFlightSlots, RateLimit

url, folder = sys.argv[1], Path(sys.argv[2])
slots = InFlightSlots(url, count=1, directory=folder)
client = HttpClient(url, slots=slots, rate=RateLimit(None), retry=RetryPolicy(max_retries=0), timeout=60)
try:
    client.send(Request("GET", "/", "read a bomb"))
except NoAnswerError as error:
    with slots.slot():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss is handed down by the process that started this one
        most = 1024 * next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps([str(error), most]))
"""
GIB = 1024 * 1024 * 1024


@functools.cache
def bomb() -> bytes:
    """1 GiB of blanks, compressed."""
    made = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    part = b" " * (16 * 1024 * 1024)
    return b"".join(made.compress(part) for _ in range(GIB // len(part))) + made.flush()


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX")
@pytest.mark.parametrize("kind", ["bomb", "endless", "bomb in one chunk", "a list of lists"])
def test_memory_is_bounded(kind: str, tmp_path: Path) -> None:
    if kind == "endless":
        speak = FAST["a body"]
    elif kind == "a list of lists":
        lists = gzip.compress(b"[" + b"[]," * 5_000_000 + b"[]]")

        def speak(connection: socket.socket) -> None:
            connection.sendall(HEAD + b"Content-Encoding: gzip\r\n\r\n" + lists)

    else:
        body = bomb()
        framing = b"Content-Length: %d\r\n\r\n" % len(body) if kind == "bomb" else CHUNKED[len(HEAD) :]
        framed = body if kind == "bomb" else b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"

        def speak(connection: socket.socket) -> None:
            connection.sendall(HEAD + b"Content-Encoding: gzip\r\n" + framing + framed)

    with speaking(speak) as server:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, server.url, str(tmp_path)], stdout=subprocess.PIPE, timeout=60, check=True
        )
    text, most = json.loads(done.stdout)
    assert "is larger than 16 MiB" in text
    assert most < 200 * 1024 * 1024


# Proxies.


def test_a_proxy_is_used_and_named_where_it_cannot_be_reached(client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    monkeypatch.setenv("HTTP_PROXY", f"http://user:canary@127.0.0.1:{port}")
    with pytest.raises(NoAnswerError) as raised:
        client("http://api.example").send(GET)
    text = str(raised.value)
    assert f"no connection to http://api.example through HTTP_PROXY=http://127.0.0.1:{port}: " in text
    assert text.endswith("Correct or unset HTTP_PROXY, or add api.example to NO_PROXY")
    assert "canary" not in text


REFUSALS = {"407 Proxy Authentication Required": 1, "403 Forbidden": 1, "502 Bad Gateway": 3}


@pytest.mark.parametrize(("status", "tries"), REFUSALS.items())
def test_a_proxy_that_makes_no_tunnel(client: Make, monkeypatch: pytest.MonkeyPatch, status: str, tries: int) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with speaking(speak) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:canary@"))
        retry = RetryPolicy(max_retries=2, jitter=lambda low, high: 0)
        with pytest.raises(NoAnswerError) as raised:
            client("https://api.example", retry=retry).send(POST)
    assert not raised.value.sent
    assert len(proxy.requests) == tries
    assert proxy.requests[0].startswith(b"CONNECT api.example:443 ")
    assert (
        f"no answer from Trieve; the request goes through HTTPS_PROXY={proxy.url}, which refused it: {status}"
        in str(raised.value)
    )
    assert "canary" not in str(raised.value)


def test_this_machine_is_asked_directly(client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    with speaking(answer) as proxy, speaking(answer) as server:
        for value in (proxy.url, "socks5://127.0.0.1:1", "ftp://x:1"):
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
            assert client(server.url).send(GET).ok
        assert len(server.requests) == 3
        assert not proxy.requests


def test_an_environment_that_cannot_be_used_is_told_before_anything_is_sent(
    client: Make, slots: InFlightSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HTTPS_PROXY": "ftp://x:1", "SSL_CERT_FILE": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError, match=f"environment variable {name} "):
            client("https://api.example").send(POST)
        with slots.slot():
            pass
        monkeypatch.delenv(name)


# An authority of one's own.


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate of an authority, ``ca.pem``, and one of this machine that it has signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes certificates with the openssl command")
    folder = tmp_path_factory.mktemp("authority")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for arguments in (
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=A private authority"],
        ["req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=service"],
        ["x509", "-req", "-in", "request.pem", "-out", "cert.pem", "-days", "2", "-extfile", "names", *signed],
    ):
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)
    return folder


def test_a_private_authority_is_trusted_where_ssl_cert_file_names_it(
    client: Make, authority: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    for host in ("127.0.0.1", "localhost"):
        with speaking(speak, tls=tls, host=host) as server:
            monkeypatch.delenv("SSL_CERT_FILE", raising=False)
            monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
            with pytest.raises(NoAnswerError) as raised:
                client(server.url, retry=RetryPolicy()).send(GET)
            assert not raised.value.sent
            assert "certificate verify failed" in str(raised.value)
            assert "SSL_CERT_FILE=/path/to/ca.pem" in str(raised.value)
            monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
            assert client(server.url).send(GET).ok


def test_a_slow_drip_through_tls_ends_too(client: Make, authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with speaking(SLOW["a body"], tls=tls) as server, pytest.raises(NoAnswerError, match="was not complete within"):
        client(server.url, timeout=0.2).send(GET)
