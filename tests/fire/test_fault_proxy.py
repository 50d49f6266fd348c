"""The proxy of faults before a real server: what a client gets, and what the server got."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fire.faults import BOMB_BYTES, FAULTS
from fire.proxy import FaultProxy
from support.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    sandbox.reset_requests()
    with FaultProxy(sandbox.base_url) as proxy:
        yield proxy


@pytest.fixture
def client(sandbox: Sandbox, proxy: FaultProxy) -> Iterator[httpx.Client]:
    headers = {
        "Authorization": sandbox.environment["TRIEVE_ADMIN_KEY"],
        "TR-Organization": sandbox.organization_id,
        "Connection": "close",
    }
    with httpx.Client(
        base_url=proxy.instead_of(sandbox.base_url), headers=headers, timeout=5, trust_env=False
    ) as client:
        yield client


def make(client: httpx.Client, name: str) -> httpx.Response:
    return client.post("/api/dataset", json={"dataset_name": name, "tracking_id": name})


def carried_out(sandbox: Sandbox) -> list[str]:
    return [f"{one['method']} {one['path']}" for one in sandbox.requests()]


def listed(client: httpx.Client, sandbox: Sandbox) -> Any:
    return client.get(f"/api/dataset/organization/{sandbox.organization_id}").json()


def test_without_a_fault_nothing_differs(client: httpx.Client, sandbox: Sandbox, proxy: FaultProxy) -> None:
    made = make(client, "plain").json()
    path, headers = f"/api/dataset/{made['id']}", {"TR-Organization": sandbox.organization_id}
    assert client.get(path).json() == sandbox.trieve.get(path, headers=headers).json()
    cortex = sandbox.environment["CORTEX_BASE_URL"]
    assert proxy.environment({"CORTEX_BASE_URL": cortex, "OTHER": "x"}) == {
        "CORTEX_BASE_URL": proxy.instead_of(cortex),
        "OTHER": "x",
    }
    assert proxy.instead_of(cortex).endswith("/cortex")


@pytest.mark.parametrize(
    ("name", "status", "forwarded"),
    [
        ("400", 400, False),
        ("503 bare", 503, False),
        ("408 after the commit", 408, True),
        ("429, retry in a day", 429, False),
        ("HTML", 200, False),
        ("redirect", 302, False),
        ("null", 200, True),
    ],
)
def test_an_answer_in_the_place_of_the_services(
    client: httpx.Client, sandbox: Sandbox, proxy: FaultProxy, name: str, status: int, forwarded: bool
) -> None:
    proxy.arm(FAULTS[name])
    answer = make(client, f"answer of {name}")
    assert answer.status_code == status
    assert carried_out(sandbox) == (["POST /api/dataset"] if forwarded else [])
    assert answer.headers.get("retry-after") == ("86400" if "day" in name else None)
    assert proxy.lift() == 1


@pytest.mark.parametrize(
    ("name", "failure", "forwarded"),
    [
        ("reset before", httpx.ReadError, False),
        ("reset after the commit", httpx.ReadError, True),
        ("cut body", httpx.RemoteProtocolError, True),
    ],
)
def test_no_answer_or_half_of_one(
    client: httpx.Client, sandbox: Sandbox, proxy: FaultProxy, name: str, failure: type[Exception], forwarded: bool
) -> None:
    proxy.arm(FAULTS[name])
    with pytest.raises(failure):
        make(client, f"no answer, {name}")
    assert carried_out(sandbox) == (["POST /api/dataset"] if forwarded else [])


def test_a_body_that_never_ends_one_that_drips_and_a_bomb(client: httpx.Client, proxy: FaultProxy) -> None:
    proxy.arm(FAULTS["endless body"])
    with client.stream("GET", "/api/health") as answer:
        read = 0
        for chunk in answer.iter_raw():
            read += len(chunk)
            if read > 1_000_000:
                break
    assert read > 1_000_000
    proxy.arm(FAULTS["drip"])
    with client.stream("GET", "/api/health") as answer:
        assert len(next(answer.iter_raw())) == 1
    proxy.arm(FAULTS["bomb"])
    with client.stream("GET", "/api/health", headers={"Accept-Encoding": "gzip"}) as answer:
        assert int(answer.headers["content-length"]) * 100 < BOMB_BYTES
        assert answer.headers["content-encoding"] == "gzip"


def test_answers_that_are_changed(client: httpx.Client, sandbox: Sandbox, proxy: FaultProxy) -> None:
    made = make(client, "changed").json()
    truth = listed(client, sandbox)
    proxy.arm(FAULTS["empty list"])
    assert listed(client, sandbox) == []
    proxy.arm(FAULTS["duplicates"])
    assert listed(client, sandbox) == [truth[0], *truth]
    proxy.arm(FAULTS["other id"])
    told = client.get(f"/api/dataset/{made['id']}").json()
    assert told["id"] != made["id"]
    assert told["organization_id"] == made["organization_id"]
    proxy.arm(FAULTS["missing id"])
    assert "id" not in client.get(f"/api/dataset/{made['id']}").json()
    proxy.arm(FAULTS["wrong types"])
    told = client.get(f"/api/dataset/{made['id']}").json()
    assert told["id"] == 7
    assert told["server_configuration"]["MAX_LIMIT"] == "seven"
    proxy.arm(FAULTS["denied in the service's words"])
    assert client.get(f"/api/dataset/{made['id']}").status_code == 404


def test_a_stale_read_is_what_was_answered_before(client: httpx.Client, sandbox: Sandbox, proxy: FaultProxy) -> None:
    make(client, "before the stale read")
    before = listed(client, sandbox)
    make(client, "after the stale read")
    proxy.arm(FAULTS["stale read"])
    assert [listed(client, sandbox) for _ in range(2)] == [before, before]
    proxy.lift()
    assert len(listed(client, sandbox)) == len(before) + 1


def test_a_fault_happens_as_often_and_where_it_is_said(client: httpx.Client, proxy: FaultProxy) -> None:
    proxy.arm(FAULTS["500"], times=2, method="POST", path="^/api/dataset$")
    assert client.get("/api/health").status_code == 200
    assert [make(client, f"filtered {number}").status_code for number in range(3)] == [500, 500, 200]
    assert proxy.lift() == 2
    # What a fault does not fit it leaves alone, and that does not count.
    proxy.arm(FAULTS["wrong types"], times=1)
    assert client.get("/api/dataset/nothing").status_code >= 400
    assert proxy.lift() == 0


def test_the_echo_repeats_the_key(client: httpx.Client, sandbox: Sandbox, proxy: FaultProxy) -> None:
    proxy.arm(FAULTS["400 that echoes the request"])
    assert sandbox.environment["TRIEVE_ADMIN_KEY"] in make(client, "echo").text
