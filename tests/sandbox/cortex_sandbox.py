"""The Cortex emulator alone, in this process, with a clock that only the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from pulumi_retrieval.sandbox.cortex import control_routes, routes, snapshot
from pulumi_retrieval.sandbox.settings import CortexSettings
from pulumi_retrieval.sandbox.store import Store

KEY = "cortex-key"
V2 = {"API-Version": "2"}


class CortexSandbox:
    """Sends requests to the emulator; ``start`` opens the same data folder again, as a restart does."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.time = 1_000_000.0
        self.folder = folder
        self.start(**settings)

    def start(self, **settings: Any) -> None:
        chosen = CortexSettings(api_key=KEY, clock=lambda: self.time, **settings)
        self.store = Store(self.folder)
        self.app = Starlette(
            routes=[*control_routes(self.store, chosen), Mount("/cortex", routes=routes(self.store, chosen))]
        )

    def stop(self) -> None:
        self.store.close()

    def send(
        self,
        method: str,
        target: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = KEY,
    ) -> httpx.Response:
        """Send one request to a path (with query) below the service's base URL, or to a control route."""
        prefix = "" if target.startswith("/_sandbox") else "/cortex"
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        body = {"content": content} if content is not None else {} if json is None else {"json": json}

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
                return await client.request(method, prefix + target, headers=sent, **body)

        return asyncio.run(run())

    def v2(self, method: str, target: str, **rest: Any) -> httpx.Response:
        return self.send(method, target, headers=V2, **rest)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        response = self.send(method, f"/_sandbox/cortex/{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def state(self) -> dict[str, Any]:
        return snapshot(self.store)
