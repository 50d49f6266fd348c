"""The proxy of the tests itself: what it forwards, and what it makes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from support.lying_proxy import HTML, PAGE, Held, LyingProxy, cut, edited, told
from support.processes import wait_until
from support.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[LyingProxy]:
    with LyingProxy(sandbox.environment) as proxy:
        yield proxy


@pytest.fixture
def client(sandbox: Sandbox, proxy: LyingProxy) -> Iterator[httpx.Client]:
    headers = {"Authorization": sandbox.environment["TRIEVE_ADMIN_KEY"], "TR-Organization": sandbox.organization_id}
    with httpx.Client(base_url=proxy.environment["TRIEVE_BASE_URL"], headers=headers, trust_env=False) as client:
        yield client


def make(client: httpx.Client, tracking_id: str) -> httpx.Response:
    return client.post("/api/dataset", json={"dataset_name": tracking_id, "tracking_id": tracking_id})


def living(sandbox: Sandbox) -> list[str]:
    return [one["tracking_id"] for one in sandbox.state()["trieve"]["datasets"]]


def test_it_forwards_to_both_services_and_counts(sandbox: Sandbox, proxy: LyingProxy, client: httpx.Client) -> None:
    made = make(client, "forwarded").json()
    assert client.get(f"/api/dataset/{made['id']}").json()["tracking_id"] == "forwarded"
    gone = client.delete(f"/api/dataset/{made['id']}", headers={"TR-Dataset": made["id"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(f"/api/dataset/{made['id']}").status_code == 404
    assert [proxy.count(method, "^/api/dataset") for method in ("POST", "GET", "PUT", "DELETE")] == [1, 2, 0, 1]

    key = {"Authorization": f"Bearer {sandbox.environment['CORTEX_API_KEY']}"}
    url = proxy.environment["CORTEX_BASE_URL"]
    answer = httpx.post(f"{url}/user/create_tenant?tenant_id=acme", headers=key, trust_env=False)
    assert answer.json()["tenant_id"] == "acme"
    assert proxy.count("POST", r"/create_tenant\?tenant_id=acme$") == 1
    assert list(sandbox.state()["cortex"]["tenants"]) == ["acme"]


@pytest.mark.parametrize("carried_out", [True, False])
def test_another_answer(sandbox: Sandbox, proxy: LyingProxy, client: httpx.Client, carried_out: bool) -> None:
    name = f"answered-{carried_out}"
    proxy.lie("POST", "^/api/dataset$", told(PAGE, content_type=HTML, carried_out=carried_out))
    answer = make(client, name)
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (200, HTML, PAGE)
    assert (name in living(sandbox)) == carried_out
    proxy.lie("GET", "^/api/dataset/", told([], status=404))
    answer = client.get("/api/dataset/x")
    assert (answer.status_code, answer.json()) == (404, [])


def test_an_edited_answer_some_times_and_after_some(proxy: LyingProxy, client: httpx.Client) -> None:
    made = make(client, "edited").json()["id"]
    proxy.lie("GET", "^/api/dataset/", edited(lambda body: {**body, "id": "another"}), skip=1, times=1)
    assert [client.get(f"/api/dataset/{made}").json()["id"] for _ in range(3)] == [made, "another", made]
    proxy.lie("GET", "^/api/dataset/", edited(lambda body: {}), since=("PUT", "^/api/dataset$"))
    assert client.get(f"/api/dataset/{made}").json()["id"] == made
    client.put("/api/dataset", json={"dataset_id": made, "dataset_name": "new"})
    assert client.get(f"/api/dataset/{made}").json() == {}
    proxy.tell_the_truth()
    assert client.get(f"/api/dataset/{made}").json()["name"] == "new"


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_connection_that_is_cut(sandbox: Sandbox, proxy: LyingProxy, client: httpx.Client, carried_out: bool) -> None:
    name = f"cut-{carried_out}"
    proxy.lie("POST", "^/api/dataset$", cut(carried_out=carried_out), times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        make(client, name)
    assert (name in living(sandbox)) == carried_out


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_request_that_is_held(sandbox: Sandbox, proxy: LyingProxy, client: httpx.Client, carried_out: bool) -> None:
    name, held = f"held-{carried_out}", Held(carried_out=carried_out)
    answers: list[int] = []
    proxy.lie("POST", "^/api/dataset$", held, times=1)
    asking = threading.Thread(target=lambda: answers.append(make(client, name).status_code))
    asking.start()
    wait_until(lambda: held.reached, seconds=10, what="the request")
    assert (name in living(sandbox), answers) == (carried_out, [])
    held.let_go()
    asking.join(10)
    assert (name in living(sandbox), answers) == (True, [200])
