"""What the guard says of a delete: a pure function of what is stored, today's settings, a count and the time."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.connection import SettingsReader
from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import GuardError
from pulumi_retrieval.core.guarding import Verdict, guard_verdict, needs_count, once
from pulumi_retrieval.core.objects import Contents
from pulumi_retrieval.core.records import RETIRED_AT
from pulumi_retrieval.core.retirement import DEFAULT_RETENTION_DAYS, MOST_RETENTION_DAYS, stamp
from pulumi_retrieval.core.run import Run

from .models import json_values
from .scripted import HERE, ScriptedDefinition, World

NOW = 1_900_000_000.0
DAY = 86_400
DECLARED = Declaration(name="a", token="Thing", candidate="a-1")
RETIRED = {"name": "a", "retire": True, RETIRED_AT: stamp(NOW - 10 * DAY)}


def verdict(outputs: dict[str, Any], count: int | None = 40, *, now: float = NOW, **confirmed: int) -> Verdict:
    definition = ScriptedDefinition(connection=replace(HERE, confirmed_deletes=confirmed))
    contents = None if count is None else Contents(count)
    return guard_verdict(definition, {"name": "a", **outputs}, contents, now, what="thing a (id-1)")


def test_an_object_that_holds_something_is_not_deleted() -> None:
    said = verdict({})
    assert not said.passes
    assert said.text.startswith("thing a (id-1) holds 40 documents and is not deleted.")
    for way in (
        "set scripted:confirmDeletes to",
        "retire=True, retention_days=30",
        "force_destroy=True",
        "its object is kept when the resource is removed",
        "SCRIPTED_CONFIRM_DELETES=",
        "pulumi-retrieval docs off-boarding",
    ):
        assert way in said.text


@pytest.mark.parametrize(
    ("outputs", "count", "passes"),
    [
        ({}, 0, True),
        ({}, 1, False),
        ({}, None, False),
        ({"force_destroy": True}, 40, True),
        ({"force_destroy": True}, None, True),
        ({**RETIRED, "force_destroy": True}, 40, True),
        (RETIRED, 0, True),
        ({**RETIRED, "retention_days": 10}, 40, True),
        ({**RETIRED, "retention_days": 10.001}, 40, False),
        ({**RETIRED, "retention_days": 0}, 40, True),
        ({**RETIRED, "retention_days": 0}, None, False),
        ({**RETIRED, "retire": False, "retention_days": 0}, 40, False),
    ],
)
def test_deletes_that_the_guard_allows(outputs: dict[str, Any], count: int | None, passes: bool) -> None:
    assert verdict(outputs, count).passes is passes


def test_a_retired_object_says_when_its_removal_passes() -> None:
    said = verdict(RETIRED)
    assert not said.passes
    due = stamp(NOW + (DEFAULT_RETENTION_DAYS - 10) * DAY)
    assert f"kept for 30 days: it can be deleted from {due}" in said.text
    assert f"remove it after {due}" in said.text
    assert "retire it" not in said.text
    assert verdict(RETIRED, now=NOW + 20 * DAY).passes
    assert not verdict(RETIRED, now=NOW + 20 * DAY - 1).passes


def test_an_allowed_delete_reports_the_number_of_deleted_documents() -> None:
    said = verdict({**RETIRED, "retention_days": 1}, 1)
    assert said.text.startswith("thing a (id-1) was deleted with 1 document: it was retired at 2030-03-07")
    assert "kept for 1 day" in said.text
    assert (
        verdict({}, a=40).text == "thing a (id-1) was deleted with 40 documents: scripted:confirmDeletes confirms a=40"
    )
    assert verdict({}, 0, a=40).text == ""


TIMES = [
    None,
    "",
    "yesterday",
    "2030-03-17",
    "2030-02-30T00:00:00Z",
    "0",
    1_800_000_000,
    True,
    [],
    "2030-03-07T17:46:40+00:00",
]


@pytest.mark.parametrize("time", TIMES, ids=repr)
def test_a_time_that_cannot_be_read_allows_no_delete(time: Any) -> None:
    said = verdict({**RETIRED, RETIRED_AT: time, "retention_days": 0})
    assert not said.passes
    assert "It is retired, but the state" in said.text
    assert "retired_at" in said.text
    assert "retire it anew" in said.text


def test_a_time_in_the_future_allows_no_delete() -> None:
    said = verdict({**RETIRED, RETIRED_AT: stamp(NOW + DAY), "retention_days": 0})
    assert not said.passes
    assert "in the future" in said.text
    assert stamp(NOW) in said.text


def test_clocks_of_two_machines_may_differ_by_minutes() -> None:
    ahead = {**RETIRED, RETIRED_AT: stamp(NOW + 60), "retention_days": 0}
    assert not verdict(ahead).passes
    assert "in the future" not in verdict(ahead).text
    assert verdict(ahead, now=NOW + 60).passes


@pytest.mark.parametrize("days", [-1, MOST_RETENTION_DAYS + 1, 1e300, "30", True])
def test_an_invalid_retention_allows_no_delete(days: Any) -> None:
    said = verdict({**RETIRED, "retention_days": days})
    assert not said.passes
    assert "the state says retention_days" in said.text


@given(outputs=st.dictionaries(st.sampled_from(["retire", RETIRED_AT, "retention_days", "name"]), json_values()))
def test_no_state_makes_a_traceback(outputs: dict[str, Any]) -> None:
    said = verdict({**outputs, "force_destroy": None})
    assert said.passes is False or outputs.get("retire") is True


def test_a_confirmed_delete() -> None:
    assert verdict({}, a=40).passes
    assert verdict({}, a=41).passes
    assert not verdict({}, b=40).passes
    assert not verdict({}, A=40).passes
    assert verdict({**RETIRED, RETIRED_AT: "junk"}, a=40).passes
    more = verdict({}, 41, a=40)
    assert not more.passes
    assert "confirms a=40, and it holds 41" in more.text
    assert not verdict({}, None, a=40).passes


def test_one_confirmation_is_good_for_one_object_in_a_run() -> None:
    definition = ScriptedDefinition(connection=replace(HERE, confirmed_deletes={"a": 40}))
    confirmed, free = verdict({}, a=40), verdict({}, 0, a=40)
    run = Run(emit=lambda _: None)

    def asked(said: Verdict, identity: str) -> Verdict:
        return once(said, definition, run, what=f"thing a ({identity})", identity=identity)

    assert asked(confirmed, "id-1").passes
    assert asked(confirmed, "id-1").passes, "a delete that is tried again"
    other = asked(confirmed, "id-2")
    assert not other.passes
    assert "scripted:confirmDeletes" in other.text
    assert "it was used for thing a (id-1) in this run" in other.text
    assert asked(free, "id-3").passes, "nothing would be lost"
    assert once(confirmed, definition, Run(), what="thing a (id-2)", identity="id-2").passes, "in the next run"


def test_the_line_of_the_refusal_confirms_the_delete() -> None:
    """What stands there after ``set``, and after ``export``, is taken out and read as the setting."""
    definition = ScriptedDefinition(connection=replace(HERE, confirmed_deletes={"b": 1}))
    outputs = {"name": 'it\'s a "name"'}
    text = guard_verdict(definition, outputs, Contents(40), NOW).text
    line = re.search(r"set (scripted:confirmDeletes) to (.*)", text)
    exported = re.search(r"export (.*)", text)
    assert line
    assert exported
    [assignment] = shlex.split(exported[1])
    raw, environ = {line[1]: line[2]}, dict([assignment.split("=", 1)])
    for reader in (
        SettingsReader("scripted", raw=raw, environ={}),
        SettingsReader("scripted", raw={}, environ=environ),
    ):
        confirmed = reader.confirmations()
        assert confirmed == {"b": 1, outputs["name"]: 40}
        again = ScriptedDefinition(connection=replace(HERE, confirmed_deletes=confirmed))
        assert guard_verdict(again, outputs, Contents(40), NOW).passes


@pytest.mark.parametrize(
    ("outputs", "confirmed", "unlocks"),
    [
        ({}, {}, False),
        ({}, {"a": 0}, True),
        ({"retire": True}, {}, True),
        ({"force_destroy": True}, {}, False),
        ({"force_destroy": True}, {"a": 0}, True),
        ({"force_destroy": True, "retire": True}, {}, True),
    ],
)
def test_which_locks_a_delete_may_remove(outputs: dict[str, Any], confirmed: dict[str, int], unlocks: bool) -> None:
    assert verdict(outputs, 0, **confirmed) == Verdict(True, "", unlocks)


def test_when_a_delete_counts_the_documents() -> None:
    definition = ScriptedDefinition(connection=HERE)
    assert needs_count(definition, {})
    assert needs_count(definition, {"force_destroy": False})
    assert not needs_count(definition, {"force_destroy": True})


# The same on a resource.


def retired(world: World, **more: Any) -> tuple[str, dict[str, Any]]:
    held = world.service.made("a", documents=40)
    return held, {"name": "a", "endpoint": "https://scripted.example.com", "retire": True, **more}


def test_the_clock_is_that_of_the_run(world: World) -> None:
    stored = world.resource.create({"name": "a", "retire": True})
    assert stored.outputs[RETIRED_AT] == stamp(world.now)
    world.service.documents[stored.id] = 40
    world.now += 30 * DAY - 1
    with pytest.raises(GuardError, match=f"it can be deleted from {stamp(world.now + 1)}"):
        world.resource.delete(stored.id, stored.outputs)
    world.now += 1
    world.resource.delete(stored.id, stored.outputs)
    assert world.service.things == {}
    assert "was deleted with 40 documents" in world.text


def test_retired_at_is_stored_only_while_the_object_is_retired(world: World) -> None:
    plain = {"name": "a", "endpoint": "https://scripted.example.com"}
    stored = world.resource.create(plain)
    assert RETIRED_AT not in stored.outputs
    began = stamp(world.now)
    outputs = world.resource.update(stored.id, stored.outputs, {**plain, "retire": True}, DECLARED).outputs
    assert outputs[RETIRED_AT] == began
    world.now += DAY
    longer = {**plain, "retire": True, "retention_days": 90}
    outputs = world.resource.update(stored.id, outputs, longer, DECLARED).outputs
    assert outputs[RETIRED_AT] == began
    read = world.resource.read(stored.id, outputs)
    assert read is not None
    assert read.outputs[RETIRED_AT] == began
    assert not world.resource.diff(stored.id, read.outputs, longer, DECLARED).changes
    # A time that is missing is a step, and begins anew.
    without = {name: value for name, value in read.outputs.items() if name != RETIRED_AT}
    assert world.resource.diff(stored.id, without, longer, DECLARED).changes
    assert world.resource.update(stored.id, without, longer, DECLARED).outputs[RETIRED_AT] == stamp(world.now)
    back = world.resource.update(stored.id, outputs, plain, DECLARED).outputs
    assert RETIRED_AT not in back
    again = world.resource.update(stored.id, back, {**plain, "retire": True}, DECLARED).outputs
    assert again[RETIRED_AT] == stamp(world.now)


def test_a_program_cannot_say_when_it_was_retired(world: World) -> None:
    program = {"name": "a", "retire": True, RETIRED_AT: "2000-01-01T00:00:00Z"}
    assert [one.text for one in world.resource.check({}, program, DECLARED).rejections if "retired_at" in one.text]


def test_the_number_of_deleted_documents_is_reported_after_a_lost_answer(world: World) -> None:
    held, outputs = retired(world, retention_days=0, **{RETIRED_AT: stamp(world.now)})
    world.service.script["delete"] = ["lost"]
    world.resource.delete(held, outputs)
    assert "was deleted with 40 documents" in world.text


def test_an_object_that_was_already_gone_is_not_reported_as_deleted(world: World) -> None:
    held, outputs = retired(world, retention_days=0, **{RETIRED_AT: stamp(world.now)})
    world.service.things.clear()
    world.resource.delete(held, outputs)
    assert "was deleted" not in world.text


@pytest.fixture
def world() -> World:
    return World()
