"""Updating datasets: the smallest call, what the service would forget, and what it did not store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pulumi_retrieval.core.errors import RefusedError, ServiceError, UnclearWriteError
from support.life import Life, Rejected
from support.trieve import QUICK_TIMEOUT, Tenancy, exactly

UPDATE = {"method": "PUT", "path": "^/api/dataset$"}
TEN = {
    "LLM_DEFAULT_MODEL": "gpt-4o-mini",
    "TEMPERATURE": 0.2,
    "MAX_TOKENS": 100,
    "SYSTEM_PROMPT": "Be brief.",
    "RAG_PROMPT": "From these:",
    "N_RETRIEVALS_TO_INCLUDE": 4,
    "BM25_K": 1.2,
    "FULLTEXT_ENABLED": False,
    "MAX_LIMIT": 100,
    "INDEXED_ONLY": True,
}


def program(**configuration: Any) -> dict[str, Any]:
    return {"tracking_id": "golden", "dataset_name": "Golden", "server_configuration": configuration}


def made(trieve: Tenancy, **configuration: Any) -> Life:
    golden = trieve.dataset()
    golden.up(program(**configuration))
    trieve.forget_calls()
    return golden


def sent(golden: Life, **configuration: Any) -> list[str]:
    return [exactly({"dataset_id": golden.id, "server_configuration": configuration})]


def test_one_changed_key_is_one_put_with_that_key(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500, SYSTEM_PROMPT="Be brief.", BM25_K=1.2)
    before = trieve.stored(golden.id)
    assert golden.up(program(MAX_LIMIT=600, SYSTEM_PROMPT="Be brief.", BM25_K=1.2)) == "update"
    assert trieve.bodies("PUT") == sent(golden, MAX_LIMIT=600)
    path = f"/api/dataset/{golden.id}"
    assert trieve.calls() == [("GET", path), ("PUT", "/api/dataset"), ("GET", path)]
    after = trieve.stored(golden.id)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    # trieve-observed.md 4: the key, the metric, and a page setting that every update adds; and two empty secrets.
    assert changed <= {"MAX_LIMIT", "DISTANCE_METRIC", "PUBLIC_DATASET", "LLM_API_KEY", "RERANKER_API_KEY"}
    assert golden.refresh()
    assert golden.up(program(MAX_LIMIT=600, SYSTEM_PROMPT="Be brief.", BM25_K=1.2)) == "same"
    assert trieve.said == []


def test_ten_changed_keys_are_one_put_with_ten(trieve: Tenancy) -> None:
    golden = made(trieve)
    golden.up(program(**TEN))
    (body,) = trieve.bodies("PUT")
    assert json.loads(body) == {"dataset_id": golden.id, "server_configuration": TEN}
    assert golden.up(program(**TEN)) == "same"


def test_a_drifted_key_is_put_back_alone(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500, SYSTEM_PROMPT="Be brief.")
    trieve.by_hand(golden.id, {"MAX_LIMIT": 1, "RAG_PROMPT": "Not ours"})
    assert golden.refresh()
    assert golden.inputs["server_configuration"] == {"MAX_LIMIT": 1, "SYSTEM_PROMPT": "Be brief."}
    trieve.forget_calls()
    assert golden.up(program(MAX_LIMIT=500, SYSTEM_PROMPT="Be brief.")) == "update"
    assert trieve.bodies("PUT") == sent(golden, MAX_LIMIT=500)
    assert trieve.stored(golden.id)["RAG_PROMPT"] == "Not ours"
    assert golden.up(program(MAX_LIMIT=500, SYSTEM_PROMPT="Be brief.")) == "same"


def test_a_key_that_leaves_the_program_is_a_step_without_a_call(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500, SYSTEM_PROMPT="Be brief.")
    assert golden.up(program(SYSTEM_PROMPT="Be brief.")) == "update"
    assert trieve.calls() == []
    assert "server_configuration.MAX_LIMIT is no longer managed; its value stays in the service" in trieve.text
    trieve.by_hand(golden.id, {"MAX_LIMIT": 1})
    assert golden.refresh()
    assert golden.up(program(SYSTEM_PROMPT="Be brief.")) == "same"


def test_a_rename_sends_names_only(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500)
    golden.up({**program(MAX_LIMIT=500), "dataset_name": "Silver", "tracking_id": "silver"})
    body = {"dataset_id": golden.id, "dataset_name": "Silver", "new_tracking_id": "silver"}
    assert trieve.bodies("PUT") == [exactly(body)]


def test_a_tracking_id_that_is_taken_is_named(trieve: Tenancy) -> None:
    trieve.make_by_hand("silver")
    golden = made(trieve)
    with pytest.raises(
        ServiceError, match=r"could not update dataset golden \(.*HTTP 400: Could not update tracking_id"
    ):
        golden.up({**program(), "tracking_id": "silver"})


# What the service would forget


def test_the_api_version_is_carried_by_every_update(trieve: Tenancy) -> None:
    """trieve.md 0.7: an update with a configuration that omits it sets it to null."""
    golden = made(trieve, LLM_API_VERSION="2024-06", MAX_LIMIT=500)
    golden.up(program(LLM_API_VERSION="2024-06", MAX_LIMIT=600))
    assert trieve.bodies("PUT") == sent(golden, MAX_LIMIT=600, LLM_API_VERSION="2024-06")
    assert trieve.stored(golden.id)["LLM_API_VERSION"] == "2024-06"


def test_an_unmanaged_api_version_is_sent_as_it_was_read(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500)
    trieve.by_hand(golden.id, {"LLM_API_VERSION": "by hand"})
    golden.up(program(MAX_LIMIT=600))
    assert trieve.bodies("PUT") == sent(golden, MAX_LIMIT=600, LLM_API_VERSION="by hand")


def test_a_rename_needs_no_api_version(trieve: Tenancy) -> None:
    """trieve-observed.md 4: it survives an update without a configuration."""
    golden = made(trieve, LLM_API_VERSION="2024-06")
    golden.up({**program(LLM_API_VERSION="2024-06"), "dataset_name": "Silver"})
    assert trieve.bodies("PUT") == [exactly({"dataset_id": golden.id, "dataset_name": "Silver"})]
    assert trieve.stored(golden.id)["LLM_API_VERSION"] == "2024-06"


def test_stop_tokens_are_carried_by_every_update_even_a_rename(trieve: Tenancy) -> None:
    """trieve.md 0.5, trieve-observed.md 3."""
    golden = made(trieve, STOP_TOKENS=["END", "STOP"], MAX_LIMIT=500)
    golden.up(program(STOP_TOKENS=["END", "STOP"], MAX_LIMIT=600))
    golden.up({**program(STOP_TOKENS=["END", "STOP"], MAX_LIMIT=600), "dataset_name": "Silver"})
    assert trieve.bodies("PUT") == [
        *sent(golden, MAX_LIMIT=600, STOP_TOKENS=["END", "STOP"]),
        exactly(
            {
                "dataset_id": golden.id,
                "dataset_name": "Silver",
                "server_configuration": {"STOP_TOKENS": ["END", "STOP"]},
            }
        ),
    ]
    assert trieve.stored(golden.id)["STOP_TOKENS"] == ["END", "STOP"]


def test_stop_tokens_that_never_come_back_are_no_drift(trieve: Tenancy) -> None:
    golden = made(trieve, STOP_TOKENS=["END"])
    assert golden.refresh()
    assert golden.up(program(STOP_TOKENS=["END"])) == "same"


def test_the_public_page_is_never_sent_without_enabled(trieve: Tenancy) -> None:
    """trieve.md 2.4: the service answers 400 without it."""
    golden = made(trieve, PUBLIC_DATASET={"enabled": True, "api_key": "sk-one"})
    golden.up(program(PUBLIC_DATASET={"enabled": True, "api_key": "sk-two"}))
    assert trieve.bodies("PUT") == sent(golden, PUBLIC_DATASET={"api_key": "[secret]", "enabled": True})


def test_page_settings_are_managed_key_by_key(trieve: Tenancy) -> None:
    page = {"placeholder": "Ask", "brandName": "Acme"}
    golden = made(trieve, PUBLIC_DATASET={"enabled": True, "extra_params": page})
    trieve.by_hand(
        golden.id, {"PUBLIC_DATASET": {"enabled": True, "extra_params": {"placeholder": "Hm", "theme": "dark"}}}
    )
    assert golden.refresh()
    assert golden.inputs["server_configuration"]["PUBLIC_DATASET"]["extra_params"] == {**page, "placeholder": "Hm"}
    trieve.forget_calls()
    golden.up(program(PUBLIC_DATASET={"enabled": True, "extra_params": page}))
    expected = {"extra_params": {"placeholder": "Ask"}, "enabled": True}
    assert trieve.bodies("PUT") == sent(golden, PUBLIC_DATASET=expected)
    assert golden.refresh()
    assert golden.up(program(PUBLIC_DATASET={"enabled": True, "extra_params": page})) == "same"


def test_the_key_of_a_page_is_a_secret_although_the_service_shows_it(trieve: Tenancy) -> None:
    """trieve.md 2.4: `extra_params.apiKey` comes back in plain text."""
    golden = made(trieve, PUBLIC_DATASET={"enabled": True, "extra_params": {"apiKey": "tr-canary"}})
    trieve.by_hand(golden.id, {"PUBLIC_DATASET": {"enabled": True, "extra_params": {"apiKey": "tr-other"}}})
    assert golden.refresh()
    assert "tr-other" not in json.dumps([golden.inputs, golden.outputs])
    assert golden.up(program(PUBLIC_DATASET={"enabled": True, "extra_params": {"apiKey": "tr-canary"}})) == "same"


# Secrets


def test_a_changed_secret_is_one_put_and_never_read_back(trieve: Tenancy) -> None:
    golden = made(trieve, LLM_API_KEY="sk-one", MAX_LIMIT=500)
    applied = golden.outputs["secrets_applied_at"]
    assert golden.refresh()
    assert golden.outputs["secrets_applied_at"] == applied
    assert golden.up(program(LLM_API_KEY="sk-two", MAX_LIMIT=500)) == "update"
    assert trieve.bodies("PUT") == sent(golden, LLM_API_KEY="[secret]")
    assert golden.outputs["server_configuration"]["LLM_API_KEY"] == "sk-two"


def test_a_new_secrets_version_sends_the_secrets_again(trieve: Tenancy) -> None:
    golden = made(trieve, LLM_API_KEY="sk-one", MAX_LIMIT=500)
    again = {**program(LLM_API_KEY="sk-one", MAX_LIMIT=500), "secrets_version": "2"}
    assert golden.up(again) == "update"
    assert trieve.bodies("PUT") == sent(golden, LLM_API_KEY="[secret]")
    assert golden.up(again) == "same"
    trieve.forget_calls()
    assert golden.up(program(LLM_API_KEY="sk-one", MAX_LIMIT=500)) == "update"
    assert trieve.calls() == []


# What comes back otherwise


def test_single_floats_are_no_drift(trieve: Tenancy) -> None:
    """trieve.md 0.11."""
    values = {"BM25_B": 0.1, "BM25_K": 1.2, "BM25_AVG_LEN": 16777217}
    golden = made(trieve, **values)
    assert golden.refresh()
    assert golden.outputs["server_configuration"] == values
    assert golden.up(program(**values)) == "same"


def test_whole_numbers_leave_as_whole_numbers(trieve: Tenancy) -> None:
    """trieve-observed.md 3: `1536.0` is refused for a whole number."""
    golden = made(trieve, MAX_LIMIT=500.0, EMBEDDING_SIZE=1536.0)
    golden.up(program(MAX_LIMIT=600.0, EMBEDDING_SIZE=1536.0))
    assert trieve.bodies("PUT") == sent(golden, MAX_LIMIT=600)


def test_the_derived_size_is_observed(trieve: Tenancy) -> None:
    """trieve.md 2.2: derived from the model, at creation only."""
    golden = made(trieve, EMBEDDING_MODEL_NAME="text-embedding-3-small")
    assert golden.outputs["observed_immutable"]["server_configuration.EMBEDDING_SIZE"] == 1536
    managed = {"EMBEDDING_MODEL_NAME": "text-embedding-3-small", "EMBEDDING_SIZE": 1536}
    assert golden.up(program(**managed)) == "update"
    assert trieve.calls() == []


def test_a_query_prefix_may_be_empty(trieve: Tenancy) -> None:
    golden = made(trieve, EMBEDDING_QUERY_PREFIX="query: ")
    golden.up(program(EMBEDDING_QUERY_PREFIX=""))
    assert golden.refresh()
    assert golden.up(program(EMBEDDING_QUERY_PREFIX="")) == "same"


def test_a_value_that_can_never_be_unset_stays_and_says_so(trieve: Tenancy) -> None:
    """trieve.md 2.3: nothing can be set back to null."""
    golden = made(trieve, TEMPERATURE=0.5)
    golden.up(program())
    assert trieve.calls() == []
    assert "TEMPERATURE is no longer managed; its value stays in the service" in trieve.text
    assert trieve.stored(golden.id)["TEMPERATURE"] == 0.5


def test_tool_texts_are_replaced_whole(trieve: Tenancy) -> None:
    """trieve.md 2.1: a missing inner key becomes null."""
    names = ("tool", "query_parameter", "price_filter", "max_price_option", "min_price_option")
    first = {"query_tool_options": {f"{name}_description": name for name in names}}
    second = {"query_tool_options": {**first["query_tool_options"], "tool_description": "changed"}}
    golden = made(trieve, TOOL_CONFIGURATION=first)
    golden.up(program(TOOL_CONFIGURATION=second))
    assert trieve.bodies("PUT") == sent(golden, TOOL_CONFIGURATION=second)
    assert golden.refresh()
    assert golden.up(program(TOOL_CONFIGURATION=second)) == "same"


# The metric


@pytest.mark.parametrize("change", [{"MAX_LIMIT": 600}, {"LLM_API_VERSION": "2024-06"}, {"STOP_TOKENS": ["END"]}])
def test_with_another_metric_nothing_can_be_updated(trieve: Tenancy, change: dict[str, Any]) -> None:
    """trieve.md 0.4: every update resets the metric, and documents are looked for in another index."""
    golden = made(trieve, DISTANCE_METRIC="dot", MAX_LIMIT=500)
    (key,) = change
    with pytest.raises(Rejected, match=rf"uses server_configuration.DISTANCE_METRIC dot.*{key} cannot be changed"):
        golden.up(program(**{"DISTANCE_METRIC": "dot", "MAX_LIMIT": 500, **change}))
    with pytest.raises(Rejected, match=r"REFUSED"):
        golden.up({**program(DISTANCE_METRIC="dot", MAX_LIMIT=500), "dataset_name": "Silver"})
    assert trieve.calls() == []
    # What needs no call is no matter.
    assert golden.up({**program(DISTANCE_METRIC="dot", MAX_LIMIT=500), "force_destroy": True}) == "update"
    assert golden.up({**program(DISTANCE_METRIC="dot"), "force_destroy": True}) == "update"
    assert trieve.calls() == []


def test_with_another_metric_secrets_are_refused_at_once(trieve: Tenancy) -> None:
    with pytest.raises(
        Rejected, match=r"with a metric other than cosine server_configuration.LLM_API_KEY cannot be set"
    ):
        trieve.dataset().up(program(DISTANCE_METRIC="dot", LLM_API_KEY="sk-one"))


def test_an_unmanaged_metric_stops_an_update_too(trieve: Tenancy) -> None:
    left = trieve.make_by_hand("golden", DISTANCE_METRIC="dot", MAX_LIMIT=500)
    golden = trieve.dataset()
    unnamed = {"tracking_id": "golden", "dataset_name": "golden", "server_configuration": {"MAX_LIMIT": 500}}
    golden.up(unnamed)
    with pytest.raises(RefusedError, match=r"DISTANCE_METRIC dot"):
        golden.up({**unnamed, "server_configuration": {"MAX_LIMIT": 600}})
    assert trieve.stored(left)["DISTANCE_METRIC"] == "dot"


def test_a_metric_that_somebody_elses_update_reset_is_named(trieve: Tenancy) -> None:
    golden = made(trieve, DISTANCE_METRIC="dot")
    trieve.by_hand(golden.id, {"MAX_LIMIT": 1})
    assert golden.refresh()
    assert golden.outputs["drifted"] == {"server_configuration.DISTANCE_METRIC": "cosine"}
    assert golden.up(program(DISTANCE_METRIC="dot")) == "update"
    assert golden.up(program(DISTANCE_METRIC="dot")) == "same"
    assert 'somebody else changed server_configuration.DISTANCE_METRIC (was "dot", now "cosine")' in trieve.text
    assert golden.up(program(DISTANCE_METRIC="cosine")) == "update"
    assert trieve.calls("PUT") == []
    assert golden.refresh()
    assert golden.up(program(DISTANCE_METRIC="cosine")) == "same"


# Immutable keys that somebody else changed


def test_an_immutable_key_changed_by_hand_is_put_back_with_a_warning(trieve: Tenancy) -> None:
    golden = made(trieve, EMBEDDING_SIZE=1536)
    trieve.by_hand(golden.id, {"EMBEDDING_SIZE": 512})
    assert golden.refresh()
    trieve.forget_calls()
    assert golden.up(program(EMBEDDING_SIZE=1536)) == "update"
    assert trieve.bodies("PUT") == sent(golden, EMBEDDING_SIZE=1536)
    assert "EMBEDDING_SIZE was changed to 512 by somebody else and is put back to 1536" in trieve.text
    assert golden.refresh()
    assert golden.up(program(EMBEDDING_SIZE=1536)) == "same"


def test_the_observed_value_may_be_accepted_and_no_third_one(trieve: Tenancy) -> None:
    golden = made(trieve, EMBEDDING_SIZE=1536)
    trieve.by_hand(golden.id, {"EMBEDDING_SIZE": 512})
    assert golden.refresh()
    trieve.forget_calls()
    with pytest.raises(Rejected, match=r"was 1536    now 768    in the service 512"):
        golden.up(program(EMBEDDING_SIZE=768))
    assert golden.up(program(EMBEDDING_SIZE=512)) == "update"
    assert trieve.calls() == []


# An update without a clear answer


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "timeout", "carried_out": "after"},
        {"kind": "timeout"},
        {"kind": "drop", "when": "after"},
        {"kind": "drop", "when": "before"},
        {"kind": "truncate"},
        {"kind": "answer", "status": 502, "body": "<html>"},
        {"kind": "false_absence"},
    ],
    ids=lambda act: "-".join(str(value) for value in act.values()),
)
def test_an_update_without_a_clear_answer_arrives(trieve: Tenancy, act: dict[str, Any]) -> None:
    golden = made(trieve, MAX_LIMIT=500, LLM_API_KEY="sk-one")
    trieve.sandbox.faults([{**UPDATE, "times": 1, "act": act}])
    golden.up(program(MAX_LIMIT=600, LLM_API_KEY="sk-one"))
    assert trieve.stored(golden.id)["MAX_LIMIT"] == 600
    assert set(trieve.bodies("PUT")) == set(sent(golden, MAX_LIMIT=600))
    trieve.sandbox.faults([{**UPDATE, "times": 1, "act": act}])
    golden.up(program(MAX_LIMIT=600, LLM_API_KEY="sk-two"))
    assert golden.up(program(MAX_LIMIT=600, LLM_API_KEY="sk-two")) == "same"


def test_an_update_that_is_never_answered_arrives(trieve: Tenancy) -> None:
    golden = trieve.dataset(trieve.service(timeout=QUICK_TIMEOUT))
    golden.up(program(MAX_LIMIT=500))
    trieve.sandbox.faults([{**UPDATE, "times": 1, "act": {"kind": "hang", "seconds": 600, "when": "after"}}])
    golden.up(program(MAX_LIMIT=600))
    assert trieve.stored(golden.id)["MAX_LIMIT"] == 600


@pytest.mark.parametrize("configuration", [{"MAX_LIMIT": 600}, {"LLM_API_KEY": "sk-canary"}], ids=["key", "secret"])
def test_an_update_that_does_not_arrive_says_that_it_still_may(trieve: Tenancy, configuration: dict[str, Any]) -> None:
    golden = made(trieve)
    trieve.sandbox.faults([{**UPDATE, "act": {"kind": "timeout", "carried_out": "after", "delay": 3600}}])
    with pytest.raises(UnclearWriteError, match=r"may still be carried out.*`pulumi up --refresh`, also if you revert"):
        golden.up(program(**configuration))
    trieve.sandbox.clear_faults()
    assert golden.up(program(**configuration)) == "update"


def test_a_read_back_that_fails_says_that_it_was_written(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500)
    path = f"^/api/dataset/{golden.id}$"
    trieve.sandbox.faults([{"method": "GET", "path": path, "skip": 1, "act": {"kind": "answer", "status": 500}}])
    with pytest.raises(ServiceError, match=r"read back dataset golden .* after an update: HTTP 500.*may already hold"):
        golden.up(program(MAX_LIMIT=600))


# Other writers


def test_a_key_that_the_service_silently_did_not_take_is_an_error(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500)
    trieve.sandbox.faults([{**UPDATE, "act": {"kind": "answer", "status": 200, "body": trieve.answer_of(golden.id)}}])
    with pytest.raises(ServiceError, match=r"did not store server_configuration.MAX_LIMIT \(it holds 500\)") as caught:
        golden.up(program(MAX_LIMIT=600))
    assert "pulumi up --refresh" in str(caught.value)
    assert "somebody else may be" in str(caught.value)


@pytest.mark.parametrize("managed", [True, False])
def test_a_concurrent_change_by_somebody_else_is_reported(trieve: Tenancy, managed: bool) -> None:
    """trieve-observed.md 2.6."""
    others = {"RAG_PROMPT": "Ours"} if managed else {}
    golden = made(trieve, MAX_LIMIT=500, **others)
    trieve.by_hand(golden.id, {"RAG_PROMPT": "Ours"})
    # Our update waits for its second try, and meanwhile somebody else writes.
    answer = {"kind": "answer", "status": 400, "body": {"message": "Could not get database connection"}}
    trieve.sandbox.faults([{**UPDATE, "times": 1, "act": answer}])
    trieve.on_sleep = lambda: trieve.by_hand(golden.id, {"RAG_PROMPT": "Theirs", "TEMPERATURE": 1.5})
    golden.up(program(MAX_LIMIT=600, **others))
    assert trieve.text.count("RAG_PROMPT") == 1, "it is told once"
    changed = 'somebody else changed server_configuration.RAG_PROMPT from "Ours" to "Theirs"'
    differs = 'writing to it: server_configuration.RAG_PROMPT is "Theirs" now, and the program says "Ours"'
    assert (differs if managed else changed) in trieve.text
    assert "somebody else changed server_configuration.TEMPERATURE from not set to 1.5" in trieve.text
    assert golden.preview(program(MAX_LIMIT=600, **others)) == ("update" if managed else "same")


def test_two_stacks_that_lose_each_others_updates_see_it(trieve: Tenancy) -> None:
    """trieve-observed.md 2.6: both are answered 200."""
    first = made(trieve, MAX_LIMIT=500)
    second = trieve.dataset(name="second")
    second.up({**program(RAG_PROMPT="From these:"), "adopt": True})
    trieve.sandbox.switches(lost_updates=True)
    changes = [(first, program(MAX_LIMIT=600)), (second, {**program(RAG_PROMPT="Otherwise:"), "adopt": True})]

    def change(life: Life, wanted: dict[str, Any]) -> str:
        try:
            return life.up(wanted)
        except ServiceError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda pair: change(*pair), changes))
    held = trieve.stored(first.id)
    arrived = {"MAX_LIMIT": held["MAX_LIMIT"] == 600, "RAG_PROMPT": held["RAG_PROMPT"] == "Otherwise:"}
    for (life, wanted), key, result in zip(changes, arrived, results, strict=True):
        again = trieve.again(life)
        again.refresh()
        shown = again.preview(wanted) == "update"
        assert arrived[key] or shown or "did not store" in result
        trieve.sandbox.switches()
        again.up(wanted)
    held = trieve.stored(first.id)
    assert (held["MAX_LIMIT"], held["RAG_PROMPT"]) == (600, "Otherwise:")


def test_concurrent_updates_in_one_process_are_not_lost(trieve: Tenancy) -> None:
    golden = made(trieve)
    service = trieve.service()
    trieve.sandbox.switches(lost_updates=True)
    lives = [trieve.again(golden, service) for _ in range(4)]
    wanted = [{"MAX_LIMIT": 600}, {"RAG_PROMPT": "From these:"}, {"BM25_K": 1.5}, {"INDEXED_ONLY": True}]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: pair[0].up(program(**pair[1])), zip(lives, wanted, strict=True)))
    held = trieve.stored(golden.id)
    assert {key: held[key] for item in wanted for key in item} == {k: v for item in wanted for k, v in item.items()}


def test_an_update_of_a_missing_dataset_fails(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500)
    trieve.delete_by_hand(golden.id)
    with pytest.raises(ServiceError, match=r"could not update dataset golden.*it is gone.*`pulumi up --refresh`"):
        golden.up(program(MAX_LIMIT=600))


def test_another_service_is_refused_before_anything_is_sent(trieve: Tenancy) -> None:
    golden = made(trieve, MAX_LIMIT=500)
    moved = trieve.again(golden, trieve.service(baseUrl="http://127.0.0.1:9"))
    with pytest.raises(Rejected, match=r"lives at http://127.*and the connection now points at http://127.0.0.1:9"):
        moved.up(program(MAX_LIMIT=600))
    for act in (moved.refresh, moved.destroy):
        with pytest.raises(Exception, match=r"lives at"):
            act()
    assert trieve.calls() == []
