"""What somebody else does to a Trieve server while a stack owns things in it: the dashboard, a script, a colleague."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from support.sandbox import Sandbox

AT_ONCE = 4


class Hand:
    """Calls over HTTP with the admin key, in the organization of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.organization_id = sandbox.organization_id

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One call; anything but success fails the test. :param headers: `TR_Dataset` for ``TR-Dataset``."""
        sent = {"TR-Organization": self.organization_id, **{k.replace("_", "-"): v for k, v in headers.items()}}
        answer = self.sandbox.trieve.request(method, path, json=body, headers=sent)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def make(self, tracking_id: str | None, *, name: str | None = None, **configuration: Any) -> str:
        """Create a dataset and give its id."""
        body = {"dataset_name": name or tracking_id or "unnamed", "tracking_id": tracking_id}
        if configuration:
            body["server_configuration"] = configuration  # type: ignore[assignment]
        return str(self.call("POST", "/api/dataset", body)["id"])

    def make_many(self, count: int, **configuration: Any) -> list[str]:
        """Create datasets ``made-0``, ``made-1``, … and give their ids."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda number: self.make(f"made-{number}", **configuration), range(count)))

    def change(self, dataset_id: str, **configuration: Any) -> None:
        """Change a dataset's configuration."""
        self.call("PUT", "/api/dataset", {"dataset_id": dataset_id, "server_configuration": configuration})

    def delete(self, dataset_id: str) -> None:
        """Delete a dataset."""
        self.call("DELETE", f"/api/dataset/{dataset_id}", TR_Dataset=dataset_id)

    def datasets(self) -> dict[str, dict[str, Any]]:
        """The living datasets of the organization as they are stored, by tracking id."""
        found = self.sandbox.state()["trieve"]["datasets"]
        return {str(one["tracking_id"]): one for one in found if one["organization_id"] == self.organization_id}

    def values(self, key: str) -> list[Any]:
        """What every dataset holds of a configuration key."""
        return [one["server_configuration"].get(key) for one in self.datasets().values()]

    def calls(self, *methods: str) -> list[tuple[str, str]]:
        """Method and path of what was asked since the request log was emptied; of all methods, or of some."""
        found = [(one["method"], one["path"]) for one in self.sandbox.requests() if one["service"] == "trieve"]
        return [one for one in found if not methods or one[0] in methods]

    def writes(self) -> list[tuple[str, str]]:
        """The calls that change something."""
        return self.calls("POST", "PUT", "PATCH", "DELETE")

    def forget_calls(self) -> None:
        """Empty the request log."""
        self.sandbox.reset_requests()
