"""What a create or a delete would find, asked before: nothing is changed, and the later call finds the same."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import AdoptionError, GuardError, ServiceError
from pulumi_retrieval.core.foreseeing import Loss
from pulumi_retrieval.core.values import UNKNOWN
from support.life import Life
from support.trieve import Tenancy

PROGRAM: dict[str, Any] = {"tracking_id": "golden", "dataset_name": "Golden"}
USAGE = {"method": "GET", "path": "^/api/dataset/usage/"}
DENIED = {"act": {"kind": "answer", "status": 404, "body": {"message": "Not Found"}}}


@pytest.fixture
def golden(trieve: Tenancy) -> Life:
    life = trieve.dataset()
    life.up(PROGRAM)
    trieve.forget_calls()
    return life


def loss(trieve: Tenancy, life: Life, **more: int) -> Loss:
    """What a delete by the next run would do; asks only."""
    found = trieve.again(life).cycle.foreseeing.delete(life.id, life.outputs, **more)
    assert all(method == "GET" or path.startswith("/api/organization/usage/") for method, path in trieve.calls())
    return found


def test_an_empty_dataset(trieve: Tenancy, golden: Life) -> None:
    assert loss(trieve, golden) == Loss(0)


def test_documents_block_a_delete_until_it_may_take_them_along(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.put_chunks(golden.id, 12)
    found = loss(trieve, golden)
    assert found.count == 12
    assert found.blocked.startswith("it holds 12 documents and is not deleted")
    with pytest.raises(GuardError):
        trieve.again(golden).destroy()
    golden.up({**PROGRAM, "force_destroy": True})
    trieve.forget_calls()
    assert loss(trieve, golden) == Loss(12)


def test_a_missing_dataset_holds_no_documents(trieve: Tenancy, golden: Life) -> None:
    trieve.delete_by_hand(golden.id)
    assert loss(trieve, golden) == Loss(0)


def test_a_count_that_fails_for_a_moment_is_asked_again(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.put_chunks(golden.id, 3)
    trieve.sandbox.faults([{**USAGE, "times": 1, **DENIED}])
    assert loss(trieve, golden).count == 3


def test_a_count_that_goes_on_failing_is_an_error_and_no_zero(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.faults([{**USAGE, **DENIED}])
    with pytest.raises(ServiceError):
        loss(trieve, golden)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_lock_blocks_a_delete(trieve: Tenancy, golden: Life, by_hand: bool) -> None:
    if by_hand:
        trieve.by_hand(golden.id, {"LOCKED": True})
    else:
        golden.up({**PROGRAM, "force_destroy": True, "server_configuration": {"LOCKED": True}})
        trieve.forget_calls()
    assert "locked" in loss(trieve, golden).blocked
    with pytest.raises(ServiceError, match="locked"):
        trieve.again(golden).destroy()


def test_an_organization_counts_what_stays_in_it(trieve: Tenancy) -> None:
    organization = trieve.service(admin=True).resources["organization"]
    home = Life(organization, name="home", token="Organization")
    home.up({"name": "Home"})
    for name in ("a", "b"):
        body = {"dataset_name": name, "tracking_id": name}
        trieve.admin("POST", "/api/dataset", body, organization=home.id)
    trieve.forget_calls()
    found = organization.foreseeing.delete(home.id, home.outputs)
    assert (found.count, found.unit) == (2, "dataset")
    assert found.blocked
    assert not organization.foreseeing.delete(home.id, home.outputs, leaving=2).blocked


def test_a_free_name_and_a_name_that_is_not_known_yet(trieve: Tenancy) -> None:
    life = trieve.dataset()
    foreseeing = life.cycle.foreseeing
    assert foreseeing.create(life.check({**PROGRAM, "tracking_id": "free"})) is None
    trieve.forget_calls()
    assert foreseeing.create({**life.check(PROGRAM), "tracking_id": UNKNOWN}) is None
    assert foreseeing.create({**life.check(PROGRAM), "organization_id": UNKNOWN}) is None
    assert trieve.calls() == []


def test_a_name_that_is_taken(trieve: Tenancy, golden: Life) -> None:
    trieve.sandbox.put_chunks(golden.id, 1)
    other = trieve.dataset(name="other")
    found = other.cycle.foreseeing.create(other.check(PROGRAM))
    assert found is not None
    assert "exists already" in found.blocked
    with pytest.raises(AdoptionError, match="exists already"):
        trieve.dataset(name="other").up(PROGRAM)


def test_a_name_that_our_own_cut_off_create_may_have_left(trieve: Tenancy, golden: Life) -> None:
    other = trieve.dataset(name="other")
    found = other.cycle.foreseeing.create(other.check(PROGRAM))
    assert found is not None
    assert (found.id, found.blocked) == (golden.id, "")


def test_a_source_that_is_not_there(trieve: Tenancy) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"
    life = trieve.dataset()
    with pytest.raises(ServiceError, match="does not exist"):
        life.cycle.foreseeing.create(life.check({**PROGRAM, "clone_from": {"dataset_id": nowhere}}))


def test_an_id_to_adopt_that_is_not_there(trieve: Tenancy) -> None:
    life = trieve.dataset()
    nowhere = "00000000-0000-4000-8000-000000000000"
    found = life.cycle.foreseeing.create(life.check({**PROGRAM, "adopt": nowhere}))
    assert found is not None
    assert nowhere in found.blocked
