"""Whatever `check` accepts, the service takes; and nothing that is stored can break us.

The service is the sandbox, in a process of its own. `PULUMI_RETRIEVAL_EXAMPLES=2000` looks harder.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import json_values, wild
from pulumi_retrieval.core.errors import RetrievalError, ServiceError
from pulumi_retrieval.core.fields import Inputs
from pulumi_retrieval.core.reconciler import Reconciler
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.services.cortex import CortexService
from pulumi_retrieval.services.cortex.inputs import (
    DatabaseTenantInputs,
    EmbeddingsDatabaseInputs,
    EmbeddingsTenantInputs,
    MetadataField,
    MetadataKey,
    TenantInputs,
)
from pulumi_retrieval.services.trieve.configuration import ServerConfiguration
from pulumi_retrieval.services.trieve.crawl import SOURCES
from pulumi_retrieval.services.trieve.inputs import (
    CrawlInputs,
    CrawlOptions,
    DatasetInputs,
    FleetConfigurationInputs,
    OrganizationInputs,
)
from support.life import Life
from support.nasty import RECORDS, names, page_settings, program, shaped, texts, thorough
from support.sandbox import Sandbox
from support.trieve import Tenancy

UNDESCRIBED = "do not describe its content"
"""What `check` says of a value of which nobody knows whether the service takes it."""


class Strict:
    """One kind of resource, and everything that people are told of it."""

    def __init__(self, cycle: Reconciler, said: list[str]) -> None:
        self.cycle = cycle
        self.said = said

    def accept(self, wanted: Mapping[str, Any], *, name: str = "thing") -> Life | None:
        """What `check` accepts is created, and nothing is left to change; None where `check` refuses."""
        life = Life(self.cycle, name=name, candidate=f"derived_{uuid.uuid4().hex[:8]}")
        self.said.clear()
        checked = self.cycle.check({}, wanted, life.declaration)
        assert all(isinstance(text, str) and text.encode() for text in map(self.clean, checked.failures))
        if checked.failures:
            return None
        again = self.cycle.check({}, checked.inputs, life.declaration)
        assert (again.failures, again.inputs) == ((), checked.inputs)
        if UNDESCRIBED in self.text:
            with pytest.raises(ServiceError, match="HTTP 501"):
                life.up(wanted)
            return None
        assert life.up(wanted) == "create"
        assert life.preview(wanted) == "same", self.text
        assert life.refresh()
        assert life.preview(wanted) == "same", self.text
        return life

    def clean(self, text: str) -> str:
        return self.cycle.run.redactor.clean(text)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def unique(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Ids that no other example has, as long as they were drawn; an empty one stays empty."""
    return strategy.map(lambda text: f"{text[:-8]}{uuid.uuid4().hex[:8]}" if text else text)


configurations = program(ServerConfiguration).flatmap(
    lambda values: st.fixed_dictionaries(
        {},
        optional={
            "PUBLIC_DATASET": st.fixed_dictionaries({"enabled": st.booleans(), "extra_params": page_settings}),
            "A_NEWER_KEY": texts,
        },
    ).map(lambda more: {**values, **more})
)


@pytest.fixture
def dataset_id(trieve: Tenancy) -> str:
    return trieve.make_by_hand("beside")


@thorough
@given(st.data())
def test_datasets(trieve: Tenancy, data: st.DataObject) -> None:
    strict = Strict(trieve.service().resources["dataset"], trieve.said)
    wanted = program(
        DatasetInputs,
        without=("adopt", "clone_from", "organization_id"),
        tracking_id=unique(texts),
        server_configuration=configurations,
    )
    strict.accept(data.draw(wanted))


@thorough
@given(st.data())
def test_organizations(trieve: Tenancy, data: st.DataObject) -> None:
    strict = Strict(trieve.service(admin=True, key=False).resources["organization"], trieve.said)
    strict.accept(data.draw(program(OrganizationInputs, without=("organization_id",), name=unique(texts))))


@thorough
@given(st.data())
def test_crawls(trieve: Tenancy, dataset_id: str, data: st.DataObject) -> None:
    strict = Strict(trieve.service().resources["crawl"], trieve.said)
    options = program(
        CrawlOptions, tags=st.lists(unique(texts), min_size=1), scrape_options=st.none() | shaped(SOURCES)
    )
    wanted = program(CrawlInputs, without=("organization_id",), dataset_id=st.just(dataset_id), crawl_options=options)
    strict.accept(data.draw(wanted), name=uuid.uuid4().hex)


@thorough
@given(st.data())
def test_fleet_configurations(trieve: Tenancy, dataset_id: str, data: st.DataObject) -> None:
    strict = Strict(trieve.service().resources["fleet_configuration"], trieve.said)
    match = st.none() | st.dictionaries(st.sampled_from([*ServerConfiguration.model_fields, "x"]), texts, max_size=2)
    wanted = program(
        FleetConfigurationInputs, without=("organization_id",), match=match, configuration=program(ServerConfiguration)
    )
    strict.accept(data.draw(wanted), name=uuid.uuid4().hex)


@pytest.fixture
def cortex(shared_sandbox: Sandbox) -> Iterator[Any]:
    """A service of one generation, and what it says."""
    opened: list[CortexService] = []

    def open_service(version: str) -> tuple[CortexService, list[str]]:
        said: list[str] = []
        raw = {"cortex:baseUrl": shared_sandbox.environment["CORTEX_BASE_URL"], "cortex:apiVersion": version}
        raw["cortex:apiKey"] = shared_sandbox.environment["CORTEX_API_KEY"]
        opened.append(CortexService(raw=raw, environ={}, run=Run(emit=said.append), sleep=lambda _: None))
        return opened[-1], said

    yield open_service
    for service in opened:
        service.close()


TENANTS: list[tuple[str, str, type[Inputs], dict[str, Any]]] = [
    # generation, kind, inputs, strategies for some of them
    (
        "cortex",
        "tenant",
        TenantInputs,
        {"tenant_metadata_schema": st.lists(program(MetadataKey, key=names), max_size=4)},
    ),
    ("cortex", "embeddings_tenant", EmbeddingsTenantInputs, {}),
    (
        "v2",
        "tenant",
        DatabaseTenantInputs,
        {"tenant_metadata_schema": st.lists(program(MetadataField, name=names), max_size=4)},
    ),
    ("v2", "embeddings_tenant", EmbeddingsDatabaseInputs, {}),
]


@pytest.mark.parametrize(("version", "kind", "model", "more"), TENANTS, ids=[f"{v} {k}" for v, k, _, _ in TENANTS])
@thorough
@given(st.data())
def test_tenants(
    cortex: Any, version: str, kind: str, model: type[Inputs], more: dict[str, Any], data: st.DataObject
) -> None:
    service, said = cortex(version)
    strict = Strict(service.resources[kind], said)
    tenant_id = unique(names) if version == "v2" else unique(texts)
    strict.accept(data.draw(program(model, without=("adopt",), tenant_id=tenant_id, **more)))


@pytest.fixture(scope="module")
def every_resource(shared_sandbox: Sandbox) -> Iterator[dict[str, Reconciler]]:
    """The resources of both services, on a connection that works."""
    tenancy = Tenancy(shared_sandbox)
    trieve = tenancy.service(admin=True)
    found = dict(trieve.resources)
    opened = []
    for version in ("cortex", "v2"):
        raw = {"cortex:baseUrl": shared_sandbox.environment["CORTEX_BASE_URL"], "cortex:apiVersion": version}
        raw["cortex:apiKey"] = shared_sandbox.environment["CORTEX_API_KEY"]
        service = CortexService(raw=raw, environ={}, run=Run(emit=lambda _: None), sleep=lambda _: None)
        opened.append(service)
        found |= {f"{version} {kind}": cycle for kind, cycle in service.resources.items()}
    yield found
    for service in opened:
        service.close()
    tenancy.close()


KINDS = ["dataset", "organization", "crawl", "fleet_configuration"]
KINDS += [f"{version} {kind}" for version in ("cortex", "v2") for kind in ("tenant", "embeddings_tenant")]
SOUND: dict[str, dict[str, Any]] = {
    "dataset": {"tracking_id": "golden"},
    "organization": {"name": "Acme"},
    "crawl": {"dataset_id": str(uuid.UUID(int=7)), "crawl_options": {"site_url": "https://example.test"}},
    "fleet_configuration": {"configuration": {"MAX_LIMIT": 5}},
}


@pytest.mark.parametrize("kind", KINDS)
@thorough
@given(st.data())
def test_no_state_breaks_anything(every_resource: dict[str, Reconciler], kind: str, data: st.DataObject) -> None:
    """Whatever was made of the state by hand: an answer, or an error of ours."""
    cycle = every_resource[kind]
    stored = wild(cycle.definition.model).flatmap(
        lambda inputs: st.dictionaries(st.sampled_from(RECORDS), json_values(), max_size=3).map(
            lambda records: {**inputs, **records}
        )
    )
    old, new = data.draw(stored), data.draw(wild(cycle.definition.model))
    if data.draw(st.booleans()):
        old["endpoint"] = cycle.definition.endpoint
    life = Life(cycle)
    checked = cycle.check({}, SOUND.get(kind, {"tenant_id": "acme"}), life.declaration).inputs
    object_id = data.draw(st.sampled_from([str(uuid.UUID(int=7)), "acme", "a/b", ""]))
    for call in (
        lambda: cycle.check(old, new, life.declaration),
        lambda: cycle.diff(object_id, old, new, life.declaration),
        lambda: cycle.read(object_id, old),
        lambda: cycle.update(object_id, old, checked, life.declaration),
        lambda: cycle.delete(object_id, old),
    ):
        with suppress(RetrievalError):
            call()
