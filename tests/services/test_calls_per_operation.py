"""Which calls each operation of each resource makes, in their order: the floor, so that nobody adds one unseen.

A call costs 5 to 9 ms of a real service, a thousand times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cortex_world import Resource, World

from support.life import Life
from support.trieve import Tenancy

Program = dict[str, Any]
Table = Mapping[str, tuple[str, ...]]
FIRST, NOTHING_NEW, REFRESH, UPDATE, STATE_ONLY, REPLACE, DELETE = (
    "create",
    "no change",
    "refresh",
    "update",
    "a change of state alone",
    "replace",
    "delete",
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEYS = "/api/organization/api_key"


class Script:
    """One life: the programs of its operations.

    :param first: the program of the create, of the run that finds nothing new, and of the refresh.
    """

    def __init__(
        self,
        first: Program,
        *,
        update: Program | None = None,
        state_only: Program | None = None,
        replace: Program | None = None,
    ) -> None:
        self._programs = {FIRST: first, NOTHING_NEW: first, UPDATE: update, STATE_ONLY: state_only, REPLACE: replace}

    def run(
        self,
        up: Callable[[Program], str],
        refresh: Callable[[], object],
        destroy: Callable[[], object] | None,
        calls: Callable[[], list[str]],
    ) -> dict[str, tuple[str, ...]]:
        """What each operation asked of the service. :param destroy: None where the service deletes nothing."""
        made: dict[str, tuple[str, ...]] = {}
        for operation, program in self._programs.items():
            if program is None:
                continue
            # A life that deletes first ends a replacement with its create.
            steps = {FIRST: ("create",), NOTHING_NEW: ("same",), REPLACE: ("replace", "create")}
            assert up(program) in steps.get(operation, ("update",)), operation
            made[operation] = tuple(calls())
            if operation == NOTHING_NEW:
                refresh()
                made[REFRESH] = tuple(calls())
        if destroy is not None:
            destroy()
            made[DELETE] = tuple(calls())
        return made


DATASET: Program = {"tracking_id": "docs", "server_configuration": {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 768}}
BIGGER: Program = {**DATASET, "server_configuration": {"MAX_LIMIT": 6, "EMBEDDING_SIZE": 768}}
COPY: Program = {"tracking_id": "copy", "clone_from": {"copy_chunks": False}}
GET_DATASET, COUNT, DELETE_DATASET = "GET /api/dataset/ID", "GET /api/dataset/usage/ID", "DELETE /api/dataset/ID"
DATASETS, PUT = "GET /api/dataset/organization/ID", "PUT /api/dataset"
CLONE_LIFE: Table = {NOTHING_NEW: (), REFRESH: (GET_DATASET,), DELETE: (COUNT, DELETE_DATASET)}
SITE = {"site_url": "https://docs.example.test", "limit": 5}
CRAWLS = "GET /api/crawl?page=1&limit=100"
ORGANIZATION = "GET /api/organization/ID"
MINE = "GET /api/auth/me"
SEARCH: Program = {"name": "search", "role": 1}
LIST_KEYS, ONE_KEY = f"GET {KEYS}?limit=100", f"GET {KEYS}?limit=1&cursor=ID"
ISSUE = (LIST_KEYS, f"POST {KEYS}", ORGANIZATION, LIST_KEYS)
"""What is there before, the create, a request with the new key, and the list that tells its id."""

TRIEVE: dict[str, tuple[str, Script, Table]] = {
    "dataset": (
        "dataset",
        Script(DATASET, update=BIGGER, state_only={**BIGGER, "force_destroy": True}),
        {
            FIRST: ("POST /api/dataset",),
            NOTHING_NEW: (),
            REFRESH: (GET_DATASET,),
            UPDATE: (GET_DATASET, PUT, GET_DATASET),
            STATE_ONLY: (),
            DELETE: (DELETE_DATASET,),
        },
    ),
    "dataset with a guarded delete": (
        "dataset",
        Script(DATASET),
        {FIRST: ("POST /api/dataset",), NOTHING_NEW: (), REFRESH: (GET_DATASET,), DELETE: (COUNT, DELETE_DATASET)},
    ),
    "clone without chunks": (
        "dataset",
        Script(COPY),
        {FIRST: (GET_DATASET, "POST /api/dataset/clone"), **CLONE_LIFE},
    ),
    "clone without chunks that is updated": (
        "dataset",
        Script({**DATASET, **COPY}),
        {FIRST: (GET_DATASET, "POST /api/dataset/clone", PUT, GET_DATASET), **CLONE_LIFE},
    ),
    "clone with chunks": (
        "dataset",
        Script({"tracking_id": "copy", "clone_from": {}}),
        {FIRST: (GET_DATASET, COUNT, "POST /api/dataset/clone"), **CLONE_LIFE},
    ),
    "organization": (
        "organization",
        Script({"name": "NAME"}, update={"name": "NAME!"}),
        {
            FIRST: (MINE, MINE, "POST /api/organization"),  # nothing of that name, and again after a second
            NOTHING_NEW: (),
            REFRESH: (ORGANIZATION,),
            UPDATE: (ORGANIZATION, "PUT /api/organization", ORGANIZATION),
            # An empty list, again after a second, and a count from another call.
            DELETE: (DATASETS, DATASETS, "POST /api/organization/usage/ID", "DELETE /api/organization/ID"),
        },
    ),
    "fleet configuration of one dataset": (
        "fleet_configuration",
        Script({"configuration": {"MAX_LIMIT": 500}}, update={"configuration": {"MAX_LIMIT": 600}}),
        {
            FIRST: ("POST /api/organization/update_dataset_configs",),
            NOTHING_NEW: (),
            REFRESH: (DATASETS, GET_DATASET),
            UPDATE: ("POST /api/organization/update_dataset_configs",),
            DELETE: (),
        },
    ),
    "crawl": (
        "crawl",
        Script({"crawl_options": SITE}, replace={"crawl_options": {**SITE, "limit": 6}}),
        {
            FIRST: (CRAWLS, CRAWLS, "POST /api/crawl"),  # no equal one, and again after a second
            NOTHING_NEW: (),
            REFRESH: (CRAWLS,),
            REPLACE: ("DELETE /api/crawl/ID", CRAWLS, CRAWLS, "POST /api/crawl"),
            DELETE: ("DELETE /api/crawl/ID",),
        },
    ),
    "API key": (
        "api_key",
        Script({**SEARCH, "rotate_trigger": "1"}, state_only=SEARCH, replace={**SEARCH, "rotate_trigger": "2"}),
        {
            FIRST: ISSUE,
            NOTHING_NEW: (),
            REFRESH: (ONE_KEY,),
            STATE_ONLY: (),
            REPLACE: (*ISSUE, f"DELETE {KEYS}/ID", ONE_KEY),
            DELETE: (f"DELETE {KEYS}/ID", ONE_KEY),  # the answer is the same whether there was one
        },
    ),
}


def with_source(program: Program, dataset_id: str, name: str) -> Program:
    """The program with the ids that only a test knows."""
    made = dict(program)
    if "clone_from" in made:
        made["clone_from"] = {"dataset_id": dataset_id, **made["clone_from"]}
    if "crawl_options" in made:
        made["dataset_id"] = dataset_id
    if "name" in made:
        made["name"] = made["name"].replace("NAME", name)
    return made


@pytest.mark.parametrize("what", TRIEVE)
def test_trieve(trieve: Tenancy, what: str) -> None:
    kind, script, expected = TRIEVE[what]
    there = trieve.make_by_hand("there", EMBEDDING_SIZE=768)
    name = f"Acme {trieve.organization_id[:8]}"
    admin = kind == "organization"

    def service() -> Any:
        return trieve.service(admin=admin, key=not admin)

    life = Life(service().resources[kind], name=kind)

    def up(program: Program) -> str:
        nonlocal life
        life = trieve.again(life, service()) if life.id else life
        return life.up(with_source(program, there, name))

    def calls() -> list[str]:
        found = [f"{method} {UUID.sub('ID', path)}" for method, path in trieve.calls()]
        trieve.forget_calls()
        return found

    trieve.forget_calls()
    made = script.run(up, lambda: life.refresh(), lambda: trieve.again(life, service()).destroy(), calls)
    assert made == dict(expected)


TOPIC = {"key": "topic", "type": "string", "searchable": True, "filterable": True}
TENANT: Program = {"tenant_id": "acme", "tenant_metadata_schema": [TOPIC]}
FIELD = {"name": "topic", "data_type": "VARCHAR", "max_length": 64}
DATABASE: Program = {"tenant_id": "acme", "tenant_metadata_schema": [FIELD]}
GROWN: Program = {**DATABASE, "tenant_metadata_schema": [FIELD, {"name": "year", "data_type": "INT64"}]}
PROBE, STATISTICS = "GET /tenant/sub_tenant_ids?tenant_id=acme", "GET /tenant/stats?tenant_id=acme"
STATUS, SCHEMA, FILLED = (
    "GET /databases/status?database=acme",
    "GET /databases/acme/metadata-schema",
    "GET /databases/stats?database=acme",
)
GONE = ("DELETE /databases?database=acme", STATUS)
MADE = (STATUS, "POST /databases", STATUS, SCHEMA)
"""Nothing there, the create, its end, and what it has become."""

CORTEX: dict[str, tuple[str, str, Script, Table]] = {
    "tenant": (
        "cortex",
        "tenant",
        Script(TENANT, state_only={**TENANT, "note": "x"}),
        {
            FIRST: (PROBE, STATISTICS, "POST /user/create_tenant?tenant_id=acme", PROBE),
            NOTHING_NEW: (),
            REFRESH: (PROBE,),
            STATE_ONLY: (),
        },
    ),
    "embeddings tenant": (
        "cortex",
        "embeddings_tenant",
        Script({"tenant_id": "acme"}),
        {
            FIRST: (PROBE, STATISTICS, "POST /embeddings/create_tenant?tenant_id=acme", PROBE),
            NOTHING_NEW: (),
            REFRESH: (PROBE,),
        },
    ),
    "tenant, v2": (
        "v2",
        "tenant",
        Script(DATABASE, update=GROWN, state_only={**GROWN, "force_destroy": True}),
        {
            FIRST: MADE,
            NOTHING_NEW: (),
            REFRESH: (SCHEMA,),
            UPDATE: (SCHEMA, "PATCH /databases/acme/metadata-schema", SCHEMA),
            STATE_ONLY: (),
            DELETE: GONE,
        },
    ),
    "embeddings tenant, v2": (
        "v2",
        "embeddings_tenant",
        Script({"tenant_id": "acme", "embeddings_dimension": 8}),
        {FIRST: MADE, NOTHING_NEW: (), REFRESH: (SCHEMA,), DELETE: (FILLED, *GONE)},
    ),
}


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Callable[[str], World]]:
    open_ones: list[World] = []

    def open_one(version: str) -> World:
        folder = tmp_path / version
        folder.mkdir()
        open_ones.append(World(folder, version=version))
        return open_ones[-1]

    yield open_one
    for world in open_ones:
        world.close()


@pytest.mark.parametrize("what", CORTEX)
def test_cortex(worlds: Callable[[str], World], what: str) -> None:
    version, kind, script, expected = CORTEX[what]
    world = worlds(version)
    tenant = Resource(world, kind=kind)

    def up(program: Program) -> str:
        world.new_service()
        return tenant.up(program)

    made = script.run(up, tenant.refresh, tenant.destroy if version == "v2" else None, world.calls)
    assert made == dict(expected)


def test_no_resource_is_left_out(trieve: Tenancy, worlds: Callable[[str], World]) -> None:
    assert {kind for kind, _, _ in TRIEVE.values()} == trieve.service().resources.keys()
    for version in ("cortex", "v2"):
        kinds = {kind for of, kind, _, _ in CORTEX.values() if of == version}
        assert kinds == worlds(version).service.resources.keys()
