"""Stories of the planner: every door through which a fixed key could change, and what each class of field does."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import pytest

from pulumi_retrieval.core.fields import Guard, spec_at
from pulumi_retrieval.core.plan import Cause, ImmutableChange, Plan, holds, observe_drift, plan
from pulumi_retrieval.core.values import UNKNOWN, Path

from .models import Thing, Ticket

SIZE, METRIC, ITEMS, MORE = ("settings", "size"), ("settings", "metric"), ("schema_items",), ("more_items",)
A, A2, B, C = ({"key": "a", "type": "x"}, {"key": "a", "type": "y"}, {"key": "b"}, {"key": "c"})


def sized(size: Any) -> dict[str, Any]:
    return {"settings": {"size": size}}


def metric(value: Any) -> dict[str, Any]:
    return {"settings": {"metric": value}}


class Door(NamedTuple):
    """One way to change a fixed key. :param leads_to: a cause of refusal, or the field of the plan it ends up in."""

    old: dict[str, Any]
    new: dict[str, Any]
    leads_to: Cause | str | None
    at: Path = SIZE
    drifted: dict[str, Any] | None = None
    observed: dict[str, Any] | None = None


DOORS = {
    "changed": Door(sized(1), sized(2), Cause.PROGRAM),
    "the same": Door(sized(1), sized(1), None),
    "no longer managed": Door(sized(1), {}, "released"),
    "null means no longer managed": Door(sized(1), sized(None), "released"),
    "managed at creation": Door({}, sized(1), "stored"),
    "managed later, as the service has it": Door({}, sized(1), "stored", observed={"settings.size": 1.0}),
    "managed later, otherwise": Door({}, sized(2), Cause.UNMANAGED, observed={"settings.size": 1}),
    "managed later, not known": Door({}, sized(UNKNOWN), Cause.UNKNOWN, observed={"settings.size": 1}),
    "managed later, whole object not known": Door(
        {}, {"settings": UNKNOWN}, "unknown", observed={"settings.size": 1, "settings.metric": "cosine"}
    ),
    "managed later, the service does not tell": Door({}, sized(2), "stored", observed={}),
    "known, then not known": Door(sized(1), sized(UNKNOWN), Cause.UNKNOWN),
    "known, then the whole object not known": Door(sized(1), {"settings": UNKNOWN}, Cause.UNKNOWN),
    "drifted, program unchanged": Door(sized(1), sized(1), "unrepaired", drifted={"settings.size": 2}),
    "drifted, program unchanged, can be put back": Door(
        metric("a"), metric("a"), "repairs", at=METRIC, drifted={"settings.metric": "b"}
    ),
    "drifted, program takes it": Door(sized(1), sized(2), "stored", drifted={"settings.size": 2.0}),
    "drifted, program takes it, could be put back": Door(
        metric("a"), metric("b"), "stored", at=METRIC, drifted={"settings.metric": "b"}
    ),
    "drifted, program says a third": Door(sized(1), sized(3), Cause.DRIFT, drifted={"settings.size": 2}),
    "drifted, program lets go": Door(sized(1), {}, "released", drifted={"settings.size": 2}),
    "drifted, program not known": Door(sized(1), sized(UNKNOWN), Cause.UNKNOWN, drifted={"settings.size": 2}),
    "items in another order": Door({"schema_items": [A, B]}, {"schema_items": [B, A]}, None, at=ITEMS),
    "item added": Door({"schema_items": [A]}, {"schema_items": [A, B]}, Cause.PROGRAM, at=ITEMS),
    "item removed": Door({"schema_items": [A, B]}, {"schema_items": [A]}, Cause.PROGRAM, at=ITEMS),
    "item changed": Door({"schema_items": [A]}, {"schema_items": [A2]}, Cause.PROGRAM, at=ITEMS),
    "item not known": Door({"schema_items": [A]}, {"schema_items": [A, UNKNOWN]}, Cause.UNKNOWN, at=ITEMS),
    "item's identity not known": Door(
        {"schema_items": [A]}, {"schema_items": [{"key": UNKNOWN}]}, Cause.UNKNOWN, ITEMS
    ),
    "list removed": Door({"schema_items": [A]}, {}, Cause.PROGRAM, at=ITEMS),
    "empty list removed": Door({"schema_items": []}, {}, "released", at=ITEMS),
    "list managed later, service has none": Door({}, {"schema_items": [A]}, Cause.UNMANAGED, at=ITEMS, observed={}),
    "list managed later, as the service has it": Door(
        {}, {"schema_items": [A]}, "stored", at=ITEMS, observed={"schema_items": [{"key": "a", "flag": False}]}
    ),
    "list managed later, service has more": Door(
        {}, {"schema_items": [A]}, Cause.UNMANAGED, at=ITEMS, observed={"schema_items": [A, B]}
    ),
    "list managed later, the service tells an attribute as null": Door(
        {}, {"schema_items": [A]}, "stored", at=ITEMS, observed={"schema_items": [{"key": "a", "type": None}]}
    ),
    "list managed later, the program leaves an attribute null": Door(
        {}, {"schema_items": [{"key": "a", "type": None}]}, "stored", at=ITEMS, observed={"schema_items": [A]}
    ),
    "list drifted, the service tells no types, program takes it": Door(
        {"schema_items": [A]},
        {"schema_items": [A, {"key": "b", "type": "x"}]},
        "stored",
        at=ITEMS,
        drifted={"schema_items": [{"key": "a"}, {"key": "b"}]},
    ),
    "addable: drifted, the service tells no types, program takes it and adds": Door(
        {"more_items": [A]},
        {"more_items": [A, B, {"key": "c", "type": "x"}]},
        "patch",
        at=MORE,
        drifted={"more_items": [{"key": "a"}, {"key": "c"}]},
    ),
    "items that cannot be told apart": Door({"schema_items": [A, A]}, {"schema_items": [A2, A]}, Cause.PROGRAM, ITEMS),
    "no list at all": Door({"schema_items": [A]}, {"schema_items": 7}, Cause.PROGRAM, at=ITEMS),
    "addable: item added": Door({"more_items": [A]}, {"more_items": [B, A]}, "patch", at=MORE),
    "addable: item removed": Door({"more_items": [A, B]}, {"more_items": [A]}, Cause.PROGRAM, at=MORE),
    "addable: item added, another changed": Door({"more_items": [A]}, {"more_items": [A2, B]}, Cause.PROGRAM, at=MORE),
    "addable: item added, not known": Door(
        {"more_items": [A]}, {"more_items": [A, {"key": UNKNOWN}]}, Cause.UNKNOWN, MORE
    ),
    "addable: items of the state that cannot be told apart": Door(
        {"more_items": [A, A]}, {"more_items": [A, B]}, Cause.PROGRAM, MORE
    ),
    "addable: items of the program that cannot be told apart": Door(
        {"more_items": [A]}, {"more_items": [A, A]}, Cause.PROGRAM, MORE
    ),
    "addable: list removed": Door({"more_items": [A]}, {}, Cause.PROGRAM, at=MORE),
    "addable: managed later, service has none": Door({}, {"more_items": [A]}, "patch", at=MORE, observed={}),
    "addable: managed later, service has some": Door(
        {}, {"more_items": [A, B]}, "patch", at=MORE, observed={"more_items": [{"key": "a", "flag": False}]}
    ),
    "addable: somebody else added, program unchanged": Door(
        {"more_items": [A]}, {"more_items": [A]}, "unrepaired", at=MORE, drifted={"more_items": [A, C]}
    ),
    "addable: somebody else added, program takes it and adds": Door(
        {"more_items": [A]}, {"more_items": [A, B, C]}, "patch", at=MORE, drifted={"more_items": [A, C]}
    ),
    "addable: somebody else added, program adds another": Door(
        {"more_items": [A]}, {"more_items": [A, B]}, Cause.DRIFT, at=MORE, drifted={"more_items": [A, C]}
    ),
}


# What a service can only replace: leaving a key out has a meaning, and a trigger asks for a new object.

WINDOW, TRIGGER = ("window",), ("trigger",)
TICKETS = {
    "given later": Door({}, {"window": "a"}, Cause.PROGRAM, WINDOW, observed={}),
    "left out": Door({"window": "a"}, {}, Cause.PROGRAM, WINDOW),
    "given later and not known": Door({}, {"window": UNKNOWN}, Cause.UNKNOWN, WINDOW),
    "the same": Door({"window": "a"}, {"window": "a"}, None, WINDOW),
    "the first trigger": Door({}, {"trigger": "a"}, Cause.PROGRAM, TRIGGER),
    "another trigger": Door({"trigger": "a"}, {"trigger": "b"}, Cause.PROGRAM, TRIGGER),
    "the same trigger": Door({"trigger": "a"}, {"trigger": "a"}, None, TRIGGER),
    "a trigger that is not known": Door({"trigger": "a"}, {"trigger": UNKNOWN}, Cause.UNKNOWN, TRIGGER),
    "no more trigger": Door({"trigger": "a"}, {}, "stored", TRIGGER),
}


@pytest.mark.parametrize("door", TICKETS.values(), ids=TICKETS.keys())
def test_tickets(door: Door) -> None:
    old, new = ({"name": "a", **values} for values in (door.old, door.new))
    step = plan(Ticket, old, new, drifted=door.drifted, observed=door.observed)
    if isinstance(door.leads_to, Cause):
        assert [(change.path, change.cause) for change in step.refusals] == [(door.at, door.leads_to)]
    elif door.leads_to is None:
        assert step == Plan()
    else:
        assert door.at in getattr(step, door.leads_to)
        assert step.refusals == ()
    assert step.patch == {}


def test_drift_of_another_key_does_not_fire_a_replacement_trigger() -> None:
    held = {"name": "a", "trigger": "a"}
    step = plan(Ticket, held, held, drifted={"name": "b"})
    assert (step.refusals, step.unrepaired) == ((), (("name",),))


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_fixed_keys(door: Door) -> None:
    step = plan(Thing, door.old, door.new, drifted=door.drifted, observed=door.observed)
    if isinstance(door.leads_to, Cause):
        assert [(change.path, change.cause) for change in step.refusals] == [(door.at, door.leads_to)]
        assert step.patch == {}
    elif door.leads_to is None:
        assert step == Plan()
    else:
        assert door.at in getattr(step, door.leads_to)
        assert step.refusals == ()


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_an_allowed_replacement_takes_the_place_of_a_refusal(door: Door) -> None:
    refusals = plan(Thing, door.old, door.new, drifted=door.drifted, observed=door.observed).refusals
    step = plan(Thing, door.old, door.new, drifted=door.drifted, observed=door.observed, may_replace=True)
    assert step.refusals == ()
    assert step.replacements == refusals


def test_only_new_items_are_sent_where_the_service_can_add() -> None:
    assert plan(Thing, {"more_items": [A]}, {"more_items": [B, A]}).body == {"more_items": [B]}


def test_a_refusal_names_the_applied_value_and_the_value_of_the_service() -> None:
    (change,) = plan(Thing, sized(1), sized(3), drifted={"settings.size": 2}).refusals
    assert (change.was, change.now, change.observed) == (1, 3, 2)
    (change,) = plan(Thing, {}, sized(3), observed={"settings.size": 1}).refusals
    assert (change.was, change.now, change.observed) == (1, 3, None)


def test_every_refusal_of_a_resource_comes_at_once() -> None:
    old = {"owner": "a", "settings": {"size": 1, "metric": "x"}, "schema_items": [A]}
    new = {"owner": "b", "settings": {"size": UNKNOWN, "metric": "y"}, "schema_items": []}
    found: tuple[ImmutableChange, ...] = plan(Thing, old, new).refusals
    assert {change.path for change in found} == {("owner",), SIZE, METRIC, ITEMS}


class Step(NamedTuple):
    """What a change of one key means."""

    old: dict[str, Any]
    new: dict[str, Any]
    expected: Plan


def labels(**values: Any) -> dict[str, Any]:
    return {"labels": values}


STEPS = {
    "updatable: set": Step({}, {"name": "a"}, Plan(patch={("name",): "a"})),
    "updatable: changed": Step({"name": "a"}, {"name": "b"}, Plan(patch={("name",): "b"})),
    "updatable: removed": Step({"name": "a"}, {}, Plan(released=(("name",),))),
    "updatable: not known": Step({"name": "a"}, {"name": UNKNOWN}, Plan(unknown=(("name",),))),
    "updatable: true is not one": Step(labels(x=1), labels(x=True), Plan(patch={("labels", "x"): True})),
    "updatable: false is not null": Step(labels(x=None), labels(x=False), Plan(patch={("labels", "x"): False})),
    "ordered list: other order": Step(
        {"settings": {"words": ["a", "b"]}},
        {"settings": {"words": ["b", "a"]}},
        Plan(patch={("settings", "words"): ["b", "a"]}),
    ),
    "keyed list: other order": Step({"members": [A, B]}, {"members": [B, A]}, Plan()),
    "keyed list: sent whole": Step({"members": [A, B]}, {"members": [A]}, Plan(patch={("members",): [A]})),
    "keyed list: twice the same": Step({"members": [A, B]}, {"members": [A, A]}, Plan(patch={("members",): [A, A]})),
    "atomic: sent whole": Step(
        {"settings": {"pair": {"left": 1, "right": "a"}}},
        {"settings": {"pair": {"left": 2, "right": "a"}}},
        Plan(patch={("settings", "pair"): {"left": 2, "right": "a"}}),
    ),
    "atomic: null is not set": Step(
        {"settings": {"pair": {"left": 1}}}, {"settings": {"pair": {"left": 1, "right": None}}}, Plan()
    ),
    "free-form: key by key": Step(
        labels(x="1", y="2"), labels(x="1", y="3", z="4"), Plan(patch={("labels", "y"): "3", ("labels", "z"): "4"})
    ),
    "free-form: key removed": Step(labels(x="1", y="2"), labels(x="1"), Plan(released=(("labels", "y"),))),
    "free-form: a dot in a key": Step(labels(**{"a.b": 1}), labels(**{"a.b": 2}), Plan(patch={("labels", "a.b"): 2})),
    "free-form: whole not known": Step(
        labels(x="1", y="2"), {"labels": UNKNOWN}, Plan(unknown=(("labels",), ("labels", "x"), ("labels", "y")))
    ),
    "secret: changed": Step(
        {"settings": {"key": "old"}}, {"settings": {"key": "new"}}, Plan(patch={("settings", "key"): "new"})
    ),
    "secret: the same": Step({"settings": {"key": "k"}}, {"settings": {"key": "k"}}, Plan()),
    "create-only: changed": Step({"note": "a"}, {"note": "b"}, Plan(stored=(("note",),), origin=(("note",),))),
    "create-only: removed": Step({"note": "a"}, {}, Plan(stored=(("note",),), origin=(("note",),))),
    "create-only: not known": Step(
        {"origin": {"source": "a"}}, {"origin": {"source": UNKNOWN}}, Plan(unknown=(("origin",),))
    ),
    "guard: changed": Step({"force_destroy": False}, {"force_destroy": True}, Plan(stored=(("force_destroy",),))),
    "guard: removed": Step({"force_destroy": True}, {}, Plan(stored=(("force_destroy",),))),
    "keys that the model lacks": Step({"x": 1}, {"y": 2, "settings": {"zzz": 3}}, Plan()),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_what_a_change_means(step: Step) -> None:
    assert plan(Thing, step.old, step.new) == step.expected


class Locked(Thing):
    """A thing whose secrets are sent again on request."""

    secrets_version: Annotated[str | None, Guard(resends=True)] = None
    """A new value sends every secret again."""


SECRET_VALUES = {"settings": {"key": "k", "limit": 1}, "labels": {"token": "t", "x": "1"}}
VERSION, RESENT = ("secrets_version",), {("settings", "key"): "k", ("labels", "token"): "t"}
VERSIONS = {
    "the first": (None, "1", Plan(stored=(VERSION,), patch=RESENT)),
    "another": ("1", "2", Plan(stored=(VERSION,), patch=RESENT)),
    "the same": ("1", "1", Plan()),
    "none any more": ("1", None, Plan(stored=(VERSION,))),
    "not known": ("1", UNKNOWN, Plan(unknown=(VERSION,))),
}


@pytest.mark.parametrize(("was", "now", "expected"), VERSIONS.values(), ids=VERSIONS.keys())
def test_a_new_version_of_the_secrets_sends_every_secret_again(was: Any, now: Any, expected: Plan) -> None:
    old, new = ({**SECRET_VALUES, "secrets_version": version} for version in (was, now))
    assert plan(Locked, old, new) == expected


def test_a_secret_that_is_not_known_is_not_sent_with_a_new_version_of_the_secrets() -> None:
    new = {**SECRET_VALUES, "settings": {"key": UNKNOWN, "limit": 1}, "secrets_version": "2"}
    step = plan(Locked, SECRET_VALUES, new)
    assert step == Plan(stored=(VERSION,), unknown=(("settings", "key"),), patch={("labels", "token"): "t"})


@pytest.mark.parametrize(
    ("step", "empty"), [(Plan(), True), (Plan(unrepaired=(SIZE,)), True), (Plan(released=(SIZE,)), False)]
)
def test_drift_that_no_call_can_repair_is_not_a_step(step: Plan, empty: bool) -> None:
    assert step.empty is empty


class Held(NamedTuple):
    """What a patch sets, and what a service holds afterwards."""

    at: Path
    wanted: Any
    held: Any
    holds: bool


HELD = {
    "the same value": Held(("name",), "a", "a", True),
    "another value": Held(("name",), "a", "b", False),
    "the same items in another order": Held(ITEMS, [A, B], [B, A], True),
    "items without an attribute": Held(ITEMS, [A], [{"key": "a"}], True),
    "more items": Held(ITEMS, [A], [A, B], False),
    "addable: more items": Held(MORE, [A], [B, A], True),
    "addable: items without an attribute": Held(MORE, [A], [{"key": "a"}], True),
    "addable: items with more attributes": Held(MORE, [B], [{"key": "b", "flag": False}], True),
    "addable: items with another attribute": Held(MORE, [A], [A2], False),
    "addable: other items": Held(MORE, [A], [B], False),
    "addable: no list": Held(MORE, [A], None, False),
    "addable: items that cannot be told apart": Held(MORE, [A, A], [A, A], True),
    "addable: items held that cannot be told apart": Held(MORE, [A], [A, A], False),
}


@pytest.mark.parametrize("case", HELD.values(), ids=HELD.keys())
def test_a_service_holds_a_patch_where_an_added_list_holds_at_least_its_items(case: Held) -> None:
    assert holds(spec_at(Thing, case.at), case.wanted, case.held) is case.holds


class Drift(NamedTuple):
    """What a refresh finds."""

    applied: dict[str, Any]
    service: dict[str, Any]
    inputs: dict[str, Any]
    drifted: dict[str, Any]


DRIFTS = {
    "nothing": Drift({"name": "a"}, {"name": "a"}, {"name": "a"}, {}),
    "a value": Drift({"name": "a"}, {"name": "b"}, {"name": "b"}, {}),
    "a value is null": Drift({"name": "a"}, {"name": None}, {}, {}),
    "a value is gone": Drift(
        {"settings": {"model": "m", "limit": 1}}, {"settings": {"limit": 1}}, {"settings": {"limit": 1}}, {}
    ),
    "own spelling": Drift(labels(x=1), labels(x=1.0), labels(x=1), {}),
    "other keys": Drift({"name": "a"}, {"name": "a", "owner": "o", "settings": {"limit": 9}}, {"name": "a"}, {}),
    "a secret": Drift({"settings": {"key": "k"}}, {"settings": {"key": "other"}}, {"settings": {"key": "k"}}, {}),
    "a secret that is not told": Drift({"settings": {"key": "k"}}, {}, {"settings": {"key": "k"}}, {}),
    "a secret of a free-form object": Drift(labels(token="k"), labels(token="*"), labels(token="k"), {}),
    "a fixed key": Drift(sized(1), sized(2), sized(1), {"settings.size": 2}),
    "a fixed key that is not told": Drift(sized(1), {}, sized(1), {}),
    "fixed items, told in part": Drift(
        {"schema_items": [A, B]}, {"schema_items": [B, {"key": "a"}]}, {"schema_items": [A, B]}, {}
    ),
    "fixed items": Drift(
        {"schema_items": [A]}, {"schema_items": [A, B]}, {"schema_items": [A]}, {"schema_items": [A, B]}
    ),
    "free-form, a dot in a key": Drift(labels(**{"a.b": 1}), labels(**{"a.b": 2}), labels(**{"a.b": 2}), {}),
    "free-form, all gone": Drift(labels(x=1), {}, {"labels": {}}, {}),
    "create-only and guards": Drift(
        {"note": "n", "force_destroy": True}, {"note": "m"}, {"note": "n", "force_destroy": True}, {}
    ),
    "not an object any more": Drift({"settings": {"limit": 1}}, {"settings": "broken"}, {"settings": {}}, {}),
}


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS.keys())
def test_what_a_refresh_finds(drift: Drift) -> None:
    before = repr(drift.applied)
    assert observe_drift(Thing, drift.applied, drift.service) == (drift.inputs, drift.drifted)
    assert repr(drift.applied) == before, "what was applied is not touched"


def test_a_value_that_the_service_lost_is_sent_again() -> None:
    program = {"settings": {"model": "m", "limit": 1}}
    inputs, _ = observe_drift(Thing, program, {"settings": {"limit": 1, "model": None}})
    assert plan(Thing, inputs, program).body == {"settings": {"model": "m"}}


def test_a_value_never_seen_in_the_service_is_not_restored() -> None:
    drifted = {"settings.metric": "b"}
    step = plan(Thing, metric("a"), metric("a"), drifted=drifted, unverified=["settings.metric"])
    assert (step.patch, step.repairs, step.unrepaired) == ({}, (), (METRIC,))
    assert plan(Thing, metric("a"), metric("a"), drifted=drifted, unverified=["settings.size"]).repairs == (METRIC,)
