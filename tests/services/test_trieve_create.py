"""Creating datasets: once, whatever the service answers."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import AdoptionError, NoAnswerError, RefusedError, ServiceError, UnclearWriteError
from support.life import Rejected
from support.trieve import QUICK_TIMEOUT, Tenancy, exactly

PROGRAM = {"tracking_id": "golden", "dataset_name": "Golden", "server_configuration": {"MAX_LIMIT": 500}}
CREATE = {"method": "POST", "path": "^/api/dataset$"}


def test_create_is_one_post_with_what_the_program_says(trieve: Tenancy) -> None:
    golden = trieve.dataset()
    assert golden.up(PROGRAM) == "create"
    body = {"dataset_name": "Golden", "tracking_id": "golden", "server_configuration": {"MAX_LIMIT": 500}}
    assert trieve.bodies("POST") == [exactly(body)]
    assert trieve.calls() == [("POST", "/api/dataset")]
    assert golden.outputs["server_configuration"] == {"MAX_LIMIT": 500}
    assert golden.outputs["observed_immutable"] == {
        "organization_id": trieve.organization_id,
        "server_configuration.EMBEDDING_BASE_URL": "https://embedding.trieve.ai",
        "server_configuration.EMBEDDING_MODEL_NAME": "jina-base-en",
        "server_configuration.EMBEDDING_SIZE": 768,
        "server_configuration.DISTANCE_METRIC": "cosine",
        "server_configuration.QDRANT_ONLY": False,
    }
    assert golden.outputs["created_at"].endswith("Z")
    assert golden.up(PROGRAM) == "same"
    assert golden.refresh()
    assert golden.up(PROGRAM) == "same"
    assert len(trieve.calls()) == 2


def test_without_names_they_are_derived(trieve: Tenancy) -> None:
    golden = trieve.dataset()
    golden.up({})
    assert trieve.bodies("POST") == [exactly({"dataset_name": "golden", "tracking_id": "derived-golden"})]


def test_the_creation_time_is_the_same_in_the_answer_and_in_every_read(trieve: Tenancy) -> None:
    """trieve.md 1.1: nine digits in the answer of a create, six in every read."""
    golden = trieve.dataset()
    golden.up(PROGRAM)
    created = golden.outputs["created_at"]
    assert golden.refresh()
    assert golden.outputs["created_at"] == created


def test_secrets_follow_in_an_update_because_a_create_drops_them(trieve: Tenancy) -> None:
    """trieve.md 0.3."""
    golden = trieve.dataset()
    secrets = {"LLM_API_KEY": "sk-one", "RERANKER_API_KEY": "sk-two"}
    page = {"enabled": True, "api_key": "sk-three"}
    program = {**PROGRAM, "server_configuration": {"MAX_LIMIT": 500, **secrets, "PUBLIC_DATASET": page}}
    golden.up(program)
    assert trieve.bodies("POST") == [
        exactly(
            {
                "dataset_name": "Golden",
                "tracking_id": "golden",
                "server_configuration": {"MAX_LIMIT": 500, "PUBLIC_DATASET": {"enabled": True}},
            }
        )
    ]
    masked = {
        "LLM_API_KEY": "[secret]",
        "RERANKER_API_KEY": "[secret]",
        "PUBLIC_DATASET": {"api_key": "[secret]", "enabled": True},
    }
    assert trieve.bodies("PUT") == [exactly({"dataset_id": golden.id, "server_configuration": masked})]
    assert trieve.calls() == [("POST", "/api/dataset"), ("PUT", "/api/dataset"), ("GET", f"/api/dataset/{golden.id}")]
    assert trieve.stored(golden.id)["PUBLIC_DATASET"]["api_key"] == "[secret]"
    assert golden.outputs["secrets_applied_at"].endswith("Z")
    assert golden.outputs["server_configuration"] == program["server_configuration"]
    assert golden.refresh()
    assert golden.up(program) == "same"


def test_stop_tokens_are_sent_again_by_the_update_that_follows_a_create(trieve: Tenancy) -> None:
    """trieve.md 0.5: an update that omits them erases them."""
    golden = trieve.dataset()
    configuration = {"STOP_TOKENS": ["END"], "LLM_API_KEY": "sk-one", "LLM_API_VERSION": "2024-06"}
    golden.up({**PROGRAM, "server_configuration": configuration})
    held = trieve.stored(golden.id)
    assert (held["STOP_TOKENS"], held["LLM_API_VERSION"]) == (["END"], "2024-06")
    assert trieve.said == []


def test_a_program_with_mistakes_makes_no_call_and_prints_no_warning(trieve: Tenancy) -> None:
    program = {
        "tracking_id": "",
        "organization_id": "acme",
        "crawl_options": {"site_url": "https://example.test"},
        "server_configuration": {
            "LLM_DEFAULT_MODLE": "gpt-4o",
            "MAX_LIMIT": 1.5,
            "TEMPERATURE": 3,
            "BM25_K": 1e39,
            "RAG_PROMPT": "",
            "EMBEDDING_SIZE": 2**60,
            "DISTANCE_METRIC": "euclid",
            "PUBLIC_DATASET": {"api_key": "sk-canary"},
            "TOOL_CONFIGURATION": {"query_tool_options": {"tool_description": "d"}},
        },
    }
    with pytest.raises(Rejected) as caught:
        trieve.dataset().up(program)
    text = str(caught.value)
    for expected in (
        "tracking_id: must not be empty",
        "organization_id: must be an id of the service, a uuid",
        "crawl_options: there is no such key; the service no longer takes it here; declare a trieve.Crawl",
        'server_configuration.LLM_DEFAULT_MODLE: there is no such key; did you mean "LLM_DEFAULT_MODEL"?',
        "server_configuration.MAX_LIMIT: must be a whole number; it is 1.5",
        "server_configuration.TEMPERATURE: must be 2.0 or less; it is 3",
        "server_configuration.BM25_K: must be 3.4028234663852886e+38 or less",
        "server_configuration.RAG_PROMPT: must not be empty: the service reads an empty text as its default",
        "server_configuration.EMBEDDING_SIZE: must not be above 9007199254740991",
        "server_configuration.DISTANCE_METRIC: must be one of",
        "server_configuration.PUBLIC_DATASET.enabled: is required",
        "server_configuration.TOOL_CONFIGURATION.query_tool_options.max_price_option_description: is required",
    ):
        assert expected in text
    assert "sk-canary" not in text
    assert trieve.calls() == []


def test_one_tracking_id_has_one_owner_in_a_program(trieve: Tenancy) -> None:
    service = trieve.service()
    trieve.dataset(service, name="a").up(PROGRAM)
    with pytest.raises(
        Rejected, match=r'tracking_id: "golden" is declared by two resources of this program, "a" and "b"'
    ):
        trieve.dataset(service, name="b").up(PROGRAM)


# A create without a clear answer


def test_a_create_answered_408_and_carried_out_is_taken_over(trieve: Tenancy) -> None:
    """trieve-observed.md 2.4."""
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "timeout", "carried_out": "after"}}])
    golden = trieve.dataset()
    golden.up(PROGRAM)
    assert [item["id"] for item in trieve.datasets()] == [golden.id]
    assert trieve.calls("POST") == [("POST", "/api/dataset")]
    assert golden.up(PROGRAM) == "same"


def test_a_create_answered_408_and_never_carried_out_is_repeated_after_looking(trieve: Tenancy) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "timeout"}}])
    golden = trieve.dataset()
    golden.up(PROGRAM)
    asked = trieve.calls()
    assert asked[0] == asked[-1] == ("POST", "/api/dataset")
    assert set(asked[1:-1]) == {("GET", "/api/dataset/tracking_id/golden")}
    assert len(trieve.datasets()) == 1


def test_a_create_carried_out_after_the_read_makes_no_second_object(trieve: Tenancy) -> None:
    trieve.sandbox.faults([{**CREATE, "act": {"kind": "timeout", "carried_out": "after", "delay": 3600}}])
    golden = trieve.dataset()
    with pytest.raises(
        UnclearWriteError,
        match=r"does not exist yet, and the create may still be carried out.*Run the same command again",
    ):
        golden.up(PROGRAM)
    assert len(trieve.calls("POST")) == 2
    # Later, the server does it; by hand here.
    trieve.sandbox.clear_faults()
    trieve.by_hand(trieve.make_by_hand("golden", MAX_LIMIT=500), dataset_name="Golden")
    assert golden.up(PROGRAM) == "create"
    assert len(trieve.datasets()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_whose_connection_is_cut_makes_one_object(trieve: Tenancy, when: str) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "drop", "when": when}}])
    golden = trieve.dataset()
    golden.up(PROGRAM)
    assert [item["id"] for item in trieve.datasets()] == [golden.id]


def test_a_create_that_is_never_answered_makes_one_object(trieve: Tenancy) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "hang", "seconds": 600, "when": "after"}}])
    golden = trieve.dataset(trieve.service(timeout=QUICK_TIMEOUT))
    golden.up(PROGRAM)
    assert [item["id"] for item in trieve.datasets()] == [golden.id]


def test_a_create_whose_answer_is_cut_off_makes_one_object(trieve: Tenancy) -> None:
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "truncate"}}])
    golden = trieve.dataset()
    golden.up(PROGRAM)
    assert [item["id"] for item in trieve.datasets()] == [golden.id]


def test_a_server_that_answers_nobody_is_named_as_such(trieve: Tenancy) -> None:
    """trieve-observed.md 2.1."""
    trieve.sandbox.switches(hang_at=1)
    golden = trieve.dataset(trieve.service(timeout=QUICK_TIMEOUT, maxRetries=0))
    with pytest.raises(NoAnswerError, match=r"did not answer within .*eleven requests at once.*restart it"):
        golden.up(PROGRAM)


def test_a_missing_database_connection_is_waited_for(trieve: Tenancy) -> None:
    answer = {"kind": "answer", "status": 400, "body": {"message": "Could not get database connection"}}
    trieve.sandbox.faults([{**CREATE, "times": 2, "act": answer}])
    trieve.dataset().up(PROGRAM)
    assert len(trieve.slept) == 2
    assert len(trieve.datasets()) == 1


def test_a_plan_that_is_full_says_so_and_is_not_tried_again(trieve: Tenancy) -> None:
    message = "Your plan must be upgraded to create additional datasets"
    trieve.sandbox.faults([{**CREATE, "act": {"kind": "answer", "status": 426, "body": {"message": message}}}])
    with pytest.raises(ServiceError, match=r"HTTP 426: Your plan must be upgraded.*deleted datasets count until"):
        trieve.dataset().up(PROGRAM)
    assert len(trieve.calls()) == 1


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (401, {"message": "Unauthorized"}, "HTTP 401: Unauthorized.*credentials stored by the last `pulumi up`"),
        (403, {"message": "Forbidden"}, "HTTP 403: Forbidden.*role of an owner"),
        (400, {"message": "Could not create dataset"}, "HTTP 400: Could not create dataset$"),
        (502, "<html><body>bad gateway</body></html>", "HTTP 502: <html><body>bad gateway"),
    ],
)
def test_a_failure_says_what_was_tried_and_the_next_up_converges(
    trieve: Tenancy, status: int, body: Any, text: str
) -> None:
    trieve.sandbox.faults([{**CREATE, "act": {"kind": "answer", "status": status, "body": body}}])
    golden = trieve.dataset()
    with pytest.raises(ServiceError, match=rf"could not create dataset golden: {text}"):
        golden.up(PROGRAM)
    trieve.sandbox.clear_faults()
    golden = trieve.again(golden)
    assert golden.up(PROGRAM) == "create"
    assert len(trieve.datasets()) == 1


# Adoption


def test_a_dataset_of_a_killed_create_is_adopted_without_adopt(trieve: Tenancy) -> None:
    left = trieve.make_by_hand("golden", MAX_LIMIT=500)
    trieve.by_hand(left, dataset_name="Golden")
    golden = trieve.dataset()
    golden.up(PROGRAM)
    assert golden.id == left
    assert f"dataset golden exists already and is adopted: id {left}, 0 documents" in trieve.text
    assert golden.up(PROGRAM) == "same"


def test_secrets_are_applied_to_what_a_cut_off_create_left(trieve: Tenancy) -> None:
    program = {**PROGRAM, "server_configuration": {"LLM_API_KEY": "sk-one"}}
    trieve.sandbox.faults([{"method": "PUT", "path": "^/api/dataset$", "act": {"kind": "drop"}}])
    golden = trieve.dataset()
    with pytest.raises(ServiceError):
        golden.up(program)
    trieve.sandbox.clear_faults()
    trieve.again(golden).up(program)
    (held,) = trieve.datasets()
    assert held["server_configuration"]["LLM_API_KEY"] == "[secret]"


@pytest.mark.parametrize("reason", ["documents", "age", "difference"])
def test_an_object_of_somebody_else_needs_adopt(trieve: Tenancy, reason: str) -> None:
    left = trieve.make_by_hand("golden", MAX_LIMIT=500 if reason != "difference" else 600)
    trieve.by_hand(left, dataset_name="Golden")
    if reason == "documents":
        trieve.sandbox.put_chunks(left, 3)
    if reason == "age":
        trieve.sandbox.age(left, 30)
    text = {
        "documents": "holds 3 documents.*it holds documents",
        "age": "it was created 30 h ago",
        "difference": "it differs in server_configuration.MAX_LIMIT",
    }[reason]
    golden = trieve.dataset()
    with pytest.raises(AdoptionError, match=rf"id {left}.*{text}.*set adopt=True on this resource"):
        golden.up(PROGRAM)
    trieve.forget_calls()
    assert golden.up({**PROGRAM, "adopt": True}) == "create"
    puts = trieve.bodies("PUT")
    expected = exactly({"dataset_id": left, "server_configuration": {"MAX_LIMIT": 500}})
    assert puts == ([expected] if reason == "difference" else [])
    assert golden.up({**PROGRAM, "adopt": True}) == "same"


def test_a_whole_run_may_adopt(trieve: Tenancy) -> None:
    left = trieve.make_by_hand("golden")
    trieve.sandbox.put_chunks(left, 3)
    golden = trieve.dataset(trieve.service(adopt="true"))
    golden.up(PROGRAM)
    assert golden.id == left


def test_a_key_that_an_adopted_dataset_does_not_take_is_stored_as_observed(trieve: Tenancy) -> None:
    """An error would come again with every run: the engine is told of a whole create or of none."""
    left = trieve.make_by_hand("golden", MAX_LIMIT=700)
    answer = {"kind": "answer", "status": 200, "body": trieve.answer_of(left)}
    trieve.sandbox.faults([{"method": "PUT", "path": "^/api/dataset$", "times": 1, "act": answer}])
    golden = trieve.dataset()
    golden.up({**PROGRAM, "adopt": True})
    assert golden.id == left
    assert "the service did not store server_configuration.MAX_LIMIT; it holds 700" in trieve.text
    assert golden.up({**PROGRAM, "adopt": True}) == "update"
    assert golden.up({**PROGRAM, "adopt": True}) == "same"
    assert trieve.stored(left)["MAX_LIMIT"] == 500


def test_other_immutable_keys_are_never_adopted(trieve: Tenancy) -> None:
    left = trieve.make_by_hand("golden", EMBEDDING_SIZE=1024)
    program = {**PROGRAM, "server_configuration": {"EMBEDDING_SIZE": 512}, "adopt": True}
    with pytest.raises(AdoptionError, match=r"EMBEDDING_SIZE is 1024 in the service and 512 in the program"):
        trieve.dataset().up(program)
    assert trieve.stored(left)["EMBEDDING_SIZE"] == 1024
    assert trieve.bodies("PUT") == []


def test_adopting_does_not_reset_the_metric(trieve: Tenancy) -> None:
    """trieve.md 0.4: every update resets it, so a dataset with another metric is adopted as it is or not at all."""
    left = trieve.make_by_hand("golden", DISTANCE_METRIC="dot", MAX_LIMIT=600)
    program = {**PROGRAM, "adopt": True}
    with pytest.raises(RefusedError, match=r"DISTANCE_METRIC dot"):
        trieve.dataset().up(program)
    assert trieve.stored(left)["DISTANCE_METRIC"] == "dot"
    as_it_is = {"tracking_id": "golden", "dataset_name": "golden", "server_configuration": {"MAX_LIMIT": 600}}
    golden = trieve.dataset()
    golden.up({**as_it_is, "adopt": True})
    assert golden.id == left
    assert trieve.stored(left)["DISTANCE_METRIC"] == "dot"


def test_stop_tokens_beside_a_metric_survive_a_cut_off_create(trieve: Tenancy) -> None:
    configuration = {"DISTANCE_METRIC": "dot", "STOP_TOKENS": ["END"]}
    program = {**PROGRAM, "server_configuration": configuration}
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "drop", "when": "after"}}])
    golden = trieve.dataset()
    golden.up(program)
    held = trieve.stored(golden.id)
    assert (held["DISTANCE_METRIC"], held["STOP_TOKENS"]) == ("dot", ["END"])
    assert golden.up(program) == "same"


def test_a_resource_renamed_in_code_does_not_delete_what_its_successor_adopted(trieve: Tenancy) -> None:
    old = trieve.dataset(name="old")
    old.up(PROGRAM)
    service = trieve.service()
    new = trieve.dataset(service, name="new")
    new.up(PROGRAM)
    assert new.id == old.id
    trieve.again(old, service).destroy()
    assert "is left alone" in trieve.text
    assert [item["id"] for item in trieve.datasets()] == [new.id]


def test_two_resources_of_one_run_never_share_an_object(trieve: Tenancy) -> None:
    service = trieve.service()
    first = trieve.dataset(service, name="first")
    first.up(PROGRAM)
    # The claim of `check` is out of the way when the second one learns its key only during the update.
    second = trieve.dataset(service, name="second")
    inputs = {**first.inputs}
    with pytest.raises(AdoptionError, match=r"another resource of this program created or adopted it in this run"):
        second.cycle.create(inputs)


def test_the_organization_of_a_found_object_is_compared(trieve: Tenancy) -> None:
    """trieve-observed.md 2.8: the service answers about any dataset to any key."""
    other, key = trieve.organization("Other")
    service = trieve.service(apiKey=key, organizationId=other)
    foreign = trieve.dataset(service)
    foreign.up(PROGRAM)
    stolen = trieve.again(foreign, trieve.service())
    stolen.outputs["organization_id"] = trieve.organization_id
    with pytest.raises(ServiceError, match=rf"it belongs to organization {other}, not to {trieve.organization_id}"):
        stolen.refresh()


@pytest.mark.parametrize("tracking_id", ["a b", "a/b?c#d%e", "täglich", "+", "x" * 300, "ünï/ç\\ode"])
def test_tracking_ids_may_hold_anything(trieve: Tenancy, tracking_id: str) -> None:
    """trieve-observed.md 4: percent-encode every reserved character."""
    program = {**PROGRAM, "tracking_id": tracking_id}
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": {"kind": "drop", "when": "after"}}])
    golden = trieve.dataset()
    golden.up(program)
    assert [item["tracking_id"] for item in trieve.datasets()] == [tracking_id]
    assert golden.refresh()


@pytest.mark.parametrize("tracking_id", [".", ".."])
def test_no_url_can_hold_these_tracking_ids(trieve: Tenancy, tracking_id: str) -> None:
    with pytest.raises(Rejected, match=r'must not be "." or ".."'):
        trieve.dataset().up({**PROGRAM, "tracking_id": tracking_id})


def test_keys_of_a_newer_server_pass_where_the_program_says_so(trieve: Tenancy) -> None:
    program = {**PROGRAM, "server_configuration": {"NEW_KEY": 1}}
    with pytest.raises(Rejected, match=r"NEW_KEY: there is no such key.*allow_unknown_configuration=True"):
        trieve.dataset().up(program)
    golden = trieve.dataset()
    golden.up({**program, "allow_unknown_configuration": True})
    assert '"NEW_KEY":1' in trieve.bodies("POST")[0]
    # This server does not know it and drops it: that is told once, and compared no more.
    assert trieve.text.count("the service does not return server_configuration.NEW_KEY") == 1
    assert golden.preview({**program, "allow_unknown_configuration": True}) == "same"


@pytest.mark.parametrize(
    ("others", "mine"),
    [
        ({"tracking_id": "renamed"}, {"tracking_id": "golden", "adopt": True}),
        ({"tracking_id": "golden"}, {"tracking_id": "silver", "adopt": "ID"}),
    ],
    ids=["a key that another resource gives up in this run", "an id that another resource has"],
)
def test_a_dataset_that_another_resource_holds_is_not_adopted(
    trieve: Tenancy, others: dict[str, Any], mine: dict[str, Any]
) -> None:
    holder = trieve.dataset()
    holder.up({"tracking_id": "golden"})
    service = trieve.service()
    holder = trieve.again(holder, service)
    holder.preview(others)
    given = {**mine, "adopt": holder.id} if mine["adopt"] == "ID" else mine
    with pytest.raises(AdoptionError, match=r"created or adopted it in this run, or keeps it"):
        trieve.dataset(service, name="other").up(given)
    assert [item["tracking_id"] for item in trieve.datasets()] == ["golden"]
