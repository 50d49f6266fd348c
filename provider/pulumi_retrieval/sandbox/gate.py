"""Passes requests to the services, and applies latency, request log and fault plan to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from .delayed import DelayedRequests
from .faults import FaultPlan
from .http import Answer, ConnectionDropped, Request, Service, timeout_answer
from .log import RequestLog

_LONGEST_HANG = 600.0
"""The longest hang in seconds, so that a mistake in a plan does not make a client wait for ever."""

Absence = Callable[[Request, str], Answer]
"""Returns the answer of a service whose query of the named table fails."""


def _planned_answer(act: dict[str, Any]) -> Answer:
    body = act.get("body", "")
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    content_type = act.get("content_type") or ("text/plain" if isinstance(body, str) else "application/json")
    headers = [("content-type", content_type)] if text else []
    headers += [(str(name), str(value)) for name, value in (act.get("headers") or {}).items()]
    return Answer(status=int(act["status"]), body=text.encode(), headers=tuple(headers))


def _truncated(answer: Answer) -> Answer:
    return Answer(status=answer.status, body=answer.body[: len(answer.body) // 2], headers=answer.headers)


class Gate:
    """Passes requests to the services after the latency, applies the fault plan, and keeps the request log."""

    def __init__(
        self,
        *,
        services: Mapping[str, Service],
        log: RequestLog,
        faults: FaultPlan,
        delayed: DelayedRequests,
        false_absence: Absence,
        latency_seconds: float = 0.0,
    ) -> None:
        self._services = services
        self._log = log
        self._faults = faults
        self._delayed = delayed
        self._false_absence = false_absence
        self._latency = latency_seconds

    async def __call__(self, request: Request, *, service: str) -> Answer:
        """Answer one request of a service. Raises :class:`ConnectionDropped`."""
        self._log.enter()
        entry = self._log.begin(request, service=service)
        try:
            if self._latency:
                await asyncio.sleep(self._latency)
            await self._delayed.carry_out_due()
            act = self._faults.act_for(request, service=service)
            handler = self._services[service]
            answer = await (handler(request) if act is None else self._act(act, request, service, handler))
            entry["status"] = answer.status
            return answer
        finally:
            self._log.leave()

    async def _act(self, act: dict[str, Any], request: Request, service: str, handler: Service) -> Answer:
        kind = act["kind"]
        if kind == "answer":
            return _planned_answer(act)
        if kind == "truncate":
            return _truncated(await handler(request))
        if kind == "false_absence":
            return self._false_absence(request, act.get("table", "datasets"))
        if kind == "timeout":
            if act.get("carried_out", "never") == "after":
                self._delayed.add(request, service=service, delay=float(act.get("delay", 0)))
            await asyncio.sleep(min(float(act.get("seconds", 0)), _LONGEST_HANG))
            return timeout_answer()
        before = act.get("when", "before") == "before"
        if kind == "drop":
            if not before:
                await handler(request)
            raise ConnectionDropped
        answer = None if before else await handler(request)
        await asyncio.sleep(min(float(act["seconds"]), _LONGEST_HANG))
        return answer or await handler(request)
