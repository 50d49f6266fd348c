"""What a delete says and leaves behind: counts that change, locks that are removed, answers that prove nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_retrieval.core.errors import GuardError, ObjectMissing, ServiceError, UnclearWriteError
from pulumi_retrieval.core.records import ENDPOINT, RETIRED_AT
from pulumi_retrieval.core.retirement import stamp

from .scripted import HERE, ScriptedDefinition, World

LOCK = ("settings", "limit")
RETIRED = {"retire": True, "retention_days": 1, RETIRED_AT: stamp(World().now - 10 * 86_400)}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def locked(world: World) -> World:
    """A retired thing with 40 documents; its limit is 1, which prevents a delete."""
    world.service.made("a", documents=40)
    world.service.things["id-1"][LOCK] = 1
    world.service.unlocking = {LOCK: 0}
    return world


def delete(world: World, **outputs: Any) -> None:
    world.resource.delete("id-1", {"name": "a", ENDPOINT: HERE.base_url, **outputs})


@pytest.mark.parametrize(("left", "said"), [(41, 41), (0, 40)])
def test_a_delete_that_is_repeated_says_how_much_was_there(left: int, said: int, world: World) -> None:
    """A delete without a clear answer may have removed the documents and not the object."""
    world.service.made("a", documents=40)
    carry_out, deletes = world.service.delete, 0

    def later_and_then_truly(ref: Any) -> None:
        nonlocal deletes
        deletes += 1
        if deletes == 1:
            world.service.documents["id-1"] = left
            world.service.script["delete"] = ["later"]
        carry_out(ref)

    world.service.delete = later_and_then_truly  # type: ignore[method-assign]
    delete(world, **RETIRED)
    assert f"thing a (id-1) was deleted with {said} documents" in world.text
    assert deletes == 2
    assert world.clock.pauses == [2.0]


def test_a_success_without_effect_is_an_unclear_delete(world: World) -> None:
    world.service.made("a")
    world.service.can = replace(world.service.can, deletes_blindly=True)
    world.service.delete = lambda ref: None  # type: ignore[method-assign]
    with pytest.raises(UnclearWriteError, match="answered with success, and the object is still there") as raised:
        delete(world)
    assert raised.value.sent


def test_nothing_is_deleted_while_it_is_unclear_whether_the_lock_was_removed(locked: World) -> None:
    locked.service.script["update"] = ["later", "later"]
    with pytest.raises(
        UnclearWriteError, match=r"also if you revert\. thing a \(id-1\) was unlocked for its delete, or may"
    ):
        delete(locked, settings={"limit": 1}, **RETIRED)
    assert locked.service.count("delete") == 0


def test_the_error_of_a_delete_says_that_the_object_is_unlocked(locked: World) -> None:
    locked.service.script["delete"] = [ServiceError("delete thing", status=403)]
    with pytest.raises(
        ServiceError, match=r"HTTP 403\. thing a \(id-1\) was unlocked for its delete, or may have been"
    ):
        delete(locked, settings={"limit": 1}, **RETIRED)
    assert locked.service.things["id-1"][LOCK] == 0


def test_the_error_of_a_delete_without_a_lock_says_nothing_of_one(world: World) -> None:
    world.service.made("a")
    world.service.script["delete"] = [ServiceError("delete thing", status=403)]
    with pytest.raises(ServiceError) as raised:
        delete(world)
    assert str(raised.value) == "could not delete thing for thing a (id-1): HTTP 403"


@pytest.mark.parametrize(("answer", "continues"), [(None, True), ("lost", False)])
def test_a_delete_that_is_seen_to_be_complete_is_not_said_to_continue(
    answer: str | None, continues: bool, world: World
) -> None:
    world.service.made("a")
    world.service.can = replace(world.service.can, async_delete=True)
    world.service.script["delete"] = [answer]
    delete(world)
    assert ("deletion of thing a (id-1) was started and continues" in world.text) is continues


@pytest.mark.parametrize(("answer", "warned"), [("lost", True), (ObjectMissing("delete thing", status=404), False)])
def test_a_kind_of_object_may_remark_on_a_delete_without_a_clear_answer(
    answer: Any, warned: bool, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedDefinition, "unclear_delete", lambda self, ref, error: f"look at {ref.what}: {error}")
    if warned:
        world.service.made("a")
    world.service.script["delete"] = [answer]
    delete(world)
    assert ("warning: look at thing a (id-1): could not delete thing" in world.text) is warned


def test_an_empty_list_is_compared_with_another_count_at_once(world: World) -> None:
    world.service.made("a")
    world.service.listed = True
    delete(world)
    assert world.service.calls == ["count", "count", "second count", "delete"]
    assert world.clock.pauses == [1.0], "before the second count of the list"


def test_a_count_is_told_without_objects_that_this_run_deleted(world: World) -> None:
    world.service.made("a")
    world.service.listed, world.service.counted = True, 3
    world.run.deleted("group", "d-1")
    with pytest.raises(GuardError, match="its list shows no document, and another answer of the service counts 2"):
        delete(world)
