"""Tenants that are off-boarded: v2 deletes them, generation cortex lets go of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cortex_world import CheckFailed, Resource, World

from pulumi_retrieval.core.errors import GuardError, ObjectMissing

PROGRAM: dict[str, Any] = {"tenant_id": "acme"}
RETIRED: dict[str, Any] = {**PROGRAM, "retire": True}
DAY = 86_400
KINDS = ["tenant", "embeddings_tenant"]
OF_BOTH = pytest.mark.parametrize("version", ["cortex", "v2"])


@pytest.fixture
def version() -> str:
    return "v2"


@pytest.fixture
def world(tmp_path: Path, version: str) -> Iterator[World]:
    world = World(tmp_path, version=version)
    yield world
    world.close()


@pytest.fixture
def tenant(world: World) -> Resource:
    """A tenant that holds three documents."""
    tenant = Resource(world)
    tenant.up(PROGRAM)
    world.put_documents("acme", 3)
    return tenant


def writes(world: World) -> list[str]:
    return [call for call in world.calls() if not call.startswith("GET ")]


@OF_BOTH
def test_retiring_a_tenant_makes_no_call_and_stores_the_time(world: World, tenant: Resource) -> None:
    world.calls()
    assert tenant.up(RETIRED) == "update"
    assert world.calls() == []
    assert tenant.outputs["retired_at"] == "1970-01-12T13:46:40Z"
    assert tenant.preview(RETIRED)[0] == "same"
    world.now += DAY
    assert tenant.refresh() == "same"
    assert tenant.up({**RETIRED, "retention_days": 2}) == "update"
    assert tenant.outputs["retired_at"] == "1970-01-12T13:46:40Z"
    assert tenant.up(PROGRAM) == "update"
    assert "retired_at" not in tenant.outputs


@OF_BOTH
def test_before_its_days_have_passed(world: World, tenant: Resource) -> None:
    tenant.up(RETIRED)
    world.now += 30 * DAY - 60
    world.calls()
    with pytest.raises(GuardError, match="it can be deleted from 1970-02-11T13:46:40Z"):
        tenant.destroy()
    assert writes(world) == []


@pytest.mark.parametrize("kind", KINDS)
def test_v2_deletes_afterwards(world: World, kind: str) -> None:
    tenant = Resource(world, kind=kind)
    tenant.up(PROGRAM)
    world.put_documents("acme", 3)
    tenant.up(RETIRED)
    world.now += 30 * DAY
    tenant.destroy()
    assert writes(world)[-1] == "DELETE /databases?database=acme"
    with pytest.raises(ObjectMissing):
        world.service.tenant_stats("acme")
    assert (
        "tenant acme was deleted with 3 documents: it was retired at 1970-01-12T13:46:40Z and kept for 30 days"
        in world.said
    )


def test_v2_deletes_what_is_confirmed(world: World, tenant: Resource) -> None:
    world.new_service(confirmDeletes="acme=2")
    with pytest.raises(GuardError, match="confirms acme=2, and it holds 3"):
        tenant.remove()
    world.new_service(confirmDeletes="acme=3")
    tenant.remove()
    assert writes(world)[-1] == "DELETE /databases?database=acme"
    with pytest.raises(ObjectMissing):
        world.service.tenant_stats("acme")
    assert "was deleted with 3 documents: cortex:confirmDeletes confirms acme=3" in world.said


def test_a_renamed_tenant_is_confirmed_by_its_new_id(world: World, tenant: Resource) -> None:
    tenant.up({"tenant_id": "acme-two"})
    world.new_service(confirmDeletes="acme=3")
    with pytest.raises(GuardError):
        tenant.remove()
    world.new_service(confirmDeletes="acme-two=3")
    tenant.remove()


@pytest.mark.parametrize("version", ["cortex"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["retired", "confirmed"])
def test_the_first_generation_forgets_the_tenant_and_prints_what_stays(world: World, kind: str, how: str) -> None:
    tenant = Resource(world, kind=kind)
    tenant.up(PROGRAM)
    world.put_documents("acme", 3)
    world.new_service()
    with pytest.raises(GuardError, match=r"no call that deletes a tenant\. It holds 3 documents(?s:.*)let it go now"):
        tenant.remove()
    if how == "retired":
        tenant.up({**RETIRED, "retention_days": 0})
        world.new_service()
    else:
        world.new_service(confirmDeletes="acme=3")
    world.calls()
    tenant.remove()
    assert writes(world) == []
    assert "acme" in world.state()["tenants"]
    assert (
        "tenant acme stays in the service with 3 documents, because this API generation has no call that deletes"
        in world.said
    )
    assert "no resource of this stack manages it any more: " in world.said


@pytest.mark.parametrize("version", ["cortex"])
def test_an_empty_tenant_of_the_first_generation_is_not_forgotten_without_permission(world: World) -> None:
    tenant = Resource(world)
    tenant.up(PROGRAM)
    world.new_service()
    with pytest.raises(GuardError, match="It holds 0 documents"):
        tenant.remove()
    world.new_service(confirmDeletes="acme=0")
    tenant.remove()


@OF_BOTH
def test_retention_is_days_from_0(tenant: Resource) -> None:
    with pytest.raises(CheckFailed, match="retention_days"):
        tenant.preview({**RETIRED, "retention_days": -0.5})
    with pytest.raises(CheckFailed, match="retired_at"):
        tenant.preview({**RETIRED, "retired_at": "1970-01-01T00:00:00Z"})
    assert tenant.up({**RETIRED, "retention_days": 0.5}) == "update"


@OF_BOTH
def test_a_state_of_a_version_without_retirement(world: World, tenant: Resource) -> None:
    before = dict(tenant.outputs)
    assert not any("reti" in name for name in before)
    assert tenant.preview(PROGRAM)[0] == "same"
    assert tenant.refresh() == "same"
    assert tenant.outputs == before
