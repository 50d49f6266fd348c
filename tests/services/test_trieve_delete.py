"""Deleting datasets: what holds documents stays, what is gone is gone, and what cannot be told is looked at again."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import GoneError, GuardError, ServiceError
from support.life import Life, Rejected
from support.trieve import QUICK_TIMEOUT, Tenancy

DELETE = {"method": "DELETE", "path": "^/api/dataset/"}
PROGRAM: dict[str, Any] = {"tracking_id": "golden", "dataset_name": "Golden"}


@pytest.fixture
def golden(trieve: Tenancy) -> Life:
    life = trieve.dataset()
    life.up(PROGRAM)
    trieve.forget_calls()
    return life


def test_delete_counts_and_deletes(trieve: Tenancy, golden: Life) -> None:
    gone = golden.id
    trieve.again(golden).destroy()
    assert trieve.calls() == [("GET", f"/api/dataset/usage/{gone}"), ("DELETE", f"/api/dataset/{gone}")]
    assert trieve.datasets() == []


def test_a_dataset_with_documents_is_not_deleted(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.put_chunks(golden.id, 12)
    text = r"dataset golden \(.*\) holds 12 documents and is not deleted(?s:.*)set force_destroy=True on it, run `pulumi up` once"
    with pytest.raises(GuardError, match=text + "(?s:.*)retain_on_delete=True"):
        trieve.again(golden).destroy()
    assert trieve.calls("DELETE") == []
    # Said in the program and not applied yet, it does not count.
    assert golden.preview({**PROGRAM, "force_destroy": True}) == "update"
    with pytest.raises(GuardError):
        trieve.again(golden).destroy()
    golden.up({**PROGRAM, "force_destroy": True})
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_the_delete_of_a_missing_dataset_succeeds(trieve: Tenancy, golden: Life) -> None:
    trieve.delete_by_hand(golden.id)
    trieve.again(golden).destroy()


def test_a_locked_dataset_is_unlocked_by_the_program_only(trieve: Tenancy) -> None:
    """trieve.md 3."""
    golden = trieve.dataset()
    golden.up({**PROGRAM, "force_destroy": True, "server_configuration": {"LOCKED": True}})
    with pytest.raises(ServiceError, match=r"HTTP 400: Cannot delete a locked dataset. Set LOCKED to false in"):
        trieve.again(golden).destroy()
    golden.up({**PROGRAM, "force_destroy": True, "server_configuration": {"LOCKED": False}})
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


@pytest.mark.parametrize("table", ["datasets", "keys", "organizations"])
@pytest.mark.parametrize("path", ["^/api/dataset/usage/", "^/api/dataset/[0-9a-f-]{36}$"], ids=["count", "delete"])
def test_a_false_absence_is_no_deletion(trieve: Tenancy, golden: Life, path: str, table: str) -> None:
    """trieve-observed.md 2.3: a delete whose query fails is answered 404, and nothing is deleted."""
    trieve.sandbox.faults([{"path": path, "times": 1, "act": {"kind": "false_absence", "table": table}}])
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_false_absences_without_end_are_an_error(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.faults([{**DELETE, "act": {"kind": "false_absence"}}])
    with pytest.raises(ServiceError, match=r"could not delete dataset golden \(.*HTTP 404"):
        trieve.again(golden).destroy()
    assert golden.id


@pytest.mark.parametrize("carried_out", ["after", "never"])
def test_a_delete_answered_408_is_followed_by_a_read(trieve: Tenancy, golden: Life, carried_out: str) -> None:
    """trieve-observed.md 2.4."""
    trieve.sandbox.faults([{**DELETE, "times": 1, "act": {"kind": "timeout", "carried_out": carried_out}}])
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_a_delete_that_is_carried_out_later_converges(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.faults([{**DELETE, "act": {"kind": "timeout", "carried_out": "after", "delay": 3600}}])
    with pytest.raises(ServiceError, match=r"could not delete dataset golden"):
        trieve.again(golden).destroy()
    trieve.sandbox.clear_faults()
    trieve.delete_by_hand(golden.id)
    trieve.again(golden).destroy()


def test_a_delete_that_is_never_answered_is_looked_at(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.faults([{**DELETE, "times": 1, "act": {"kind": "hang", "seconds": 600, "when": "after"}}])
    trieve.again(golden, trieve.service(timeout=QUICK_TIMEOUT)).destroy()
    assert trieve.datasets() == []


def test_a_dataset_deleted_with_408_reads_as_gone(trieve: Tenancy, golden: Life) -> None:
    """trieve-observed.md 2.5: the delete is answered 408, and the dataset reads 404 from then on."""
    trieve.sandbox.switches(zombie_deletes=True)
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_an_organization_that_is_gone_took_its_datasets_along(trieve: Tenancy, golden: Life) -> None:
    trieve.admin("DELETE", f"/api/organization/{trieve.organization_id}", organization=trieve.organization_id)
    with pytest.raises(GoneError, match=r"pulumi state delete"):
        trieve.again(golden).destroy()
    trieve.again(golden, trieve.service(admin=True, key=False)).destroy()


def test_a_replacement_needs_force_destroy_applied_before(trieve: Tenancy) -> None:
    small, large = {"EMBEDDING_SIZE": 512}, {"EMBEDDING_SIZE": 1536}
    golden = trieve.dataset()
    golden.up({**PROGRAM, "server_configuration": small})
    replace = {**PROGRAM, "server_configuration": large, "on_immutable_change": "replace", "force_destroy": True}
    with pytest.raises(Rejected, match=r"force_destroy=True was not applied before: set it, run `pulumi up` once"):
        golden.up(replace)
    golden.up({**PROGRAM, "server_configuration": small, "force_destroy": True})
    old = golden.id
    trieve.sandbox.put_chunks(old, 3)
    trieve.forget_calls()
    assert golden.up(replace) == "create"
    assert trieve.calls("DELETE", "POST") == [("DELETE", f"/api/dataset/{old}"), ("POST", "/api/dataset")]
    assert golden.id != old


@pytest.mark.parametrize("body", [{}, [], {"chunk_count": None}, "ok"])
def test_an_answer_without_a_count_allows_no_delete(trieve: Tenancy, golden: Life, body: Any) -> None:
    usage = {"method": "GET", "path": "^/api/dataset/usage/"}
    trieve.sandbox.faults([{**usage, "act": {"kind": "answer", "status": 200, "body": body}}])
    with pytest.raises(ServiceError, match=r"could not count the documents of dataset golden"):
        trieve.again(golden).destroy()
    assert trieve.calls("DELETE") == []
