"""Updates of objects that an earlier run has renamed, and what an update compares, erases and locks."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import ObjectMissing
from pulumi_retrieval.core.objects import Observation, Phase, Ref, Write
from pulumi_retrieval.core.records import ENDPOINT, OBSERVED
from pulumi_retrieval.core.values import Path

from .scripted import HERE, Named, ScriptedDefinition, World

DECLARED = Declaration(name="a", token="Thing", candidate="a-1")
ONE, TWO, THREE = ({"key": key, "type": "text"} for key in ("one", "two", "three"))
ONE_IN_FULL = {**ONE, "flag": True}
MORE = ("more_items",)


# A rename that an earlier run has carried out.


class Adding(Named):
    """Things to which only items are sent that they do not have yet."""

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        there = before.values.get("more_items") or []
        missing = [item for item in patch.get(MORE) or () if item not in there]
        return super().writes(ref, {MORE: [*there, *missing]}, inputs, before) if missing else ()


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> World:
    """A service that has `b`; the state still says `a`. The id of a thing is its name."""
    monkeypatch.setattr(ScriptedDefinition, "id_is_natural_key", True)
    world = World()
    world.service = Adding()
    world.new_run()
    return world


def rename(world: World, held: dict[str, Any], observed: dict[str, Any], **changed: Any) -> None:
    world.service.made("b", **held)
    outputs = {"name": "a", ENDPOINT: HERE.base_url, OBSERVED: observed}
    if "more_items" in changed:
        outputs["more_items"] = observed["more_items"]
    world.resource.update("a", outputs, {"name": "b", **changed}, DECLARED)


@pytest.mark.parametrize(
    ("held", "observed", "changed"),
    [
        ({}, {}, {}),
        ({"owner": "us"}, {"owner": "us"}, {}),
        ({}, {"owner": "us"}, {}),
        ({"schema_items": [ONE]}, {"schema_items": [ONE_IN_FULL]}, {}),
        ({"more_items": [ONE, TWO]}, {"more_items": [ONE_IN_FULL]}, {"more_items": [ONE_IN_FULL, TWO]}),
        ({"more_items": [ONE]}, {"more_items": [ONE_IN_FULL]}, {"more_items": [ONE_IN_FULL, TWO]}),
    ],
    ids=[
        "nothing seen before",
        "the same",
        "not told",
        "an attribute is not told",
        "with an added item",
        "to be added",
    ],
)
def test_an_object_with_the_new_name_and_the_immutable_values_of_the_old_one_is_the_old_one(
    held: dict[str, Any], observed: dict[str, Any], changed: dict[str, Any], renamed: World
) -> None:
    rename(renamed, held, observed, **changed)
    assert "thing a (a) was renamed to b by an earlier run; continuing from there" in renamed.text


@pytest.mark.parametrize(
    ("held", "observed", "changed"),
    [
        ({"owner": "them"}, {"owner": "us"}, {}),
        ({"settings": {"size": 4}}, {"settings.size": 3}, {}),
        ({"owner": "us", "schema_items": [TWO]}, {"owner": "us", "schema_items": [ONE]}, {}),
        ({"more_items": [ONE, THREE]}, {"more_items": [ONE]}, {"more_items": [ONE, TWO]}),
        ({"more_items": [ONE, TWO], "owner": "them"}, {"more_items": [ONE], "owner": "us"}, {"more_items": [ONE, TWO]}),
    ],
    ids=["another value", "another number", "another item", "another added item", "an added item and another value"],
)
def test_an_object_with_the_new_name_and_other_immutable_values_is_not_the_old_one(
    held: dict[str, Any], observed: dict[str, Any], changed: dict[str, Any], renamed: World
) -> None:
    with pytest.raises(ObjectMissing, match=r"could not update thing a \(a\): it is gone"):
        rename(renamed, held, observed, **changed)


def test_an_object_with_the_new_name_that_is_being_deleted_is_not_the_old_one(renamed: World) -> None:
    find = renamed.service.find
    renamed.service.find = lambda inputs: [  # type: ignore[method-assign]
        replace(seen, phase=Phase.LEAVING) for seen in find(inputs)
    ]
    with pytest.raises(ObjectMissing, match="it is gone"):
        rename(renamed, {}, {})


def test_an_object_that_keeps_its_name_is_not_looked_for_under_it(renamed: World) -> None:
    renamed.service.made("a")
    renamed.service.things["b"] = renamed.service.things.pop("a")
    with pytest.raises(ObjectMissing, match="it is gone"):
        renamed.resource.update(
            "a", {"name": "a", ENDPOINT: HERE.base_url}, {"name": "a", "settings": {"limit": 5}}, DECLARED
        )
    assert renamed.service.count("find") == 0


def test_an_object_whose_id_stays_is_not_looked_for_under_its_new_name() -> None:
    world = World()
    world.service.made("b")
    with pytest.raises(ObjectMissing, match="it is gone"):
        world.resource.update("id-9", {"name": "a", ENDPOINT: HERE.base_url}, {"name": "b"}, DECLARED)
    assert world.service.count("find") == 0


# What an update reads, compares, erases and locks.


def test_an_object_that_seems_to_be_in_deletion_is_read_again_after_a_pause() -> None:
    world = World()
    held = world.service.made("a")
    seen, phases = world.service._seen, [Phase.LEAVING]

    def once_leaving(object_id: str) -> Observation:
        return replace(seen(object_id), phase=phases.pop() if phases else Phase.READY)

    world.service._seen = once_leaving  # type: ignore[method-assign]
    assert world.resource.read(held, {"name": "a", ENDPOINT: HERE.base_url}) is not None
    assert (world.service.count("read"), world.clock.pauses) == (2, [1.0])


def updated(world: World, **stored: Any) -> None:
    """Set a limit for a thing that exists."""
    outputs = {"name": "a", ENDPOINT: HERE.base_url, **stored}
    world.resource.update("id-1", outputs, {"name": "a", **stored, "settings": {"limit": 5}}, DECLARED)


def test_attributes_that_the_service_does_not_tell_contradict_nothing() -> None:
    world = World()
    world.service.made("a", schema_items=[ONE])
    updated(world, schema_items=[ONE_IN_FULL])
    assert world.service.count("update") == 1


def test_a_key_that_an_update_erases_is_named() -> None:
    world = World()
    world.service.made("a")
    world.service.erased = lambda patch, inputs, before: [("settings", "model"), ("name",)]  # type: ignore[method-assign]
    updated(world)
    assert "warning: thing a (id-1): this update erases settings.model in the service, which" in world.text


@pytest.mark.parametrize("whole", [False, True])
def test_a_writer_of_another_object_waits_only_for_an_update_that_changes_the_whole_group(whole: bool) -> None:
    world = World()
    world.service.made("a")
    world.service.can = replace(world.service.can, changes_group=whole)
    entered, step = threading.Event(), world.service._step
    entered_during: list[bool] = []

    def other() -> None:
        with world.run.writing("group", "id-2"):
            entered.set()

    other_writer = threading.Thread(target=other)

    def during_the_update(call: str) -> Any:
        if call == "update":
            other_writer.start()
            entered_during.append(entered.wait(0.2 if whole else 10))
        return step(call)

    world.service._step = during_the_update  # type: ignore[method-assign]
    updated(world)
    other_writer.join(10)
    assert entered_during == [not whole]
    assert entered.is_set()
