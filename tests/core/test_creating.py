"""Creates whose natural key is still taken, and creates that leave more than one object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_retrieval.core.errors import AdoptionError, ObjectExists

from .scripted import Scripted, ScriptedDefinition, World

A = {"name": "a"}


class Named(Scripted):
    """Things whose id is their name."""

    def made(self, name: str, *, age: float = 0.0, documents: int = 0, **values: Any) -> str:
        thing = super().made(name, age=age, documents=documents, **values)
        for kept in (self.things, self.ages, self.documents):
            kept[name] = kept.pop(thing)
        return name


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
