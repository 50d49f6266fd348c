"""The remaining traps of the service, each with the rule that keeps people out of it.

Those of creates, updates, reads, deletes, clones and organizations stand in the tests of these.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pulumi_retrieval.services.trieve.wire import TrieveWire
from support.life import Life, Rejected
from support.sandbox import Sandbox
from support.trieve import Tenancy

PROGRAM: dict[str, Any] = {"tracking_id": "golden", "dataset_name": "Golden"}


def test_renaming_an_organization_is_never_taken_for_creating_one(trieve: Tenancy) -> None:
    """trieve.md 0.1: PUT renames, POST creates."""
    acme = Life(trieve.service(admin=True, key=False).resources["organization"])
    acme.up({"name": "Traps"})
    assert trieve.calls("POST", "PUT") == [("POST", "/api/organization")]


def test_dataset_names_do_not_identify_datasets(trieve: Tenancy) -> None:
    """trieve.md 0.10."""
    first, second = trieve.dataset(name="a"), trieve.dataset(name="b")
    first.up({"dataset_name": "Same"})
    second.up({"dataset_name": "Same"})
    assert first.id != second.id


def test_batch_creation_is_not_used(trieve: Tenancy) -> None:
    """trieve.md 0.9: it fails where everything exists, so it cannot ensure anything."""
    assert not [name for name in dir(TrieveWire) if "batch" in name]


def test_crawl_options_point_to_their_resource(trieve: Tenancy) -> None:
    """trieve.md 1.4: ignored by the service since they are objects of their own."""
    with pytest.raises(Rejected, match=r"crawl_options: .*declare a trieve.Crawl with this dataset_id"):
        trieve.dataset().up({**PROGRAM, "crawl_options": {"site_url": "https://example.test"}})


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        ({"EMBEDDING_BASE_URL": ""}, "must not be empty"),
        ({"RERANKER_BASE_URL": 1}, "must be a text"),
        ({"BM25_B": 1e39}, "must be 3.4"),
        ({"BM25_K": float("inf")}, "must be a finite number"),
        ({"TEMPERATURE": float("nan")}, "must be"),
        ({"MAX_TOKENS": 2**64}, "must not be above 9007199254740991"),
        ({"MAX_LIMIT": -1}, "must be 0 or more"),
        ({"N_RETRIEVALS_TO_INCLUDE": "8"}, "must be a whole number"),
        ({"LOCKED": "true"}, "must be true or false"),
        ({"DISTANCE_METRIC": "Cosine"}, "must be one of"),
        ({"TOOL_CONFIGURATION": {}}, "query_tool_options: is required"),
        ({"STOP_TOKENS": "END,STOP"}, "must be a list"),
        ({"llm_default_model": "gpt-4o"}, 'did you mean "LLM_DEFAULT_MODEL"?'),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_values_that_the_service_takes_and_spoils_are_refused(
    trieve: Tenancy, configuration: dict[str, Any], text: str
) -> None:
    """trieve.md 2.1 and 2.5, trieve-observed.md 3."""
    with pytest.raises(Rejected, match=text):
        trieve.dataset().up({**PROGRAM, "server_configuration": configuration})
    assert trieve.calls() == []


def test_null_is_not_set(trieve: Tenancy) -> None:
    """trieve.md 1.1: the service makes no difference, so neither do we."""
    golden = trieve.dataset()
    golden.up({**PROGRAM, "server_configuration": {"TEMPERATURE": None, "MAX_LIMIT": 500}})
    assert "TEMPERATURE" not in trieve.bodies("POST")[0]
    assert golden.up({**PROGRAM, "server_configuration": {"MAX_LIMIT": 500}}) == "same"


@pytest.mark.parametrize("given", ["upper", "bare", "braces"])
def test_uuids_are_written_as_the_service_writes_them(trieve: Tenancy, given: str) -> None:
    """trieve-observed.md 3: accepted in several spellings, answered in one."""
    written = trieve.organization_id
    spelled = {"upper": written.upper(), "bare": written.replace("-", ""), "braces": "{" + written + "}"}[given]
    with pytest.raises(Rejected, match=f'organization_id: must be written "{written}"'):
        trieve.dataset().up({**PROGRAM, "organization_id": spelled})
    # A setting of the connection is understood in every spelling.
    golden = trieve.dataset(trieve.service(organizationId=spelled))
    golden.up(PROGRAM)
    assert golden.refresh()
    assert golden.up(PROGRAM) == "same"
    assert golden.up({**PROGRAM, "organization_id": written}) == "same"


def test_a_uuid_as_tracking_id_works_where_we_use_it(trieve: Tenancy) -> None:
    """trieve-observed.md 4: in the tracking route, not in `TR-Dataset`; deletes name the id."""
    program = {**PROGRAM, "tracking_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
    trieve.sandbox.faults([{"method": "POST", "times": 1, "act": {"kind": "drop", "when": "after"}}])
    golden = trieve.dataset()
    golden.up(program)
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_every_call_names_its_organization(trieve: Tenancy) -> None:
    """trieve.md 1.1 and 1.3."""
    golden = trieve.dataset()
    golden.up({**PROGRAM, "server_configuration": {"LLM_API_KEY": "sk-one"}})
    golden.refresh()
    gone = golden.id
    trieve.again(golden).destroy()
    for request in trieve.sandbox.requests():
        assert request["headers"]["TR-Organization"] == trieve.organization_id
    (delete,) = [r for r in trieve.sandbox.requests() if r["method"] == "DELETE"]
    assert delete["headers"]["TR-Dataset"] == gone


@pytest.mark.parametrize(
    ("status", "body"), [(404, ""), (405, ""), (400, "Query deserialize error: x"), (500, "<html></html>"), (200, "ok")]
)
def test_bodies_that_are_no_json_are_failures_that_can_be_read(trieve: Tenancy, status: int, body: str) -> None:
    """trieve-observed.md 3."""
    golden = trieve.dataset(trieve.service(maxRetries=0))
    golden.up(PROGRAM)
    trieve.sandbox.faults([{"method": "GET", "act": {"kind": "answer", "status": status, "body": body}}])
    with pytest.raises(Exception, match=rf"could not read dataset golden \(.*\): HTTP {status}"):
        golden.refresh()
    assert golden.id


@pytest.mark.parametrize("key", ["", "   "])
def test_an_empty_key_is_never_sent(trieve: Tenancy, key: str) -> None:
    """trieve.md 5.1: an empty key can have a meaning on a server without an admin key."""
    golden = trieve.dataset(trieve.service(apiKey=key))
    with pytest.raises(Rejected, match="trieve:apiKey is empty"):
        golden.up(PROGRAM)
    assert trieve.calls() == []


def test_fifty_at_once_never_hang_the_server(other_sandbox: Sandbox) -> None:
    """trieve-observed.md 2.1: eleven requests at once with an organization key, and it answers nobody any more."""
    trieve = Tenancy(other_sandbox)
    other_sandbox.switches(hang_at=5)
    service = trieve.service()
    lives = [trieve.dataset(service, name=f"d{number}") for number in range(50)]
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda life: life.up({}), lives)) == {"create"}
    assert other_sandbox.log()["max_in_flight"] <= 4
    trieve.close()


def test_a_connection_that_has_no_key_for_an_organization(trieve: Tenancy) -> None:
    other, _ = trieve.organization("Other")
    trieve.forget_calls()
    with pytest.raises(Exception, match=rf"there is no key for organization {other}: trieve:apiKey belongs to"):
        trieve.dataset().up({**PROGRAM, "organization_id": other})
    golden = trieve.dataset(trieve.service(admin=True))
    golden.up({**PROGRAM, "organization_id": other})
    assert golden.outputs["organization_id"] == other
    with pytest.raises(Rejected, match='trieve:organizationId must be a uuid; it is "acme"'):
        trieve.dataset(trieve.service(organizationId="acme")).up(PROGRAM)
