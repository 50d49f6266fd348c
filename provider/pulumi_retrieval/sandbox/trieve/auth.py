"""Finds the user, organization, dataset and role of a request (docs/services/trieve.md 1.1 and 5.1)."""

from __future__ import annotations

import json
import re
import sqlite3

from .context import OWNER, USER, Context, Membership, User, not_found, refuse
from .ids import UuidError, new_uuid, parse_uuid
from .tables import DEFAULT_USER, hash_key

_PLAIN = re.compile(r"[\t -~]*\Z")
_WILDCARD = re.compile(r"\{[a-zA-Z0-9_-]+\}")


def given_key(headers: dict[str, str]) -> str | None:
    """Return the key of a request. ``Authorization`` wins over ``x-api-key``, even if it is wrong."""
    value = _header(headers, "authorization", "x-api-key")
    return None if value is None else value.removeprefix("Bearer ")


def _header(headers: dict[str, str], *names: str) -> str | None:
    # A header with other characters than ASCII counts as missing, because the server cannot read it.
    return next((headers[name] for name in names if name in headers and _PLAIN.match(headers[name])), None)


def _organization_header(context: Context) -> str | None:
    return _header(context.request.headers, "tr-organization", "x-organization")


def _dataset_header(context: Context) -> str | None:
    return _header(context.request.headers, "tr-dataset", "x-dataset")


def _uuid(text: str | None) -> str | None:
    try:
        return None if text is None else parse_uuid(text)
    except UuidError:
        return None


def live_organization(context: Context, organization_id: str) -> sqlite3.Row | None:
    """Return an organization that is not deleted."""
    return context.one("SELECT * FROM organizations WHERE id = ? AND deleted = 0", organization_id)


def _owner(context: Context, organization_id: str) -> User | None:
    row = context.one(
        "SELECT m.* FROM memberships m JOIN organizations o ON o.id = m.organization_id "
        "WHERE m.organization_id = ? AND m.role = ? AND o.deleted = 0",
        organization_id,
        OWNER,
    )
    if row is None:
        return None
    return User(id=row["user_id"], memberships=(Membership(organization_id=organization_id, role=row["role"]),))


def _admin(context: Context) -> User | None:
    organization_id = _uuid(_organization_header(context))
    if organization_id is not None and (owner := _owner(context, organization_id)) is not None:
        return owner
    dataset_id = _uuid(_dataset_header(context))
    if dataset_id is not None:
        row = context.one("SELECT organization_id FROM datasets WHERE id = ?", dataset_id)
        if row is not None and (owner := _owner(context, row["organization_id"])) is not None:
            return owner
    rows = context.connection.execute(
        "SELECT m.organization_id, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id "
        "WHERE m.user_id = ? AND o.deleted = 0",
        (DEFAULT_USER,),
    ).fetchall()
    parts = tuple(Membership(organization_id=row["organization_id"], role=row["role"]) for row in rows)
    return User(id=DEFAULT_USER, memberships=parts) if parts else None


def _organization_key(context: Context, key: str) -> User | None:
    row = context.one("SELECT * FROM api_keys WHERE key_hash = ?", hash_key(key))
    if row is None or (row["expires_at"] is not None and row["expires_at"] < context.now):
        return None
    if live_organization(context, row["organization_id"]) is None:
        return None
    scopes = None if row["scopes"] is None else tuple(json.loads(row["scopes"]))
    part = Membership(organization_id=row["organization_id"], role=row["role"], scopes=scopes)
    dataset_ids = None if row["dataset_ids"] is None else tuple(json.loads(row["dataset_ids"]))
    return User(id=new_uuid(), memberships=(part,), dataset_ids=dataset_ids, by_organization_key=True)


def _user(context: Context) -> User | None:
    key = given_key(context.request.headers)
    if key is None:
        return None
    return _admin(context) if key == context.settings.admin_key else _organization_key(context, key)


def in_scope(scopes: tuple[str, ...], route: str) -> bool:
    """Whether the scopes of a key allow ``METHOD /path``; an empty list allows nothing."""
    for scope in scopes:
        if scope == route:
            return True
        try:
            if re.search(_WILDCARD.sub("[a-zA-Z0-9_-]+", scope), route):
                return True
        except re.error:
            continue
    return False


def _find_dataset(context: Context, header: str) -> sqlite3.Row:
    try:
        row = context.one("SELECT * FROM datasets WHERE id = ? AND deleted = 0", parse_uuid(header))
    except UuidError:
        organization = _organization_header(context)
        if organization is None:
            refuse(400, "Using Dataset Tracking IDs requires providing the TR-Organization header")
        row = context.one(
            "SELECT * FROM datasets WHERE tracking_id = ? AND organization_id = ? AND deleted = 0",
            header,
            _organization_id(organization),
        )
    if row is None:
        not_found("Could not find dataset")
    return row


def _organization_id(header: str) -> str:
    try:
        return parse_uuid(header)
    except UuidError:
        refuse(400, "Could not convert Organization to UUID")


def resolve(context: Context) -> None:
    """Fill in user, organization, dataset and role of a request, or refuse it, before its handler runs."""
    user = context.user = _user(context)
    dataset_header = _dataset_header(context)
    if dataset_header is not None:
        dataset = _find_dataset(context, dataset_header)
        if user is not None and user.dataset_ids and dataset["id"] not in user.dataset_ids:
            refuse(401, "Unauthorized")
        if user is not None and user.by_organization_key and user.membership(dataset["organization_id"]) is None:
            refuse(401, "Unauthorized")
        context.dataset = dataset
        context.organization = context.one("SELECT * FROM organizations WHERE id = ?", dataset["organization_id"])
        organization_id = dataset["organization_id"]
    else:
        header = _organization_header(context)
        if header is None:
            return
        organization_id = _organization_id(header)
        context.organization = live_organization(context, organization_id)
        if context.organization is None:
            not_found("Organization not found")
    if user is None:
        return
    part = user.membership(organization_id)
    if part is None:
        refuse(403, "Forbidden")
    role = part.role
    if part.scopes is not None:
        if not in_scope(part.scopes, f"{context.request.method} {context.request.path}"):
            refuse(403, "Forbidden")
        role = OWNER
    if role < USER:
        refuse(403, "Forbidden")
    context.role = role if role in (USER, 1, OWNER) else USER
