"""What the matrix does to a service by hand, and what it sees there: the sandbox's control routes and plain calls."""

from __future__ import annotations

from typing import Any

import httpx

from support.sandbox import Sandbox


class World:
    """A sandbox as somebody sees it who stands beside the provider.

    :param version: the generation of Cortex.
    """

    def __init__(self, sandbox: Sandbox, *, version: str) -> None:
        self.sandbox = sandbox
        self.version = version
        self.organization_id: str = sandbox.organization_id

    def trieve(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One call with the admin key. :param headers: `TR_Dataset` for ``TR-Dataset``."""
        sent = {"TR-Organization": self.organization_id} | {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.sandbox.trieve.request(method, path, json=body, headers=sent)
        if answer.status_code >= 300:
            raise RuntimeError(f"by hand: {method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def make_dataset(self, name: str, *, organization_id: str = "", **configuration: Any) -> str:
        """Create a dataset and give its id."""
        body: dict[str, Any] = {"dataset_name": name, "tracking_id": name}
        if configuration:
            body["server_configuration"] = configuration
        made = self.trieve("POST", "/api/dataset", body, TR_Organization=organization_id or self.organization_id)
        return str(made["id"])

    def make_organization(self, name: str) -> str:
        """Create an organization and give its id."""
        return str(self.trieve("POST", "/api/organization", {"name": name})["id"])

    def datasets(self, *, organization_id: str = "", tracking_id: str = "") -> list[dict[str, Any]]:
        """The living datasets as they are stored, of one organization or of one tracking id."""
        found: list[dict[str, Any]] = self.sandbox.state()["trieve"]["datasets"]
        if organization_id:
            found = [one for one in found if one["organization_id"] == organization_id]
        return [one for one in found if not tracking_id or one["tracking_id"] == tracking_id]

    def organizations(self, *names: str) -> list[dict[str, Any]]:
        """The organizations of these names."""
        found: list[dict[str, Any]] = self.sandbox.state()["trieve"]["organizations"]
        return [one for one in found if one["name"] in names]

    def llm_key(self, dataset_id: str) -> str:
        """The key that a dataset holds: the answer of an update is where the service tells it."""
        told = self.trieve("PUT", "/api/dataset", {"dataset_id": dataset_id})
        return str(told["server_configuration"]["LLM_API_KEY"])

    def keys(self, organization_id: str) -> list[dict[str, Any]]:
        """The API keys of an organization."""
        path = "/api/organization/api_key"
        listed: list[dict[str, Any]] = self.trieve("GET", path, TR_Organization=organization_id)["api_keys"]
        return listed

    def crawls(self, dataset_id: str) -> list[dict[str, Any]]:
        """The crawls of a dataset."""
        listed: list[dict[str, Any]] = self.trieve("GET", "/api/crawl?page=1&limit=100", TR_Dataset=dataset_id)
        return listed

    def tenants(self) -> dict[str, dict[str, Any]]:
        """The tenants that live and are not on their way out, by id."""
        found: dict[str, dict[str, Any]] = self.sandbox.state()["cortex"][self._kind]
        return {name: one for name, one in found.items() if one.get("gone_at") is None}

    def put_documents(self, tenant_id: str, count: int) -> None:
        """Ingest documents into a tenant."""
        answer: httpx.Response = self.sandbox.trieve.post(
            f"/_sandbox/cortex/{self._kind}/{tenant_id}/documents", json={"count": count}
        )
        answer.raise_for_status()

    @property
    def _kind(self) -> str:
        return "tenants" if self.version == "cortex" else "databases"
