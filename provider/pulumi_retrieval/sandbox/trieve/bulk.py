"""Clones, and many datasets in one request (docs/services/trieve.md 1.5 and 4)."""

from __future__ import annotations

from ..http import Answer, json_answer
from . import configuration
from .context import OWNER, Context, not_found, refuse
from .datasets import (
    CREATE,
    check_plan,
    create_dataset,
    find_live,
    find_tracked,
    insert_dataset,
    is_storable,
    raw_json,
    read_configuration,
)
from .shapes import BOOLEAN, TEXT, UUID, ListOf, Maybe, Struct
from .tables import to_text
from .workers import start_clone

_CLONE = Struct(
    "CloneDatasetRequest",
    {"dataset_to_clone": UUID, "dataset_name": TEXT, "tracking_id": Maybe(TEXT), "clone_chunks": Maybe(BOOLEAN)},
)
_BATCH = Struct("CreateDatasetBatchReqPayload", {"datasets": ListOf(CREATE), "upsert": Maybe(BOOLEAN)})


def clone(context: Context) -> Answer:
    """``POST /api/dataset/clone``: creates the row at once; a worker copies the chunks (docs/services/trieve.md 4)."""
    given = context.body(_CLONE)
    organization = context.need_organization()
    context.need_role(OWNER)
    source = find_live(context, given["dataset_to_clone"])
    if source is None:
        not_found("Could not find dataset")
    request = configuration.for_clone(read_configuration(context, source))
    check_plan(context, organization["id"])
    answer = create_dataset(context, {**given, "server_configuration": request}, organization["id"])
    if given["clone_chunks"] is not False:
        if context.switches.redis_down:
            return context.timeout_answer()
        start_clone(context, source=source, dataset_id=answer["id"], qdrant_only=request["QDRANT_ONLY"])
    return json_answer(200, answer)


def batch(context: Context) -> Answer:
    """``POST /api/dataset/batch_create_datasets`` (docs/services/trieve.md 1.5)."""
    given = context.body(_BATCH)
    context.need_role(OWNER)
    organization_id = context.need_organization()["id"]
    upsert, found, fresh_rows = bool(given["upsert"]), [], 0
    touched: set[str] = set()
    context.connection.execute("SAVEPOINT batch")
    for item in given["datasets"]:
        shown = configuration.shown(configuration.create(item["server_configuration"]))
        existing = None
        if item["tracking_id"] is not None:
            existing = find_tracked(context, item["tracking_id"], organization_id)
        if existing is not None and not upsert:
            continue
        if not is_storable(item, shown) or (existing is not None and existing["id"] in touched):
            _undo_batch(context)
        if existing is None:
            dataset_id = insert_dataset(context, given=item, organization_id=organization_id, shown=shown)
            fresh_rows += 1
        else:
            dataset_id = existing["id"]
            context.connection.execute(
                "UPDATE datasets SET name = ?, server_configuration = ? WHERE id = ?",
                (item["dataset_name"], to_text(shown), dataset_id),
            )
        touched.add(dataset_id)
        row = find_live(context, dataset_id)
        assert row is not None
        found.append(raw_json(row))
    if given["datasets"] and not fresh_rows:
        # The database trigger that counts datasets fails when the statement inserted no row.
        _undo_batch(context)
    context.connection.execute("RELEASE batch")
    return json_answer(200, found)


def _undo_batch(context: Context) -> None:
    context.connection.execute("ROLLBACK TO batch")
    context.connection.execute("RELEASE batch")
    refuse(400, "Could not create dataset batch due to pg error")
