"""The merge of a change into all stored configurations, which the server leaves to one database statement."""

from __future__ import annotations

import json
from typing import Any

from ..http import ConnectionDropped
from .context import Context, refuse
from .shapes import UnknownBehaviour
from .tables import to_text


def _joined(stored: Any, change: Any) -> Any:
    # Concatenation in the database: objects merge at the top level; any other values become a list of both.
    if isinstance(stored, dict) and isinstance(change, dict):
        return {**stored, **change}
    left = stored if isinstance(stored, list) else [stored]
    right = change if isinstance(change, list) else [change]
    return left + right


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _condition(match: Any) -> dict[str, str] | None:
    if match is None:
        return None
    if not isinstance(match, dict) or any(not isinstance(value, str) for value in match.values()):
        # The server panics: no answer at all (docs/services/trieve-observed.md 3, case poisoned-config).
        raise ConnectionDropped
    if not match:
        refuse(400, "Error updating datasets")
    if any("'" in key for key in match):
        raise UnknownBehaviour("a quote in a key of match_configuration, which ends up in the SQL")
    return dict(match)


def _has_nul(value: Any) -> bool:
    return "\\u0000" in json.dumps(value)


def apply(context: Context, *, organization_id: str, to_configuration: Any, match_configuration: Any) -> None:
    """Merge a change into all datasets of an organization, deleted ones included; ``updated_at`` does not change."""
    condition = _condition(match_configuration)
    if _has_nul(to_configuration):
        refuse(400, "Error updating datasets")
    rows = context.connection.execute(
        "SELECT id, server_configuration FROM datasets WHERE organization_id = ?", (organization_id,)
    ).fetchall()
    for row in rows:
        stored = json.loads(row["server_configuration"])
        if condition is not None:
            members = stored if isinstance(stored, dict) else {}
            if any(_as_text(members.get(key)) != value for key, value in condition.items()):
                continue
        context.connection.execute(
            "UPDATE datasets SET server_configuration = ? WHERE id = ?",
            (to_text(_joined(stored, to_configuration)), row["id"]),
        )
