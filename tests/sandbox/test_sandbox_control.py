"""The sandbox's own routes: request log, fault plans, switches, chunks and age."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.sandbox import Sandbox

TIMEOUT_TEXT = "Trieve is currently under extended load"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.clear_faults()
    running.clear_switches()
    running.reset_requests()
    yield running
    running.clear_faults()
    running.clear_switches()


class Datasets:
    """Requests for datasets in the sandbox's organization, with the admin key."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.client = sandbox.trieve
        self.headers = {"TR-Organization": sandbox.organization_id}

    def create(self, name: str, **body: Any) -> httpx.Response:
        return self.client.post("/api/dataset", json={"dataset_name": name, **body}, headers=self.headers)

    def get(self, dataset_id: str) -> httpx.Response:
        return self.client.get(f"/api/dataset/{dataset_id}", headers=self.headers)

    def tracked(self, tracking_id: str) -> httpx.Response:
        return self.client.get(f"/api/dataset/tracking_id/{tracking_id}", headers=self.headers)

    def update(self, dataset_id: str, **body: Any) -> httpx.Response:
        return self.client.put("/api/dataset", json={"dataset_id": dataset_id, **body}, headers=self.headers)

    def delete(self, dataset_id: str) -> httpx.Response:
        return self.client.delete(f"/api/dataset/{dataset_id}", headers={"TR-Dataset": dataset_id})

    def chunks(self, dataset_id: str) -> int:
        answer = self.client.get(f"/api/dataset/usage/{dataset_id}", headers=self.headers).json()
        return int(answer["chunk_count"])


@pytest.fixture
def datasets(sandbox: Sandbox) -> Datasets:
    return Datasets(sandbox)


# The request log


def test_the_log_holds_what_was_asked_and_answered(sandbox: Sandbox, datasets: Datasets) -> None:
    datasets.create("logged")
    datasets.tracked("a%2Fb")
    first, second = sandbox.requests()
    assert (first["n"], first["service"], first["method"], first["path"]) == (1, "trieve", "POST", "/api/dataset")
    assert first["body"] == {"dataset_name": "logged"}
    assert first["status"] == 200
    assert first["headers"] == {"TR-Organization": sandbox.organization_id}
    assert (second["path"], second["status"]) == ("/api/dataset/tracking_id/a%2Fb", 500)


def test_the_log_holds_no_secrets(sandbox: Sandbox, datasets: Datasets) -> None:
    made = datasets.create("secrets").json()
    secret = {"LLM_API_KEY": 'k"1', "RERANKER_API_KEY": "k2"}
    page = {"enabled": True, "api_key": "k3", "extra_params": {"apiKey": "k4", "theme": "dark"}}
    datasets.update(made["id"], server_configuration={**secret, "PUBLIC_DATASET": page})
    entry = sandbox.requests()[-1]
    configuration = entry["body"]["server_configuration"]
    assert configuration["LLM_API_KEY"] == configuration["RERANKER_API_KEY"] == "[secret]"
    assert configuration["PUBLIC_DATASET"]["extra_params"] == {"apiKey": "[secret]", "theme": "dark"}
    assert entry["raw"].count('"[secret]"') == 4
    text = str(sandbox.log()) + str(sandbox.state())
    assert not any(word in text for word in ('k"1', "k2", "k3", "k4", sandbox.environment["TRIEVE_ADMIN_KEY"]))


def test_raw_bodies_keep_their_spelling_even_when_they_are_no_json(sandbox: Sandbox, datasets: Datasets) -> None:
    broken = b'{"dataset_name": 1536.0, "LLM_API_KEY": "abc'
    datasets.client.post("/api/dataset", content=broken, headers=datasets.headers)
    entry = sandbox.requests()[-1]
    assert entry["raw"] == entry["body"] == '{"dataset_name": 1536.0, "LLM_API_KEY": "[secret]"'


def test_of_a_huge_body_only_the_size_is_kept(sandbox: Sandbox, datasets: Datasets) -> None:
    body = b'{"dataset_name": "huge", "x": "' + b"a" * 5_000_000 + b'"}'
    assert datasets.client.post("/api/dataset", content=body, headers=datasets.headers).status_code == 200
    assert sandbox.requests()[-1]["raw"] == f"[{len(body)} bytes]"


def _at_once(calls: int, url: str, headers: dict[str, str], seconds: float) -> list[int]:
    """Send requests that arrive together, and return their statuses; 0 where there was no answer in time.

    All connections are open before the first request is sent: on a busy machine, opening one may take longer than the
    service needs to answer.
    """
    asked = httpx.Request("GET", url, headers={**headers, "Connection": "close"})
    lines = [
        f"GET {asked.url.raw_path.decode()} HTTP/1.1",
        *(f"{name}: {text}" for name, text in asked.headers.items()),
    ]
    message = "\r\n".join([*lines, "", ""]).encode()
    with contextlib.ExitStack() as stack:
        place = (asked.url.host, asked.url.port)
        connections = [stack.enter_context(socket.create_connection(place, timeout=10)) for _ in range(calls)]
        for connection in connections:
            connection.sendall(message)
        deadline = time.monotonic() + seconds
        return [_status(connection, deadline) for connection in connections]


def _status(connection: socket.socket, deadline: float) -> int:
    connection.settimeout(max(0.01, deadline - time.monotonic()))
    try:
        return int(connection.makefile("rb").readline().split()[1])
    except TimeoutError:
        return 0


def test_requests_in_flight_are_counted() -> None:
    with Sandbox("--latency-ms", "100") as slow:
        url = f"{slow.base_url}/api/organization/{slow.organization_id}"
        headers = {"Authorization": slow.environment["TRIEVE_API_KEY"], "TR-Organization": slow.organization_id}
        assert _at_once(5, url, headers, 10) == [200] * 5
        assert slow.log()["max_in_flight"] == 5
        assert slow.log()["in_flight"] == 0
        slow.reset_requests()
        assert slow.log()["max_in_flight"] == 0


# Fault plans


def test_an_answer_in_place_of_the_handler(sandbox: Sandbox, datasets: Datasets) -> None:
    page = {"kind": "answer", "status": 502, "content_type": "text/html", "body": "<html>bad gateway</html>"}
    sandbox.faults([{"method": "POST", "path": "^/api/dataset$", "act": page, "times": 1}])
    answer = datasets.create("never made", tracking_id="never-made")
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (502, "text/html", page["body"])
    assert datasets.tracked("never-made").status_code == 500
    assert datasets.create("made").status_code == 200
    busy = {"kind": "answer", "status": 429, "body": {"message": "slow down"}, "headers": {"Retry-After": "3"}}
    sandbox.faults([{"act": busy}])
    answer = datasets.create("never made")
    assert (answer.json(), answer.headers["retry-after"]) == ({"message": "slow down"}, "3")


def test_rules_choose_by_count(sandbox: Sandbox, datasets: Datasets) -> None:
    sandbox.faults([{"skip": 2, "every": 2, "times": 2, "act": {"kind": "answer", "status": 503}}])
    statuses = [datasets.get(sandbox.organization_id).status_code for _ in range(9)]
    assert statuses == [404, 404, 404, 503, 404, 503, 404, 404, 404]
    assert [(rule["matched"], rule["fired"]) for rule in sandbox.fault_report()] == [(6, 2)]


def test_rules_choose_by_service_body_and_path(sandbox: Sandbox, datasets: Datasets) -> None:
    act = {"kind": "answer", "status": 503}
    sandbox.faults(
        [{"service": "cortex", "act": act}, {"body": '"b[0-9]"', "act": act}, {"path": "limit=1", "act": act}]
    )
    assert [datasets.create(name).status_code for name in ("a1", "b1", "c1")] == [200, 503, 200]
    listing = f"/api/dataset/organization/{sandbox.organization_id}?limit=1&offset=0"
    assert sandbox.trieve.get(listing, headers=datasets.headers).status_code == 503


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"act": {"kind": "explode"}},
        {"act": {"kind": "answer"}},
        {"act": {"kind": "drop", "when": "during"}},
        {"act": {"kind": "hang"}},
        {"act": {"kind": "drop", "secs": 1}},
        {"path": "(", "act": {"kind": "drop"}},
        {"service": "other", "act": {"kind": "drop"}},
        {"service": "cortex", "act": {"kind": "timeout"}},
        {"every": 0, "act": {"kind": "drop"}},
        {"when": 1, "act": {"kind": "drop"}},
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused(sandbox: Sandbox, rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="400"):
        sandbox.faults([rule])


def test_a_truncated_answer_is_no_json(sandbox: Sandbox, datasets: Datasets) -> None:
    sandbox.faults([{"method": "POST", "act": {"kind": "truncate"}}])
    answer = datasets.create("cut", tracking_id="cut")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert datasets.tracked("cut").status_code == 200


@pytest.mark.parametrize(("when", "found"), [("before", 500), ("after", 200)])
def test_a_dropped_connection(sandbox: Sandbox, datasets: Datasets, when: str, found: int) -> None:
    sandbox.faults([{"method": "POST", "act": {"kind": "drop", "when": when}}])
    with pytest.raises(httpx.RemoteProtocolError):
        datasets.create("dropped", tracking_id=f"dropped-{when}")
    assert datasets.tracked(f"dropped-{when}").status_code == found
    assert sandbox.requests()[0]["status"] is None


@pytest.mark.parametrize(("when", "found"), [("before", 500), ("after", 200)])
def test_a_hanging_answer(sandbox: Sandbox, datasets: Datasets, when: str, found: int) -> None:
    act = {"kind": "hang", "seconds": 1.0, "when": when}
    sandbox.faults([{"method": "POST", "act": act}])
    body = {"dataset_name": "slow", "tracking_id": f"slow-{when}"}
    with pytest.raises(httpx.ReadTimeout):
        sandbox.trieve.post("/api/dataset", json=body, headers=datasets.headers, timeout=0.2)
    assert datasets.tracked(f"slow-{when}").status_code == found


def test_a_timeout_that_is_never_carried_out(sandbox: Sandbox, datasets: Datasets) -> None:
    sandbox.faults([{"method": "POST", "act": {"kind": "timeout"}}])
    answer = datasets.create("lost", tracking_id="lost")
    assert answer.status_code == 408
    assert answer.json()["message"].startswith(TIMEOUT_TEXT)
    assert datasets.tracked("lost").status_code == 500


def test_a_timeout_that_is_carried_out_later(sandbox: Sandbox, datasets: Datasets) -> None:
    sandbox.faults([{"method": "POST", "act": {"kind": "timeout", "carried_out": "after", "delay": 0.4}}])
    assert datasets.create("late", tracking_id="late").status_code == 408
    assert datasets.tracked("late").status_code == 500
    _until(lambda: datasets.tracked("late").status_code == 200)


def test_what_is_carried_out_later_survives_a_power_cut() -> None:
    with Sandbox() as sandbox:
        sandbox.faults([{"method": "POST", "act": {"kind": "timeout", "carried_out": "after", "delay": 0.2}}])
        assert Datasets(sandbox).create("late", tracking_id="late").status_code == 408
        sandbox.kill()
        sandbox.restart()
        _until(lambda: Datasets(sandbox).tracked("late").status_code == 200)


def test_false_absence_is_what_the_server_answers_when_a_query_fails(sandbox: Sandbox, datasets: Datasets) -> None:
    dataset_id = datasets.create("there", tracking_id="there").json()["id"]
    sandbox.faults([{"act": {"kind": "false_absence"}}])
    organization = f"/api/organization/{sandbox.organization_id}"
    listing = f"/api/dataset/organization/{sandbox.organization_id}"
    answers = [
        datasets.get(dataset_id),
        datasets.update(dataset_id, dataset_name="x"),
        datasets.delete(dataset_id),
        datasets.tracked("there"),
        sandbox.trieve.get(listing, headers=datasets.headers),
        sandbox.trieve.get(organization, headers=datasets.headers),
        datasets.create("new"),
    ]
    gone = (404, "Not Found: Could not find dataset")
    assert [(answer.status_code, answer.json()["message"]) for answer in answers] == [
        gone,
        gone,
        gone,
        (500, "Not Found"),
        (500, "Not Found"),
        (404, "Not Found: Organization not found"),
        (400, "Could not create dataset"),
    ]
    sandbox.faults([{"act": {"kind": "false_absence", "table": "keys"}}])
    assert datasets.get(dataset_id).status_code == 401
    sandbox.clear_faults()
    assert datasets.get(dataset_id).json()["name"] == "there"


# Switches


def test_eleven_requests_with_an_organization_key_hang_the_server(sandbox: Sandbox) -> None:
    sandbox.switches(hang_at=11)
    url = f"{sandbox.base_url}/api/organization/{sandbox.organization_id}"
    headers = {"Authorization": sandbox.environment["TRIEVE_API_KEY"], "TR-Organization": sandbox.organization_id}
    admin = {**headers, "Authorization": sandbox.environment["TRIEVE_ADMIN_KEY"]}
    assert _at_once(10, url, headers, 10) == [200] * 10
    assert _at_once(20, url, admin, 10) == [200] * 20
    assert _at_once(11, url, headers, 0.5) == [0] * 11
    assert sandbox.trieve.get("/api/health").status_code == 200
    assert _at_once(1, url, admin, 0.3) == [0]
    sandbox.clear_switches()
    assert _at_once(1, url, admin, 10) == [200]


def test_concurrent_updates_lose_changes(sandbox: Sandbox, datasets: Datasets) -> None:
    changes = [{"MAX_LIMIT": 1}, {"SYSTEM_PROMPT": "two"}, {"RAG_PROMPT": "three"}, {"LLM_DEFAULT_MODEL": "four"}]

    async def race(dataset_id: str) -> list[int]:
        headers = {**datasets.headers, "Authorization": sandbox.environment["TRIEVE_ADMIN_KEY"]}
        async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers, trust_env=False) as client:
            bodies = [{"dataset_id": dataset_id, "server_configuration": change} for change in changes]
            answers = await asyncio.gather(*(client.put("/api/dataset", json=body) for body in bodies))
        return [answer.status_code for answer in answers]

    def kept() -> int:
        """Race for a new dataset, which holds nothing of an earlier race, and count what was kept of it."""
        dataset_id = datasets.create("raced").json()["id"]
        assert asyncio.run(race(dataset_id)) == [200] * 4
        stored = datasets.get(dataset_id).json()["server_configuration"]
        return sum(stored[key] == value for change in changes for key, value in change.items())

    sandbox.switches(lost_updates=True)  # updates take longer, so some meet
    assert kept() < 4
    sandbox.switches(lost_updates=4)  # four wait for each other, so all meet
    assert kept() == 1
    sandbox.clear_switches()
    assert kept() == 4


def test_a_zombie_is_neither_there_nor_ever_removed() -> None:
    with Sandbox("--plan-limit", "1") as sandbox:
        datasets = Datasets(sandbox)
        dataset_id = datasets.create("zombie").json()["id"]
        sandbox.switches(zombie_deletes=True)
        assert datasets.delete(dataset_id).status_code == 408
        sandbox.clear_switches()
        assert datasets.get(dataset_id).status_code == 404
        assert datasets.delete(dataset_id).status_code == 404
        assert datasets.create("next").status_code == 426
        assert sandbox.state()["trieve"]["deleted_datasets"] == [
            {"id": dataset_id, "organization_id": sandbox.organization_id, "queued": False}
        ]


def test_a_stopped_database_and_a_stopped_queue(sandbox: Sandbox, datasets: Datasets) -> None:
    source = datasets.create("source").json()["id"]
    sandbox.put_chunks(source, 3)
    sandbox.switches(database_down=True)
    answer = datasets.get(source)
    assert (answer.status_code, answer.json()["message"]) == (400, "Could not get database connection")
    sandbox.switches(redis_down=True)
    body = {"dataset_to_clone": source, "dataset_name": "clone", "tracking_id": "clone-without-queue"}
    assert sandbox.trieve.post("/api/dataset/clone", json=body, headers=datasets.headers).status_code == 408
    clone = datasets.tracked("clone-without-queue").json()["id"]
    sandbox.clear_switches()
    assert datasets.chunks(clone) == 0


@pytest.mark.parametrize("values", [{"nope": True}, {"hang_at": 0}, {"hang_at": True}, {"lost_updates": 1}])
def test_a_switch_that_does_not_exist_is_refused(sandbox: Sandbox, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="400"):
        sandbox.switches(**values)
    assert sandbox.clear_switches() is None


# Chunks, age, state


def test_chunks_and_age(sandbox: Sandbox, datasets: Datasets) -> None:
    made = datasets.create("old").json()
    sandbox.put_chunks(made["id"], 5)
    sandbox.put_chunks(made["id"], 2)
    assert datasets.chunks(made["id"]) == 7
    sandbox.age(made["id"], 25)
    assert datasets.get(made["id"]).json()["created_at"] < made["created_at"]
    for act in ("chunks", "age"):
        answer = sandbox.trieve.post(
            f"/_sandbox/trieve/datasets/{sandbox.organization_id}/{act}", json={"count": 1, "hours": 1}
        )
        assert answer.status_code == 404


def test_the_state_shows_all_live_objects(sandbox: Sandbox, datasets: Datasets) -> None:
    made = datasets.create("seen", tracking_id="seen").json()
    datasets.update(made["id"], server_configuration={"LLM_API_KEY": "hidden"})
    state = sandbox.state()["trieve"]
    assert {"default", "Acme"} <= {organization["name"] for organization in state["organizations"]}
    seen = next(dataset for dataset in state["datasets"] if dataset["id"] == made["id"])
    assert seen["server_configuration"]["LLM_API_KEY"] == "[secret]"
    assert seen["server_configuration"]["RERANKER_API_KEY"] == ""


def test_unknown_behaviour_answers_501(sandbox: Sandbox, datasets: Datasets) -> None:
    answer = sandbox.trieve.get("/api/chunk/anything", headers=datasets.headers)
    assert answer.status_code == 501
    assert "does not know" in answer.json()["message"]
    assert sandbox.trieve.get("/_sandbox/nothing").status_code == 404


def _until(predicate: Any, *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline
        time.sleep(0.02)
