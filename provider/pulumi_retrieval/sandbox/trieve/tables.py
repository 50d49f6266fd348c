"""The tables of the Trieve emulator, and the rows that the first start inserts."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from .ids import NIL, new_uuid

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, name TEXT, created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS organizations (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    partner_configuration TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS memberships (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, organization_id TEXT NOT NULL, role INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS memberships_of_organization ON memberships (organization_id);
CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, name TEXT NOT NULL, role INTEGER NOT NULL,
    key_hash TEXT NOT NULL UNIQUE, dataset_ids TEXT, scopes TEXT, expires_at INTEGER,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS datasets (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, tracking_id TEXT,
    organization_id TEXT NOT NULL, server_configuration TEXT NOT NULL, created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, usage_id TEXT NOT NULL,
    chunk_count INTEGER NOT NULL DEFAULT 0, remove_at INTEGER, clear_at INTEGER,
    UNIQUE (organization_id, tracking_id)
);
CREATE INDEX IF NOT EXISTS datasets_to_work_on ON datasets (remove_at, clear_at)
    WHERE remove_at IS NOT NULL OR clear_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS clones (
    dataset_id TEXT PRIMARY KEY, total INTEGER NOT NULL, copied REAL NOT NULL DEFAULT 0, worked_until INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS crawls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, crawl_type TEXT NOT NULL,
    next_crawl_at INTEGER, interval INTEGER, crawl_options TEXT NOT NULL, scrape_id TEXT NOT NULL,
    dataset_id TEXT NOT NULL, created_at INTEGER NOT NULL
);
"""

DEFAULT_USER = NIL
"""Id of the user ``default`` that the server creates when it starts with an admin key (docs/services/trieve.md 5.1)."""


def hash_key(key: str) -> str:
    """Return the hash of an API key, which is stored instead of the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def to_text(value: Any) -> str:
    """Serialise a value as JSON for the store."""
    return json.dumps(value, ensure_ascii=True)


def insert_organization(connection: sqlite3.Connection, *, name: str, now: int) -> str:
    """Store an organization without members and return its id."""
    organization_id = new_uuid()
    connection.execute(
        "INSERT INTO organizations (id, name, created_at, updated_at, partner_configuration) VALUES (?, ?, ?, ?, '{}')",
        (organization_id, name, now, now),
    )
    return organization_id


def insert_membership(
    connection: sqlite3.Connection, *, user_id: str, organization_id: str, role: int, now: int
) -> None:
    """Make a user a member of an organization."""
    connection.execute(
        "INSERT INTO memberships (id, user_id, organization_id, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
        (new_uuid(), user_id, organization_id, role, now, now),
    )


def insert_defaults(connection: sqlite3.Connection, *, now: int) -> None:
    """Create the user and the organization ``default``, unless they exist."""
    if connection.execute("SELECT 1 FROM users WHERE id = ?", (DEFAULT_USER,)).fetchone():
        return
    connection.execute(
        "INSERT INTO users (id, email, name, created_at) VALUES (?, 'default', NULL, ?)", (DEFAULT_USER, now)
    )
    organization_id = insert_organization(connection, name="default", now=now)
    insert_membership(connection, user_id=DEFAULT_USER, organization_id=organization_id, role=2, now=now)
