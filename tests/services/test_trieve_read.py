"""Reading datasets: drift, and absences that are not believed."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import AuthenticationError, GoneError, PermissionDenied, ServiceError
from support.life import Life
from support.trieve import Tenancy

READ = {"method": "GET", "path": "^/api/dataset/[0-9a-f-]{36}$"}
FALSE_ABSENCE = {"kind": "false_absence"}


def fleet(trieve: Tenancy, count: int) -> list[Life]:
    service = trieve.service()
    lives = [trieve.dataset(service, name=f"d{number}") for number in range(count)]
    for life in lives:
        life.up({"server_configuration": {"MAX_LIMIT": 500}})
    trieve.forget_calls()
    return lives


@pytest.fixture
def golden(trieve: Tenancy) -> Life:
    return fleet(trieve, 1)[0]


def test_a_read_is_one_get(trieve: Tenancy, golden: Life) -> None:
    assert golden.refresh()
    assert trieve.calls() == [("GET", f"/api/dataset/{golden.id}")]


def test_state_never_holds_what_the_program_does_not_manage(trieve: Tenancy, golden: Life) -> None:
    trieve.by_hand(golden.id, {"SYSTEM_PROMPT": "By hand", "RAG_PROMPT": "By hand"})
    assert golden.refresh()
    assert golden.outputs["server_configuration"] == {"MAX_LIMIT": 500}


@pytest.mark.parametrize(
    "act",
    [FALSE_ABSENCE, {"kind": "false_absence", "table": "keys"}, {"kind": "false_absence", "table": "organizations"}],
    ids=["dataset", "key", "organization"],
)
def test_one_false_absence_is_not_believed(trieve: Tenancy, golden: Life, act: dict[str, Any]) -> None:
    """trieve-observed.md 2.3: a query that fails reads as 404, and as 401 for a good key."""
    trieve.sandbox.faults([{**READ, "times": 1, "act": act}])
    assert golden.refresh()
    assert golden.preview({"server_configuration": {"MAX_LIMIT": 500}}) == "same"


def test_absences_that_the_list_contradicts_are_an_error(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.faults([{**READ, "act": FALSE_ABSENCE}])
    with pytest.raises(ServiceError, match=r"could not read dataset derived-d0 .*HTTP 404"):
        golden.refresh()
    assert golden.id


def test_absences_beside_a_list_that_fails_are_an_error(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.faults([{"method": "GET", "path": "^/api/dataset/", "act": FALSE_ABSENCE}])
    with pytest.raises(ServiceError, match=r"could not read dataset derived-d0"):
        golden.refresh()


def test_every_third_read_answered_by_a_false_404_forgets_nothing(trieve: Tenancy) -> None:
    lives = fleet(trieve, 50)
    trieve.sandbox.faults([{"method": "GET", "path": "^/api/", "every": 3, "act": FALSE_ABSENCE}])
    service = trieve.service()
    refreshed = [trieve.again(life, service) for life in lives]
    assert [life.refresh() for life in refreshed] == [True] * 50
    assert trieve.sandbox.fault_report()[0]["fired"] >= 24
    trieve.sandbox.clear_faults()
    assert {life.preview({"server_configuration": {"MAX_LIMIT": 500}}) for life in refreshed} == {"same"}


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_failures_of_a_read_are_waited_for_and_never_mean_gone(trieve: Tenancy, golden: Life, status: int) -> None:
    failing = {"kind": "answer", "status": status, "body": {"message": "no"}}
    trieve.sandbox.faults([{**READ, "times": 2, "act": failing}])
    assert golden.refresh()
    trieve.sandbox.faults([{**READ, "act": failing}])
    with pytest.raises(ServiceError, match=rf"HTTP {status}: no"):
        golden.refresh()


@pytest.mark.parametrize("act", [{"kind": "drop"}, {"kind": "truncate"}], ids=["cut", "truncated"])
def test_a_read_that_is_cut_off_is_repeated(trieve: Tenancy, golden: Life, act: dict[str, Any]) -> None:
    trieve.sandbox.faults([{**READ, "times": 1, "act": act}])
    assert golden.refresh()


def test_a_database_that_is_down_is_said_clearly(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.switches(database_down=True)
    with pytest.raises(ServiceError, match=r"HTTP 400: Could not get database connection"):
        golden.refresh()


def test_a_dataset_deleted_by_hand_is_gone_after_a_second_look(trieve: Tenancy, golden: Life) -> None:
    trieve.delete_by_hand(golden.id)
    path = f"/api/dataset/{golden.id}"
    gone = golden.id
    assert not golden.refresh()
    assert trieve.calls() == [
        ("GET", path),
        ("GET", path),
        ("GET", f"/api/dataset/organization/{trieve.organization_id}"),
    ]
    assert trieve.slept
    assert golden.up({"server_configuration": {"MAX_LIMIT": 500}}) == "create"
    assert golden.id != gone


def test_more_absences_than_a_run_believes_are_raised(trieve: Tenancy) -> None:
    lives = fleet(trieve, 6)
    for life in lives:
        trieve.delete_by_hand(life.id)
    service = trieve.service()
    again = [trieve.again(life, service) for life in lives]
    assert [life.refresh() for life in again[:5]] == [False] * 5
    with pytest.raises(GoneError, match=r"and 5 other objects of this stack are gone.*trieve:maxGone \(5\) allows"):
        again[5].refresh()
    confirmed = trieve.service(maxGone=100000)
    assert [trieve.again(life, confirmed).refresh() for life in lives] == [False] * 6


def test_a_key_without_permission_is_an_error(trieve: Tenancy, golden: Life) -> None:
    other, key = trieve.organization("Other")
    foreign = trieve.again(golden, trieve.service(apiKey=key))
    with pytest.raises(PermissionDenied, match=r"HTTP 403: Forbidden.*role of an owner"):
        foreign.refresh()
    unknown = trieve.again(golden, trieve.service(apiKey="tr-unknown"))
    with pytest.raises(
        AuthenticationError, match=r"HTTP 401.*after a rotation run `pulumi up` without --refresh first"
    ):
        unknown.refresh()
    assert other != trieve.organization_id


# The organization is gone


def test_an_organization_key_never_forgets_an_organization(trieve: Tenancy, golden: Life) -> None:
    trieve.admin("DELETE", f"/api/organization/{trieve.organization_id}", organization=trieve.organization_id)
    with pytest.raises(GoneError, match=r"organization .* does not exist, says http.*pulumi state delete 'URN'"):
        golden.refresh()


def test_with_an_admin_key_an_organization_is_gone_with_its_datasets(trieve: Tenancy) -> None:
    lives = fleet(trieve, 7)
    trieve.admin("DELETE", f"/api/organization/{trieve.organization_id}", organization=trieve.organization_id)
    service = trieve.service(admin=True, key=False)
    # One absence, however many datasets were in it.
    assert [trieve.again(life, service).refresh() for life in lives] == [False] * 7


def test_an_organization_that_is_missing_once_is_not_believed(trieve: Tenancy, golden: Life) -> None:
    missing = {"kind": "false_absence", "table": "organizations"}
    trieve.sandbox.faults([{"path": "^/api/", "times": 2, "act": missing}])
    again = trieve.again(golden, trieve.service(admin=True, key=False))
    assert again.refresh()


# Named by id only


@pytest.mark.parametrize("known", ["organization", "admin", "key"])
def test_a_dataset_named_by_its_id(trieve: Tenancy, known: str) -> None:
    left = trieve.make_by_hand("golden", EMBEDDING_SIZE=512)
    service = {
        "organization": lambda: trieve.service(),
        "admin": lambda: trieve.service(admin=True, key=False),
        "key": lambda: trieve.service(key=False, apiKey=trieve.api_key),
    }[known]()
    stored = service.resources["dataset"].read(left, {})
    assert stored is not None
    assert stored.outputs["tracking_id"] == "golden"
    assert stored.outputs["organization_id"] == trieve.organization_id
    assert stored.outputs["observed_immutable"]["server_configuration.EMBEDDING_SIZE"] == 512
    assert "server_configuration" not in stored.outputs


def test_an_answer_that_is_not_a_list_does_not_confirm_an_absence(trieve: Tenancy, golden: Life) -> None:
    strange = {"kind": "answer", "status": 200, "body": {"datasets": []}}
    trieve.sandbox.faults(
        [{**READ, "act": FALSE_ABSENCE}, {"method": "GET", "path": "^/api/dataset/organization/", "act": strange}]
    )
    with pytest.raises(ServiceError, match=r"could not list the datasets of .*Input should be a valid list"):
        golden.refresh()


@pytest.mark.parametrize("what", ["dataset", "organization"])
def test_a_denied_read_does_not_count_as_an_absence(trieve: Tenancy, golden: Life, what: str) -> None:
    """One 401 and one 404 are two failures of the moment, not two absences."""
    path = "^/api/dataset/[0-9a-f-]{36}$" if what == "dataset" else "^/api/organization/"
    table = "datasets" if what == "dataset" else "organizations"
    rules = [
        {"path": path, "times": 1, "act": {"kind": "false_absence", "table": "keys"}},
        {"path": path, "times": 1, "act": {"kind": "false_absence", "table": table}},
    ]
    if what == "organization":
        rules.append({**READ, "times": 1, "act": {"kind": "false_absence", "table": "organizations"}})
    trieve.sandbox.faults(rules)
    service = trieve.service(admin=True, key=False)
    again = trieve.again(golden, service)
    if what == "dataset":
        del again.outputs["organization_id"]
    assert again.refresh()
