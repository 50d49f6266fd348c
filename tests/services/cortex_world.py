"""The Cortex life cycles against the real sandbox in this process, in virtual time, with a small engine on top."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.redaction import Redactor
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import normalise
from pulumi_retrieval.providers.words import PulumiWords
from pulumi_retrieval.sandbox.app import Application
from pulumi_retrieval.sandbox.settings import CortexSettings, TrieveSettings
from pulumi_retrieval.sandbox.store import Store
from pulumi_retrieval.services.cortex import CortexService

KEY = "canary-cortex-key"
BASE_URL = "http://localhost/cortex"


class SandboxTransport(httpx.BaseTransport):
    """Carries requests to the sandbox without a network; a dropped connection is one that was cut.

    The sandbox lives on a thread of its own, as a server does.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_default_executor(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("localhost", 80),
            "client": ("localhost", 1),
            "root_path": "",
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run_coroutine_threadsafe(self._application(scope, receive, send), self._loop).result(30)
        if not sent:
            raise httpx.RemoteProtocolError("the server closed the connection", request=request)
        return httpx.Response(
            sent[0]["status"],
            headers=sent[0].get("headers", []),
            content=b"".join(message.get("body", b"") for message in sent[1:]),
        )


class World:
    """A sandbox, a clock, and services that talk to it."""

    def __init__(self, folder: Path, *, version: str) -> None:
        self.now = 1_000_000.0
        self.slept = 0.0
        self._later: list[tuple[float, Callable[[], None]]] = []
        self.version = version
        self._folder = folder
        (folder / "data").mkdir()
        self.store = Store(folder / "data")
        settings = CortexSettings(api_key=KEY, clock=lambda: self.now)
        trieve = TrieveSettings(admin_key="admin", clock=lambda: self.now)
        self.transport = SandboxTransport(Application(store=self.store, trieve=trieve, cortex=settings))
        self.sandbox = httpx.Client(transport=self.transport, base_url="http://localhost/_sandbox")
        self.texts: list[str] = []
        self.service = self.new_service()

    def close(self) -> None:
        self.sandbox.close()
        self.service.close()
        self.transport.stop()
        self.store.close()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        due = [action for at, action in self._later if at <= self.now]
        self._later = [(at, action) for at, action in self._later if at > self.now]
        for action in due:
            action()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen while a life cycle waits."""
        self._later.append((self.now + seconds, action))

    def new_service(self, **raw: Any) -> CortexService:
        """A provider process that starts: nothing is remembered."""
        settings = {"apiKey": KEY, "baseUrl": BASE_URL, "apiVersion": self.version, **raw}
        self.run = Run(redactor=Redactor(), emit=self.texts.append, words=PulumiWords())
        self.service = CortexService(
            raw={f"cortex:{name}": value for name, value in settings.items() if value is not None},
            environ={},
            run=self.run,
            transport=self.transport,
            clock=lambda: self.now,
            sleep=self.sleep,
            now=lambda: self.now,
            slots_directory=self._folder / "slots",
        )
        return self.service

    # The sandbox's controls.

    def behave(self, **settings: Any) -> None:
        self._control("PUT", "/cortex/settings", settings)

    def fault(self, *rules: Mapping[str, Any]) -> None:
        self._control("PUT", "/faults", {"faults": list(rules)})

    def answer(self, method: str, path: str, status: int, body: Any = None, *, times: int = 1) -> None:
        """Let the next request to a path be answered so."""
        act = {"kind": "answer", "status": status, "body": "" if body is None else body}
        self.fault({"method": method, "path": path, "times": times, "act": act})

    def drop(self, method: str, path: str, *, when: str, times: int = 1) -> None:
        """Let the connection be cut before or after the service carried a request out."""
        self.fault({"method": method, "path": path, "times": times, "act": {"kind": "drop", "when": when}})

    def put_documents(self, tenant_id: str, count: int, **where: Any) -> None:
        kind = "tenants" if self.version == "cortex" else "databases"
        self._control("POST", f"/cortex/{kind}/{tenant_id}/documents", {"count": count, **where})

    def change_schema(self, tenant_id: str, items: Sequence[Mapping[str, Any]]) -> None:
        if self.version == "cortex":
            self._control("PUT", f"/cortex/tenants/{tenant_id}/schema", {"tenant_metadata_schema": list(items)})
        else:
            self._control("PUT", f"/cortex/databases/{tenant_id}/schema", {"fields": list(items)})

    def vanish(self, tenant_id: str) -> None:
        self._control("DELETE", f"/cortex/{'tenants' if self.version == 'cortex' else 'databases'}/{tenant_id}")

    def calls(self) -> list[str]:
        """What the services were asked since the last time: ``"POST /user/create_tenant?tenant_id=a"``."""
        return [f"{entry['method']} {_target(entry)}" for entry in self.requests()]

    def requests(self) -> list[dict[str, Any]]:
        report = self._control("GET", "/requests")["requests"]
        self._control("DELETE", "/requests")
        return list(report)

    def state(self) -> dict[str, Any]:
        return dict(self._control("GET", "/state")["cortex"])

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.sandbox.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    @property
    def said(self) -> str:
        return "\n".join(self.texts)


def _target(entry: Mapping[str, Any]) -> str:
    query = entry.get("query") or ""
    return str(entry["path"]).removeprefix("/cortex") + (f"?{query}" if query else "")


class CheckFailed(Exception):
    """`check` refused."""


@dataclass
class Resource:
    """One resource of a program and its state, driven as the engine drives a provider."""

    world: World
    kind: str = "tenant"
    name: str = "acme"
    retain_on_delete: bool = False
    id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def life(self) -> Reconciler:
        return self.world.service.resources[self.kind]

    @property
    def declaration(self) -> Declaration:
        return Declaration(
            name=self.name, token="Tenant", candidate=f"{self.name}_0123456789", retain_on_delete=self.retain_on_delete
        )

    def preview(self, program: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """``"create"``, ``"update"``, ``"replace"`` or ``"same"``, and the checked inputs."""
        checked = self.life.check(normalise(self.inputs), program, self.declaration)
        if checked.failures:
            raise CheckFailed("\n".join(checked.failures))
        inputs = _through_json(checked.inputs)
        if self.id is None:
            return "create", inputs
        difference = self.life.diff(self.id, self.outputs, inputs, self.declaration)
        if difference.replaces:
            return "replace", inputs
        return ("update" if difference.changes else "same"), inputs

    def up(self, program: Mapping[str, Any]) -> str:
        step, inputs = self.preview(program)
        if step == "replace":
            if not self.retain_on_delete:
                self.remove()
            self.id = None
        if step in ("create", "replace"):
            stored = self.life.create(inputs)
            self.id, self.outputs = stored.id, _through_json(stored.outputs)
        elif step == "update":
            assert self.id is not None
            stored = self.life.update(self.id, self.outputs, inputs, self.declaration)
            self.outputs = _through_json(stored.outputs)
        self.inputs = inputs
        return step

    def refresh(self) -> str:
        assert self.id is not None
        stored = self.life.read(self.id, self.outputs)
        if stored is None:
            self.id, self.inputs, self.outputs = None, {}, {}
            return "gone"
        before = self.outputs
        self.outputs = _through_json(stored.outputs)
        self.inputs = _through_json(stored.inputs or self.inputs)
        return "same" if before == self.outputs else "changed"

    def destroy(self) -> None:
        """What `pulumi destroy` does: a run of its own."""
        self.world.new_service()
        self.remove()

    def remove(self) -> None:
        """What `pulumi up` does with a resource that the program no longer has."""
        assert self.id is not None
        self.life.delete(self.id, self.outputs)
        self.id, self.inputs, self.outputs = None, {}, {}


def _through_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """State as the engine keeps it: numbers are floats."""
    text = json.dumps(values, default=lambda unknown: None)
    return dict(json.loads(text, parse_int=float))
