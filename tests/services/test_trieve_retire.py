"""A dataset that is off-boarded: locked, kept, unlocked and deleted in this order, and what is left where that fails."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import GuardError, ServiceError, UnclearWriteError
from support.life import Life, Rejected
from support.trieve import QUICK_TIMEOUT, Tenancy

PROGRAM: dict[str, Any] = {"tracking_id": "golden", "dataset_name": "Golden"}
RETIRED: dict[str, Any] = {**PROGRAM, "retire": True}
GONE: dict[str, Any] = {**RETIRED, "retention_days": 0}
DOCUMENTS = 40
DAY = 86_400
PUT = {"method": "PUT", "path": "^/api/dataset$"}
DELETE = {"method": "DELETE", "path": "^/api/dataset/"}


@pytest.fixture
def golden(trieve: Tenancy) -> Life:
    """A dataset that holds documents."""
    life = trieve.dataset()
    life.up(PROGRAM)
    trieve.sandbox.put_chunks(life.id, DOCUMENTS)
    trieve.forget_calls()
    return life


def locked(trieve: Tenancy, life: Life) -> bool:
    return trieve.stored(life.id).get("LOCKED") is True


def text(trieve: Tenancy) -> str:
    return "\n".join(trieve.said)


def test_a_retired_dataset_is_locked_by_one_update_and_rests(trieve: Tenancy, golden: Life) -> None:
    assert golden.up(RETIRED) == "update"
    assert trieve.bodies("PUT") == [f'{{"dataset_id":"{golden.id}","server_configuration":{{"LOCKED":true}}}}']
    assert locked(trieve, golden)
    assert golden.inputs["server_configuration"] == {"LOCKED": True}
    assert golden.preview(RETIRED) == "same"
    assert golden.refresh()
    assert golden.preview(RETIRED) == "same"
    assert golden.outputs["retired_at"].endswith("Z")


def test_a_new_dataset_may_be_retired_from_the_beginning(trieve: Tenancy) -> None:
    life = trieve.dataset()
    life.up(RETIRED)
    assert locked(trieve, life)
    assert life.outputs["retired_at"]
    assert life.preview(RETIRED) == "same"


def test_a_lock_that_somebody_took_off_is_drift(trieve: Tenancy, golden: Life) -> None:
    golden.up(RETIRED)
    trieve.by_hand(golden.id, {"LOCKED": False})
    golden.refresh()
    assert golden.up(RETIRED) == "update"
    assert locked(trieve, golden)


@pytest.mark.parametrize("settings", [{}, {"server_configuration": {"MAX_LIMIT": 7}}], ids=["none", "some"])
def test_taking_it_back_unlocks_once(trieve: Tenancy, golden: Life, settings: dict[str, Any]) -> None:
    golden.up({**RETIRED, **settings})
    trieve.forget_calls()
    assert golden.up({**PROGRAM, **settings}) == "update"
    assert trieve.bodies("PUT") == [f'{{"dataset_id":"{golden.id}","server_configuration":{{"LOCKED":false}}}}']
    assert not locked(trieve, golden)
    assert "retired_at" not in golden.outputs
    assert golden.inputs.get("server_configuration") == settings.get("server_configuration")
    assert golden.preview({**PROGRAM, **settings}) == "same"
    # From then on the lock is nobody's.
    trieve.by_hand(golden.id, {"LOCKED": True})
    golden.refresh()
    assert golden.preview({**PROGRAM, **settings}) == "same"
    with pytest.raises(GuardError):
        trieve.again(golden).destroy()


def test_an_unlocking_that_the_service_did_not_take_is_an_error(trieve: Tenancy, golden: Life) -> None:
    golden.up(RETIRED)
    answer = trieve.answer_of(golden.id)
    trieve.sandbox.faults([{**PUT, "act": {"kind": "answer", "status": 200, "body": answer}}])
    with pytest.raises(ServiceError, match=r"did not store server_configuration\.LOCKED"):
        golden.up(PROGRAM)
    trieve.sandbox.clear_faults()
    assert golden.up(PROGRAM) == "update"
    assert not locked(trieve, golden)


def test_retiring_does_not_change_a_lock_set_by_the_program(trieve: Tenancy, golden: Life) -> None:
    free = {"server_configuration": {"LOCKED": False}}
    golden.up({**RETIRED, **free})
    assert not locked(trieve, golden)
    golden.up({**RETIRED, "server_configuration": {"LOCKED": True}})
    golden.up({**PROGRAM, "server_configuration": {"LOCKED": True}})
    assert locked(trieve, golden)
    assert "retired_at" not in golden.outputs
    with pytest.raises(GuardError):
        trieve.again(golden).destroy()


def test_a_dataset_with_another_metric_is_retired_without_a_lock(trieve: Tenancy) -> None:
    """trieve.md 0.4: every update resets the metric."""
    program = {**PROGRAM, "server_configuration": {"DISTANCE_METRIC": "dot"}}
    life = trieve.dataset()
    life.up(program)
    trieve.sandbox.put_chunks(life.id, 1)
    trieve.forget_calls()
    assert life.up({**program, "retire": True, "retention_days": 0}) == "update"
    assert trieve.calls("PUT") == []
    assert "retired without a lock" in text(trieve)
    trieve.again(life).destroy()
    assert trieve.datasets() == []


def test_another_metric_that_nobody_manages_is_told_with_the_way_to_retire_it(trieve: Tenancy) -> None:
    trieve.make_by_hand("golden", DISTANCE_METRIC="dot")
    life = trieve.dataset()
    adopted = {"tracking_id": "golden", "dataset_name": "golden", "adopt": True}
    life.up(adopted)
    with pytest.raises(Exception, match=r'retire unlocked +server_configuration=\{"DISTANCE_METRIC": "dot"'):
        life.up({**adopted, "retire": True})
    assert life.up({**adopted, "retire": True, "server_configuration": {"DISTANCE_METRIC": "dot"}}) == "update"


def test_a_retired_dataset_is_deleted_after_its_retention_days(trieve: Tenancy, golden: Life) -> None:
    golden.up(RETIRED)
    for later in (0, 29 * DAY, 30 * DAY - 60):
        trieve.later = later
        with pytest.raises(GuardError, match=r"holds 40 documents(?s:.*)it can be deleted from \d{4}-\d\d-\d\dT"):
            trieve.again(golden).destroy()
        assert locked(trieve, golden)
    trieve.forget_calls()
    gone, trieve.later = golden.id, 30 * DAY + 60
    trieve.again(golden).destroy()
    dataset, usage = f"/api/dataset/{gone}", f"/api/dataset/usage/{gone}"
    assert trieve.calls() == [
        ("GET", usage),
        ("GET", dataset),
        ("PUT", "/api/dataset"),
        ("GET", dataset),
        ("DELETE", dataset),
    ]
    assert trieve.datasets() == []
    assert f"dataset golden ({gone}) was deleted with 40 documents: it was retired at" in text(trieve)


def test_a_clock_that_goes_back_deletes_nothing(trieve: Tenancy, golden: Life) -> None:
    golden.up(GONE)
    trieve.later = -DAY
    with pytest.raises(GuardError, match="in the future"):
        trieve.again(golden).destroy()
    assert locked(trieve, golden)


def test_a_state_of_a_version_without_retirement(trieve: Tenancy, golden: Life) -> None:
    old = {name: value for name, value in golden.outputs.items() if "reti" not in name and "retention" not in name}
    assert old == golden.outputs
    assert golden.preview(PROGRAM) == "same"
    golden.refresh()
    assert golden.outputs == old
    with pytest.raises(GuardError, match="retire=True, retention_days=30"):
        trieve.again(golden).destroy()


def test_retired_at_is_not_an_input(trieve: Tenancy, golden: Life) -> None:
    with pytest.raises(Rejected, match="retired_at: there is no such key"):
        golden.up({**RETIRED, "retired_at": "2000-01-01T00:00:00Z"})
    with pytest.raises(Rejected, match=r"retention_days: must be 0\.0 or more"):
        golden.up({**RETIRED, "retention_days": -1})


def test_force_destroy_and_retire_are_a_contradiction_that_is_told(trieve: Tenancy, golden: Life) -> None:
    golden.up({**RETIRED, "force_destroy": True})
    assert "force_destroy=True lets it be deleted at any time" in text(trieve)
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


# The unlocking before a delete, and failures between the two.


def test_the_answer_to_the_unlocking_is_lost(trieve: Tenancy, golden: Life) -> None:
    golden.up(GONE)
    trieve.sandbox.faults([{**PUT, "times": 1, "act": {"kind": "drop", "when": "after"}}])
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_an_unlocking_without_an_answer_deletes_nothing_and_says_what_is_left(trieve: Tenancy, golden: Life) -> None:
    golden.up(GONE)
    trieve.sandbox.faults([{**PUT, "act": {"kind": "hang", "seconds": 600, "when": "before"}}])
    trieve.forget_calls()
    with pytest.raises(
        UnclearWriteError,
        match=r"was unlocked for its delete, or may have been, and may still exist",
    ):
        trieve.again(golden, trieve.service(timeout=QUICK_TIMEOUT)).destroy()
    assert trieve.calls("DELETE") == []
    assert locked(trieve, golden)
    trieve.sandbox.clear_faults()
    trieve.again(golden).destroy()
    assert trieve.datasets() == []


def test_a_delete_that_fails_after_the_unlocking_says_what_is_left(trieve: Tenancy, golden: Life) -> None:
    golden.up(GONE)
    no = {"kind": "answer", "status": 403, "body": {"message": "Forbidden"}}
    trieve.sandbox.faults([{**DELETE, "act": no}])
    with pytest.raises(ServiceError, match=r"HTTP 403(?s:.*)was unlocked for its delete(?s:.*)pulumi up --refresh"):
        trieve.again(golden).destroy()
    assert not locked(trieve, golden)
    trieve.sandbox.clear_faults()
    # Either way that the text names goes on from there.
    kept = trieve.again(golden)
    kept.refresh()
    assert kept.up(GONE) == "update"
    assert locked(trieve, kept)
    trieve.again(kept).destroy()
    assert trieve.datasets() == []


def test_the_same_delete_again_does_not_unlock_again(trieve: Tenancy, golden: Life) -> None:
    golden.up(GONE)
    trieve.by_hand(golden.id, {"LOCKED": False})
    trieve.forget_calls()
    trieve.again(golden).destroy()
    assert trieve.calls("PUT") == []
    assert trieve.datasets() == []


def test_documents_that_come_after_the_unlocking_are_counted(trieve: Tenancy, golden: Life) -> None:
    """Confirmed for 40; the first delete is denied, and meanwhile there are 41."""
    golden.up({**PROGRAM, "server_configuration": {"LOCKED": True}})
    trieve.sandbox.faults([{**DELETE, "times": 1, "act": {"kind": "timeout", "carried_out": "never"}}])
    trieve.on_sleep = lambda: trieve.sandbox.put_chunks(golden.id, 1)
    with pytest.raises(GuardError, match=r"confirms golden=40, and it holds 41(?s:.*)was unlocked for its delete"):
        trieve.again(golden, trieve.service(confirmDeletes="golden=40")).destroy()
    assert [one["id"] for one in trieve.datasets()] == [golden.id]


def test_a_lock_set_by_somebody_else_is_kept(trieve: Tenancy, golden: Life) -> None:
    trieve.by_hand(golden.id, {"LOCKED": True})
    with pytest.raises(ServiceError, match="Cannot delete a locked dataset"):
        trieve.again(golden, trieve.service(confirmDeletes="golden=40")).destroy()
    assert locked(trieve, golden)


# Confirmed deletes.


@pytest.mark.parametrize("name", ["golden", "Golden"])
def test_a_confirmed_delete_needs_one_run(trieve: Tenancy, golden: Life, name: str) -> None:
    trieve.again(golden, trieve.service(confirmDeletes=[f"{name}={DOCUMENTS}", "nobody=1"])).destroy()
    assert trieve.datasets() == []
    assert f"was deleted with 40 documents: trieve:confirmDeletes confirms {name}=40" in text(trieve)


@pytest.mark.parametrize("setting", ["golden=39", "gold=40", "GOLDEN=40", "nobody=40"])
def test_another_confirmation_allows_nothing(trieve: Tenancy, golden: Life, setting: str) -> None:
    with pytest.raises(GuardError, match="holds 40 documents"):
        trieve.again(golden, trieve.service(confirmDeletes=setting)).destroy()
    assert trieve.calls("DELETE") == []


def test_an_invalid_confirmation_fails_before_any_call(trieve: Tenancy, golden: Life) -> None:
    with pytest.raises(Rejected, match="stack configuration trieve:confirmDeletes must be a list"):
        trieve.dataset(trieve.service(confirmDeletes="golden=all")).up(PROGRAM)
    with pytest.raises(Exception, match="trieve:confirmDeletes must be a list"):
        trieve.again(golden, trieve.service(confirmDeletes="golden=all")).destroy()


def test_a_confirmed_delete_takes_off_a_lock_of_the_program(trieve: Tenancy, golden: Life) -> None:
    golden.up({**PROGRAM, "server_configuration": {"LOCKED": True}})
    trieve.again(golden, trieve.service(confirmDeletes="golden=40")).destroy()
    assert trieve.datasets() == []


def test_an_organization_is_confirmed_by_its_name(trieve: Tenancy) -> None:
    service = trieve.service(admin=True, key=False)
    company = Life(service.resources["organization"], name="company", token="Organization")
    company.up({"name": "Company"})
    trieve.admin("POST", "/api/dataset", {"dataset_name": "x", "tracking_id": "x"}, organization=company.id)
    with pytest.raises(GuardError, match=r"holds 1 dataset that this stack does not manage \(x\)(?s:.*)Company=1"):
        trieve.again(company, trieve.service(admin=True, key=False)).destroy()
    trieve.again(company, trieve.service(admin=True, key=False, confirmDeletes="Company=1")).destroy()
    assert "was deleted with 1 dataset that this stack does not manage" in text(trieve)
