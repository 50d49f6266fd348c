"""The Trieve emulator as one service."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from ..http import Answer, ConnectionDropped, Request, empty_answer, json_answer, unknown_answer
from ..settings import TrieveSettings
from ..store import Store
from . import datasets
from .auth import given_key, resolve
from .context import Context, Refused, refuse
from .keys import insert_key
from .router import dispatch
from .shapes import UnknownBehaviour
from .switches import Switches
from .tables import DEFAULT_USER, SCHEMA, insert_defaults, insert_membership, insert_organization
from .times import SECOND, stored
from .workers import advance_clones, run_delete_worker

_VERSIONS = {"1.0": "1.0", "V1": "1.0", "v1": "1.0", "2.0": "2.0", "V2": "2.0", "v2": "2.0"}
_NEWEST_VERSION = "2.0"


class TrieveService:
    """Answers requests as Trieve does; calls are answered one at a time, each in one transaction."""

    def __init__(self, *, store: Store, settings: TrieveSettings) -> None:
        self._store = store
        self._settings = settings
        self.switches = Switches()
        store.define(SCHEMA)
        with store.transaction() as connection:
            insert_defaults(connection, now=self._now)

    @property
    def _now(self) -> int:
        return int(self._settings.clock() * SECOND)

    def _context(self, request: Request, connection: sqlite3.Connection) -> Context:
        return Context(request=request, connection=connection, settings=self._settings, switches=self.switches)

    async def __call__(self, request: Request) -> Answer:
        """Answer one request. Raises :class:`~..http.ConnectionDropped` where the server panics."""
        if request.path == "/api/health":
            return empty_answer(200 if request.method == "GET" else 405)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return _preflight(request)
        key = given_key(request.headers)
        await self.switches.hold(with_key=key not in (None, "", self._settings.admin_key))
        stale: dict[str, sqlite3.Row] = {}
        if self.switches.lost_updates and (request.method, request.path) == ("PUT", "/api/dataset"):
            stale = self._read_for_update(request)
            await self.switches.meet(next(iter(stale), ""))
        return self._answer(request, stale)

    def _read_for_update(self, request: Request) -> dict[str, sqlite3.Row]:
        with self._store.transaction() as connection:
            context = self._context(request, connection)
            try:
                resolve(context)
                row = datasets.select_for_update(context)
            except (Refused, UnknownBehaviour):
                return {}
            return {row["id"]: row}

    def _answer(self, request: Request, stale: dict[str, sqlite3.Row]) -> Answer:
        dropped: ConnectionDropped | None = None
        with self._store.transaction() as connection:
            context = self._context(request, connection)
            context.stale = stale
            run_delete_worker(context)
            try:
                answer = self._handle(context)
            except ConnectionDropped as error:
                dropped = error  # Data that the handler wrote before the panic stays written.
        if dropped is not None:
            raise dropped
        return answer

    def _handle(self, context: Context) -> Answer:
        try:
            if self.switches.database_down:
                refuse(400, "Could not get database connection")
            resolve(context)
        except Refused as refused:
            return refused.answer
        try:
            answer = dispatch(context)
        except Refused as refused:
            answer = refused.answer
        except UnknownBehaviour as unknown:
            answer = unknown_answer(str(unknown))
        if context.dataset is not None:
            # The server checks the version only if the headers name a dataset and are valid.
            asked = context.request.headers.get("x-api-version", "")
            answer = answer.with_header("x-api-version", _VERSIONS.get(asked, _NEWEST_VERSION))
        return answer

    def false_absence(self, request: Request, table: str) -> Answer:
        """Answer as the server does when its query of that table fails (docs/services/trieve-observed.md 2.3)."""
        if table == "keys":
            return json_answer(401, {"message": "Unauthorized"})
        if table == "organizations" or request.path.startswith("/api/organization/"):
            return json_answer(404, {"message": "Not Found: Organization not found"})
        if request.method == "POST" and request.path == "/api/dataset":
            return json_answer(400, {"message": "Could not create dataset"})
        by_query = ("/api/dataset/tracking_id/", "/api/dataset/organization/", "/api/dataset/usage/")
        if request.method == "GET" and request.path.startswith(by_query):
            return json_answer(500, {"message": "Not Found"})
        return json_answer(404, {"message": "Not Found: Could not find dataset"})

    # For the sandbox itself

    def make_organization(self, name: str) -> tuple[str, str]:
        """Create an organization of the user ``default`` and return its id and a key with the role of an owner."""
        now = self._now
        with self._store.transaction() as connection:
            organization_id = insert_organization(connection, name=name, now=now)
            insert_membership(connection, user_id=DEFAULT_USER, organization_id=organization_id, role=2, now=now)
            key = insert_key(connection, organization_id=organization_id, name="sandbox", role=2, now=now)
        return organization_id, key

    def organization_exists(self, organization_id: str) -> bool:
        """Whether an organization exists and is not deleted."""
        with self._store.transaction() as connection:
            query = "SELECT 1 FROM organizations WHERE id = ? AND deleted = 0"
            return connection.execute(query, (organization_id,)).fetchone() is not None

    def change_dataset(self, act: str, dataset_id: str, body: dict[str, Any]) -> bool:
        """Add chunks (``count``) to a dataset or make it older (``hours``); return whether it exists."""
        column, change = ("chunk_count", int(body["count"])) if act == "chunks" else ("created_at", 0)
        if act == "age":
            change = -int(float(body["hours"]) * 3600 * SECOND)
        with self._store.transaction() as connection:
            changed = connection.execute(
                f"UPDATE datasets SET {column} = {column} + ? WHERE id = ? AND deleted = 0", (change, dataset_id)
            )
            return changed.rowcount == 1

    def snapshot(self) -> dict[str, Any]:
        """Return all objects that are not deleted, with configurations as they are stored."""
        with self._store.transaction() as connection:
            context = self._context(Request(method="GET", path="/"), connection)
            run_delete_worker(context)
            advance_clones(context)
            organizations = connection.execute(
                "SELECT * FROM organizations WHERE deleted = 0 ORDER BY rowid"
            ).fetchall()
            rows = connection.execute("SELECT * FROM datasets ORDER BY number").fetchall()
            keys = connection.execute("SELECT organization_id, count(*) AS n FROM api_keys GROUP BY 1").fetchall()
        counts = {row["organization_id"]: row["n"] for row in keys}
        return {
            "organizations": [
                {
                    "id": row["id"],
                    "name": row["name"],
                    "created_at": stored(row["created_at"]),
                    "partner_configuration": json.loads(row["partner_configuration"]),
                    "api_keys": counts.get(row["id"], 0),
                }
                for row in organizations
            ],
            "datasets": [_state(row) for row in rows if not row["deleted"]],
            "deleted_datasets": [
                {"id": row["id"], "organization_id": row["organization_id"], "queued": row["remove_at"] is not None}
                for row in rows
                if row["deleted"]
            ],
        }


def _state(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "tracking_id": row["tracking_id"],
        "organization_id": row["organization_id"],
        "created_at": stored(row["created_at"]),
        "updated_at": stored(row["updated_at"]),
        "chunk_count": row["chunk_count"],
        "server_configuration": json.loads(row["server_configuration"]),
    }


def _preflight(request: Request) -> Answer:
    headers = (
        ("access-control-allow-origin", request.headers.get("origin", "*")),
        ("access-control-allow-methods", request.headers["access-control-request-method"]),
        ("access-control-allow-credentials", "true"),
    )
    return Answer(status=200, headers=headers)
