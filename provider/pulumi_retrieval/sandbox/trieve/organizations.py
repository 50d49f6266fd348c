"""Organizations and their members (docs/services/trieve.md 1.2 and 5)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from ..http import Answer, empty_answer, json_answer
from .auth import live_organization
from .context import ADMIN, OWNER, Context, not_found, refuse
from .datasets import poisoned_or_locked, soft_delete
from .fleet import apply
from .ids import NIL
from .sanitize import sanitize
from .shapes import ANYTHING, BOOLEAN, TEXT, Maybe, Struct
from .tables import insert_membership, insert_organization, to_text
from .times import fresh, stored

_PARTNER_DEFAULTS = {
    "CALENDAR_LINK": "https://cal.com/nick.k",
    "COMPANY_NAME": "Trieve",
    "COMPANY_URL": "https://trieve.ai",
    "DEMO_DOMAIN": "demos.trieve.ai",
    "EMAIL": "humans@trieve.ai",
    "FAVICON_URL": "https://cdn.trieve.ai/favicon.ico",
    "LINKEDIN_LINK": "https://www.linkedin.com/company/trieveai",
    "PHONE": "+16282224090",
    "SLACK_LINK": "https://join.slack.com/t/trievecommunityslack/shared_invite/zt-2v7zyxytf-zWLVgqI8avB5x5Br7INQgw",
}
_I32_MAX = 2**31 - 1

_CREATE = Struct("CreateOrganizationReqPayload", {"name": TEXT})
_UPDATE = Struct("UpdateOrganizationReqPayload", {"name": Maybe(TEXT), "partner_configuration": Maybe(ANYTHING)})
_USAGE = Struct("GetOrganizationUsageReqPayload", {"date_range": Maybe(ANYTHING), "v1_usage": Maybe(BOOLEAN)})
_UPDATE_CONFIGS = Struct(
    "UpdateAllOrgDatasetConfigsReqPayload",
    {"match_configuration": Maybe(ANYTHING), "to_configuration": ANYTHING},
)


def _partner(raw: Any) -> dict[str, str]:
    found = raw if isinstance(raw, dict) else {}
    return {
        name: found[name] if isinstance(found.get(name), str) else default
        for name, default in _PARTNER_DEFAULTS.items()
    }


def organization_json(row: sqlite3.Row, *, complete: bool) -> dict[str, Any]:
    """Write an organization; ``complete`` fills in the partner configuration as every read does."""
    partner = json.loads(row["partner_configuration"])
    return {
        "id": row["id"],
        "name": row["name"],
        "created_at": stored(row["created_at"]),
        "updated_at": stored(row["updated_at"]),
        "registerable": True,
        "deleted": row["deleted"],
        "partner_configuration": _partner(partner) if complete else partner,
    }


def _plan(context: Context) -> dict[str, Any]:
    limit = context.settings.dataset_limit
    unlimited = limit is None
    return {
        "type": "flat",
        "id": NIL,
        "stripe_id": "",
        "chunk_count": _I32_MAX if unlimited else 1000,
        "user_count": _I32_MAX if unlimited else 5,
        "dataset_count": _I32_MAX if limit is None else limit,
        "message_count": _I32_MAX if unlimited else 1000,
        "amount": 0,
        "created_at": fresh(context.now),
        "updated_at": fresh(context.now),
        "name": "Unlimited" if unlimited else "Free",
        "visible": True,
        "file_storage": 2**63 - 1 if unlimited else 1024 * 1024,
        "messages_per_month": _I32_MAX if unlimited else 50,
    }


def create(context: Context) -> Answer:
    """``POST /api/organization``."""
    name = context.body(_CREATE)["name"]
    user = context.need_user()
    if "\0" in name:
        refuse(400, "Could not create organization, try again")
    now = context.now
    organization_id = insert_organization(context.connection, name=name, now=now)
    if user.by_organization_key:
        # The made-up user of an organization key is in no table, so the new organization stays without members.
        refuse(500, "Failed to add user to organization")
    insert_membership(context.connection, user_id=user.id, organization_id=organization_id, role=OWNER, now=now)
    return json_answer(
        200,
        {
            "id": organization_id,
            "name": name,
            "created_at": fresh(now),
            "updated_at": fresh(now),
            "registerable": True,
            "deleted": 0,
            "partner_configuration": {},
        },
    )


def _need_members(context: Context, organization_id: str) -> None:
    if context.one("SELECT 1 FROM memberships WHERE organization_id = ?", organization_id) is None:
        refuse(500, "Failed to delete user from redis")


def update(context: Context) -> Answer:
    """``PUT /api/organization``: sanitises the name even if the request does not contain it."""
    given = context.body(_UPDATE)
    before = context.need_organization()
    context.need_role(OWNER)
    name = sanitize(before["name"] if given["name"] is None else given["name"])
    partner = given["partner_configuration"]
    if partner is None:
        partner = json.loads(before["partner_configuration"])
        partner = _partner(partner)
    if "\\u0000" in to_text([name, partner]):
        refuse(400, "Failed to update organization, try again")
    context.connection.execute(
        "UPDATE organizations SET name = ?, partner_configuration = ?, updated_at = ? WHERE id = ?",
        (name, to_text(partner), context.now, before["id"]),
    )
    _need_members(context, before["id"])
    row = context.one("SELECT * FROM organizations WHERE id = ?", before["id"])
    assert row is not None
    return json_answer(200, organization_json(row, complete=False))


def get(context: Context) -> Answer:
    """``GET /api/organization/{id}``."""
    organization_id = context.path_uuid("organization_id")
    context.need_role(ADMIN)
    row = live_organization(context, organization_id)
    if row is None:
        not_found("Organization not found")
    answer = {"organization": organization_json(row, complete=True), "plan": _plan(context), "subscription": None}
    return json_answer(200, answer)


def delete(context: Context) -> Answer:
    """``DELETE /api/organization/{id}``: deletes datasets one by one until one is locked (docs/services/trieve.md 5.4)."""
    organization_id = context.path_uuid("organization_id")
    context.need_role(OWNER)
    _need_members(context, organization_id)
    rows = context.connection.execute(
        "SELECT * FROM datasets WHERE organization_id = ? ORDER BY number", (organization_id,)
    ).fetchall()
    for row in rows:
        if poisoned_or_locked(context, row):
            refuse(400, "Error deleting dataset")
        soft_delete(context, row["id"])
    context.connection.execute("UPDATE organizations SET deleted = 1 WHERE id = ?", (organization_id,))
    return empty_answer(204)


def usage(context: Context) -> Answer:
    """``POST /api/organization/usage/{id}``: without ``v1_usage`` answers like a server without ClickHouse."""
    organization_id = context.path_uuid("organization_id")
    given = context.body(_USAGE)
    context.need_role(ADMIN)
    row = context.one(
        "SELECT (SELECT count(*) FROM datasets WHERE organization_id = o.id) AS datasets, "
        "(SELECT coalesce(sum(chunk_count), 0) FROM datasets WHERE organization_id = o.id) AS chunks, "
        "(SELECT count(*) FROM memberships WHERE organization_id = o.id) AS users FROM organizations o WHERE o.id = ?",
        organization_id,
    )
    if row is None:
        refuse(400, "Could not find organization usage count")
    if not given["v1_usage"]:
        refuse(500, "Error fetching search queries InvalidParams(RelativeUrlWithoutBase)")
    counts = dict.fromkeys(
        ("search_tokens", "message_tokens", "dataset_count", "user_count", "file_storage", "message_count"), 0
    )
    counts |= {"search_count": 0, "chunk_count": row["chunks"], "bytes_ingested": 0, "tokens_ingested": 0}
    counts |= {"ocr_pages_ingested": 0, "website_pages_scraped": 0, "events_ingested": 0}
    counts |= {"current_months_message_count": 0, "dataset_count": row["datasets"], "user_count": row["users"]}
    return json_answer(200, counts)


def _user_json(user: sqlite3.Row, parts: list[sqlite3.Row], organizations: list[sqlite3.Row]) -> dict[str, Any]:
    return {
        "id": user["id"],
        "name": user["name"],
        "email": user["email"],
        "created_at": stored(user["created_at"]),
        "user_orgs": [
            {
                "id": part["id"],
                "user_id": part["user_id"],
                "organization_id": part["organization_id"],
                "role": part["role"],
                "created_at": stored(part["created_at"]),
                "updated_at": stored(part["updated_at"]),
                "scopes": None,
            }
            for part in parts
        ],
        "orgs": [organization_json(row, complete=True) for row in organizations],
    }


_LIVE_MEMBERSHIPS = (
    "FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE o.deleted = 0 AND m.{} = ? "
    "ORDER BY m.created_at, m.rowid"
)


def users(context: Context) -> Answer:
    """``GET /api/organization/users/{id}``."""
    organization_id = context.path_uuid("organization_id")
    context.need_role(ADMIN)
    parts = context.connection.execute(
        "SELECT m.* " + _LIVE_MEMBERSHIPS.format("organization_id"), (organization_id,)
    ).fetchall()
    organization = live_organization(context, organization_id)
    found = []
    for part in parts:
        user = context.one("SELECT * FROM users WHERE id = ?", part["user_id"])
        if user is not None and organization is not None:
            found.append(_user_json(user, [part], [organization]))
    return json_answer(200, found)


def me(context: Context) -> Answer:
    """``GET /api/auth/me``: the organizations of a user; an organization key has no stored user and gets an error."""
    user_id = context.need_user().id
    user = context.one("SELECT * FROM users WHERE id = ?", user_id)
    if user is None:
        refuse(400, "Error loading user by itself for get_user_by_id_query")
    parts = context.connection.execute("SELECT m.* " + _LIVE_MEMBERSHIPS.format("user_id"), (user_id,)).fetchall()
    organizations = context.connection.execute(
        "SELECT o.* " + _LIVE_MEMBERSHIPS.format("user_id"), (user_id,)
    ).fetchall()
    return json_answer(200, _user_json(user, parts, organizations))


def update_configs(context: Context) -> Answer:
    """``POST /api/organization/update_dataset_configs``: an unvalidated merge (docs/services/trieve.md 2.5)."""
    given = context.body(_UPDATE_CONFIGS)
    organization = context.need_organization()
    context.need_role(OWNER)
    apply(
        context,
        organization_id=organization["id"],
        to_configuration=given["to_configuration"],
        match_configuration=given["match_configuration"],
    )
    return empty_answer(204)
