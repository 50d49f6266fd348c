"""Every resource in the real provider process, over its protocol: what the engine asks, in the order it asks it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_retrieval.core.declaration import digest, leaves, places_to_json
from pulumi_retrieval.providers import cortex, trieve
from pulumi_retrieval.providers.adapter import DECLARATION_KEY, RetrievalProvider
from support.canaries import CANARIES, assert_absent
from support.provider_process import UNKNOWN, Observed, ProviderError, ProviderProcess, Secret, Served
from support.sandbox import Sandbox

NEW, UPDATE, SAME, REPLACE, REFUSED = "create", "update", "same", "replace", "refused"
ROTATE = "rotate"
"""A replacement that creates first."""
Inputs = dict[str, Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def environment(sandbox: Sandbox) -> dict[str, str]:
    sandbox.clear_faults()
    sandbox.reset_requests()
    return dict(sandbox.environment)


@pytest.fixture
def process(environment: dict[str, str]) -> Iterator[ProviderProcess]:
    with ProviderProcess(environment=environment) as process:
        yield process


class Resource:
    """One resource as the engine keeps it: its state between calls, and the order of the calls."""

    def __init__(self, served: Served, *, name: str, retain: bool = False) -> None:
        self.served = served
        self.declaration = {"name": name, "token": "Thing", "candidate": f"{name}-0a1b2c", "retain_on_delete": retain}
        self.id, self.inputs, self.outputs = "", {}, {}

    def check(self, program: Mapping[str, Any], *, old: Mapping[str, Any] | None = None) -> tuple[Inputs, list[str]]:
        given = {**program, DECLARATION_KEY: self.declaration}
        inputs, failures = self.served.check(self.inputs if old is None else old, given)
        assert all(place == "" for place, _ in failures), "with a name the engine prints the value"
        assert DECLARATION_KEY not in inputs
        return inputs, [text for _, text in failures]

    def up(self, program: Mapping[str, Any]) -> str:
        inputs, failures = self.check(program)
        if failures:
            return REFUSED
        if not self.id:
            self.id, self.outputs = self.served.create(inputs)
            self.inputs = inputs
            return NEW
        try:
            difference = self.served.diff(self.id, self.outputs, inputs)
        except ProviderError as error:
            if "RetrievalError: REFUSED, nothing was changed" not in str(error):
                raise
            return REFUSED
        step = REPLACE if difference.replaces else UPDATE if difference.changes else SAME
        if step == REPLACE and not difference.delete_before_replace:
            step, former = ROTATE, (self.id, self.outputs)
            self.id, self.outputs = self.served.create(inputs)
            self.served.delete(*former)
        if step == REPLACE:
            self.served.delete(self.id, self.outputs)
            inputs, _ = self.check(program, old={})
            self.id, self.outputs = self.served.create(inputs)
        if step == UPDATE:
            self.outputs = self.served.update(self.id, self.outputs, inputs)
        self.inputs = inputs
        return step

    def refresh(self) -> Observed:
        return self.served.read(self.id, self.outputs)


@dataclass(frozen=True)
class Turn:
    """One `up` of a life: the program, what it does, and the calls it makes (`METHOD`, or `METHOD body`)."""

    program: Inputs
    step: str
    calls: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Life:
    """A resource from its creation to its end. :param undeletable: a part of the text that a delete fails with."""

    provider: type[RetrievalProvider]
    turns: Callable[[Mapping[str, str]], list[Turn]]
    environment: Mapping[str, str] = field(default_factory=dict)
    undeletable: str = ""
    found_by_id: bool = True
    """Whether the service has an object of this id that can be read alone."""


def dataset(known: Mapping[str, str]) -> list[Turn]:
    # Numbers arrive as floats, whatever the program wrote.
    one = {"tracking_id": "life", "server_configuration": {"MAX_LIMIT": 50.0, "BM25_K": 1.2}}
    ten = {"tracking_id": "life", "server_configuration": {"MAX_LIMIT": 60, "BM25_K": 1.2, "EMBEDDING_SIZE": 768.0}}
    bare = {"tracking_id": "life", "server_configuration": {"MAX_LIMIT": 60, "EMBEDDING_SIZE": 768}}
    return [
        Turn(one, NEW, ("POST",)),
        Turn(one, SAME, ()),
        Turn(ten, UPDATE, ("GET", 'PUT {"dataset_id":"ID","server_configuration":{"MAX_LIMIT":60}}', "GET")),
        Turn(bare, UPDATE, ()),
        Turn({**bare, "force_destroy": True}, UPDATE, ()),
        Turn({**bare, "server_configuration": {"MAX_LIMIT": 60, "EMBEDDING_SIZE": 1536}}, REFUSED, ()),
        Turn(
            {
                **bare,
                "server_configuration": {"MAX_LIMIT": 60, "EMBEDDING_SIZE": 1536},
                "on_immutable_change": "replace",
            },
            REPLACE,
            ("DELETE", "POST"),
        ),
        Turn(
            {**bare, "dataset_name": "x", "tracking_id": "other", "server_configuration": {"EMBEDDING_SIZE": 1536}},
            UPDATE,
        ),
    ]


def organization(known: Mapping[str, str]) -> list[Turn]:
    return [
        Turn({"name": "Life"}, NEW, ("GET", "GET", "POST")),
        Turn({"name": "Life"}, SAME, ()),
        Turn({"name": "Lives"}, UPDATE, ("GET", 'PUT {"name":"Lives"}', "GET")),
        Turn({"name": "Lives", "organization_id": known["organization_id"]}, REFUSED, ()),
    ]


def fleet(known: Mapping[str, str]) -> list[Turn]:
    return [
        Turn({"configuration": {"MAX_LIMIT": 7.0}}, NEW),
        Turn({"configuration": {"MAX_LIMIT": 7}}, SAME, ()),
        Turn({"configuration": {"MAX_LIMIT": 8}}, UPDATE),
    ]


def crawl(known: Mapping[str, str]) -> list[Turn]:
    def site(limit: float) -> Inputs:
        return {
            "dataset_id": known["dataset_id"],
            "crawl_options": {"site_url": "https://example.test", "limit": limit},
        }

    return [Turn(site(5.0), NEW), Turn(site(5), SAME, ()), Turn(site(6), REPLACE)]


def api_key(known: Mapping[str, str]) -> list[Turn]:
    one = {"name": "life", "role": 1.0}
    return [
        Turn(one, NEW, ("GET", "POST", "GET", "GET")),
        Turn(one, SAME, ()),
        Turn({**one, "scopes": []}, REFUSED, ()),
        Turn({**one, "rotate_trigger": "1"}, ROTATE, ("GET", "POST", "GET", "GET", "DELETE", "GET")),
        Turn(one, UPDATE, ()),
    ]


DEPARTMENT = {"key": "department", "type": "string", "searchable": True, "filterable": False}


def tenant(known: Mapping[str, str]) -> list[Turn]:
    one = {"tenant_id": "life", "tenant_metadata_schema": [DEPARTMENT]}
    return [
        Turn(one, NEW, ("GET", "GET", "POST", "GET")),
        Turn(one, SAME, ()),
        Turn({**one, "note": "a remark"}, UPDATE, ()),
        Turn({**one, "tenant_metadata_schema": [{**DEPARTMENT, "type": "number"}]}, REFUSED, ()),
        Turn({**one, "tenant_metadata_schema": []}, REFUSED, ()),
    ]


def embeddings(known: Mapping[str, str]) -> list[Turn]:
    return [
        Turn({"tenant_id": "life_bare"}, NEW),
        Turn({"tenant_id": "life_bare"}, SAME, ()),
        Turn({"tenant_id": "another"}, REFUSED, ()),
    ]


def database(known: Mapping[str, str]) -> list[Turn]:
    first, second = (
        {"name": "department", "data_type": "VARCHAR", "max_length": 64.0},
        {"name": "n", "data_type": "INT64"},
    )
    one = {"tenant_id": "life-v2", "tenant_metadata_schema": [first]}
    return [
        Turn(one, NEW),
        Turn(one, SAME, ()),
        Turn({**one, "tenant_metadata_schema": [second, first]}, UPDATE),
        Turn({**one, "tenant_metadata_schema": [second]}, REFUSED, ()),
    ]


V2 = {"CORTEX_API_VERSION": "v2"}
LIVES = {
    "dataset": Life(trieve.DatasetProvider, dataset),
    "organization": Life(trieve.OrganizationProvider, organization),
    "fleet configuration": Life(trieve.FleetConfigurationProvider, fleet, found_by_id=False),
    "API key": Life(trieve.ApiKeyProvider, api_key, found_by_id=False),
    "crawl": Life(trieve.CrawlProvider, crawl, found_by_id=False),
    "tenant": Life(cortex.TenantProvider, tenant, undeletable="retain_on_delete=True"),
    "embeddings tenant": Life(cortex.EmbeddingsTenantProvider, embeddings, undeletable="retain_on_delete=True"),
    "tenant, v2": Life(cortex.TenantProvider, database, V2),
    "embeddings tenant, v2": Life(
        cortex.EmbeddingsTenantProvider,
        lambda known: [
            Turn({"tenant_id": "bare-v2", "embeddings_dimension": 8.0}, NEW),
            Turn({"tenant_id": "bare-v2", "embeddings_dimension": 8}, SAME, ()),
            Turn({"tenant_id": "bare-v2", "embeddings_dimension": 16}, REFUSED, ()),
        ],
        V2,
    ),
}


@pytest.fixture(scope="module")
def known(sandbox: Sandbox) -> dict[str, str]:
    """Ids of what lives may refer to."""
    made = sandbox.trieve.post(
        "/api/dataset",
        json={"dataset_name": "there", "tracking_id": "there"},
        headers={"TR-Organization": sandbox.organization_id},
    ).json()
    return {"organization_id": sandbox.organization_id, "dataset_id": made["id"]}


@pytest.mark.parametrize("name", LIVES)
def test_a_life(name: str, sandbox: Sandbox, environment: dict[str, str], known: dict[str, str]) -> None:
    life = LIVES[name]
    with ProviderProcess(environment={**environment, **life.environment}) as process:
        resource = Resource(process.serve(life.provider()), name=name.replace(" ", "-"))
        for number, turn in enumerate(life.turns(known)):
            sandbox.reset_requests()
            assert resource.up(turn.program) == turn.step, f"turn {number}"
            calls = sandbox.requests()
            assert [call["status"] for call in calls if call["method"] != "GET" and call["status"] >= 300] == []
            for call in calls:
                assert ".0" not in call["raw"], "integers leave as integers"
            if turn.calls is not None:
                bodies = [f"{call['method']} {call['raw'].replace(resource.id, 'ID')}".strip() for call in calls]
                sent = [body if " " in text else body.split()[0] for body, text in zip(bodies, turn.calls, strict=True)]
                assert sent == list(turn.calls)
            if turn.step == REFUSED:
                continue
            # A refresh finds no drift, and hands back no inputs; the old ones pass for the program.
            seen = resource.refresh()
            assert seen.id == resource.id
            assert seen.inputs is None
            inputs, failures = resource.check(turn.program)
            assert failures == []
            assert resource.served.diff(resource.id, seen.outputs, inputs).changes is False

    # Every run of the engine has processes of its own.
    with ProviderProcess(environment={**environment, **life.environment}) as process:
        resource.served = process.serve(life.provider())
        if life.found_by_id:
            found = resource.served.get(resource.id, {})
            assert found.id == resource.id
            assert found.outputs["endpoint"] == resource.outputs["endpoint"]
        if life.undeletable:
            with pytest.raises(ProviderError, match=life.undeletable):
                resource.served.delete(resource.id, resource.outputs)
            return
        resource.served.delete(resource.id, resource.outputs)
        resource.served.delete(resource.id, resource.outputs)  # absent is success
        if life.found_by_id:
            assert resource.refresh() == Observed("", {}, None)


@pytest.mark.parametrize("name", LIVES)
def test_unknown_values_pass_check(
    name: str, sandbox: Sandbox, environment: dict[str, str], known: dict[str, str]
) -> None:
    life = LIVES[name]
    with ProviderProcess(environment={**environment, **life.environment}) as process:
        resource = Resource(process.serve(life.provider()), name="unknown")
        program = life.turns(known)[0].program
        for key, value in program.items():
            inner = dict.fromkeys(value, UNKNOWN) if isinstance(value, dict) else UNKNOWN
            for unknown in (UNKNOWN, inner):
                inputs, failures = resource.check({**program, key: unknown})
                assert failures == []
                assert inputs[key] == unknown
        assert sandbox.requests() == []


def test_an_unknown_in_an_update_is_a_step_and_not_a_refusal_where_the_key_is_updatable(
    process: ProviderProcess, sandbox: Sandbox
) -> None:
    resource = Resource(process.serve(trieve.DatasetProvider()), name="late")
    assert resource.up({"server_configuration": {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 768}}) == NEW
    sandbox.reset_requests()
    inputs, failures = resource.check({"server_configuration": {"MAX_LIMIT": UNKNOWN, "EMBEDDING_SIZE": 768}})
    assert failures == []
    assert resource.served.diff(resource.id, resource.outputs, inputs).changes is True
    _, (text,) = resource.check({"server_configuration": {"MAX_LIMIT": 5, "EMBEDDING_SIZE": UNKNOWN}})
    assert text.startswith("REFUSED, nothing was changed: 1 immutable key of dataset late-0a1b2c")
    assert "not known before the update" in text
    assert sandbox.requests() == []


def test_integers_leave_as_integers_and_keys_that_are_floats_as_floats(
    process: ProviderProcess, sandbox: Sandbox
) -> None:
    resource = Resource(process.serve(trieve.DatasetProvider()), name="numbers")
    resource.up({"server_configuration": {"MAX_LIMIT": 9007199254740991.0, "BM25_K": 1.25, "MAX_TOKENS": 0.0}})
    (sent,) = sandbox.requests()
    body = '"server_configuration":{"BM25_K":1.25,"MAX_LIMIT":9007199254740991,"MAX_TOKENS":0}'
    assert json.loads(sent["raw"])["server_configuration"] == json.loads(f"{{{body}}}")["server_configuration"]
    assert ".0" not in sent["raw"]
    _, (text,) = resource.check({"server_configuration": {"MAX_LIMIT": 9007199254740992.0}})
    assert "2^53 - 1" in text


def test_secrets_are_stored_where_they_are_marked_and_nowhere_else(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    with ProviderProcess(environment={**environment, "TRIEVE_API_KEY": ""}) as process:
        process.configure({"trieve:apiKey": Secret(environment["TRIEVE_API_KEY"])})
        resource = Resource(process.serve(trieve.DatasetProvider()), name="secrets")
        program = {
            "server_configuration": {
                "LLM_API_KEY": Secret(CANARIES.llm_api_key),
                "PUBLIC_DATASET": {
                    "enabled": True,
                    "api_key": Secret("page-secret-1"),
                    "extra_params": {"apiKey": Secret("page-secret-2"), "placeholder": "Ask"},
                },
            }
        }
        resource.up(program)
        for kept in (copy.deepcopy(resource.inputs), copy.deepcopy(resource.outputs)):
            configuration = kept["server_configuration"]
            assert configuration.pop("LLM_API_KEY") == Secret(CANARIES.llm_api_key)
            assert configuration["PUBLIC_DATASET"].pop("api_key") == Secret("page-secret-1")
            assert configuration["PUBLIC_DATASET"]["extra_params"].pop("apiKey") == Secret("page-secret-2")
        secrets = [CANARIES.llm_api_key, "page-secret-1", "page-secret-2", environment["TRIEVE_API_KEY"]]
        assert_absent({"the outputs": json.dumps(kept)}, of=secrets)
        refreshed = resource.refresh()
        assert refreshed.outputs["server_configuration"]["LLM_API_KEY"] == Secret(CANARIES.llm_api_key)
        assert resource.up(program) == SAME
        program["server_configuration"]["LLM_API_KEY"] = Secret(CANARIES.trieve_api_key)
        assert resource.up(program) == UPDATE
        sandbox.faults([{"method": "GET", "act": {"kind": "answer", "status": 400, "body": " ".join(secrets)}}])
        with pytest.raises(ProviderError, match=r"\[secret\] \[secret\] \[secret\] \[secret\]") as failed:
            resource.refresh()
        sandbox.clear_faults()
        assert_absent({"an error": str(failed.value), "output": process.stdout + process.stderr}, of=secrets)


def test_an_error_is_a_short_traceback_with_the_text_last(process: ProviderProcess, sandbox: Sandbox) -> None:
    resource = Resource(process.serve(trieve.DatasetProvider()), name="error")
    sandbox.faults([{"method": "POST", "act": {"kind": "answer", "status": 403, "body": {"message": "Forbidden"}}}])
    with pytest.raises(ProviderError) as failed:
        resource.up({})
    text = str(failed.value)
    assert text.count('  File "') <= 4
    assert "During handling of the above exception" not in text
    assert "could not create dataset error-0a1b2c: HTTP 403: Forbidden" in text.rstrip().splitlines()[-1]


def test_a_refresh_shows_drift_in_inputs_and_outputs(process: ProviderProcess, sandbox: Sandbox) -> None:
    resource = Resource(process.serve(trieve.DatasetProvider()), name="drift")
    program = {"server_configuration": {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 768}}
    resource.up(program)
    sandbox.trieve.put(
        "/api/dataset",
        json={
            "dataset_id": resource.id,
            "server_configuration": {"MAX_LIMIT": 6, "EMBEDDING_SIZE": 1536, "BM25_K": 0.5},
        },
        headers={"TR-Organization": sandbox.organization_id},
    ).raise_for_status()
    seen = resource.refresh()
    assert seen.inputs is not None
    for values in (seen.inputs, seen.outputs):
        assert values["server_configuration"] == {"MAX_LIMIT": 6, "EMBEDDING_SIZE": 768}
        assert values["drifted"] == {"server_configuration.EMBEDDING_SIZE": 1536}
    resource.inputs, resource.outputs = seen.inputs, seen.outputs
    sandbox.reset_requests()
    assert resource.up(program) == UPDATE
    (sent,) = [call["body"] for call in sandbox.requests() if call["method"] == "PUT"]
    assert sent == {"dataset_id": resource.id, "server_configuration": {"MAX_LIMIT": 5, "EMBEDDING_SIZE": 768}}
    assert "somebody else" in process.stderr


# What a program says of its values, and what arrives otherwise (`core/declaration.py`).

URL = "https://embed.example.test/tok-1"
URL_PLACE = "server_configuration.EMBEDDING_BASE_URL"


def of_program(values: Inputs) -> Inputs:
    """What a declaration says where all values are plain."""
    return places_to_json((), frozenset(digest(path, value) for path, value in leaves(values)))


def test_an_immutable_value_that_the_program_did_not_declare_is_held_back(process: ProviderProcess) -> None:
    resource = Resource(process.serve(trieve.DatasetProvider()), name="undeclared")
    declared: Inputs = {"server_configuration": {"MAX_LIMIT": 5.0, "EMBEDDING_SIZE": 1536.0}}
    resource.declaration |= of_program(declared)
    configuration = {**declared["server_configuration"], "EMBEDDING_BASE_URL": URL}
    arrived = {**declared, "server_configuration": configuration}
    assert resource.up(arrived) == NEW
    assert resource.inputs["secret_inputs"] == [URL_PLACE]
    assert URL_PLACE not in resource.outputs["observed_immutable"]
    assert resource.outputs["compared_secrets"] == [URL_PLACE]
    assert resource.outputs["observed_immutable"]["server_configuration.EMBEDDING_SIZE"] == 1536
    assert resource.up(arrived) == SAME
    configuration["EMBEDDING_BASE_URL"] = "https://embed.example.test/tok-2"
    _, [refusal] = resource.check(arrived)
    assert 'EMBEDDING_BASE_URL    was "[secret]"    now "[secret]"' in refusal


def test_without_a_declaration_every_value_may_be_a_secret(process: ProviderProcess) -> None:
    served = process.serve(trieve.DatasetProvider())
    arrived = {"tracking_id": "lost", "dataset_name": "Lost", "server_configuration": {"EMBEDDING_BASE_URL": URL}}
    inputs, failures = served.check({}, arrived)
    assert (inputs["secret_inputs"], failures) == ([URL_PLACE], [])


def test_what_was_stored_in_plain_is_known_to_be_plain(process: ProviderProcess) -> None:
    """An old state, and `ignore_changes`, which puts the stored value back before check."""
    resource = Resource(process.serve(trieve.DatasetProvider()), name="stored")
    program: Inputs = {"server_configuration": {"EMBEDDING_BASE_URL": URL}}
    resource.up(program)
    assert "secret_inputs" not in resource.outputs
    resource.declaration |= of_program({"server_configuration": {"EMBEDDING_BASE_URL": "what the program says"}})
    assert resource.up(program) == SAME


def test_a_drift_that_nothing_puts_back_is_a_step_after_each_refresh(
    process: ProviderProcess, sandbox: Sandbox
) -> None:
    resource = Resource(process.serve(cortex.TenantProvider()), name="drift")
    program = {
        "tenant_id": "drifting",
        "tenant_metadata_schema": [{"key": "topic", "type": "string", "filterable": True}],
    }
    resource.up(program)
    changed = [{"key": "topic", "type": "string", "searchable": False, "filterable": False}]
    sandbox.trieve.put("/_sandbox/cortex/tenants/drifting/schema", json={"tenant_metadata_schema": changed})
    for _ in range(2):
        seen = resource.refresh()
        assert seen.inputs is not None
        assert seen.inputs["unrepaired"] == ["tenant_metadata_schema"]
        # The engine compares what it read with the inputs that it had.
        assert resource.served.diff(resource.id, seen.outputs, resource.inputs).changes
        resource.inputs, resource.outputs = seen.inputs, seen.outputs
        assert resource.up(program) == UPDATE
        assert resource.up(program) == SAME
    told = (
        'somebody else changed tenant_metadata_schema["topic"].filterable (was true, now false), and the service cannot'
    )
    assert process.stderr.count(told) == 1
