"""Requests that take effect only after they were answered (docs/services/trieve-observed.md 2.4).

Each is stored with the time at which it is due, and carried out before the next request that could observe its effect. So no
timer is needed, and a restart loses none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from .http import ConnectionDropped, Request, Service
from .settings import Clock
from .store import Store

_TABLE = """
CREATE TABLE IF NOT EXISTS delayed (
    id INTEGER PRIMARY KEY, due REAL NOT NULL, service TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL
)
"""


class DelayedRequests:
    """Requests that were answered already and still have to be carried out."""

    def __init__(self, *, store: Store, services: Mapping[str, Service], clock: Clock) -> None:
        self._store = store
        self._services = services
        self._clock = clock
        self._lock = asyncio.Lock()
        store.define(_TABLE)
        with store.transaction() as connection:
            self._pending = connection.execute("SELECT count(*) FROM delayed").fetchone()[0]

    def add(self, request: Request, *, service: str, delay: float) -> None:
        """Schedule a request to be carried out ``delay`` seconds from now."""
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO delayed (due, service, method, path, query, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self._clock() + delay,
                    service,
                    request.method,
                    request.path,
                    request.query,
                    json.dumps(request.headers),
                    request.body,
                ),
            )
        self._pending += 1

    async def carry_out_due(self) -> None:
        """Carry out all requests that are due, in the order of their due times."""
        if not self._pending:
            return
        async with self._lock:
            while True:
                with self._store.transaction() as connection:
                    row = connection.execute(
                        "SELECT * FROM delayed WHERE due <= ? ORDER BY due, id LIMIT 1", (self._clock(),)
                    ).fetchone()
                    if row is None:
                        return
                    connection.execute("DELETE FROM delayed WHERE id = ?", (row["id"],))
                self._pending -= 1
                request = Request(
                    method=row["method"],
                    path=row["path"],
                    query=row["query"],
                    headers=json.loads(row["headers"]),
                    body=bytes(row["body"]),
                )
                try:
                    await self._services[row["service"]](request)
                except ConnectionDropped:
                    continue
