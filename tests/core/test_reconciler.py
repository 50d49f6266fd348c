"""The life of a resource, as the engine drives it, on a small service in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel

from pulumi_retrieval.core.connection import Connection
from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.errors import ConfigurationError, GuardError, RefusedError, ServiceError, StateError
from pulumi_retrieval.core.fields import ByKey, Carried, WriteOnly, flatten
from pulumi_retrieval.core.objects import Observation
from pulumi_retrieval.core.plan import Plan
from pulumi_retrieval.core.records import (
    COMPARED,
    DRIFTED,
    ENDPOINT,
    FORGETTABLE,
    OBSERVED,
    UNREPAIRED,
    Checked,
    Difference,
)
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.values import UNKNOWN, Path, contains_unknown

from .models import Thing, Ticket, inputs_of, wild
from .shelf import Shelf, ThingDefinition, thing

HERE = Connection("shelf", "https://shelf.example.com")
DECLARED = Declaration(name="a", token="Thing", candidate="a-0123")
OBSERVED_DEFAULTS = {"settings.size": 1536, "settings.metric": "cosine", "schema_items": []}


def over_the_wire(value: Any) -> Any:
    """A value as the engine hands it back: every number a float."""

    def floats(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: floats(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [floats(inner) for inner in item]
        return float(item) if isinstance(item, int) and not isinstance(item, bool) else item

    return floats(json.loads(json.dumps(value)))


class Engine:
    """Does for one resource what the engine does, with the state it would keep."""

    def __init__(self, shelf: Shelf, *, connection: Connection = HERE, declaration: Declaration = DECLARED) -> None:
        self.shelf = shelf
        self.definition = ThingDefinition
        self.connection = connection
        self.declaration = declaration
        self.id: str | None = None
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.start_run()

    def start_run(self, **changed: Any) -> None:
        """A new process, maybe with another configuration."""
        self.said: list[str] = []
        self.connection = replace(self.connection, **changed)
        self.run = Run(emit=self.said.append)
        self.life = thing(self.shelf, connection=self.connection, run=self.run, definition=self.definition)

    def check(self, program: dict[str, Any]) -> Checked:
        return self.life.check(over_the_wire(self.inputs), program, self.declaration)

    def preview(self, program: dict[str, Any]) -> str | Difference:
        """What a preview shows: the failures of check, ``create``, or what diff says."""
        checked = self.check(program)
        if checked.failures:
            return "\n".join(checked.failures)
        if self.id is None:
            return "create"
        return self.life.diff(self.id, over_the_wire(self.outputs), checked.inputs, self.declaration)

    def up(self, program: dict[str, Any]) -> None:
        step = self.preview(over_the_wire(program))
        inputs = over_the_wire(self.check(over_the_wire(program)).inputs)
        if step == "create":
            stored = self.life.create(inputs)
        elif isinstance(step, str):
            raise AssertionError(step)
        elif step.replaces:
            assert self.id is not None
            self.life.delete(self.id, over_the_wire(self.outputs))
            stored = self.life.create(inputs)
        elif step.changes:
            assert self.id is not None
            stored = self.life.update(self.id, over_the_wire(self.outputs), inputs, self.declaration)
        else:
            self.inputs = inputs  # a step without changes stores inputs and leaves outputs as they are
            return
        self.id, self.inputs, self.outputs = stored.id, inputs, stored.outputs

    def refresh(self) -> None:
        assert self.id is not None
        stored = self.life.read(self.id, over_the_wire(self.outputs))
        if stored is None:
            self.id, self.inputs, self.outputs = None, {}, {}
        else:
            self.inputs, self.outputs = self.inputs if stored.inputs is None else stored.inputs, stored.outputs


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def engine(shelf: Shelf) -> Engine:
    return Engine(shelf)


NO_CHANGE = Difference(changes=False)
CHANGE = Difference(changes=True)


# The ordinary life.


def test_what_is_stored_mirrors_the_inputs_and_adds_facts(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5}, "origin": {"source": "x"}})
    assert engine.outputs == {
        "name": "a-0123",
        "settings": {"limit": 5},
        "origin": {"source": "x"},
        "endpoint": "https://shelf.example.com",
        "created_at": "2026",
        "origin_of": {"source": "x"},
        OBSERVED: OBSERVED_DEFAULTS,
    }


def test_integers_leave_as_integers(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5, "ratio": 1.0}})
    engine.up({"settings": {"limit": 6, "ratio": 0.5}})
    assert repr(engine.shelf.writes()) == repr(
        [
            ("create", {"name": "a-0123", "settings": {"limit": 5, "ratio": 1}}),
            ("update", {"settings": {"limit": 6, "ratio": 0.5}}),
        ]
    )


def test_nothing_to_change_makes_no_call(engine: Engine) -> None:
    program = {"settings": {"limit": 5, "key": "k"}, "members": [{"key": "a"}, {"key": "b"}]}
    engine.up(program)
    engine.shelf.calls.clear()
    assert engine.preview(program) == NO_CHANGE
    engine.up(program)
    engine.up({"members": program["members"][::-1], "settings": program["settings"]})
    assert engine.shelf.calls == []


def test_an_update_sends_only_what_differs(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5, "model": "m", "key": "k"}})
    assert engine.preview({"settings": {"limit": 6, "model": "m", "key": "k"}}) == CHANGE
    engine.up({"settings": {"limit": 6, "model": "m", "key": "k"}})
    assert engine.shelf.writes()[1:] == [("update", {"settings": {"limit": 6}})]
    assert engine.outputs["settings"] == {"limit": 6, "model": "m", "key": "k"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            {"settings": {"limit": 5}},
            {},
            "thing a-0123: settings.limit is no longer managed; its value stays in the service",
        ),
        (
            {"settings": {"size": 1536}},
            {},
            "thing a-0123: settings.size is no longer managed; its value stays in the service",
        ),
        (
            {"note": "n"},
            {"note": "m"},
            "thing a-0123: note is used only at creation; the change has no effect on thing a-0123",
        ),
        (
            {"origin": {"source": "x"}},
            {},
            "thing a-0123: origin is used only at creation; the change has no effect on thing a-0123",
        ),
        ({}, {"force_destroy": True}, None),
    ],
)
def test_changes_of_state_only(engine: Engine, before: Any, after: Any, said: str | None) -> None:
    engine.up(before)
    assert engine.preview(after) == CHANGE
    assert engine.said == []
    engine.up(after)
    assert len(engine.shelf.writes()) == 1
    assert engine.said == [said] * bool(said)
    assert engine.preview(after) == NO_CHANGE
    assert engine.outputs[OBSERVED] == OBSERVED_DEFAULTS, "facts are kept"


def test_what_is_not_known_yet_is_a_change(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5}})
    assert engine.preview({"settings": {"limit": UNKNOWN}}) == CHANGE
    assert engine.preview({"settings": {"limit": 5}, "origin": {"source": UNKNOWN}}) == CHANGE


def test_a_delete(engine: Engine) -> None:
    engine.up({})
    assert engine.id is not None
    engine.shelf.documents = 3
    with pytest.raises(GuardError, match="holds 3 documents and is not deleted"):
        engine.life.delete(engine.id, engine.outputs)
    engine.up({"force_destroy": True})
    engine.start_run()
    engine.life.delete(engine.id, over_the_wire(engine.outputs))
    assert engine.shelf.things == {}


LET_GO = ["thing a-0123 (id-1) is now held by another resource of the program and is left alone"]


def test_a_delete_keeps_an_object_that_another_resource_adopted(engine: Engine) -> None:
    engine.up({"force_destroy": True})
    engine.start_run()
    engine.run.made("id-1")
    engine.run.adopted("id-1")
    engine.life.delete("id-1", engine.outputs)
    assert engine.said == LET_GO
    assert "id-1" in engine.shelf.things


def test_a_delete_keeps_an_object_that_another_resource_holds(engine: Engine) -> None:
    """An earlier run adopted it under a new name and failed before this delete."""
    engine.up({"force_destroy": True})
    engine.start_run()
    assert engine.preview({"force_destroy": True}) == NO_CHANGE
    engine.life.delete("id-1", engine.outputs)
    assert engine.said == LET_GO
    assert "id-1" in engine.shelf.things


def test_a_forced_replacement_deletes_although_diff_was_asked_before(engine: Engine) -> None:
    """The engine asks diff about what depends on a replaced resource, and check with no old inputs where it is forced."""
    engine.up({"force_destroy": True})
    engine.start_run()
    assert engine.preview({"force_destroy": True}) == NO_CHANGE
    assert engine.life.check({}, {"force_destroy": True}, engine.declaration).failures == ()
    engine.life.delete("id-1", engine.outputs)
    assert engine.shelf.things == {}


# Check.


def test_every_failure_comes_at_once(engine: Engine) -> None:
    engine.up({"settings": {"size": 1}, "owner": "o"})
    checked = engine.check({"settings": {"size": 2, "limit": 0.5}, "owner": "p", "note": "LOUD", "zzz": 1})
    first_lines = [failure.splitlines()[0] for failure in checked.failures]
    assert first_lines == [
        "settings.limit: must be a whole number; it is 0.5",
        "zzz: there is no such key; known are: " + ", ".join(Thing.model_fields),
        "note: must not shout",
        "REFUSED, nothing was changed: 2 immutable keys of thing a-0123",
    ]


def test_a_list_that_cannot_be_read_is_a_mistake_and_no_refusal_besides(engine: Engine) -> None:
    item = {"key": "a", "type": "string"}
    engine.up({"schema_items": [item]})
    (failure,) = engine.check({"schema_items": [item, {"type": "string"}]}).failures
    assert failure.startswith("schema_items[1].key: is required")


def test_a_connection_that_cannot_work_fails_in_check_and_before_any_call(engine: Engine) -> None:
    engine.up({})
    engine.start_run(problems=("shelf:apiKey is missing", "shelf:timeout must be a number"))
    assert engine.check({}).failures == ("shelf:apiKey is missing", "shelf:timeout must be a number")
    assert engine.id is not None
    for call in (
        engine.life.ready,
        lambda: engine.life.create({}),
        lambda: engine.life.read("id-1", {}),
        lambda: engine.life.update("id-1", {}, {}, DECLARED),
        lambda: engine.life.delete("id-1", {}),
    ):
        with pytest.raises(ConfigurationError, match=r"^shelf:apiKey is missing; shelf:timeout must be a number$"):
            call()


def test_rules_on_a_change(engine: Engine) -> None:
    engine.up({"note": "twice"})
    assert engine.check({"note": "twice"}).failures == ("note: must not be called twice",)


@given(old=wild(Thing), program=wild(Thing))
def test_check_survives_any_json(old: dict[str, Any], program: dict[str, Any]) -> None:
    engine = Engine(Shelf())
    checked = engine.life.check(old, program, DECLARED)
    assert all(isinstance(failure, str) for failure in checked.failures)


@given(one=inputs_of(Thing), two=inputs_of(Thing))
def test_any_program_is_carried_out_or_refused(one: dict[str, Any], two: dict[str, Any]) -> None:
    engine = Engine(Shelf())
    assume(engine.preview(one) == "create")
    engine.up(one)
    assert engine.preview(one) == NO_CHANGE
    engine.refresh()
    assert engine.preview(one) == NO_CHANGE
    try:
        step = engine.preview(two)
    except RefusedError:
        return
    if isinstance(step, Difference) and not step.replaces:
        engine.up(two)
        assert engine.preview(two) == NO_CHANGE
        engine.refresh()
        assert engine.preview(two) == NO_CHANGE


# The natural key.


def test_a_derived_key_is_sticky(engine: Engine) -> None:
    engine.up({})
    engine.start_run()
    engine.declaration = replace(DECLARED, name="renamed", candidate="renamed-4567")
    assert engine.check({}).inputs["name"] == "a-0123"
    assert engine.preview({}) == NO_CHANGE


def test_a_key_of_the_program_is_sticky_too_and_the_program_may_change_it(engine: Engine) -> None:
    engine.up({"name": "mine"})
    assert engine.check({}).inputs["name"] == "mine"
    assert engine.check({"name": "other"}).inputs["name"] == "other"
    assert contains_unknown(engine.check({"name": UNKNOWN}).inputs["name"])


def test_a_new_object_takes_the_candidate(engine: Engine) -> None:
    engine.up({})
    assert engine.life.check({}, {}, replace(DECLARED, candidate="new-1")).inputs["name"] == "new-1"
    assert "name" not in engine.life.check({}, {}, Declaration()).inputs


def test_one_object_has_one_owner(engine: Engine) -> None:
    engine.up({"name": "golden"})
    other = replace(DECLARED, name="b", candidate="b-1")
    (failure,) = engine.life.check({}, {"name": "golden"}, other).failures
    assert failure == (
        'name: "golden" is declared by two resources of this program, "a" and "b"; one object can have one owner only'
    )
    assert engine.life.check({}, {"name": "golden"}, DECLARED).failures == (), "check runs again for a replacement"


# Refusals.


def test_a_fixed_key_is_refused_in_check(engine: Engine) -> None:
    engine.up({"settings": {"size": 1536}})
    step = engine.preview({"settings": {"size": 768}})
    assert isinstance(step, str)
    assert step.splitlines()[:2] == [
        "REFUSED, nothing was changed: 1 immutable key of thing a-0123",
        "  settings.size    was 1536    now 768",
    ]
    assert "Why:   Stored vectors would not fit.\n" in step


def test_a_refusal_says_why_for_each_of_its_keys_once(engine: Engine) -> None:
    engine.up({"settings": {"size": 1536}, "owner": "o-1"})
    step = engine.preview({"settings": {"size": 768}, "owner": "o-2"})
    assert "Why:   A thing cannot move; stored vectors would not fit.\n" in str(step)


def test_a_newly_managed_fixed_key_is_compared_with_the_service(engine: Engine) -> None:
    engine.up({})
    assert engine.preview({"settings": {"size": 1536}}) == CHANGE
    with pytest.raises(RefusedError, match=r"settings\.size    was 1536    now 768"):
        engine.preview({"settings": {"size": 768}})
    engine.up({"settings": {"size": 1536}})
    assert len(engine.shelf.writes()) == 1


def test_a_key_cannot_be_changed_by_unmanaging_and_managing_it_again(engine: Engine) -> None:
    engine.up({"settings": {"size": 1536}, "schema_items": []})
    engine.up({})
    with pytest.raises(RefusedError):
        engine.preview({"settings": {"size": 768}})
    with pytest.raises(RefusedError):
        engine.preview({"schema_items": [{"key": "a"}]})
    with pytest.raises(RefusedError):
        engine.life.update("id-1", engine.outputs, {"settings": {"size": 768}}, DECLARED)


def test_an_immutable_key_that_the_service_does_not_return_is_accepted_with_a_warning(engine: Engine) -> None:
    engine.up({})
    assert engine.preview({"owner": "o"}) == CHANGE
    (said,) = engine.said
    assert "owner is managed from now on, and the state does not say what the service holds" in said
    engine.up({"owner": "o"})
    assert (
        "the service does not tell what it holds of owner; what the program says is stored and never sent"
        in engine.said[-1]
    )
    assert engine.shelf.writes() == engine.shelf.writes()[:1]


def test_a_replacement_needs_force_destroy_applied_before(engine: Engine) -> None:
    engine.up({"settings": {"size": 1}})
    program = {"settings": {"size": 2}, "on_immutable_change": "replace", "force_destroy": True}
    step = engine.preview(program)
    assert isinstance(step, str)
    assert '  on_immutable_change="replace" is set, but force_destroy=True was not applied before' in step.splitlines()
    engine.up({"settings": {"size": 1}, "force_destroy": True})
    assert engine.preview(program) == Difference(changes=True, replaces=("settings",))
    engine.up(program)
    assert [call for call, _ in engine.shelf.writes()] == ["create", "delete", "create"]


def test_an_unknown_fixed_key_replaces_where_that_is_allowed(engine: Engine) -> None:
    engine.up({"owner": "o", "force_destroy": True, "on_immutable_change": "replace"})
    program = {"owner": UNKNOWN, "force_destroy": True, "on_immutable_change": "replace"}
    assert engine.preview(program) == Difference(changes=True, replaces=("owner",))
    step = engine.preview({**program, "on_immutable_change": "refuse"})
    assert isinstance(step, str)
    assert "not known before the update" in step


# Drift.


def test_a_drift_becomes_the_smallest_update(engine: Engine) -> None:
    program = {"settings": {"limit": 5, "model": "m"}}
    engine.up(program)
    engine.shelf.things["id-1"].update({("settings", "limit"): 9, ("settings", "words"): ["not managed"]})
    engine.refresh()
    assert engine.inputs["settings"] == engine.outputs["settings"] == {"limit": 9, "model": "m"}
    assert engine.preview(program) == CHANGE
    engine.up(program)
    assert engine.shelf.writes()[1:] == [("update", {"settings": {"limit": 5}})]


def test_a_value_that_the_service_lost_is_sent_again(engine: Engine) -> None:
    program = {"settings": {"limit": 5, "model": "m"}}
    engine.up(program)
    engine.shelf.things["id-1"][("settings", "limit")] = None
    engine.refresh()
    assert engine.preview(program) == CHANGE
    engine.up(program)
    assert engine.shelf.writes()[1:] == [("update", {"settings": {"limit": 5}})]


def test_a_refresh_that_finds_nothing_leaves_the_inputs_as_they_are(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5, "metric": "dot"}})
    stored = engine.life.read("id-1", engine.outputs)
    assert stored is not None
    assert (stored.inputs, stored.outputs) == (None, engine.outputs)
    engine.shelf.things["id-1"][("settings", "metric")] = "cosine"
    engine.refresh()
    assert engine.inputs[DRIFTED]
    engine.shelf.things["id-1"][("settings", "metric")] = "dot"
    engine.refresh()
    assert DRIFTED not in engine.inputs, "a drift that somebody mended is forgotten"


def test_a_drifted_fixed_key_that_can_be_put_back_is(engine: Engine) -> None:
    program = {"settings": {"metric": "dot"}}
    engine.up(program)
    engine.shelf.things["id-1"][("settings", "metric")] = "cosine"
    engine.refresh()
    assert engine.inputs["settings"] == {"metric": "dot"}
    assert engine.inputs[DRIFTED] == engine.outputs[DRIFTED] == {"settings.metric": "cosine"}
    assert engine.preview(program) == CHANGE
    assert engine.said == [
        'warning: thing a-0123: settings.metric was changed to "cosine" by somebody else and is put back to "dot"; '
        "documents that were added meanwhile may be unreachable then"
    ]
    engine.up(program)
    assert engine.shelf.writes()[1:] == [("update", {"settings": {"metric": "dot"}})]
    assert DRIFTED not in engine.outputs
    engine.refresh()
    assert engine.preview(program) == NO_CHANGE


@pytest.fixture
def drifted(engine: Engine) -> Engine:
    """A thing whose size, 1536, somebody else made 768."""
    engine.up({"settings": {"size": 1536, "limit": 5}})
    engine.shelf.things["id-1"][("settings", "size")] = 768
    engine.refresh()
    return engine


def test_drift_that_no_call_can_repair_is_one_step_and_does_not_stop_a_run(drifted: Engine) -> None:
    program = {"settings": {"size": 1536, "limit": 5}}
    for _ in "refreshed", "refreshed again, after somebody had answered it":
        assert drifted.inputs[UNREPAIRED] == drifted.outputs[UNREPAIRED] == ["settings.size"]
        assert drifted.preview(program) == CHANGE
        drifted.up(program)
        assert drifted.preview(program) == NO_CHANGE
        assert UNREPAIRED not in {**drifted.inputs, **drifted.outputs}
        assert drifted.inputs[DRIFTED] == {"settings.size": 768}
        drifted.refresh()
    assert len(drifted.shelf.writes()) == 1
    assert drifted.said == [
        "warning: thing a-0123: somebody else changed settings.size (was 1536, now 768), and the service cannot restore it; "
        "accept the observed value in the program, or replace the object"
    ]


def test_a_drift_that_an_older_version_stored_is_no_step(drifted: Engine) -> None:
    del drifted.inputs[UNREPAIRED], drifted.outputs[UNREPAIRED]
    assert drifted.preview({"settings": {"size": 1536, "limit": 5}}) == NO_CHANGE


def test_a_drift_of_a_list_is_told_item_by_item(engine: Engine) -> None:
    items = [{"key": "a", "type": "text"}, {"key": "b", "type": "text"}]
    engine.up({"schema_items": items})
    engine.shelf.things["id-1"][("schema_items",)] = [{"key": "a", "type": "number"}, {"key": "c", "type": "text"}]
    engine.refresh()
    assert engine.preview({"schema_items": items}) == CHANGE
    [text] = engine.said
    assert 'schema_items["a"].type (was "text", now "number")' in text
    assert 'schema_items["b"] (now missing; was {"key": "b", "type": "text"})' in text
    assert 'schema_items["c"] (was missing; now {"key": "c", "type": "text"})' in text


# Another natural key.


@pytest.mark.parametrize("record", [COMPARED, UNREPAIRED, FORGETTABLE])
@pytest.mark.parametrize("junk", [-1, True, {}, [None], [{}]])
def test_a_broken_state_is_reported_and_raises_no_other_error(engine: Engine, record: str, junk: Any) -> None:
    engine.up({"force_destroy": True})
    inputs = {**engine.inputs, "force_destroy": False}
    broken = {**engine.outputs, record: junk}
    for call in (
        lambda: engine.life.update("id-1", broken, inputs, DECLARED),
        lambda: engine.life.diff("id-1", broken, inputs, DECLARED),
        lambda: engine.life.read("id-1", broken),
        lambda: engine.life.delete("id-1", broken),
    ):
        with pytest.raises(StateError, match=f"{record} must be a list of texts"):
            call()
    assert "id-1" in engine.shelf.things


def test_a_check_of_a_broken_state_is_one_failure_and_gives_the_inputs_of_the_program(engine: Engine) -> None:
    checked = engine.life.check({COMPARED: [None]}, {"name": "a", "note": None, "zzz": 1}, DECLARED)
    (failure,) = checked.failures
    assert f"{COMPARED} must be a list of texts" in failure
    assert checked.inputs == {"name": "a", "zzz": 1}


def test_a_changed_natural_key_draws_one_warning(engine: Engine) -> None:
    engine.up({"name": "old"})
    assert engine.preview({"name": "new"}) == CHANGE
    engine.up({"name": "new"})
    assert engine.said == [
        'warning: thing old: its name changes from "old" to "new"; the application finds it under the new name at once'
    ]


def test_a_natural_key_that_becomes_unknown_is_refused(engine: Engine) -> None:
    engine.up({"name": "old"})
    step = engine.preview({"name": UNKNOWN})
    assert isinstance(step, str)
    assert step.startswith("REFUSED, nothing was changed: 1 name of thing old\n")
    assert 'name    was "old"    now not known before the update' in step
    assert "allow_rename=True on this resource" in step
    assert engine.preview({"name": UNKNOWN, "allow_rename": True}) == CHANGE


def test_a_new_object_may_have_an_unknown_natural_key(engine: Engine) -> None:
    assert engine.preview({"name": UNKNOWN}) == "create"


def test_a_drift_is_remembered_through_other_updates(drifted: Engine) -> None:
    for limit, note in ((6, None), (6, "state only"), (7, "state only")):
        program = {"settings": {"size": 1536, "limit": limit}, "note": note}
        drifted.up(program)
        assert drifted.inputs[DRIFTED] == drifted.outputs[DRIFTED] == {"settings.size": 768}
    assert drifted.preview(program) == NO_CHANGE
    first, *later = drifted.said
    assert "somebody else changed settings.size" in first
    assert [text for text in later if "note is used only at creation" not in text] == [], "it is told once"


def test_a_drift_can_be_accepted(drifted: Engine) -> None:
    program = {"settings": {"size": 768, "limit": 5}}
    assert drifted.preview(program) == CHANGE
    drifted.up(program)
    assert len(drifted.shelf.writes()) == 1
    assert DRIFTED not in drifted.inputs
    assert DRIFTED not in drifted.outputs
    drifted.refresh()
    assert drifted.preview(program) == NO_CHANGE


def test_drift_does_not_allow_another_immutable_value(drifted: Engine) -> None:
    step = drifted.preview({"settings": {"size": 3072, "limit": 5}})
    assert isinstance(step, str)
    assert "settings.size    was 1536    now 3072    in the service 768" in step


def test_a_drift_that_went_away_is_forgotten(drifted: Engine) -> None:
    drifted.shelf.things["id-1"][("settings", "size")] = 1536
    drifted.refresh()
    assert DRIFTED not in drifted.inputs
    assert DRIFTED not in drifted.outputs


def test_a_replacement_does_not_inherit_a_drift(drifted: Engine) -> None:
    drifted.up({"settings": {"size": 1536, "limit": 5}, "force_destroy": True, "owner": "o"})
    program = {"settings": {"size": 1536}, "owner": "p", "on_immutable_change": "replace", "force_destroy": True}
    drifted.up(program)
    assert DRIFTED not in drifted.inputs
    assert DRIFTED not in drifted.outputs


def test_a_missing_object_is_removed_from_the_state(engine: Engine) -> None:
    engine.up({})
    engine.shelf.things.clear()
    engine.refresh()
    assert engine.id is None


def test_a_look_up_by_id(engine: Engine) -> None:
    engine.up({"name": "golden", "settings": {"size": 1}})
    stored = engine.life.read("id-1", {})
    assert stored is not None
    assert stored.inputs == {"name": "golden", ENDPOINT: HERE.base_url}
    assert stored.outputs["created_at"] == "2026"
    assert engine.life.read("id-9", {}) is None


# After a write.


def test_a_key_that_a_create_did_not_take_shows_in_the_next_preview(engine: Engine) -> None:
    engine.shelf.deaf_to.add(("settings", "limit"))
    engine.up({"settings": {"limit": 5, "model": "m"}})
    assert engine.said == [
        "warning: thing a-0123: the service did not store settings.limit; it holds not set, and the next preview will show "
        "that"
    ]
    assert engine.outputs["settings"] == {"model": "m"}
    assert engine.preview({"settings": {"limit": 5, "model": "m"}}) == CHANGE


def test_a_fixed_key_that_a_create_did_not_take_has_drifted(engine: Engine) -> None:
    engine.shelf.deaf_to.add(("settings", "size"))
    engine.up({"settings": {"size": 768}})
    assert engine.outputs[DRIFTED] == {"settings.size": 1536}


def test_a_key_that_an_update_did_not_take_is_named(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5}})
    engine.shelf.deaf_to.add(("settings", "limit"))
    with pytest.raises(ServiceError) as raised:
        engine.up({"settings": {"limit": 6, "model": "m"}})
    text = str(raised.value)
    assert "could not update thing a-0123: the service answered with success and did not store settings.limit" in text
    assert "(it holds 5)" in text
    assert "refresh the state and apply the program" in text


def test_a_list_of_which_an_update_stored_nothing_is_named(engine: Engine) -> None:
    engine.up({})
    engine.shelf.deaf_to.add(("members",))
    with pytest.raises(ServiceError, match=r"did not store members \(it holds not set\)"):
        engine.up({"members": [{"key": "a"}]})


def test_only_the_added_items_that_an_update_did_not_store_are_named(engine: Engine) -> None:
    a, b, c = ({"key": key} for key in "abc")
    engine.up({"more_items": [a]})
    engine.shelf.meanwhile = {("more_items",): [a, b]}
    with pytest.raises(ServiceError) as raised:
        engine.up({"more_items": [a, b, c]})
    assert 'did not store more_items["c"]; somebody else may be writing to it' in str(raised.value)


def test_another_writer_is_reported(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5, "model": "m"}})
    engine.shelf.meanwhile = {("settings", "model"): "theirs", ("settings", "words"): ["not managed"]}
    engine.up({"settings": {"limit": 6, "model": "m"}})
    unmanaged, managed = engine.said
    assert "somebody else changed settings.words from not set to" in unmanaged
    assert managed == (
        'warning: thing a-0123: somebody else is writing to it: settings.model is "theirs" now, and the program says "m"'
    )
    assert engine.outputs["settings"] == {"limit": 6, "model": "theirs"}
    assert engine.preview({"settings": {"limit": 6, "model": "m"}}) == CHANGE


class Settled(Thing):
    """A thing with keys that its service erases, and with keys that its service may not know."""

    alias: Annotated[str | None, Carried()] = None
    """A read shows it, so that every update can repeat it."""
    ending: Annotated[str | None, WriteOnly(), Carried()] = None
    """No read shows it."""
    options: Annotated[dict[str, Any] | None, ByKey(known=frozenset({"color"}))] = None
    """Free words, of which the service is known to keep one."""


class SettledDefinition(ThingDefinition):
    model: type[BaseModel] = Settled


ALIAS, ENDING = ("alias",), ("ending",)


@pytest.fixture
def settled(engine: Engine) -> Engine:
    """Its service forgets an alias and an ending with every update that does not repeat them."""
    engine.shelf.forgets, engine.shelf.hidden = {ALIAS, ENDING}, {*engine.shelf.hidden, ENDING}
    engine.definition = SettledDefinition
    engine.start_run()
    return engine


def test_a_key_that_the_next_update_erases_is_remembered_until_then(settled: Engine) -> None:
    managed = {"settings": {"limit": 5}}
    settled.up({**managed, "alias": "x", "ending": "y"})
    settled.up(managed)
    assert settled.said == [
        "thing a-0123: alias is no longer managed; its value stays in the service",
        "thing a-0123: ending is no longer managed; the service keeps its value until the next update of this object, "
        "which erases it",
    ]
    assert settled.outputs[FORGETTABLE] == ["ending"]
    settled.up({"settings": {"limit": 5, "size": 1536}})
    settled.refresh()
    assert len(settled.shelf.writes()) == 1
    assert settled.outputs[FORGETTABLE] == ["ending"], "nothing was sent"

    settled.start_run()
    settled.up({"settings": {"limit": 6, "size": 1536}})
    assert settled.said == [
        "warning: thing a-0123 (id-1): this update erases ending in the service, which the program does not manage: the "
        "service forgets it with every update that does not repeat it. To keep it, put it into the program"
    ]
    assert FORGETTABLE not in settled.outputs
    assert settled.shelf.things["id-1"].get(ALIAS) == "x"
    assert ENDING not in settled.shelf.things["id-1"]


def test_a_key_that_an_update_erases_at_once_is_not_remembered(settled: Engine) -> None:
    settled.up({"settings": {"limit": 5}, "ending": "y"})
    settled.up({"settings": {"limit": 6}})
    assert settled.said == ["thing a-0123: ending is no longer managed; this update erases its value"]
    assert FORGETTABLE not in settled.outputs


def test_a_sent_key_that_the_service_may_have_dropped_is_told_of_when_it_is_sent(settled: Engine) -> None:
    def dropped(key: str) -> str:
        return (
            f"warning: thing a-0123: the service does not return options.{key}, so it may not know this key and may have "
            "dropped it. The state keeps the value that was sent, without comparing it; remove the key if it has no effect"
        )

    settled.shelf.deaf_to = {("options", "shine"), ("options", "glow")}
    settled.up({"options": {"color": "red", "shine": 1}})
    assert settled.said == [dropped("shine")]
    settled.start_run()
    program = {"options": {"color": "blue", "shine": 1, "glow": 2, "kept": 3}}
    settled.up(program)
    assert settled.said == [dropped("glow")]
    assert settled.preview(program) == NO_CHANGE


# What only some kinds of objects do.


class TidyDefinition(ThingDefinition):
    """Things of which a removed model is reset and a removed limit is erased, and which come with a secret."""

    secret_outputs: ClassVar[Sequence[str]] = ("issued",)

    def completed(self, change: Plan, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
        reset: dict[Path, Any] = {("settings", "model"): "default", ("settings", "limit"): None}
        return replace(change, patch={**change.patch, **{p: v for p, v in reset.items() if p in change.released}})

    def secret_facts(self, observation: Observation) -> dict[str, Any]:
        return {"applied_at": observation.values["labels"]["turn"]}


@pytest.fixture
def tidy(engine: Engine) -> Engine:
    engine.definition = TidyDefinition
    engine.start_run()
    return engine


def test_a_value_that_is_reset_when_the_program_removes_it_must_be_stored(tidy: Engine) -> None:
    tidy.up({"settings": {"model": "m", "limit": 5}})
    tidy.up({"settings": {"limit": 5}})
    tidy.up({})
    assert tidy.shelf.writes()[1:] == [
        ("update", {"settings": {"model": "default"}}),
        ("update", {"settings": {"limit": None}}),
    ]
    tidy.up({"settings": {"model": "m", "limit": 5}})
    tidy.shelf.deaf_to = {("settings", "model"), ("settings", "limit")}
    with pytest.raises(ServiceError, match=r'did not store settings.model \(it holds "m"\)'):
        tidy.up({})


def test_facts_about_secrets_are_stored_when_an_update_sends_secrets(tidy: Engine) -> None:
    secret = {"settings": {"key": "one"}}
    told = []
    for turn, settings in enumerate(({}, secret, secret, {"settings": {"key": "two"}})):
        tidy.up({"labels": {"turn": turn}, **settings})
        told.append(tidy.outputs.get("applied_at"))
    assert told == [None, 1, 1, 3]


def test_secrets_are_those_of_the_inputs_and_those_that_the_service_issues(tidy: Engine) -> None:
    assert tidy.life.secrets == [("settings", "key"), ("labels", "token"), ("issued",)]


class BrittleDefinition(ThingDefinition):
    """Things that have to be created again once they are broken, and that a delete keeps while they are in use."""

    def lost(self, outputs: Mapping[str, Any], observation: Observation) -> str | None:
        return "thing a-0123 is broken and is created again" if observation.values["labels"].get("broken") else None

    def kept(self, outputs: Mapping[str, Any]) -> str | None:
        return " is in use and is kept" if outputs["labels"].get("used") else None


def test_an_object_that_has_to_be_created_again_leaves_the_state_with_a_warning(engine: Engine) -> None:
    engine.definition = BrittleDefinition
    engine.start_run()
    engine.up({"labels": {"x": 1}})
    engine.refresh()
    assert (engine.id, engine.said) == ("id-1", [])
    engine.shelf.things["id-1"][("labels", "broken")] = True
    engine.refresh()
    assert (engine.id, engine.said) == (None, ["warning: thing a-0123 is broken and is created again"])


def test_a_delete_says_why_it_keeps_an_object(engine: Engine) -> None:
    engine.definition = BrittleDefinition
    engine.start_run()
    engine.up({"labels": {"used": True}})
    engine.start_run()
    engine.life.delete("id-1", engine.outputs)
    assert engine.said == ["thing a-0123 (id-1) is in use and is kept"]
    assert "id-1" in engine.shelf.things
    engine.life.delete("id-1", {**engine.outputs, "labels": {"used": False}})
    assert engine.shelf.things == {}


class TicketDefinition(ThingDefinition):
    model: type[BaseModel] = Ticket


class NamedDefinition(TicketDefinition):
    """Tickets whose id may mean a new one after the old one is gone, and that cannot be read by their id alone."""

    id_is_natural_key: ClassVar[bool] = True
    known_by_id_alone: ClassVar[bool] = False


def test_a_delete_keeps_an_object_that_this_run_created_under_the_same_id(engine: Engine) -> None:
    engine.definition = NamedDefinition
    engine.start_run()
    engine.up({"name": "a-0123", "window": "x"})
    engine.life.delete("id-1", engine.outputs)
    assert engine.said == LET_GO
    engine.run.let_go("id-1")  # it is being replaced
    engine.life.delete("id-1", engine.outputs)
    assert engine.shelf.things == {}


def test_a_state_without_what_a_read_needs_is_reported(engine: Engine) -> None:
    stored = {"window": "x", ENDPOINT: HERE.base_url}
    engine.definition = NamedDefinition
    engine.start_run()
    with pytest.raises(StateError, match="name is missing"):
        engine.life.read("id-1", stored)
    engine.definition = TicketDefinition
    engine.start_run()
    assert engine.life.read("id-1", stored) is None, "its id is enough"


class SharedDefinition(ThingDefinition):
    """Things whose labels belong to one shelf."""

    def managed_elsewhere(
        self, object_id: str, outputs: Mapping[str, Any], observation: Observation
    ) -> Iterable[tuple[str, str, str]]:
        return [("shelf", "the shelf", key) for key in outputs.get("labels") or {}]


def test_a_key_that_two_resources_manage_is_told_of_in_a_refresh(engine: Engine) -> None:
    engine.definition = SharedDefinition
    engine.start_run()
    labelled = ({"name": name, "labels": {name: 1, "x": 2}, ENDPOINT: HERE.base_url} for name in ("a", "b"))
    one, two = map(engine.life.create, labelled)
    for stored in (one, one, two):
        engine.life.read(stored.id, stored.outputs)
    assert engine.said == ["warning: thing b and thing a both manage x of the shelf; each will undo the other"]


# The endpoint.


def test_another_base_url_is_refused_by_every_call(engine: Engine) -> None:
    engine.up({"settings": {"limit": 5}, "force_destroy": True})
    engine.start_run(base_url="https://staging.example.com", sources={"baseUrl": "environment variable SHELF_BASE_URL"})
    text = (
        "REFUSED, nothing was changed: thing a-0123 lives at https://shelf.example.com, and the connection now points at "
        "https://staging.example.com (environment variable SHELF_BASE_URL)\n"
        "  Why:   in another service every object of this stack would look deleted, and would be created again.\n"
        "  Do one:\n"
        "    undo               point the connection back, or select the right stack\n"
        '    the service moved  set shelf:formerBaseUrls to ["https://shelf.example.com"] and apply the program'
    )
    assert engine.preview({"settings": {"limit": 5}, "force_destroy": True}) == text
    engine.shelf.calls.clear()
    inputs = {**engine.inputs, "settings": {"limit": 6}}
    for call in (
        engine.refresh,
        lambda: engine.life.update("id-1", engine.outputs, inputs, DECLARED),
        lambda: engine.life.delete("id-1", engine.outputs),
    ):
        with pytest.raises(ConfigurationError) as raised:
            call()
        assert str(raised.value) == text
    assert engine.shelf.calls == []


def test_another_base_url_is_the_only_rejection(engine: Engine) -> None:
    engine.up({"owner": "o-1"})
    elsewhere = {"base_url": "https://staging.example.com", "problems": ("the key is missing",)}
    engine.start_run(**elsewhere)
    (failure,) = engine.check({"owner": "o-2", "no_such_key": 1}).failures
    assert failure.startswith("REFUSED, nothing was changed: thing a-0123 lives at https://shelf.example.com")
    with pytest.raises(ConfigurationError, match="lives at"):
        engine.refresh()
    # But a base URL that is none is named for what it is.
    problem = "stack configuration shelf:baseUrl must be a URL"
    engine.start_run(base_url="staging", problems=(problem,), sources={"baseUrl": "stack configuration shelf:baseUrl"})
    assert engine.check({}).failures == (problem,)
    with pytest.raises(ConfigurationError, match="must be a URL"):
        engine.refresh()


def test_a_sandbox_that_was_started_without_its_data(engine: Engine) -> None:
    way = "it was a sandbox   start it with the --data folder that it had"
    engine.up({})
    engine.start_run(base_url="http://127.0.0.1:2")
    assert way not in engine.check({}).failures[0]
    engine.start_run(base_url=HERE.base_url)
    engine.inputs[ENDPOINT] = engine.outputs[ENDPOINT] = "http://localhost:1"
    engine.start_run(base_url="http://127.0.0.1:2")
    assert way in engine.check({}).failures[0]


def test_an_object_moves_to_the_new_base_url_with_former_base_urls(engine: Engine) -> None:
    engine.up({})
    engine.start_run(base_url="https://new.example.com", former_base_urls=(HERE.base_url,))
    engine.refresh()
    assert engine.outputs[ENDPOINT] == HERE.base_url
    assert engine.preview({}) == CHANGE
    engine.up({})
    assert engine.outputs[ENDPOINT] == engine.inputs[ENDPOINT] == "https://new.example.com"
    assert len(engine.shelf.writes()) == 1
    engine.start_run(former_base_urls=())
    assert engine.preview({}) == NO_CHANGE


def test_an_unknown_base_url_is_not_a_move(engine: Engine) -> None:
    engine.start_run(pending=True)
    assert contains_unknown(engine.check({}).inputs[ENDPOINT])
    engine.start_run(pending=False)
    engine.up({})
    engine.start_run(pending=True, base_url="https://default.example.com")
    assert engine.preview({}) == NO_CHANGE
    with pytest.raises(ConfigurationError, match="the endpoint is not known"):
        engine.refresh()


class Generation(ThingDefinition):
    """A service with generations: the endpoint says which."""

    @property
    def endpoint(self) -> str:
        return f"{self.connection.base_url} v2"


def test_another_generation_is_another_endpoint_and_did_not_move(engine: Engine) -> None:
    engine.up({})
    moved = replace(HERE, former_base_urls=(HERE.base_url,))
    life = thing(engine.shelf, connection=moved, run=engine.run, definition=Generation)
    (failure,) = life.check(engine.inputs, {}, DECLARED).failures
    assert "now points at https://shelf.example.com v2 (the default)" in failure
    assert "formerBaseUrls" not in failure


# Secrets.


def test_secrets_are_masked_before_the_first_message(engine: Engine) -> None:
    engine.check({"settings": {"key": "canary-1"}, "labels": {"token": {"deep": ["canary-2", 7]}}})
    engine.life.diff("id-1", {"settings": {"key": "canary-3"}}, {}, DECLARED)
    for text in ("canary-1", "canary-2", "canary-3"):
        assert engine.run.redactor.clean(f"<{text}>") == "<[secret]>"


def test_a_secret_that_changed_is_sent_and_one_that_did_not_is_not(engine: Engine) -> None:
    engine.up({"settings": {"key": "one"}})
    engine.refresh()
    assert engine.preview({"settings": {"key": "one"}}) == NO_CHANGE
    engine.up({"settings": {"key": "two"}})
    assert engine.shelf.writes()[1:] == [("update", {"settings": {"key": "two"}})]


@given(data=st.data())
def test_any_drift_leaves_nothing_to_do_after_refresh_and_up(data: st.DataObject) -> None:
    """Whatever somebody else does to a thing, one refresh and one update later nothing is left to do."""
    engine, program = Engine(Shelf()), data.draw(inputs_of(Thing))
    assume(engine.preview(program) == "create")
    engine.up(program)
    other = data.draw(inputs_of(Thing))
    engine.shelf.things["id-1"].update({p: v for p, v in flatten(Thing, other).items() if p != ("name",)})
    engine.refresh()
    step = engine.preview(program)
    assert isinstance(step, Difference), "a change made by somebody else never refuses an unchanged program"
    engine.up(program)
    assert engine.preview(program) == NO_CHANGE
    engine.refresh()
    assert engine.preview(program) == Difference(changes=UNREPAIRED in engine.inputs), "only what nothing can put back"
