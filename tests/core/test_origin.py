"""Whose answer is it, and what is told of one that is not the service's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_retrieval.core.answers import malformed
from pulumi_retrieval.core.errors import (
    AuthenticationError,
    MalformedAnswerError,
    ObjectExists,
    ObjectMissing,
    PermissionDenied,
    ServiceError,
    UnclearWriteError,
)
from pulumi_retrieval.core.messages import Answer, Peer, Request
from pulumi_retrieval.core.words import NEUTRAL
from pulumi_retrieval.services.cortex.wire import NOT_THIS_API
from pulumi_retrieval.services.cortex.wire import failure as cortex_failure
from pulumi_retrieval.services.trieve.failures import failure as trieve_failure
from pulumi_retrieval.services.trieve.failures import retryable

GET, POST = Request("GET", "/thing", "read thing a"), Request("POST", "/thing", "create thing a")
PROXY = "HTTP_PROXY=http://proxy:3128"
PAGE = "<!DOCTYPE html><title>Sign in</title>"
OWN = ["Is the key right?", "Is cortex:apiKey", "plan", "owner", "rate limit", "organizationId", "run the same command"]


def answer(
    status: int,
    body: Any = None,
    *,
    request: Request = GET,
    service: str = "Trieve",
    proxy: str = "",
    unwaited: float | None = None,
    **headers: str,
) -> Answer:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else b""
    parsed = not isinstance(body, str)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    peer = Peer(service, "http://api.example/prefix", proxy)
    return Answer(request, status, body if parsed else None, raw, named, parsed, peer, unwaited)


def failure(got: Answer) -> ServiceError:
    if got.peer.service == "Trieve":
        return trieve_failure(got, NEUTRAL)
    return cortex_failure(got.request.operation, got, NEUTRAL)


FOREIGN: dict[str, tuple[int, Any, dict[str, str]]] = {
    "a page": (401, PAGE, {"content_type": "text/html; charset=utf-8"}),
    "a page that says it is text": (400, PAGE, {"content_type": "text/plain"}),
    "a page that says nothing": (403, f"\n  {PAGE}", {}),
    "text": (403, "Access denied", {"content_type": "text/plain"}),
    "nothing": (403, None, {}),
    "nothing, 401": (401, None, {}),
    "JSON of another shape": (401, {"error": "denied"}, {}),
    "JSON that is no object": (403, ["message"], {}),
    "JSON with another message": (403, {"message": {"text": "denied"}}, {}),
    "429": (429, "slow down", {}),
    "426": (426, "Upgrade Required", {}),
    "409": (409, PAGE, {}),
    "a proxy": (407, {"message": "Proxy Authentication Required"}, {}),
    "a gateway": (502, PAGE, {}),
    "a captive portal": (511, PAGE, {}),
}


@pytest.mark.parametrize("service", ["Trieve", "Cortex"])
@pytest.mark.parametrize(("status", "body", "headers"), FOREIGN.values(), ids=FOREIGN.keys())
def test_an_error_says_that_an_answer_is_not_from_the_service(
    service: str, status: int, body: Any, headers: dict[str, str]
) -> None:
    error = failure(answer(status, body, service=service, proxy=PROXY, **headers))
    assert type(error) is ServiceError
    text = str(error)
    assert text.startswith(f"could not read thing a: HTTP {status}")
    assert f"This answer does not come from {service}; the request goes through {PROXY}" in text
    assert text.endswith("Correct or unset HTTP_PROXY, or add api.example to NO_PROXY")
    assert not [hint for hint in OWN if hint in text.replace("no answer", "")]
    direct = str(failure(answer(status, body, service=service, **headers)))
    assert f"This answer does not come from {service}" in direct
    assert "PROXY" not in direct


@pytest.mark.parametrize("service", ["Trieve", "Cortex"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://user:canary@login.example/sso?canary=1#canary", "it redirects to https://login.example/sso, and no"),
        ("/login?canary", "it redirects to http://api.example/login, and no"),
        ("//login.example", "it redirects to http://login.example, and no"),
        ("", "it redirects without saying where to, and no"),
        ("http://[canary", "it redirects without saying where to, and no"),
        ("mailto:canary", "it redirects without saying where to, and no"),
    ],
)
def test_a_redirect_names_its_target_without_secrets(
    service: str, status: int, request_: Request, location: str, said: str
) -> None:
    got = answer(status, {"message": "moved"}, request=request_, service=service, location=location)
    text = str(failure(got))
    assert "moved" not in text, "a page about it repeats the whole address"
    assert f"This answer does not come from {service}; {said} redirect is followed" in text
    assert "canary" not in text


OWN_ANSWERS: list[tuple[str, int, Any, type[ServiceError]]] = [
    ("Trieve", 401, {"message": "Unauthorized"}, AuthenticationError),
    ("Trieve", 403, {"message": "Forbidden"}, PermissionDenied),
    ("Trieve", 404, {"message": "Not Found: Could not find dataset"}, ObjectMissing),
    ("Trieve", 426, {"message": "Your plan must be upgraded"}, ServiceError),
    ("Trieve", 404, None, ServiceError),
    ("Trieve", 405, None, ServiceError),
    ("Trieve", 400, "Query deserialize error: x", ServiceError),
    ("Cortex", 401, {"detail": "no"}, AuthenticationError),
    ("Cortex", 403, {"detail": {"success": False, "message": "no", "error_code": "FORBIDDEN"}}, PermissionDenied),
    ("Cortex", 404, {"success": False, "error": {"code": "DATABASE_NOT_FOUND", "message": "no"}}, ObjectMissing),
    ("Cortex", 409, {"error": {"code": "DATABASE_ALREADY_EXISTS"}}, ObjectExists),
    ("Cortex", 422, {"detail": [{"loc": ["query", "tenant_id"], "msg": "missing"}]}, ServiceError),
    ("Cortex", 404, {"detail": "Not Found"}, ServiceError),
]


@pytest.mark.parametrize(("service", "status", "body", "kind"), OWN_ANSWERS)
def test_an_answer_of_the_service_itself(service: str, status: int, body: Any, kind: type[ServiceError]) -> None:
    error = failure(answer(status, body, service=service, proxy=PROXY))
    assert type(error) is kind
    assert f"does not come from {service}" not in str(error)


@pytest.mark.parametrize("service", ["Trieve", "Cortex"])
@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_gateway_that_gave_up_leaves_a_write_unclear(service: str, status: int) -> None:
    error = failure(answer(status, PAGE, request=POST, service=service, proxy=PROXY))
    assert isinstance(error, UnclearWriteError)
    assert PROXY in str(error)


@pytest.mark.parametrize("status", [300, 302, 403, 407])
def test_a_proxy_that_refused_a_write_did_not_carry_it_out(status: int) -> None:
    assert not isinstance(failure(answer(status, PAGE, request=POST)), UnclearWriteError)


def test_a_404_web_page_is_not_a_missing_tenant() -> None:
    error = failure(answer(404, PAGE, service="Cortex"))
    assert type(error) is ServiceError
    assert NOT_THIS_API in str(error)


def test_the_text_of_a_proxy_is_not_shown_as_the_message_of_the_service() -> None:
    assert retryable(GET, answer(500, "Not Found"))
    assert not retryable(GET, answer(500, {"message": "Not Found"}))
    assert not retryable(POST, answer(400, "Could not get database connection"))
    assert retryable(POST, answer(400, {"message": "Could not get database connection"}))
    assert type(failure(answer(500, "Not Found"))) is ServiceError
    assert type(failure(answer(400, "a dataset with the same tracking_id already exists"))) is ServiceError


@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
@pytest.mark.parametrize("body", [PAGE, "ok"])
def test_a_success_that_is_not_json_is_not_from_the_service(request_: Request, body: str) -> None:
    error = malformed(answer(200, body, request=request_, proxy=PROXY), "it holds no JSON", hint="Check the base URL")
    assert type(error) is (MalformedAnswerError if request_ is GET else UnclearWriteError)
    assert f"This answer does not come from Trieve; the request goes through {PROXY}" in str(error)
    assert str(error).endswith("Check the base URL")


def test_json_of_another_shape_may_be_from_the_service() -> None:
    assert "does not come from" not in str(malformed(answer(200, {"a": 1}), "a is missing"))


@pytest.mark.parametrize("service", ["Trieve", "Cortex"])
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "said"), [(86400.0, "86400 s"), (90.5, "90.5 s"), (float("inf"), "more than 1000000000 s")]
)
def test_how_long_the_service_asks_to_wait(
    service: str, request_: Request, status: int, asked: float, said: str
) -> None:
    for body in ({"message": "later"}, PAGE):
        error = failure(answer(status, body, request=request_, service=service, unwaited=asked))
        assert f"It asks to wait {said} (Retry-After), which is longer than a run waits" in str(error)
