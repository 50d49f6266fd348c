"""Cortex from the outside: what others do to the service, what it was asked, and a tenant in a real provider process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from pulumi_retrieval.providers.cortex import TenantProvider
from support.provider_process import ProviderError, ProviderProcess
from support.sandbox import Sandbox

LONG_SECONDS = 3600.0
"""Longer than any test: what takes so long ends only when a test lets the service's time pass."""


class CortexHand:
    """The sandbox's controls, and calls with its key. :param version: the generation of the API."""

    def __init__(self, sandbox: Sandbox, *, version: str) -> None:
        self.sandbox = sandbox
        self.version = version

    # The service's own ways.

    def behave(self, **settings: Any) -> None:
        """Change how the service behaves from now on."""
        self._control("PUT", "settings", settings)

    def pass_time(self, seconds: float = LONG_SECONDS + 1) -> None:
        """Let time pass for the service, and for nobody else."""
        self._control("POST", "clock", {"advance_seconds": seconds})

    def put_documents(self, tenant_id: str, count: int, **where: Any) -> None:
        """Ingest documents."""
        self._control("POST", f"{self._kind}/{tenant_id}/documents", {"count": count, **where})

    def vanish(self, tenant_id: str) -> None:
        """Remove a tenant as only the vendor could."""
        self._control("DELETE", f"{self._kind}/{tenant_id}")

    def make(self, tenant_id: str, schema: Sequence[Mapping[str, Any]] = (), **more: Any) -> None:
        """Create a tenant by hand."""
        if self.version == "cortex":
            self._call("POST", f"/user/create_tenant?tenant_id={tenant_id}", {"tenant_metadata_schema": list(schema)})
        else:
            self._call("POST", "/databases", {"database": tenant_id, "database_metadata_schema": list(schema), **more})

    def rename(self, tenant_id: str, new_id: str) -> None:
        """Rename a database by hand."""
        self._call("PATCH", f"/databases/{tenant_id}", {"new_name": new_id})

    # What there is, and what was asked.

    def tenants(self) -> dict[str, dict[str, Any]]:
        """The tenants that live and are not on their way out, by id, as they are stored."""
        found: dict[str, dict[str, Any]] = self.sandbox.state()["cortex"][self._kind]
        return {name: one for name, one in found.items() if one.get("gone_at") is None}

    def schema(self, tenant_id: str) -> list[dict[str, Any]]:
        """What is stored of a schema."""
        found: list[dict[str, Any]] = self.tenants()[tenant_id][
            "tenant_metadata_schema" if self.version == "cortex" else "fields"
        ]
        return found

    def calls(self, *methods: str) -> list[str]:
        """What was asked since the log was emptied: ``"POST /databases"``; of all methods, or of some."""
        found = [one for one in self.sandbox.requests() if one["service"] == "cortex"]
        return [f"{one['method']} {_target(one)}" for one in found if not methods or one["method"] in methods]

    def writes(self) -> list[tuple[str, Any]]:
        """The calls that change something, with their bodies; empties the log."""
        found = [one for one in self.sandbox.requests() if one["service"] == "cortex" and one["method"] != "GET"]
        self.forget_calls()
        return [(f"{one['method']} {_target(one)}", one.get("body")) for one in found]

    def forget_calls(self) -> None:
        """Empty the request log."""
        self.sandbox.reset_requests()

    @property
    def _kind(self) -> str:
        return "tenants" if self.version == "cortex" else "databases"

    def _control(self, method: str, path: str, body: Any = None) -> None:
        answer = self.sandbox.trieve.request(method, f"/_sandbox/cortex/{path}", json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"

    def _call(self, method: str, path: str, body: Any) -> None:
        environment = self.sandbox.environment
        headers = {"Authorization": f"Bearer {environment['CORTEX_API_KEY']}"}
        if self.version != "cortex":
            headers["API-Version"] = "2"
        answer = httpx.request(
            method, environment["CORTEX_BASE_URL"] + path, json=body, headers=headers, trust_env=False
        )
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"


def _target(entry: Mapping[str, Any]) -> str:
    query = entry.get("query") or ""
    return str(entry["path"]).removeprefix("/cortex") + (f"?{query}" if query else "")


class HeldTenant:
    """One tenant of a stack, in a real provider process, asked in the order in which the engine asks.

    :param retain_on_delete: the resource option.
    """

    def __init__(self, process: ProviderProcess, *, name: str = "acme", retain_on_delete: bool = False) -> None:
        self._served = process.serve(TenantProvider())
        self._declaration = {
            "name": name,
            "token": "Tenant",
            "candidate": f"{name}_0123456789",
            "retain_on_delete": retain_on_delete,
        }
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    def preview(self, program: Mapping[str, Any]) -> tuple[str, str]:
        """What would be done, and the text of it.

        It is ``"create"``, ``"update"``, ``"replace"``, ``"none"``, ``"refused"`` or ``"mistake"``.
        """
        verdict, text, _ = self._look(program)
        return verdict, text

    def up(self, program: Mapping[str, Any]) -> str:
        """Do it. :raises AssertionError: it may not be done."""
        verdict, text, inputs = self._look(program)
        assert verdict not in ("refused", "mistake"), text
        if verdict == "replace":
            if not self._declaration["retain_on_delete"]:
                self._served.delete(self.id, self.outputs)
            self.id = ""
        if not self.id:
            self.id, self.outputs = self._served.create(inputs)
        elif verdict == "update":
            self.outputs = self._served.update(self.id, self.outputs, inputs)
        self.inputs = inputs
        return verdict

    def _look(self, program: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
        checked = self._served.check(self.inputs, {**program, "__declaration": self._declaration})
        if checked.failures:
            text = "\n".join(failure for _, failure in checked.failures)
            return ("refused" if "REFUSED" in text else "mistake"), text, {}
        if not self.id:
            return "create", "", checked.inputs
        try:
            difference = self._served.diff(self.id, self.outputs, checked.inputs)
        except ProviderError as error:
            text = str(error)
            assert "REFUSED" in text, text
            return "refused", text[text.index("REFUSED") :], {}
        if difference.replaces:
            return "replace", ", ".join(difference.replaces), checked.inputs
        return ("update" if difference.changes else "none"), "", checked.inputs
