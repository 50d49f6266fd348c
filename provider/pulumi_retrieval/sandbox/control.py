"""The control routes under ``/_sandbox``, for tests and for people. They need no API key."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from .faults import FaultError, FaultPlan
from .http import Answer, Request, empty_answer, json_answer
from .log import RequestLog

PREFIX = "/_sandbox"
_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
Snapshot = Callable[[], dict[str, Any]]
DatasetAct = Callable[[str, str, dict[str, Any]], bool]


def refused_host(request: Request) -> Answer | None:
    """Refuse a request whose Host header does not name this machine.

    The domain of a web page can be made to resolve to 127.0.0.1, so that the page reaches local servers through the
    browser; the browser then sends that domain as ``Host``.
    """
    host = request.headers.get("host", "")
    if _LOOPBACK_HOST.fullmatch(host):
        return None
    text = (
        f"control routes are for this machine only: the Host header must be 127.0.0.1, localhost or [::1], not {host!r}"
    )
    return json_answer(403, {"message": text})


class Control:
    """Answers requests to the control routes.

    ``change_dataset(act, dataset_id, body)`` returns whether the dataset exists; ``put_switches`` raises ``ValueError``
    for an unknown switch.
    """

    def __init__(
        self,
        *,
        log: RequestLog,
        faults: FaultPlan,
        get_switches: Snapshot,
        put_switches: Callable[[dict[str, Any]], None],
        snapshot: Callable[[], Awaitable[dict[str, Any]]],
        change_dataset: DatasetAct,
    ) -> None:
        self._log = log
        self._faults = faults
        self._get_switches = get_switches
        self._put_switches = put_switches
        self._snapshot = snapshot
        self._change_dataset = change_dataset

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        try:
            return await self._answer(request)
        except (FaultError, ValueError, KeyError, TypeError) as error:
            return json_answer(400, {"message": str(error)})

    async def _answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(PREFIX).rstrip("/")
        body = json.loads(request.body) if request.body else {}
        if not isinstance(body, dict):
            raise TypeError("the body must be a JSON object")
        dataset = re.fullmatch(r"/trieve/datasets/([^/]+)/(chunks|age)", path)
        if dataset and request.method == "POST":
            known = self._change_dataset(dataset[2], dataset[1], body)
            return empty_answer(204) if known else json_answer(404, {"message": f"no dataset {dataset[1]}"})
        match request.method, path:
            case "GET", "/requests":
                return json_answer(200, self._log.report())
            case "DELETE", "/requests":
                self._log.reset()
            case "GET", "/faults":
                return json_answer(200, {"faults": self._faults.report()})
            case "PUT", "/faults":
                self._faults.replace(body["faults"])
            case "DELETE", "/faults":
                self._faults.replace([])
            case "GET", "/switches":
                return json_answer(200, self._get_switches())
            case "PUT", "/switches":
                self._put_switches(body)
            case "DELETE", "/switches":
                self._put_switches({})
            case "GET", "/state":
                return json_answer(200, await self._snapshot())
            case _:
                return json_answer(404, {"message": f"the sandbox has no {request.method} {request.path}"})
        return empty_answer(204)
