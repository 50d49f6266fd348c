"""Creates whose natural key is still taken, whose answer shows little or nothing, and that find objects of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pulumi_retrieval.core.errors import (
    AdoptionError,
    AuthenticationError,
    ObjectExists,
    ObjectMissing,
    ServiceError,
    UnclearWriteError,
    WaitError,
)
from pulumi_retrieval.core.objects import Observation, Phase, Ref, Template

from .scripted import Named, Scripted, ScriptedDefinition, World, unclear

A = {"name": "a"}


def taken(times: int) -> list[Exception]:
    return [ObjectExists("create thing a", status=409)] * times


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    world.service = Named()
    world.service.can = replace(world.service.can, async_delete=True)
    monkeypatch.setattr(ScriptedDefinition, "wait_seconds", lambda self, values: 60.0)
    world.new_run()
    return world


def test_a_name_that_is_still_being_deleted_is_waited_for(named: World) -> None:
    named.service.script["create"] = taken(3)
    assert named.resource.create(A).id == "a"
    assert list(named.service.things) == ["a"]
    assert named.service.count("create") == 4


def test_a_name_that_stays_taken_is_an_error_and_nothing_is_made(named: World) -> None:
    named.service.script["create"] = taken(1000)
    with pytest.raises(ObjectExists, match=r"is being deleted, or it belongs to another account"):
        named.resource.create(A)
    assert named.service.things == {}


def test_two_new_ones_after_a_lost_answer_are_named_and_none_is_taken() -> None:
    world = World(keyed=False)
    create = world.service.create

    def create_beside_somebody_else(inputs: Any, template: Any) -> Any:
        world.service.made("a")
        return create(inputs, template)

    world.service.create = create_beside_somebody_else  # type: ignore[method-assign]
    world.service.script["create"] = ["lost"]
    with pytest.raises(AdoptionError, match=r"2 new ones look like it.*id-1, id-2.*Delete those that nobody needs"):
        world.resource.create(A)


class Quiet(Named):
    """Named things whose create answers without showing the new one, and whose quick read shows no values of it."""

    hidden = False
    """Whether no read shows a new one."""

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> None:  # type: ignore[override]
        super().create(inputs, template)

    def probe(self, ref: Ref) -> Observation:
        return replace(self.read(ref), values={}, partial=True)

    def read(self, ref: Ref) -> Observation:
        if self.hidden:
            raise ObjectMissing(f"read {ref.what}")
        return super().read(ref)


def world_of(service: Scripted, *, waits: float | None = None, patch: pytest.MonkeyPatch | None = None) -> World:
    world = World(keyed=service.can.keyed)
    world.service = service
    if patch is not None:
        patch.setattr(ScriptedDefinition, "wait_seconds", lambda self, values: waits)
    world.new_run()
    return world


# Whose object it is.


@pytest.mark.parametrize("way", ["the answer was lost", "the name was taken"])
def test_a_secret_is_not_sent_again_to_an_object_that_this_create_made(way: str, named: World) -> None:
    if way == "the answer was lost":
        world = World(keyed=False)
        world.service.script["create"] = ["lost"]
    else:
        world = named
        world.service.script["create"] = taken(2)
    stored = world.resource.create({**A, "settings": {"key": "hush"}})
    assert world.service.things[stored.id][("settings", "key")] == "hush"
    assert world.service.count("update") == 0


def test_a_secret_is_sent_to_an_object_that_existed_before() -> None:
    world = World()
    held = world.service.made("a")
    assert world.resource.create({**A, "settings": {"key": "hush"}}).id == held
    assert world.service.things[held][("settings", "key")] == "hush"


def test_a_secret_is_sent_again_to_an_object_that_an_unclear_create_may_have_made() -> None:
    """The object may be of another run, which sent another secret."""
    world = World()
    world.service.script["create"] = ["lost"]
    world.resource.create({**A, "settings": {"key": "hush"}})
    assert world.service.count("update") == 1


def test_an_object_of_somebody_else_that_appears_after_an_unclear_create_is_not_taken_over() -> None:
    world = World()

    def refused_beside_somebody_else(inputs: Any, template: Any) -> Any:
        world.service.made("a", documents=3)
        raise unclear("create thing")

    world.service.create = refused_beside_somebody_else  # type: ignore[method-assign]
    with pytest.raises(AdoptionError, match="holds 3 documents"):
        world.resource.create(A)


def test_an_object_that_is_being_deleted_is_not_what_an_unclear_create_made() -> None:
    world = World()
    world.service.made("a")
    seen = world.service._seen

    def leaving(object_id: str) -> Observation:
        return replace(seen(object_id), phase=Phase.LEAVING)

    def no_answer(inputs: Any, template: Any) -> Any:
        raise unclear("create thing")

    world.service._seen = leaving  # type: ignore[method-assign]
    world.service.create = no_answer  # type: ignore[method-assign]
    with pytest.raises(UnclearWriteError, match="does not exist yet"):
        world.resource.create(A)


def test_an_object_that_is_still_being_made_is_compared_again_when_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    class Making(Scripted):
        looks = 0

        def _seen(self, object_id: str) -> Observation:
            self.looks += 1
            seen = super()._seen(object_id)
            return seen if self.looks > 1 else replace(seen, values=A, phase=Phase.PENDING)

    world = world_of(Making(), waits=60.0, patch=monkeypatch)
    world.service.made("a", owner="them")
    with pytest.raises(AdoptionError, match='owner is "them" in the service and "us" in the program'):
        world.resource.create({**A, "owner": "us"})
    assert world.service.count("update") == 0


# Answers that show little.


def test_an_object_that_a_quick_read_shows_in_part_is_read_in_full() -> None:
    stored = world_of(Quiet()).resource.create({**A, "settings": {"limit": 5}})
    assert stored.outputs["settings"] == {"limit": 5}


def test_an_object_that_does_not_appear_is_waited_for_as_long_as_the_program_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = world_of(Quiet(), waits=1.0, patch=monkeypatch)
    assert isinstance(world.service, Quiet)
    world.service.can = replace(world.service.can, async_create=True)
    world.service.hidden = True
    with pytest.raises(WaitError, match=r"thing a \(a\) exists and is not ready within 1 s. Last answer: being made"):
        world.resource.create(A)
    assert sum(world.clock.pauses) == 1.0


@pytest.fixture
def unsure() -> World:
    """A service that answers a copy with an id under which it has nothing, so that the update after it fails."""
    world = World(keyed=False)

    def false_answer(inputs: Any, template: Any) -> Observation:
        return Observation("id-9", A)

    world.service.create = false_answer  # type: ignore[method-assign]
    world.service.template = lambda inputs: Template({})  # type: ignore[method-assign]
    world.service.script["update"] = [ServiceError("update thing", status=500)]
    return world


LIMITED = {**A, "settings": {"limit": 5}}


def test_an_id_under_which_nothing_is_found_is_not_stored(unsure: World) -> None:
    with pytest.raises(ServiceError, match="could not update thing for thing a: HTTP 500"):
        unsure.resource.create(LIMITED)


def test_an_id_that_may_be_right_is_stored(unsure: World) -> None:
    unsure.service.script["read"] = [ServiceError("read thing", status=503)]
    assert unsure.resource.create(LIMITED).id == "id-9"
    assert "warning: thing id-9 was created, and then could not update thing: HTTP 500" in unsure.text


@pytest.mark.parametrize(("waits", "creates"), [(0.0, 1), (1.0, 2)])
def test_a_taken_name_is_requested_again_only_if_the_program_waits(
    waits: float, creates: int, named: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedDefinition, "wait_seconds", lambda self, values: waits)
    named.service.script["create"] = taken(1)
    if creates == 1:
        with pytest.raises(ObjectExists):
            named.resource.create(A)
    else:
        named.resource.create(A)
    assert named.service.count("create") == creates


def test_a_taken_name_is_looked_for_at_once() -> None:
    world = World()
    held = world.service.made("a")
    assert world.resource.create(A).id == held
    assert world.clock.pauses == []


# Looks before a create.


def test_a_key_that_is_rejected_once_does_not_stop_the_look_for_equal_objects() -> None:
    world = World(keyed=False)
    held = world.service.made("a")
    world.service.script["find"] = [AuthenticationError("find things", status=401)]
    assert world.resource.create(A).id == held


@pytest.mark.parametrize(
    ("made", "adopted", "looks"), [(False, False, 2), (True, False, 1), (True, True, 2)], ids=["old", "new", "adopted"]
)
def test_an_empty_list_inside_a_parent_that_this_run_created_is_not_requested_again(
    made: bool, adopted: bool, looks: int
) -> None:
    world = World(keyed=False)
    world.service.parent_key = lambda inputs: "parent-1"  # type: ignore[method-assign]
    if made:
        world.run.made("parent-1")
    if adopted:
        world.run.adopted("parent-1")
    world.resource.create(A)
    assert world.service.count("find") == looks


def test_an_object_that_another_call_does_not_know_is_created_without_further_looks() -> None:
    service = Named()
    service.can = replace(service.can, refuses_duplicates=False, hides_duplicates=True)
    service.script["list"] = [ObjectMissing("list things", status=404)]
    world_of(service).resource.create(A)
    assert service.calls == ["find", "list", "create"]
