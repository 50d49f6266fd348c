"""What Trieve leaves to its workers, and the plan that counts what they have not yet removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_retrieval.sandbox.http import Request
from pulumi_retrieval.sandbox.settings import TrieveSettings
from pulumi_retrieval.sandbox.store import Store
from pulumi_retrieval.sandbox.trieve import TrieveService

ADMIN = "tr-admin"


class Service:
    """The emulator in this process, with a clock that only the test moves."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.time = 1_800_000_000.0
        self.folder = folder
        self.settings = settings
        self.restart()
        self.organization, self.key = self.service.make_organization("Acme")

    def restart(self, **changed: Any) -> None:
        self.settings |= changed
        settings = TrieveSettings(admin_key=ADMIN, clock=lambda: self.time, **self.settings)
        self.service = TrieveService(store=Store(self.folder), settings=settings)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"authorization": self.key, "tr-organization": self.organization, **headers}
        text = b"" if body is None else json.dumps(body).encode()
        request = Request(method=method, path=path, headers=sent, body=text)
        coroutine = self.service(request)
        try:
            coroutine.send(None)
        except StopIteration as end:
            answer = end.value
            return answer.status, json.loads(answer.body) if answer.body else None
        raise AssertionError("nothing here waits")

    def create(self, name: str = "d", **body: Any) -> str:
        status, dataset = self.send("POST", "/api/dataset", {"dataset_name": name, **body})
        assert status == 200, dataset
        return str(dataset["id"])

    def clone(self, source: str, **body: Any) -> str:
        request = {"dataset_to_clone": source, "dataset_name": "clone", **body}
        status, dataset = self.send("POST", "/api/dataset/clone", request)
        assert status == 200, dataset
        return str(dataset["id"])

    def delete(self, dataset: str) -> int:
        return self.send("DELETE", f"/api/dataset/{dataset}", **{"tr-dataset": dataset})[0]

    def chunks(self, dataset: str) -> int:
        return int(self.send("GET", f"/api/dataset/usage/{dataset}")[1]["chunk_count"])

    def queued(self, dataset: str) -> int:
        path = "/api/dataset/get_dataset_queue_lengths"
        return int(self.send("GET", path, **{"tr-dataset": dataset})[1]["chunk_queue_length"])


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path, clone_chunks_per_second=10.0)


def test_a_clone_receives_its_chunks_over_time(service: Service) -> None:
    source = service.create()
    service.service.change_dataset("chunks", source, {"count": 25})
    clone = service.clone(source)
    assert (service.chunks(clone), service.queued(clone)) == (0, 25)
    service.time += 1
    assert (service.chunks(clone), service.queued(clone)) == (10, 15)
    service.restart()
    service.time += 0.55
    assert service.chunks(clone) == 15
    assert service.delete(source) == 204
    service.time += 100
    assert (service.chunks(clone), service.queued(clone)) == (25, 0)


def test_a_clone_without_chunks_stays_empty(service: Service) -> None:
    source = service.create()
    service.service.change_dataset("chunks", source, {"count": 25})
    clone = service.clone(source, clone_chunks=False)
    service.time += 100
    assert (service.chunks(clone), service.queued(clone)) == (0, 0)


def test_without_a_clone_worker_nothing_is_ever_copied(tmp_path: Path) -> None:
    service = Service(tmp_path, clone_worker=False)
    source = service.create()
    service.service.change_dataset("chunks", source, {"count": 25})
    clone = service.clone(source)
    service.time += 1_000_000
    assert (service.chunks(clone), service.queued(clone)) == (0, 0)
    service.restart(clone_worker=True, clone_chunks_per_second=5.0)
    assert service.chunks(clone) == 0
    service.time += 2
    assert service.chunks(clone) == 10


def test_a_deleted_dataset_is_removed_by_the_worker(tmp_path: Path) -> None:
    service = Service(tmp_path, delete_seconds=5.0)
    dataset = service.create(tracking_id="t")
    assert service.delete(dataset) == 204
    assert service.send("GET", f"/api/dataset/{dataset}")[0] == 404
    assert service.send("GET", f"/api/dataset/usage/{dataset}")[0] == 200
    service.create(tracking_id="t")
    service.restart()
    service.time += 5
    assert service.send("GET", f"/api/dataset/usage/{dataset}") == (500, {"message": "Not Found"})


def test_clearing_removes_chunks_later(tmp_path: Path) -> None:
    service = Service(tmp_path, delete_seconds=5.0)
    dataset = service.create()
    service.service.change_dataset("chunks", dataset, {"count": 3})
    assert service.send("PUT", f"/api/dataset/clear/{dataset}", **{"tr-dataset": dataset})[0] == 204
    assert service.chunks(dataset) == 3
    service.time += 5
    assert service.chunks(dataset) == 0


def test_the_plan_counts_what_the_worker_has_not_removed(tmp_path: Path) -> None:
    service = Service(tmp_path, dataset_limit=2, delete_seconds=5.0)
    full = (426, {"message": "Your plan must be upgraded to create additional datasets"})
    first, second = service.create(tracking_id="a"), service.create(tracking_id="b")
    assert service.send("POST", "/api/dataset", {"dataset_name": "c", "tracking_id": "a"}) == full
    assert service.send("POST", "/api/dataset/clone", {"dataset_to_clone": first, "dataset_name": "c"}) == full
    assert service.send("PUT", "/api/dataset", {"dataset_id": second, "dataset_name": "still"})[0] == 200
    plan = service.send("GET", f"/api/organization/{service.organization}")[1]["plan"]
    assert (plan["name"], plan["dataset_count"]) == ("Free", 2)
    assert service.delete(first) == 204
    assert service.send("POST", "/api/dataset", {"dataset_name": "c"}) == full
    service.time += 5
    service.create()
    batch = {"datasets": [{"dataset_name": "never limited"}]}
    assert service.send("POST", "/api/dataset/batch_create_datasets", batch)[0] == 200


def test_an_organization_goes_with_its_last_dataset(tmp_path: Path) -> None:
    service = Service(tmp_path, delete_seconds=5.0)
    service.create()
    path = f"/api/organization/{service.organization}"
    assert service.send("DELETE", path)[0] == 204
    organization, other = service.organization, service.service.make_organization("Other")
    service.organization, service.key = other
    assert service.send("DELETE", path)[0] == 204  # Already deleted, still a row.
    service.time += 5
    assert service.send("DELETE", path) == (500, {"message": "Failed to delete user from redis"})
    assert service.service.organization_exists(organization) is False
