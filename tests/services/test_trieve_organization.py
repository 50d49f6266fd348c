"""Organizations: created with an admin key, managed where they exist, never deleted where they were given."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.errors import AdoptionError, GoneError, GuardError, ServiceError, UnclearWriteError
from pulumi_retrieval.services.trieve import TrieveService
from support.life import Life, Rejected
from support.trieve import Tenancy, exactly

CREATE = {"method": "POST", "path": "^/api/organization$"}
UPDATE = {"method": "PUT", "path": "^/api/organization$"}


def organization(trieve: Tenancy, service: TrieveService | None = None) -> Life:
    service = service or trieve.service(admin=True, key=False)
    return Life(service.resources["organization"], name="acme", token="Organization")


def living(trieve: Tenancy, name: str) -> list[dict[str, Any]]:
    return [item for item in trieve.sandbox.state()["trieve"]["organizations"] if item["name"] == name]


def put(trieve: Tenancy, organization_id: str, **body: Any) -> None:
    trieve.admin("PUT", "/api/organization", body, organization=organization_id)


@pytest.fixture
def name(trieve: Tenancy) -> str:
    """A name that no other test of this sandbox uses."""
    return f"Acme {trieve.organization_id[:8]}"


def test_a_life(trieve: Tenancy, name: str) -> None:
    acme = organization(trieve)
    assert acme.up({"name": name}) == "create"
    assert trieve.bodies("POST") == [exactly({"name": name})]
    assert acme.outputs["created_here"] is True
    assert acme.up({"name": name}) == "same"
    assert acme.refresh()
    assert acme.up({"name": name}) == "same"
    assert acme.up({"name": name + "!"}) == "update"
    assert trieve.bodies("PUT") == [exactly({"name": name + "!"})]
    assert acme.refresh()
    assert acme.up({"name": name + "!"}) == "same"
    trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert living(trieve, name + "!") == []


def test_an_organization_is_created_with_the_admin_key_and_no_header(trieve: Tenancy, name: str) -> None:
    """trieve.md 5.1: with a header, some owner of another organization would own the new one."""
    acme = organization(trieve, trieve.service(admin=True))
    acme.up({"name": name})
    (create,) = [r for r in trieve.sandbox.requests() if r["method"] == "POST"]
    assert create["headers"] == {}
    assert acme.refresh()


def test_an_organization_key_creates_none_and_nothing_is_sent(trieve: Tenancy) -> None:
    """trieve.md 0.2: each try would leave an organization without an owner behind."""
    acme = organization(trieve, trieve.service())
    with pytest.raises(Rejected, match=r"creating an organization needs trieve:adminKey"):
        acme.up({"name": "Acme"})
    with pytest.raises(Exception, match=r"creating an organization needs trieve:adminKey"):
        acme.cycle.create({"name": "Acme"})
    assert trieve.calls() == []


def test_the_rules_on_organizations(trieve: Tenancy) -> None:
    acme = organization(trieve)
    with pytest.raises(Rejected, match=r"name: is required where organization_id is not given"):
        acme.up({})
    with pytest.raises(Rejected, match=r"must not hold .* the service strips markup"):
        acme.up({"name": "A <b>"})
    with pytest.raises(Rejected, match=r"COMPANY_NAM: there is no such key; did you mean \"COMPANY_NAME\""):
        acme.up({"name": "Acme", "partner_configuration": {"COMPANY_NAM": "Acme"}})
    assert trieve.calls() == []


# A create without a clear answer


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "timeout", "carried_out": "after"},
        {"kind": "drop", "when": "after"},
        {"kind": "truncate"},
    ],
    ids=["408", "cut", "truncated"],
)
def test_an_unclear_create_is_settled_by_what_the_admin_key_owns(
    trieve: Tenancy, name: str, act: dict[str, Any]
) -> None:
    # Names are not unique (trieve.md 0.10); one that holds something is not ours.
    other = trieve.admin("POST", "/api/organization", {"name": name})["id"]
    trieve.admin("POST", "/api/dataset", {"dataset_name": "d"}, organization=other)
    trieve.sandbox.faults([{**CREATE, "times": 1, "act": act}])
    acme = organization(trieve)
    acme.up({"name": name})
    assert len(living(trieve, name)) == 2
    assert acme.id == living(trieve, name)[1]["id"]
    assert len(trieve.calls("POST")) == 1
    assert acme.up({"name": name}) == "same"


def test_an_unclear_create_that_left_nothing_is_not_repeated(trieve: Tenancy, name: str) -> None:
    trieve.sandbox.faults([{**CREATE, "act": {"kind": "timeout"}}])
    with pytest.raises(UnclearWriteError, match=rf'may still be carried out.*takes over an organization "{name}"'):
        organization(trieve).up({"name": name})
    assert len(trieve.calls("POST")) == 1


def test_two_that_appeared_at_once_are_not_guessed_at(trieve: Tenancy, name: str) -> None:
    trieve.sandbox.faults([{**CREATE, "act": {"kind": "timeout", "carried_out": "after"}}])
    # The first pause comes before the create: an empty list is asked for again.
    trieve.on_sleep = lambda: setattr(trieve, "on_sleep", another)

    def another() -> None:
        trieve.admin("POST", "/api/organization", {"name": name})

    with pytest.raises(AdoptionError, match=r"2 new ones look like it"):
        organization(trieve).up({"name": name})


# What a killed run has left


def left_over(
    trieve: Tenancy, name: str, *, email: str | None = None, tracking_id: str | None = "docs"
) -> tuple[str, str]:
    """An organization with a dataset, as a run leaves it that was killed before anything was recorded."""
    found = trieve.admin("POST", "/api/organization", {"name": name})["id"]
    if email is not None:
        put(trieve, found, partner_configuration={"EMAIL": email})
    body = {"dataset_name": "docs", "tracking_id": tracking_id}
    return found, trieve.admin("POST", "/api/dataset", body, organization=found)["id"]


@pytest.mark.parametrize("partner", [{}, {"partner_configuration": {"EMAIL": "a@example.test"}}], ids=["name", "pages"])
def test_one_with_empty_datasets_is_taken_over(trieve: Tenancy, name: str, partner: dict[str, Any]) -> None:
    left, _ = left_over(trieve, name, email="a@example.test" if partner else None)
    acme = organization(trieve)
    assert acme.up({"name": name, **partner}) == "create"
    assert acme.id == left
    assert len(living(trieve, name)) == 1
    assert "left by a run that was cut off" in trieve.text
    assert acme.up({"name": name, **partner}) == "same"


def test_one_whose_datasets_hold_documents_is_left_alone(trieve: Tenancy, name: str) -> None:
    left, dataset_id = left_over(trieve, name)
    trieve.sandbox.put_chunks(dataset_id, 1)
    acme = organization(trieve)
    acme.up({"name": name})
    assert acme.id != left
    assert f"are left alone: {left} (holds 1 dataset)" in trieve.text


def test_one_whose_datasets_are_old_is_left_alone(trieve: Tenancy, name: str) -> None:
    left, dataset_id = left_over(trieve, name)
    trieve.sandbox.age(dataset_id, 24)
    acme = organization(trieve)
    acme.up({"name": name})
    assert acme.id != left


def test_one_with_a_dataset_that_this_package_never_makes_is_left_alone(trieve: Tenancy, name: str) -> None:
    left, _ = left_over(trieve, name, tracking_id=None)
    acme = organization(trieve)
    acme.up({"name": name})
    assert acme.id != left


def test_one_with_datasets_that_differs_from_the_program_is_left_alone(trieve: Tenancy, name: str) -> None:
    """Our own create sends all that the program says before anything can be created inside."""
    left, _ = left_over(trieve, name, email="b@example.test")
    acme = organization(trieve)
    acme.up({"name": name, "partner_configuration": {"EMAIL": "a@example.test"}})
    assert acme.id != left
    assert "holds 1 dataset, and differs in partner_configuration.EMAIL" in trieve.text
    assert (
        next(one for one in living(trieve, name) if one["id"] == left)["partner_configuration"]["EMAIL"]
        == "b@example.test"
    )


# Updates


def test_unmanaged_keys_of_the_partner_configuration_are_kept(trieve: Tenancy, name: str) -> None:
    """trieve.md 5.2: the service replaces all of it."""
    acme = organization(trieve)
    acme.up({"name": name, "partner_configuration": {"EMAIL": "a@example.test"}})
    put(trieve, acme.id, partner_configuration={"EMAIL": "a@example.test", "PHONE": "123", "COMPANY_NAME": "By hand"})
    assert acme.refresh()
    assert acme.outputs["partner_configuration"] == {"EMAIL": "a@example.test"}
    acme.up({"name": name, "partner_configuration": {"EMAIL": "b@example.test"}})
    (held,) = living(trieve, name)
    kept = held["partner_configuration"]
    assert (kept["EMAIL"], kept["PHONE"], kept["COMPANY_NAME"]) == ("b@example.test", "123", "By hand")
    assert acme.refresh()
    assert acme.up({"name": name, "partner_configuration": {"EMAIL": "b@example.test"}}) == "same"


def test_drift_of_a_managed_key_is_put_back(trieve: Tenancy, name: str) -> None:
    wanted = {"name": name, "partner_configuration": {"EMAIL": "a@example.test"}}
    acme = organization(trieve)
    acme.up(wanted)
    put(trieve, acme.id, partner_configuration={"EMAIL": "drift@example.test"})
    assert acme.refresh()
    assert acme.inputs["partner_configuration"] == {"EMAIL": "drift@example.test"}
    assert acme.up(wanted) == "update"
    assert acme.refresh()
    assert acme.up(wanted) == "same"


@pytest.mark.parametrize("suffix", [" & Söhne", ' "quoted"', " &amp; more", " it's"])
def test_names_that_the_service_escapes_are_equal(trieve: Tenancy, name: str, suffix: str) -> None:
    """trieve.md 5.2: the first update writes `&` as an entity, also an update of something else."""
    acme = organization(trieve)
    acme.up({"name": name + suffix})
    acme.up({"name": name + suffix, "partner_configuration": {"EMAIL": "a@example.test"}})
    wanted = {"name": name + suffix + "!", "partner_configuration": {"EMAIL": "a@example.test"}}
    assert acme.up(wanted) == "update"
    assert acme.refresh()
    assert acme.outputs["name"] == name + suffix + "!"
    assert acme.up(wanted) == "same"


@pytest.mark.parametrize(
    "act",
    [{"kind": "timeout", "carried_out": "after"}, {"kind": "drop", "when": "after"}, {"kind": "truncate"}],
    ids=["408", "cut", "truncated"],
)
def test_an_unclear_update_is_followed_by_a_read(trieve: Tenancy, name: str, act: dict[str, Any]) -> None:
    acme = organization(trieve)
    acme.up({"name": name})
    trieve.sandbox.faults([{**UPDATE, "times": 1, "act": act}])
    acme.up({"name": name + "!"})
    assert acme.up({"name": name + "!"}) == "same"


def test_an_unclear_update_that_did_not_arrive_says_so(trieve: Tenancy, name: str) -> None:
    acme = organization(trieve)
    acme.up({"name": name})
    trieve.sandbox.faults([{**UPDATE, "act": {"kind": "timeout"}}])
    with pytest.raises(UnclearWriteError, match=r"may still be carried out.*pulumi up --refresh"):
        acme.up({"name": name + "!"})


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_organization_that_seems_gone_for_a_moment_is_updated(trieve: Tenancy, name: str, method: str) -> None:
    """trieve-observed.md 2.3."""
    acme = organization(trieve)
    acme.up({"name": name})
    absence = {"kind": "false_absence", "table": "organizations"}
    trieve.sandbox.faults([{"method": method, "path": "^/api/organization", "every": 2, "skip": 0, "act": absence}])
    acme.up({"name": name + "!"})
    assert acme.refresh()
    assert acme.up({"name": name + "!"}) == "same"


# Given by id


def test_an_organization_given_by_id_is_managed_and_never_deleted(trieve: Tenancy, name: str) -> None:
    service = trieve.service()
    acme = organization(trieve, service)
    wanted = {"organization_id": trieve.organization_id, "name": name}
    acme.up(wanted)
    assert acme.id == trieve.organization_id
    assert trieve.calls("POST") == []
    assert len(living(trieve, name)) == 1
    assert acme.refresh()
    assert acme.up(wanted) == "same"
    trieve.again(acme).destroy()
    assert "was not created by this stack: it is no longer managed, and stays in the service" in trieve.text
    assert len(living(trieve, name)) == 1


def test_only_what_the_program_names_is_managed(trieve: Tenancy) -> None:
    acme = organization(trieve, trieve.service())
    acme.up({"organization_id": trieve.organization_id})
    assert trieve.bodies("PUT") == []
    put(trieve, trieve.organization_id, name="By hand")
    assert acme.refresh()
    assert acme.up({"organization_id": trieve.organization_id}) == "same"


def test_another_id_is_another_organization(trieve: Tenancy) -> None:
    other, _ = trieve.organization("Other")
    acme = organization(trieve, trieve.service())
    acme.up({"organization_id": trieve.organization_id})
    with pytest.raises(Rejected, match=r"REFUSED, nothing was changed: 1 immutable key of organization"):
        acme.up({"organization_id": other})


def test_an_id_that_does_not_exist_is_said(trieve: Tenancy) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(ServiceError, match=rf"could not manage organization: there is no organization {missing}"):
        organization(trieve).up({"organization_id": missing})


# Deletes


def test_datasets_that_the_stack_does_not_manage_stop_a_delete(trieve: Tenancy, name: str) -> None:
    acme = organization(trieve)
    acme.up({"name": name})
    for number in range(6):
        body = {"dataset_name": f"d{number}", "tracking_id": f"d{number}"}
        trieve.admin("POST", "/api/dataset", body, organization=acme.id)
    text = r"holds 6 datasets that this stack does not manage \(d5, d4, d3, d2, d1, …\) and is not deleted"
    with pytest.raises(GuardError, match=text):
        trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert living(trieve, name)
    acme.up({"name": name, "force_destroy": True})
    trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert living(trieve, name) == []


def test_a_locked_dataset_stops_a_delete_half_way(trieve: Tenancy, name: str) -> None:
    """trieve.md 5.4."""
    acme = organization(trieve)
    acme.up({"name": name, "force_destroy": True})
    body = {"dataset_name": "d", "tracking_id": "d", "server_configuration": {"LOCKED": True}}
    trieve.admin("POST", "/api/dataset", body, organization=acme.id)
    with pytest.raises(ServiceError, match=r"HTTP 400: Error deleting dataset.*LOCKED"):
        trieve.again(acme, trieve.service(admin=True, key=False)).destroy()


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "timeout", "carried_out": "after"},
        {"kind": "drop", "when": "after"},
        {"kind": "false_absence", "table": "organizations"},
    ],
    ids=["408", "cut", "absence"],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unclear_delete_is_followed_by_a_read(trieve: Tenancy, name: str, act: dict[str, Any], method: str) -> None:
    acme = organization(trieve)
    acme.up({"name": name})
    trieve.sandbox.faults([{"method": method, "path": "^/api/(organization|dataset)/", "times": 1, "act": act}])
    trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert living(trieve, name) == []


def test_an_organization_deleted_by_hand(trieve: Tenancy, name: str) -> None:
    acme = organization(trieve)
    acme.up({"name": name})
    trieve.admin("DELETE", f"/api/organization/{acme.id}", organization=acme.id)
    with pytest.raises(GoneError, match=r"An organization key cannot distinguish"):
        trieve.again(acme, trieve.service(organizationId=acme.id)).refresh()
    again = trieve.again(acme, trieve.service(admin=True, key=False))
    trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert not again.refresh()
    assert again.up({"name": name}) == "create"


def test_an_answer_that_is_not_a_list_allows_no_delete(trieve: Tenancy, name: str) -> None:
    acme = organization(trieve)
    acme.up({"name": name})
    strange = {"kind": "answer", "status": 200, "body": {}}
    trieve.sandbox.faults([{"method": "GET", "path": "^/api/dataset/organization/", "act": strange}])
    with pytest.raises(ServiceError, match=r"Input should be a valid list"):
        trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert trieve.calls("DELETE") == []


def test_a_failing_list_allows_no_delete(trieve: Tenancy, name: str) -> None:
    """trieve-observed.md 2.3."""
    acme = organization(trieve)
    acme.up({"name": name})
    trieve.admin("POST", "/api/dataset", {"dataset_name": "d", "tracking_id": "d"}, organization=acme.id)
    for table in ("datasets", "organizations", "keys"):
        absence = {"kind": "false_absence", "table": table}
        trieve.sandbox.faults([{"path": "^/api/dataset/organization/", "times": 1, "act": absence}])
        with pytest.raises(GuardError, match=r"holds 1 dataset that this stack does not manage \(d\)"):
            trieve.again(acme, trieve.service(admin=True, key=False)).destroy()
    assert trieve.calls("DELETE") == []


def test_what_comes_after_a_create_never_loses_the_organization(trieve: Tenancy, name: str) -> None:
    """Nothing but its id tells an organization from others, so the next run could not find it."""
    wanted = {"name": name, "partner_configuration": {"EMAIL": "a@example.test"}}
    trieve.sandbox.faults([{**UPDATE, "act": {"kind": "answer", "status": 500, "body": {"message": "no"}}}])
    acme = organization(trieve)
    assert acme.up(wanted) == "create"
    assert f"organization {acme.id} was created, and then could not update" in trieve.text
    trieve.sandbox.clear_faults()
    assert acme.up(wanted) == "update"
    assert acme.up(wanted) == "same"
    assert len(living(trieve, name)) == 1


def test_a_replacement_that_only_the_engine_asks_for_deletes(trieve: Tenancy, name: str) -> None:
    """`replace_on_changes` and `replacement_trigger`: diff is asked and sees no replacement; check then gets no old inputs."""
    acme = organization(trieve)
    acme.up({"name": name})
    acme = trieve.again(acme, trieve.service(admin=True, key=False))
    assert acme.preview({"name": name + "!"}) == "update"
    assert acme.cycle.check({}, {"name": name + "!"}, acme.declaration).failures == ()
    acme.destroy()
    assert living(trieve, name) == []
