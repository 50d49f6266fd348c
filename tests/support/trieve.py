"""A Trieve service on a sandbox process: what the tests of the service share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_retrieval.core.run import Run
from pulumi_retrieval.providers.words import PulumiWords
from pulumi_retrieval.services.trieve import TrieveService
from support.life import Life
from support.sandbox import Sandbox

BY_HAND = "?by=hand"
"""Marks what a test does itself; the service ignores parameters that it does not know."""
QUICK_TIMEOUT = 0.5
"""Seconds a client waits for a server that never answers."""


class Tenancy:
    """An organization of its own in a sandbox that other tests use too, and services that speak to it.

    Every service is a new run, as every `pulumi` command is. Sleeps do not wait: they are written down in `slept`.
    """

    def __init__(self, sandbox: Sandbox, name: str = "Acme") -> None:
        self.sandbox = sandbox
        self.organization_id, self.api_key = self.organization(name)
        self.said: list[str] = []
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] | None = None
        """What somebody else does while we wait; once."""
        self.later = 0.0
        """Seconds by which the clock of new services goes ahead."""
        self._services: list[TrieveService] = []
        sandbox.reset_requests()

    # What others do

    def organization(self, name: str) -> tuple[str, str]:
        """Make an organization and an owner's key of it."""
        made = self.admin("POST", "/api/organization", {"name": name})["id"]
        key = self.admin("POST", "/api/organization/api_key", {"name": "owner", "role": 2}, organization=made)
        return made, key["api_key"]

    def admin(self, method: str, path: str, body: Any = None, *, organization: str | None = None) -> Any:
        """Call with the admin key; faults of tests do not meet it, and `calls` and `bodies` leave it out."""
        headers = {"TR-Organization": organization} if organization else {}
        answer = self.sandbox.trieve.request(method, path + BY_HAND, json=body, headers=headers)
        assert answer.status_code < 300, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def by_hand(self, dataset_id: str, configuration: Mapping[str, Any] | None = None, **body: Any) -> None:
        """Change a dataset as the dashboard would."""
        sent = {"dataset_id": dataset_id, **body}
        if configuration is not None:
            sent["server_configuration"] = dict(configuration)
        self.admin("PUT", "/api/dataset", sent, organization=self.organization_id)

    def answer_of(self, dataset_id: str) -> Any:
        """A dataset as the service answers it, also to an update."""
        return self.admin("GET", f"/api/dataset/{dataset_id}", organization=self.organization_id)

    def delete_by_hand(self, dataset_id: str) -> None:
        headers = {"TR-Dataset": dataset_id}
        answer = self.sandbox.trieve.delete(f"/api/dataset/{dataset_id}{BY_HAND}", headers=headers)
        assert answer.status_code == 204, answer.text

    def make_by_hand(self, tracking_id: str, **configuration: Any) -> str:
        """Create a dataset as the dashboard would, and give its id."""
        body = {"dataset_name": tracking_id, "tracking_id": tracking_id}
        if configuration:
            body["server_configuration"] = configuration  # type: ignore[assignment]
        return str(self.admin("POST", "/api/dataset", body, organization=self.organization_id)["id"])

    # What we do

    def service(self, *, admin: bool = False, key: bool = True, **settings: Any) -> TrieveService:
        """A new run. :param admin: with the admin key. :param settings: of the connection, `max_gone` as `maxGone`."""
        raw: dict[str, Any] = {"trieve:baseUrl": self.sandbox.base_url}
        if key:
            raw |= {"trieve:apiKey": self.api_key, "trieve:organizationId": self.organization_id}
        if admin:
            raw["trieve:adminKey"] = self.sandbox.environment["TRIEVE_ADMIN_KEY"]
        raw |= {f"trieve:{name}": value for name, value in settings.items()}
        later = self.later
        run = Run(emit=self.said.append, words=PulumiWords())
        service = TrieveService(raw=raw, environ={}, run=run, sleep=self._sleep, now=lambda: time.time() + later)
        self._services.append(service)
        return service

    def dataset(self, service: TrieveService | None = None, *, name: str = "golden") -> Life:
        """A dataset of a program, in a new run where no service is given."""
        cycle = (service or self.service()).resources["dataset"]
        return Life(cycle, name=name, token="Dataset")

    def again(self, life: Life, service: TrieveService | None = None) -> Life:
        """The same resource in a new run."""
        new = Life(
            (service or self.service()).resources[life.cycle.definition.noun.lower().replace(" ", "_")],
            name=life.declaration.name,
        )
        new.declaration = life.declaration
        new.id, new.inputs, new.outputs = life.id, life.inputs, life.outputs
        return new

    def close(self) -> None:
        for service in self._services:
            service.http.close()
        self.sandbox.clear_faults()
        self.sandbox.clear_switches()

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        happening, self.on_sleep = self.on_sleep, None
        if happening is not None:
            happening()

    # What the service saw and holds

    def calls(self, *methods: str) -> list[tuple[str, str]]:
        """Method and path of what was asked since the log was emptied; of all methods, or of some."""
        return [(r["method"], r["path"]) for r in self._requests() if not methods or r["method"] in methods]

    def bodies(self, method: str) -> list[str]:
        """The bodies sent with a method, byte for byte but for secrets."""
        return [r["raw"] for r in self._requests() if r["method"] == method]

    def _requests(self) -> list[dict[str, Any]]:
        return [r for r in self.sandbox.requests() if not r["path"].endswith(BY_HAND)]

    def forget_calls(self) -> None:
        self.sandbox.reset_requests()

    def datasets(self) -> list[dict[str, Any]]:
        """The living datasets of this organization, as they are stored."""
        state = self.sandbox.state()["trieve"]["datasets"]
        return [item for item in state if item["organization_id"] == self.organization_id]

    def stored(self, dataset_id: str) -> dict[str, Any]:
        """The configuration as the service stores it, secrets masked."""
        (found,) = [item for item in self.datasets() if item["id"] == dataset_id]
        return dict(found["server_configuration"])

    @property
    def text(self) -> str:
        """Everything that people were told."""
        return "\n".join(self.said)


def exactly(body: Mapping[str, Any]) -> str:
    """A body as it goes over the wire."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
