"""The tables of the Cortex emulator: one set per generation, nothing shared between them."""

from __future__ import annotations

TABLES = """
CREATE TABLE IF NOT EXISTS cortex_tenants (
    tenant_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    default_sub_tenant_id TEXT NOT NULL,
    metadata_schema TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS cortex_sub_tenants (
    tenant_id TEXT NOT NULL REFERENCES cortex_tenants ON DELETE CASCADE,
    sub_tenant_id TEXT NOT NULL,
    documents INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, sub_tenant_id)
);
CREATE TABLE IF NOT EXISTS cortex_databases (
    database TEXT PRIMARY KEY,
    metadata_schema TEXT NOT NULL,
    embeddings_dimension INTEGER NOT NULL,
    is_embeddings_tenant INTEGER NOT NULL,
    custom_instructions TEXT NOT NULL,
    created_at REAL NOT NULL,
    provisioned_at REAL NOT NULL,
    provisioning_error TEXT NOT NULL,
    gone_at REAL
);
CREATE TABLE IF NOT EXISTS cortex_collections (
    database TEXT NOT NULL REFERENCES cortex_databases ON DELETE CASCADE ON UPDATE CASCADE,
    collection TEXT NOT NULL,
    knowledge INTEGER NOT NULL,
    memories INTEGER NOT NULL,
    gone_at REAL,
    PRIMARY KEY (database, collection)
);
CREATE TABLE IF NOT EXISTS cortex_collection_instructions (
    database TEXT NOT NULL REFERENCES cortex_databases ON DELETE CASCADE ON UPDATE CASCADE,
    collection TEXT NOT NULL,
    instructions TEXT NOT NULL,
    PRIMARY KEY (database, collection)
);
"""
