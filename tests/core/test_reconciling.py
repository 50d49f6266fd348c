"""One object after every failure: creates, updates and deletes whose answers are lost, denied or false."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import (
    AdoptionError,
    GoneError,
    GuardError,
    ObjectMissing,
    RefusedError,
    ServiceError,
    UnclearWriteError,
)
from pulumi_retrieval.core.records import COMPARED, DRIFTED, OBSERVED, SECRETS, UNREPAIRED, UNVERIFIED
from pulumi_retrieval.core.redaction import MASK

from .scripted import World

MISSING = ObjectMissing("read thing", status=404)
DECLARED = Declaration(name="a", token="Thing", candidate="a-1")
A = {"name": "a"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def unkeyed() -> World:
    return World(keyed=False)


# Creates.


def test_a_create_whose_answer_was_lost_is_looked_for_and_not_repeated(world: World) -> None:
    world.service.script["create"] = ["lost"]
    stored = world.resource.create(A)
    assert list(world.service.things) == [stored.id]
    assert world.service.count("create") == 1
    assert world.clock.pauses[:1] == [0.5]


def test_a_create_that_was_not_carried_out_is_sent_once_more(world: World) -> None:
    world.service.script["create"] = ["later"]
    world.resource.create(A)
    assert len(world.service.things) == 1
    assert world.clock.pauses == [0.5, 1.0, 2.0]
    world.service.things.clear()
    world.service.script["create"] = ["later", "later", "later"]
    with pytest.raises(UnclearWriteError, match="does not exist yet, and the create may still be carried out"):
        world.resource.create(A)
    assert world.service.count("create") == 4


def test_a_failing_read_after_a_lost_answer_is_an_unclear_create(world: World) -> None:
    world.service.script["create"] = ["lost"]
    world.service.script["find"] = [ServiceError("find", status=503)]
    with pytest.raises(UnclearWriteError, match=r"looking for it failed.*HTTP 503"):
        world.resource.create(A)
    world.new_run()
    world.resource.create(A)
    assert len(world.service.things) == 1


def test_a_create_of_a_different_object_is_not_repeated(world: World) -> None:
    error = UnclearWriteError("create thing", message="it is about another object", sent=True)
    error.repeatable = False
    world.service.script["create"] = [error]
    with pytest.raises(UnclearWriteError, match="about another object"):
        world.resource.create(A)
    assert world.service.count("create") == 1


# Creates of what has no natural key.


def test_an_object_of_a_killed_run_is_adopted(unkeyed: World) -> None:
    left = unkeyed.service.made("a", age=23.9)
    assert unkeyed.resource.create(A).id == left
    assert unkeyed.service.count("create") == 0
    assert "left by a run that was cut off" in unkeyed.text


@pytest.mark.parametrize(("age", "documents"), [(24.0, 0), (0.0, 1)])
def test_an_object_that_may_belong_to_others_is_named_and_not_adopted(
    unkeyed: World, age: float, documents: int
) -> None:
    other = unkeyed.service.made("a", age=age, documents=documents)
    assert unkeyed.resource.create(A).id != other
    assert f"are left alone: {other}" in unkeyed.text


def test_two_candidates_for_adoption_are_named_and_nothing_is_created(unkeyed: World) -> None:
    ids = [unkeyed.service.made("a"), unkeyed.service.made("a")]
    with pytest.raises(AdoptionError) as raised:
        unkeyed.resource.create(A)
    assert all(i in str(raised.value) for i in ids)
    assert unkeyed.service.count("create") == 0


def test_two_resources_of_one_run_have_objects_of_their_own(unkeyed: World) -> None:
    first = unkeyed.resource.create(A)
    assert unkeyed.another().create(A).id != first.id
    assert len(unkeyed.service.things) == 2


def test_an_object_of_another_resource_is_not_adopted(unkeyed: World) -> None:
    held = unkeyed.service.made("a")
    unkeyed.resource.diff(held, A, A, DECLARED)
    assert unkeyed.another().create(A).id != held


def test_a_refresh_does_not_count_what_it_asks_about_as_held(world: World) -> None:
    """docs/engine.md 2.20: no `check` comes before, so that nothing is known of a declaration."""
    stored = world.resource.create(A)
    world.new_run()
    world.resource.diff(stored.id, stored.outputs, A, Declaration())
    world.resource.delete(stored.id, stored.outputs)
    assert world.service.things == {}


def test_an_empty_list_is_requested_again_before_a_create(unkeyed: World) -> None:
    unkeyed.resource.create(A)
    assert unkeyed.service.calls == ["find", "find", "create"]
    assert unkeyed.clock.pauses == [1.0]


def test_the_new_object_in_the_list_replaces_a_lost_answer(unkeyed: World) -> None:
    old = unkeyed.service.made("a", age=100)
    unkeyed.service.script["create"] = ["lost"]
    assert unkeyed.resource.create(A).id not in ("", old)
    assert unkeyed.service.count("create") == 1


def test_a_create_without_natural_key_is_never_repeated(unkeyed: World) -> None:
    unkeyed.service.script["create"] = ["later"]
    with pytest.raises(UnclearWriteError):
        unkeyed.resource.create(A)
    assert unkeyed.service.count("create") == 1


# Updates.


def updated(world: World, **settings: Any) -> Any:
    stored = world.resource.create({"name": "a", "settings": {"limit": 1}})
    world.service.calls.clear()
    world.clock.pauses.clear()
    return world.resource.update(
        stored.id, stored.outputs, {"name": "a", "settings": {"limit": 2, **settings}}, DECLARED
    )


def test_an_update_is_a_read_a_write_and_a_read(world: World) -> None:
    assert updated(world).outputs["settings"] == {"limit": 2}
    assert world.service.calls == ["read", "update", "read"]


def test_an_update_without_an_answer_is_confirmed_by_a_read(world: World) -> None:
    world.service.script["update"] = ["lost"]
    updated(world)
    assert world.service.count("update") == 1


def test_a_write_of_a_secret_is_confirmed_only_by_its_own_answer(world: World) -> None:
    """A read shows the rest of the patch, and nothing of the secret."""
    world.service.script["update"] = ["lost"]
    updated(world, key="hush")
    assert world.service.count("update") == 2
    world = World()
    world.service.script["update"] = ["lost", "lost"]
    with pytest.raises(UnclearWriteError, match="may still be carried out"):
        updated(world, key="hush")


def test_an_update_answered_with_a_false_not_found_is_sent_again(world: World) -> None:
    world.service.script["update"] = [MISSING]
    updated(world)
    assert world.service.count("update") == 2
    world = World()
    world.service.script["update"] = [MISSING, MISSING]
    with pytest.raises(ObjectMissing):
        updated(world)


# Secrets.


@pytest.mark.parametrize("call", ["create", "read", "update", "delete"])
def test_a_call_learns_the_secrets_that_a_service_repeats_in_its_failure(world: World, call: str) -> None:
    """No `check` and no `diff` came before in this process."""
    held = world.service.made("a")
    old, new = ({"name": "a", "settings": {"key": key}, "endpoint": HERE_URL} for key in ("canary-old", "canary-new"))
    said = {"create": "canary-new", "read": "canary-old", "update": "canary-old, canary-new", "delete": "canary-old"}
    world.service.script[call] = [ServiceError(f"{call} thing", status=400, message=f"wrong: {said[call]}")]
    calls = {
        "create": lambda: world.resource.create({**new, "name": "b"}),
        "read": lambda: world.resource.read(held, old),
        "update": lambda: world.resource.update(held, old, new, DECLARED),
        "delete": lambda: world.resource.delete(held, old),
    }
    with pytest.raises(ServiceError) as raised:
        calls[call]()
    shown = world.run.redactor.clean(str(raised.value))
    assert shown.endswith(f": HTTP 400: wrong: {', '.join([MASK] * len(said[call].split()))}")


# Immutable values that nobody compared.


def test_an_uncompared_immutable_value_is_compared_before_the_first_write(world: World) -> None:
    held = world.service.made("a")
    world.service.things[held][("settings", "size")] = 768
    old: dict[str, Any] = {"name": "a", "endpoint": "https://scripted.example.com", OBSERVED: {}}
    new = {**old, "settings": {"size": 1536}}
    with pytest.raises(RefusedError, match=r"settings\.size is 768 in the service, the program says 1536"):
        world.resource.update(held, old, new, DECLARED)
    new["settings"] = {"size": 1536, "limit": 5}
    with pytest.raises(RefusedError, match=r"settings.size"):
        world.resource.update(held, {**old, "settings": {"size": 1536}}, new, DECLARED)
    assert world.service.count("update") == 0
    new["settings"] = {"size": 768}
    assert world.resource.update(held, old, new, DECLARED).outputs[OBSERVED] == {"settings.size": 768}


def test_a_repair_restores_only_values_seen_in_the_service(world: World) -> None:
    held = world.service.made("a")
    world.service.things[held][("settings", "metric")] = "dot"
    trusted = {"name": "a", "settings": {"metric": "cosine"}, "endpoint": HERE_URL}
    for observed, repaired in (({"settings.metric": "cosine"}, True), ({}, False), ({"settings.metric": "dot"}, False)):
        seen = world.resource.read(held, {**trusted, OBSERVED: observed})
        assert seen is not None
        assert seen.outputs[DRIFTED] == {"settings.metric": "dot"}
        assert (UNVERIFIED in seen.outputs) is not repaired
        again = world.resource.read(held, seen.outputs)
        assert again is not None
        assert again.outputs.get(UNVERIFIED) == seen.outputs.get(UNVERIFIED), "a second refresh is no evidence"
        assert world.resource.diff(held, again.outputs, trusted, DECLARED).changes, (
            "every drift is a step that people see"
        )
        assert (UNREPAIRED in again.outputs) is not repaired
    assert "a value that was never read from the service" in world.text


def test_a_secret_immutable_value_is_remembered_as_seen_without_being_stored(world: World) -> None:
    place = "settings.metric"
    inputs = {"name": "a", "settings": {"metric": "hush"}, SECRETS: [place], "endpoint": HERE_URL}
    stored = world.resource.create(inputs)
    assert (stored.outputs[OBSERVED], stored.outputs[COMPARED]) == ({}, [place])
    released = world.resource.update(
        stored.id, stored.outputs, {"name": "a", SECRETS: [place], "endpoint": HERE_URL}, DECLARED
    )
    assert COMPARED not in released.outputs, "what is no longer managed is no longer known"
    world.service.things[stored.id][("settings", "metric")] = "theirs"
    drifted = world.resource.read(stored.id, stored.outputs)
    assert drifted is not None
    assert drifted.outputs[DRIFTED] == {place: MASK}
    assert UNVERIFIED not in drifted.outputs


HERE_URL = "https://scripted.example.com"


# Absences.


def test_a_refresh_accepts_an_absence_after_two_reads_and_a_list(world: World) -> None:
    outputs = {**A, "endpoint": HERE_URL}
    assert world.resource.read("id-9", outputs) is None
    assert world.service.calls == ["read", "read", "list"]
    assert world.clock.pauses == [1.0]
    for number in range(4):
        world.resource.read(f"id-{number}", outputs)
    with pytest.raises(GoneError, match=r"^thing a \(id-4\) and 5 other objects of this stack are gone .*maxGone"):
        world.resource.read("id-4", outputs)


def test_objects_that_are_gone_with_their_parent_count_as_one_absence_which_is_told_of_the_parent(world: World) -> None:
    outputs = {**A, "endpoint": HERE_URL}
    for number in range(5):
        world.service.parent = f"group {number}"
        for object_id in ("id-1", "id-2"):
            assert world.resource.read(object_id, outputs) is None
    world.service.parent = "group 5"
    with pytest.raises(GoneError, match=r"^group 5 and 5 other objects of this stack are gone "):
        world.resource.read("id-1", outputs)


# Deletes.


def delete(world: World, held: str, **guards: Any) -> None:
    world.resource.delete(held, {**A, "endpoint": HERE_URL, **guards})


def test_a_delete_counts_the_contents_first(world: World) -> None:
    held = world.service.made("a", documents=40)
    with pytest.raises(GuardError, match="holds 40 documents and is not deleted"):
        delete(world, held)
    delete(world, held, force_destroy=True)
    assert world.service.things == {}
    assert world.service.calls == ["count", "delete"]


def test_a_delete_without_a_clear_answer_is_repeated_until_the_object_is_gone(world: World) -> None:
    held = world.service.made("a")
    world.service.script["delete"] = ["later", "later"]
    delete(world, held)
    assert world.service.count("delete") == 3
    held = world.service.made("a")
    world.service.script["delete"] = ["later"] * 9
    with pytest.raises(UnclearWriteError):
        delete(world, held)
    assert held in world.service.things


def test_a_delete_that_was_carried_out_and_not_answered(world: World) -> None:
    held = world.service.made("a")
    world.service.script["delete"] = ["lost"]
    delete(world, held)
    assert world.service.count("delete") == 1
    assert world.service.count("list") == 1, "gone is an absence like any other"


def test_a_not_found_answer_does_not_confirm_a_delete(world: World) -> None:
    held = world.service.made("a")
    world.service.script["delete"] = [MISSING]
    delete(world, held)
    assert world.service.count("delete") == 2
    delete(world, held)


def test_the_guard_is_asked_before_every_try(world: World) -> None:
    held = world.service.made("a")
    world.service.script["delete"] = ["later"]
    world.service.script["count"] = [None]
    world.service.documents[held] = 0
    delete(world, held)
    assert world.service.count("count") == 2


def test_an_empty_list_alone_allows_no_delete(world: World) -> None:
    held = world.service.made("a", documents=1)
    world.service.listed, world.service.counted = True, 1
    world.service.script["count"] = ["empty"]
    with pytest.raises(GuardError, match="holds 1 document"):
        delete(world, held)
    assert world.clock.pauses == [1.0]
    world.service.script["count"] = ["empty"] * 9
    with pytest.raises(GuardError, match="another answer of the service counts 1"):
        delete(world, held)
    assert world.service.count("delete") == 0
    world.service.counted = 0
    world.service.script["count"] = ["empty"] * 2
    delete(world, held)


def test_a_count_may_include_objects_that_this_run_deleted(world: World) -> None:
    held = world.service.made("a")
    world.service.listed, world.service.counted = True, 2
    world.run.deleted("group", "d-1")
    world.run.deleted("group", "d-2")
    delete(world, held)
    assert world.service.things == {}


def test_an_object_gone_before_this_run_does_not_explain_a_count(world: World) -> None:
    gone, held = "id-0", world.service.made("a", documents=1)
    delete(world, gone)
    world.service.listed, world.service.counted = True, 1
    world.service.script["count"] = ["empty"] * 2
    with pytest.raises(GuardError, match="another answer of the service counts 1"):
        delete(world, held)
    assert held in world.service.things


@pytest.mark.parametrize("lost", [None, "lost"])
def test_objects_deleted_by_this_run_explain_a_count(world: World, lost: str | None) -> None:
    first, held = world.service.made("b"), world.service.made("a")
    world.service.script["delete"] = [lost]
    delete(world, first)
    world.service.listed, world.service.counted = True, 1
    delete(world, held)
    assert world.service.things == {}


def test_an_empty_list_alone_allows_no_adoption(unkeyed: World) -> None:
    theirs = unkeyed.service.made("a", documents=1)
    unkeyed.service.listed = True
    unkeyed.service.script["count"] = ["empty"]
    assert unkeyed.resource.create(A).id != theirs
    assert f"{theirs} (holds 1 document)" in unkeyed.text


# One owner.


def test_an_adopted_object_is_not_deleted_by_its_former_resource(world: World) -> None:
    held = world.service.made("a", documents=40, age=100)
    with pytest.raises(AdoptionError, match="holds 40 documents"):
        world.resource.create(A)
    world.another().delete(held, {**A, "endpoint": HERE_URL, "force_destroy": True})
    assert held in world.service.things
    assert "is left alone: another resource of the program is declared with the same natural key" in world.text


def test_a_create_that_failed_for_any_reason_protects_its_natural_key(world: World) -> None:
    held = world.service.made("a", documents=40)
    world.service.script["find"] = [ServiceError("find", status=503)]
    with pytest.raises(ServiceError):
        world.resource.create(A)
    world.another().delete(held, {**A, "endpoint": HERE_URL, "force_destroy": True})
    assert held in world.service.things


def test_a_replacement_deletes_what_it_replaces(world: World) -> None:
    stored = world.resource.create(A)
    world.new_run()
    world.resource.check({}, A, DECLARED)
    world.resource.delete(stored.id, {**stored.outputs, "endpoint": HERE_URL})
    assert world.service.things == {}
    world.resource.create(A)
    world.new_run()
    world.resource.delete("id-1", {**stored.outputs, "endpoint": HERE_URL})
    assert world.service.things == {}
