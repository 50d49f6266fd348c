"""Cloning datasets: once, with what the service does not copy applied after it, and a wait that ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_retrieval.core.errors import RefusedError, ServiceError, WaitError
from support.life import Life
from support.sandbox import Sandbox
from support.trieve import Tenancy, exactly

CLONE = {"method": "POST", "path": "^/api/dataset/clone$"}


@pytest.fixture
def source(trieve: Tenancy) -> str:
    return source_in(trieve)


def source_in(trieve: Tenancy, chunks: int = 500) -> str:
    configuration = {"EMBEDDING_SIZE": 1024, "SYSTEM_PROMPT": "Golden.", "LLM_API_VERSION": "2024-06"}
    made = trieve.make_by_hand("golden", **configuration)
    trieve.by_hand(made, {"LLM_API_KEY": "sk-source", "STOP_TOKENS": ["SRC"], "LLM_API_VERSION": "2024-06"})
    trieve.sandbox.put_chunks(made, chunks)
    trieve.forget_calls()
    return made


def program(source: str, configuration: dict[str, Any] | None = None, **clone: Any) -> dict[str, Any]:
    said = {"tracking_id": "copy", "dataset_name": "Copy", "clone_from": {"dataset_id": source, **clone}}
    return said if configuration is None else {**said, "server_configuration": configuration}


def customer(trieve: Tenancy, **settings: Any) -> Life:
    return trieve.dataset(trieve.service(**settings), name="customer")


def test_a_clone_is_one_post(trieve: Tenancy, source: str) -> None:
    copy = customer(trieve)
    copy.up(program(source, copy_chunks=False))
    body = {"dataset_to_clone": source, "dataset_name": "Copy", "tracking_id": "copy", "clone_chunks": False}
    assert trieve.bodies("POST") == [exactly(body)]
    assert trieve.bodies("PUT") == []
    assert trieve.stored(copy.id)["SYSTEM_PROMPT"] == "Golden."
    assert copy.outputs["observed_immutable"]["server_configuration.EMBEDDING_SIZE"] == 1024
    assert copy.outputs["cloned_from"]["dataset_id"] == source
    assert "source_chunks" not in copy.outputs["cloned_from"], "none are copied, so nobody counts them"
    assert copy.up(program(source, copy_chunks=False)) == "same"


def test_configuration_beside_it_is_one_update_of_what_differs(trieve: Tenancy, source: str) -> None:
    """trieve.md 4: the clone takes no configuration of its own."""
    copy = customer(trieve)
    wanted = program(source, {"SYSTEM_PROMPT": "Golden.", "MAX_LIMIT": 50, "EMBEDDING_SIZE": 1024}, copy_chunks=False)
    copy.up(wanted)
    configuration = {"MAX_LIMIT": 50, "LLM_API_VERSION": "2024-06"}
    assert trieve.bodies("PUT") == [exactly({"dataset_id": copy.id, "server_configuration": configuration})]
    assert copy.refresh()
    assert copy.up(wanted) == "same"
    assert trieve.said == []


def test_what_a_clone_does_not_carry_is_applied_after_it(trieve: Tenancy, source: str) -> None:
    """trieve.md 0.3 and 4: secrets and stop tokens."""
    copy = customer(trieve)
    late = {"LLM_API_KEY": "sk-copy", "STOP_TOKENS": ["END"], "PUBLIC_DATASET": {"enabled": True, "api_key": "sk-page"}}
    copy.up(program(source, late, copy_chunks=False))
    held = trieve.stored(copy.id)
    assert held["LLM_API_KEY"] == "[secret]"
    assert held["STOP_TOKENS"] == ["END"]
    assert held["LLM_API_VERSION"] == "2024-06"
    assert held["PUBLIC_DATASET"]["api_key"] == "[secret]"
    assert len(trieve.bodies("PUT")) == 1
    assert copy.up(program(source, late, copy_chunks=False)) == "same"


def test_immutable_keys_that_differ_from_the_source_are_refused_before_the_post(trieve: Tenancy, source: str) -> None:
    wanted = program(source, {"EMBEDDING_SIZE": 768, "QDRANT_ONLY": True, "EMBEDDING_MODEL_NAME": "jina-base-en"})
    text = r"cannot be a clone of .*EMBEDDING_SIZE: the source has 1024, the program 768.*QDRANT_ONLY: the source has false"
    with pytest.raises(RefusedError, match=text) as caught:
        customer(trieve).up(wanted)
    assert "EMBEDDING_MODEL_NAME" not in str(caught.value)
    assert trieve.calls("POST", "PUT") == []


def test_a_metric_of_the_source_that_an_update_would_reset_is_refused_before_the_post(trieve: Tenancy) -> None:
    """trieve.md 0.4."""
    source = trieve.make_by_hand("golden", DISTANCE_METRIC="dot")
    with pytest.raises(RefusedError, match=r"the source has dot, which the update .* would reset"):
        customer(trieve).up(program(source, {"MAX_LIMIT": 50}, copy_chunks=False))
    with pytest.raises(RefusedError, match=r"the source has dot"):
        customer(trieve).up(program(source, {"STOP_TOKENS": ["END"]}, copy_chunks=False))
    assert trieve.calls("POST") == []
    copy = customer(trieve)
    copy.up(program(source, copy_chunks=False))
    assert trieve.stored(copy.id)["DISTANCE_METRIC"] == "dot"


def test_a_source_that_does_not_exist_is_named(trieve: Tenancy) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(ServiceError, match=rf"the source dataset {missing}"):
        customer(trieve).up(program(missing))


def test_a_source_that_seems_gone_for_a_moment_is_found(trieve: Tenancy, source: str) -> None:
    """trieve-observed.md 2.3."""
    trieve.sandbox.faults([{"method": "GET", "path": "^/api/dataset/", "every": 2, "act": {"kind": "false_absence"}}])
    copy = customer(trieve)
    copy.up(program(source, copy_chunks=True, wait_seconds=60))
    assert copy.outputs["cloned_from"]["chunks"] == 500


def test_a_source_of_another_organization(trieve: Tenancy) -> None:
    """trieve.md 4: any organization's dataset may be cloned."""
    other, _ = trieve.organization("Other")
    body = {"dataset_name": "theirs", "tracking_id": "theirs"}
    source = trieve.admin("POST", "/api/dataset", body, organization=other)["id"]
    copy = customer(trieve)
    copy.up(program(source, copy_chunks=False))
    assert copy.outputs["organization_id"] == trieve.organization_id


def test_the_origin_may_change_or_go_and_nothing_happens(trieve: Tenancy, source: str) -> None:
    copy = customer(trieve)
    copy.up(program(source, copy_chunks=False))
    trieve.delete_by_hand(source)
    assert copy.refresh()
    assert copy.up(program(source, copy_chunks=False)) == "same"
    another = trieve.make_by_hand("another")
    trieve.forget_calls()
    assert copy.up(program(another, copy_chunks=False)) == "update"
    assert trieve.calls() == []
    assert "clone_from is used only at creation; the change has no effect on dataset copy" in trieve.text
    assert copy.outputs["cloned_from"]["dataset_id"] == source


# Chunks


def test_chunks_are_waited_for(trieve: Tenancy, source: str) -> None:
    copy = customer(trieve)
    copy.up(program(source, wait_seconds=60))
    assert copy.outputs["cloned_from"]["chunks"] == 500
    assert any(path == f"/api/dataset/usage/{copy.id}" for _, path in trieve.calls("GET"))


def test_a_clone_with_wait_seconds_0_does_not_wait(trieve: Tenancy, source: str) -> None:
    copy = customer(trieve)
    copy.up(program(source))
    assert trieve.slept == []
    assert "chunks" not in copy.outputs["cloned_from"]


@pytest.fixture
def without_worker(tmp_path: Path) -> Iterator[Tenancy]:
    """A self-hosted installation without the clone worker, as the official compose file makes it."""
    with Sandbox("--no-clone-worker", data=tmp_path / "sandbox", organization=None) as sandbox:
        tenancy = Tenancy(sandbox)
        yield tenancy
        tenancy.close()


def test_the_error_about_an_empty_clone_names_possible_causes(without_worker: Tenancy) -> None:
    """trieve.md 0.13."""
    trieve = without_worker
    source = source_in(trieve, chunks=3)
    copy = customer(trieve)
    text = r"not ready within 1 s.*is a clone of .* and holds 0 of its 3 chunks.*may not run the clone worker.*wait_seconds=0"
    with pytest.raises(WaitError, match=text):
        copy.up(program(source, wait_seconds=1))
    # Run again, it waits on: one clone, not two.
    again = trieve.again(copy)
    with pytest.raises(WaitError, match=r"holds 0 of its 3 chunks"):
        again.up(program(source, wait_seconds=1))
    assert [item["tracking_id"] for item in trieve.datasets()] == ["golden", "copy"]
    last = trieve.again(copy)
    last.up(program(source, wait_seconds=0))
    assert last.id


def test_the_error_of_a_timed_out_wait_names_the_copied_chunks(tmp_path: Path) -> None:
    options = ("--clone-chunks-per-second", "50")
    with Sandbox(*options, data=tmp_path / "sandbox", organization=None) as sandbox:
        trieve = Tenancy(sandbox)
        source = source_in(trieve, chunks=500)
        copy = customer(trieve)
        with pytest.raises(
            WaitError, match=r"not ready within 1 s.*holds \d+ of its 500 chunks.*The service continues to copy"
        ):
            copy.up(program(source, wait_seconds=1))
        again = trieve.again(copy)
        again.up(program(source, {"MAX_LIMIT": 50, "LLM_API_KEY": "sk-copy"}, wait_seconds=60))
        assert again.outputs["cloned_from"]["chunks"] == 500
        assert [item["tracking_id"] for item in trieve.datasets()] == ["golden", "copy"]
        trieve.close()


def test_a_clone_cut_off_after_its_configuration_was_applied_is_taken_over(trieve: Tenancy, source: str) -> None:
    configuration = {"MAX_LIMIT": 50, "LLM_API_KEY": "sk-copy"}
    usage = {"kind": "answer", "status": 500, "body": {"message": "no"}}
    copy = customer(trieve, maxRetries=0)
    # The source is counted first, then the clone.
    trieve.sandbox.faults([{"method": "GET", "path": "^/api/dataset/usage/", "skip": 1, "act": usage}])
    with pytest.raises(ServiceError, match=r"HTTP 500"):
        copy.up(program(source, configuration, wait_seconds=60))
    trieve.sandbox.clear_faults()
    again = trieve.again(copy)
    again.up(program(source, configuration, wait_seconds=60))
    assert again.outputs["cloned_from"]["chunks"] == 500
    assert len(trieve.datasets()) == 2


@pytest.mark.parametrize(
    "act",
    [{"kind": "timeout", "carried_out": "after"}, {"kind": "drop", "when": "after"}, {"kind": "drop"}],
    ids=["408", "cut-after", "cut-before"],
)
def test_a_clone_without_a_clear_answer_is_one_clone(trieve: Tenancy, source: str, act: dict[str, Any]) -> None:
    trieve.sandbox.faults([{**CLONE, "times": 1, "act": act}])
    copy = customer(trieve)
    copy.up(program(source, {"MAX_LIMIT": 50}, wait_seconds=60))
    assert [item["id"] for item in trieve.datasets()] == [source, copy.id]
    assert copy.outputs["cloned_from"]["chunks"] == 500


def test_a_clone_during_an_outage_of_the_queue_exists_without_chunks(trieve: Tenancy, source: str) -> None:
    """trieve-observed.md 2.5: answered 408, its tracking id is taken, and its chunks were never queued."""
    trieve.sandbox.switches(redis_down=True)
    copy = customer(trieve)
    with pytest.raises(WaitError, match=r"holds 0 of its 500 chunks"):
        copy.up(program(source, wait_seconds=1))
    assert len(trieve.datasets()) == 2


def test_somebody_elses_dataset_is_not_taken_for_a_clone(trieve: Tenancy, source: str) -> None:
    left = trieve.make_by_hand("copy", EMBEDDING_SIZE=1024)
    trieve.sandbox.put_chunks(left, 501)
    with pytest.raises(Exception, match=r"dataset copy exists already.*holds 501 documents.*it holds documents"):
        customer(trieve).up(program(source))


def test_a_locked_source_makes_a_locked_clone(trieve: Tenancy, source: str) -> None:
    """trieve.md 4: LOCKED is copied; the program may say otherwise."""
    trieve.by_hand(source, {"LOCKED": True})
    copy = customer(trieve)
    copy.up(program(source, {"LOCKED": False}, copy_chunks=False))
    assert trieve.stored(copy.id)["LOCKED"] is False
