"""The whole sandbox as one ASGI application: Trieve at the root, Cortex under ``/cortex``, control under ``/_sandbox``."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from . import cortex as cortex_emulator
from .asgi import Receive, Scope, Send, as_service, drop_connection, read_request, send_answer
from .control import PREFIX as CONTROL_PREFIX
from .control import Control, refused_host
from .delayed import DelayedRequests
from .faults import FaultPlan
from .gate import Gate
from .http import Answer, ConnectionDropped, Request, Service, json_answer
from .log import RequestLog, redact
from .settings import CortexSettings, TrieveSettings
from .store import Store
from .trieve import TrieveService

CORTEX_PREFIX = "/cortex"


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _cortex(store: Store, settings: CortexSettings) -> Service:
    routes = cortex_emulator.routes(store, settings)
    emulator = as_service(
        Starlette(routes=[*cortex_emulator.control_routes(store, settings), Mount(CORTEX_PREFIX, routes=routes)])
    )

    async def answer(request: Request) -> Answer:
        if request.too_large is None:
            return await emulator(request)
        response = cortex_emulator.unread_body(request.headers.get("api-version"))
        return Answer(
            status=response.status_code, body=bytes(response.body), headers=(("content-type", "application/json"),)
        )

    return answer


class Application:
    """The ASGI application. Raises ``ValueError`` for invalid settings."""

    def __init__(
        self, *, store: Store, trieve: TrieveSettings, cortex: CortexSettings, latency_seconds: float = 0.0
    ) -> None:
        self.trieve = TrieveService(store=store, settings=trieve)
        self._cortex = _cortex(store, cortex)
        self._cortex_settings = cortex
        cortex_emulator.current_settings(store, cortex)  # raises ValueError for invalid settings
        services: dict[str, Service] = {"trieve": self.trieve, "cortex": self._cortex}
        self._store = store
        self.failure: str | None = None
        """Why the store no longer works, so that the sandbox must stop; None while it works."""
        self._delayed = DelayedRequests(store=store, services=services, clock=trieve.clock)
        log, faults = RequestLog(), FaultPlan()
        self._gate = Gate(
            services=services,
            log=log,
            faults=faults,
            delayed=self._delayed,
            false_absence=self.trieve.false_absence,
            latency_seconds=latency_seconds,
        )
        self._control = Control(
            log=log,
            faults=faults,
            get_switches=self._get_switches,
            put_switches=self._put_switches,
            snapshot=self._snapshot,
            change_dataset=self.trieve.change_dataset,
        )

    async def _snapshot(self) -> dict[str, Any]:
        await self._delayed.carry_out_due()
        state = {"trieve": self.trieve.snapshot(), "cortex": cortex_emulator.snapshot(self._store)}
        return dict(redact(state))

    def _get_switches(self) -> dict[str, Any]:
        cortex = cortex_emulator.current_settings(self._store, self._cortex_settings)
        return {**self.trieve.switches.report(), "cortex": cortex}

    def _put_switches(self, values: dict[str, Any]) -> None:
        """Set the named switches and reset all others, Cortex's included. An invalid switch changes nothing."""
        trieve = {name: value for name, value in values.items() if name != "cortex"}
        with self._store.transaction():
            cortex_emulator.replace_settings(self._store, values.get("cortex", {}))
            self.trieve.switches.replace(trieve)

    async def _answer(self, request: Request) -> Answer:
        if _under(request.path, CONTROL_PREFIX):
            return await self._answer_control(request)
        under_cortex = _under(request.path, CORTEX_PREFIX)
        return await self._gate(request, service="cortex" if under_cortex else "trieve")

    async def _answer_control(self, request: Request) -> Answer:
        if (refused := refused_host(request)) is not None:
            return refused
        if request.too_large is not None:
            return json_answer(413, {"message": request.too_large})
        under_cortex = _under(request.path, CONTROL_PREFIX + CORTEX_PREFIX)
        return await (self._cortex if under_cortex else self._control)(request)

    def _failed(self, error: sqlite3.DatabaseError) -> Answer:
        if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
            traceback.print_exception(error, file=sys.stderr)
        elif "locked" not in str(error):
            # If this request cannot be stored, the next one cannot either.
            self.failure = str(error)
        return json_answer(500, {"message": f"The sandbox cannot store its data: {error}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox supports only HTTP, not {scope['type']}")
        request = await read_request(scope, receive)
        if request is None:
            return
        try:
            answer = (
                await self._answer(request) if self.failure is None else json_answer(500, {"message": self.failure})
            )
        except ConnectionDropped:
            await drop_connection(scope)
            return
        except sqlite3.DatabaseError as error:
            answer = self._failed(error)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            answer = json_answer(500, {"message": "The sandbox itself failed; see its standard error."})
        await send_answer(answer, send)
