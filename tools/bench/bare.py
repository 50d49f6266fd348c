"""The bare calls without an engine or a provider: four threads, one client, no checks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.cost import Cost, cost_here
from bench.world import Sandbox

THREADS = 4


class BareCalls:
    """The calls for some datasets. Every method makes the calls of one operation and returns their cost."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._client = sandbox.client()
        self._ids: list[str] = []

    def create(self, inputs: list[dict[str, Any]]) -> Cost:
        """One POST each."""

        def one(body: dict[str, Any]) -> None:
            self._ids.append(self._send("POST", "/api/dataset", json=body)["id"])

        return _all(one, inputs)

    def update(self, inputs: list[dict[str, Any]]) -> Cost:
        """Read, PUT, read."""

        def one(pair: tuple[str, dict[str, Any]]) -> None:
            dataset_id, body = pair
            self._send("GET", f"/api/dataset/{dataset_id}")
            self._send("PUT", "/api/dataset", json={"dataset_id": dataset_id, "server_configuration": body})
            self._send("GET", f"/api/dataset/{dataset_id}")

        return _all(one, [(one, body) for one, body in zip(self._ids, inputs, strict=True)])

    def read(self) -> Cost:
        """One GET each."""
        return _all(lambda dataset_id: self._send("GET", f"/api/dataset/{dataset_id}"), self._ids)

    def delete(self) -> Cost:
        """Count the documents, then delete."""

        def one(dataset_id: str) -> None:
            self._send("GET", f"/api/dataset/usage/{dataset_id}")
            self._send("DELETE", f"/api/dataset/{dataset_id}", headers={"TR-Dataset": dataset_id})

        cost = _all(one, self._ids)
        self._ids = []
        return cost

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, method: str, path: str, **options: Any) -> Any:
        answer = self._client.request(method, path, **options).raise_for_status()
        return answer.json() if answer.content else None


def _all(work: Callable[[Any], Any], items: list[Any]) -> Cost:
    with ThreadPoolExecutor(THREADS) as pool:
        return cost_here(lambda: list(pool.map(work, items)))
