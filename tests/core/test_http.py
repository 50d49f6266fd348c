"""One request and what may become of it: answers, repeats, pauses, and real failures on a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.errors import ConfigurationError, NoAnswerError
from pulumi_retrieval.core.http import USER_AGENT, Answer, HttpClient, Request, RetryPolicy, retry_by_status
from pulumi_retrieval.core.limits import InFlightSlots, RateLimit

from .clock import VirtualClock

GET, POST = Request("GET", "/thing", "read thing a"), Request("POST", "/thing", "create thing a", json={"n": 1})
DATE = "Wed, 01 Jul 2026 12:00:00 GMT"
Make = Callable[..., HttpClient]


class Service:
    """Answers in turn with what a test says, the last one again and again, and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


def status(code: int, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(code, json={"message": str(code)}, headers=named)


@pytest.fixture
def client(clock: VirtualClock, tmp_path: Path) -> Iterator[Make]:
    """Makes clients in virtual time, without jitter: every pause is as long as it can be."""
    made: list[HttpClient] = []

    def make(service: Service | str, **options: Any) -> HttpClient:
        url = service if isinstance(service, str) else "https://api.example.com/prefix/"
        options.setdefault("retry", RetryPolicy(jitter=lambda low, high: high))
        if isinstance(service, Service):
            options["transport"] = httpx.MockTransport(service)
        slots = InFlightSlots(url, count=1, directory=tmp_path)
        made.append(HttpClient(url, slots=slots, rate=RateLimit(None), clock=clock, sleep=clock.sleep, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("value", ["árS", "a\nb", "a\x1fb", " a", "a "])
@pytest.mark.parametrize("name", ["Authorization", "TR-Organization"])
def test_a_header_that_http_cannot_carry_is_named_and_nothing_is_sent(client: Make, name: str, value: str) -> None:
    service = Service(status(200))
    request = Request("POST", "/a", "create a", json={}, headers={name: value})
    with pytest.raises(ConfigurationError, match=f"could not create a: .*the header {name} cannot carry") as error:
        client(service).send(request)
    assert not service.requests
    if name == "Authorization":
        assert ascii(value) not in str(error.value), "a key is in no text"


def test_a_request_as_it_leaves(client: Make) -> None:
    service = Service(status(200))
    request = Request(
        "PUT",
        "/a%2Fb",
        "update a",
        json={"size": 1536, "name": "ü"},
        params={"q": "x y"},
        headers={"Authorization": "k"},
    )
    assert client(service).send(request).ok
    (sent,) = service.requests
    assert str(sent.url) == "https://api.example.com/prefix/a%2Fb?q=x+y"
    assert sent.content == '{"size":1536,"name":"ü"}'.encode()
    assert (sent.headers["authorization"], sent.headers["user-agent"]) == ("k", USER_AGENT)


def test_a_request_without_a_body(client: Make) -> None:
    service = Service(status(200))
    client(service).send(GET)
    assert service.requests[0].content == b""
    assert "content-type" not in service.requests[0].headers


ANSWERS: dict[str, tuple[httpx.Response, bool, bool, Any]] = {
    "json": (httpx.Response(200, json={"a": 1}), True, False, {"a": 1}),
    "empty": (httpx.Response(204), True, False, None),
    "cut off json": (httpx.Response(200, text='{"a": '), False, True, None),
    "a page": (httpx.Response(201, text="<html>"), False, True, None),
    "not text": (httpx.Response(200, content=b"\xff\xfe\xfa"), False, True, None),
    "too deep": (httpx.Response(200, text="[" * 100_000), False, True, None),
    "an error": (httpx.Response(400, json={"message": "no"}), False, False, {"message": "no"}),
    "an error page": (httpx.Response(404, text="<html>"), False, False, None),
    "elsewhere": (httpx.Response(302, headers={"Location": "https://elsewhere.example.com"}), False, False, None),
}


@pytest.mark.parametrize(("response", "ok", "garbled", "body"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_an_answer_is(client: Make, response: httpx.Response, ok: bool, garbled: bool, body: Any) -> None:
    service = Service(response)
    answer = client(service).send(POST)
    assert (answer.ok, answer.garbled, answer.body) == (ok, garbled, body)
    assert len(service.requests) == 1


def test_the_repr_of_requests_and_answers_shows_no_content(client: Make) -> None:
    secret = "canary-of-http"
    request = Request("PUT", "/thing", "update thing a", json={"key": secret}, headers={"Authorization": secret})
    answer = client(Service(httpx.Response(200, json={"key": secret}))).send(request)
    assert answer.body == {"key": secret}
    assert secret not in repr(answer)


@pytest.mark.parametrize(
    ("content_type", "raw", "text"),
    [
        ("application/json", b'{"a": "\xc3\xa4"}', '{"a": "\u00e4"}'),
        ("text/html; charset=iso-8859-1", b"\xe4", "\u00e4"),
        ("text/html; charset=no-such", b"\xc3\xa4", "\u00e4"),
        ("", b"\xff", "\ufffd"),
    ],
)
def test_an_answer_can_be_shown(client: Make, content_type: str, raw: bytes, text: str) -> None:
    answer = client(Service(httpx.Response(200, content=raw, headers={"Content-Type": content_type}))).send(POST)
    assert answer.text == text


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [
        ({"x-request-id": "r-1"}, {}, "r-1"),
        ({"cf-ray": "ray"}, {"meta": {"request_id": "r-2"}}, "ray"),
        ({}, {"meta": {"request_id": "r-2"}}, "r-2"),
        ({}, {"meta": {"request_id": 7}}, None),
        ({}, {"meta": "x"}, None),
        ({}, [1], None),
        ({}, None, None),
    ],
)
def test_the_id_of_a_request(headers: dict[str, str], body: Any, request_id: str | None) -> None:
    assert Answer(GET, 200, body, b"", headers, True).request_id == request_id


# Repeats.


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 599])
def test_a_read_is_repeated(client: Make, clock: VirtualClock, code: int) -> None:
    service = Service(status(code), status(code), status(200))
    assert client(service).send(GET).ok
    assert len(service.requests) == 3
    assert clock.pauses == [0.5, 1.0]


def test_a_read_with_an_unreadable_answer_is_repeated(client: Make) -> None:
    service = Service(httpx.Response(200, text="{"), status(200))
    assert client(service).send(GET).ok


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 409, 422])
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_a_permanent_failure_is_not_retried(client: Make, request_: Request, code: int) -> None:
    service = Service(status(code))
    assert client(service).send(request_).status == code
    assert len(service.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "answer",
    [status(500), status(502), status(503, Retry_After="1"), status(504), httpx.Response(200, text="{")],
    ids=["500", "502", "503", "504", "garbled"],
)
def test_a_write_is_never_repeated_after_an_answer(client: Make, method: str, answer: httpx.Response) -> None:
    service = Service(answer)
    assert client(service).send(Request(method, "/", "write")).status == answer.status_code
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_write_without_an_answer_is_never_repeated(client: Make, failure: httpx.TransportError) -> None:
    service = Service(failure, status(200))
    with pytest.raises(NoAnswerError) as raised:
        client(service).send(POST)
    assert raised.value.sent
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [status(429), httpx.ConnectError("refused"), httpx.ConnectTimeout("x")],
    ids=["429", "refused", "no connection"],
)
def test_a_write_that_was_certainly_not_carried_out_is_repeated(
    client: Make, answer: httpx.Response | Exception
) -> None:
    service = Service(answer, answer, status(201))
    assert client(service).send(POST).status == 201
    assert len(service.requests) == 3


def test_each_service_decides_which_answers_are_retried(client: Make) -> None:
    service = Service(status(400), status(200))
    assert client(service, retryable=lambda request, answer: answer.status == 400).send(POST).ok


def test_the_last_answer_counts(client: Make, clock: VirtualClock) -> None:
    service = Service(status(503))
    assert client(service).send(GET).status == 503
    assert len(service.requests) == 5
    assert clock.pauses == [0.5, 1, 2, 4]


def test_the_last_failure_counts(client: Make) -> None:
    service = Service(httpx.ReadTimeout("x"))
    with pytest.raises(NoAnswerError) as raised:
        client(service, silence_hint="Restart it", timeout=20).send(GET)
    assert len(service.requests) == 5
    assert str(raised.value) == (
        "could not read thing a: https://api.example.com/prefix did not answer within 20 s. Restart it"
    )
    assert raised.value.__suppress_context__, "people see one text"


@pytest.mark.parametrize(
    "failure", [httpx.InvalidURL("bad"), httpx.UnsupportedProtocol("bad")], ids=["url", "protocol"]
)
def test_a_request_that_never_left(client: Make, failure: Exception) -> None:
    with pytest.raises(NoAnswerError) as raised:
        client(Service(failure), retry=RetryPolicy(max_retries=0)).send(POST)
    assert not raised.value.sent


def test_a_slot_is_free_during_a_pause(clock: VirtualClock, tmp_path: Path) -> None:
    slots = InFlightSlots("x", count=1, directory=tmp_path)

    def sleep(seconds: float) -> None:
        with slots.slot():
            clock.sleep(seconds)

    transport = httpx.MockTransport(Service(status(429), status(200)))
    client = HttpClient("https://x", slots=slots, rate=RateLimit(None), clock=clock, sleep=sleep, transport=transport)
    assert client.send(GET).ok
    assert len(clock.pauses) == 1
    client.close()


# Pauses.


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "1.5"}, 1.5),
        ({"Retry_After": "0"}, 0.5),
        ({"Retry_After": "-3"}, 0.5),
        ({"Retry_After": "nan"}, 0.5),
        ({"Retry_After": "soon"}, 0.5),
        ({"Retry_After": "Wed, 01 Jul 2026 12:00:09 GMT", "Date": DATE}, 9),
        ({"Retry_After": "Wed, 01 Jul 2026 11:00:00 GMT", "Date": DATE}, 0.5),
        ({"Retry_After": "Wed, 01 Jul 1970 11:00:00 GMT"}, 0.5),
        ({"Retry_After": "Wed, 32 Jul 99999 11:00:00 GMT", "Date": DATE}, 0.5),
    ],
)
def test_a_pause_that_the_service_asks_for(
    client: Make, clock: VirtualClock, headers: dict[str, str], pause: float
) -> None:
    assert client(Service(status(429, **headers), status(200))).send(POST).ok
    assert clock.pauses == [pause]


@pytest.mark.parametrize("asked", ["60.1", "86400", "inf", "Thu, 02 Jul 2026 12:00:00 GMT"])
def test_a_pause_that_exceeds_the_time_budget_is_not_started(client: Make, clock: VirtualClock, asked: str) -> None:
    service = Service(status(429, Retry_After=asked, Date=DATE))
    answer = client(service).send(GET)
    assert answer.status == 429
    assert answer.unwaited is not None
    assert answer.unwaited > 60
    assert (len(service.requests), clock.pauses) == (1, [])


def test_a_pause_within_the_budget_is_not_told(client: Make) -> None:
    assert client(Service(status(429, Retry_After="7"))).send(GET).unwaited is None


def test_time_that_tries_take_counts(clock: VirtualClock, tmp_path: Path) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        clock.now += 20
        raise httpx.ReadTimeout("x")

    client = HttpClient(
        "https://x",
        slots=InFlightSlots("x", count=1, directory=tmp_path),
        rate=RateLimit(None),
        retry=RetryPolicy(budget=60, max_retries=99, jitter=lambda low, high: high),
        transport=httpx.MockTransport(slow),
        clock=clock,
        sleep=clock.sleep,
    )
    with pytest.raises(NoAnswerError):
        client.send(GET)
    assert clock.pauses == [0.5, 1.0]
    client.close()


@given(tries=st.integers(1, 30), part=st.floats(0, 1))
def test_pauses_have_full_jitter(tries: int, part: float) -> None:
    policy = RetryPolicy(max_retries=30, base=0.5, cap=8, jitter=lambda low, high: low + part * (high - low))
    pause = policy.pause(tries, asked=None, elapsed=0)
    assert pause == pytest.approx(part * min(8, 0.5 * 2 ** (tries - 1)))


def test_jitter_is_random_by_default() -> None:
    pauses = {RetryPolicy().pause(4, asked=None, elapsed=0) for _ in range(20)}
    assert len(pauses) > 1
    assert all(pause is not None and 0 <= pause <= 4 for pause in pauses)


@pytest.mark.parametrize(
    ("tries", "elapsed", "pause"), [(1, 0, 0.5), (4, 0, 4), (5, 0, None), (4, 56, 4), (4, 56.1, None), (1, 99, None)]
)
def test_tries_and_time_are_bounded(tries: int, elapsed: float, pause: float | None) -> None:
    assert RetryPolicy(jitter=lambda low, high: high).pause(tries, asked=None, elapsed=elapsed) == pause


@pytest.mark.parametrize(
    ("request_", "code", "again"),
    [(GET, 429, True), (POST, 429, True), (GET, 500, True), (POST, 500, False), (GET, 404, False)],
)
def test_the_usual_rule(request_: Request, code: int, again: bool) -> None:
    assert retry_by_status(request_, Answer(request_, code, None, b"", {}, True)) is again


# Failures of a real connection.


@contextmanager
def raw_server(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads a request, writes some bytes and closes; None answers nothing until the client goes."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                requests.append(connection.recv(65536))
                if answer is None:
                    while connection.recv(65536):
                        pass
                else:
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        thread.join(10)
        listener.close()


def reply(body: bytes, *, length: int | None = None) -> bytes:
    size = str(len(body) if length is None else length).encode()
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: application/json", b"Content-Length: " + size, b"", b""]
    return b"\r\n".join(lines) + body


NO_REPEATS = RetryPolicy(max_retries=0)


def test_a_real_answer(client: Make) -> None:
    with raw_server(reply(b'{"a": 1}')) as (url, requests):
        assert client(url).send(POST).body == {"a": 1}
    assert requests[0].startswith(b"POST /thing HTTP/1.1\r\n")


def test_a_refused_connection_is_tried_again(client: Make, clock: VirtualClock) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    closed.close()
    with pytest.raises(NoAnswerError) as raised:
        client(url).send(POST)
    assert not raised.value.sent
    assert len(clock.pauses) == 4
    assert str(raised.value).startswith(f"could not create thing a: no connection to {url}: ")
    assert str(raised.value).endswith(". Is the service running, and is the base URL right?")


@pytest.mark.parametrize(
    "cut", [b"", b"HTTP/1.1 2", reply(b'{"a": 1', length=100)], ids=["before the answer", "in its head", "in its body"]
)
def test_a_connection_that_is_cut(client: Make, cut: bytes) -> None:
    with raw_server(cut) as (url, requests), pytest.raises(NoAnswerError) as raised:
        client(url).send(POST)
    assert raised.value.sent
    assert len(requests) == 1
    assert str(raised.value).startswith(f"could not create thing a: the connection to {url} was cut: ")


def test_a_read_survives_a_cut(client: Make) -> None:
    with raw_server(b"", reply(b'{"a": 1', length=100), reply(b'{"a": ', length=6), reply(b'{"a": 1}')) as (
        url,
        requests,
    ):
        assert client(url).send(GET).body == {"a": 1}
    assert len(requests) == 4


def test_a_service_that_never_answers(client: Make) -> None:
    with raw_server(None) as (url, _), pytest.raises(NoAnswerError) as raised:
        client(url, timeout=0.2, retry=NO_REPEATS, silence_hint="It hangs").send(POST)
    assert raised.value.sent
    assert str(raised.value) == f"could not create thing a: {url} did not answer within 0.2 s. It hangs"


def test_a_proxy_that_speaks_no_http(client: Make) -> None:
    with raw_server(b"SSH-2.0-OpenSSH\r\n") as (url, _), pytest.raises(NoAnswerError, match="was cut"):
        client(url).send(POST)
