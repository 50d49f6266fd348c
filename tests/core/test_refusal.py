"""Refusals as people see them, compared screen by screen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.plan import plan
from pulumi_retrieval.core.refusal import Remedy, refusal_text, show, usual_remedies
from pulumi_retrieval.core.values import UNKNOWN
from pulumi_retrieval.core.words import NEUTRAL

from .models import Thing

ACME = Declaration(name="acme", token="Tenant")
WHY = "The service fixes metadata keys when a tenant is created."
TOPIC = {"key": "topic", "type": "string", "flag": True}
REGION = {"key": "region", "type": "string", "flag": True}


def screen(
    old: dict[str, Any],
    new: dict[str, Any],
    *,
    more: tuple[Remedy, ...] = (),
    objection: str | None = None,
    drifted: dict[str, Any] | None = None,
    observed: dict[str, Any] | None = None,
) -> str:
    """What a person sees; leading line break so that expected screens can stand in a block."""
    changes = plan(Thing, old, new, drifted=drifted, observed=observed).refusals
    ways = [*usual_remedies(changes, ACME, NEUTRAL), *more]
    return "\n" + refusal_text(changes, what="tenant acme_prod", why=WHY, remedies=ways, objection=objection) + "\n"


def test_items_that_changed_and_are_missing() -> None:
    old = {"schema_items": [TOPIC, REGION]}
    new = {"schema_items": [{**TOPIC, "type": "number"}]}
    migrate = Remedy("really change it", "declare a second Tenant beside it, then retire this one")
    assert (
        screen(old, new, more=(migrate,))
        == """
REFUSED, nothing was changed: 2 immutable keys of tenant acme_prod
  schema_items["topic"].type    was "string"    now "number"
  schema_items["region"]        now missing; was {"key": "region", "type": "string", "flag": true}
  Cause: the program changed (the values last applied are shown as "was").
  Why:   The service fixes metadata keys when a tenant is created.
  Do one:
    undo               put the "was" values back
    ship the rest      exclude Tenant acme from the run
    keep both          ignore changes of schema_items
    really change it   declare a second Tenant beside it, then retire this one
"""
    )


def test_one_key() -> None:
    assert (
        screen({"settings": {"size": 1536}}, {"settings": {"size": 3072}}, objection="force_destroy was not applied")
        == """
REFUSED, nothing was changed: 1 immutable key of tenant acme_prod
  settings.size    was 1536    now 3072
  Cause: the program changed (the values last applied are shown as "was").
  Why:   The service fixes metadata keys when a tenant is created.
  on_immutable_change="replace" is set, but force_destroy was not applied
  Do one:
    undo            put the "was" values back
    ship the rest   exclude Tenant acme from the run
    keep both       ignore changes of settings.size
"""
    )


def test_a_value_that_is_not_known() -> None:
    assert (
        screen({"owner": "o-1"}, {"owner": UNKNOWN})
        == """
REFUSED, nothing was changed: 1 immutable key of tenant acme_prod
  owner    was "o-1"    now not known before the update
  Cause: the value is not known before the update and may differ.
  Why:   The service fixes metadata keys when a tenant is created.
  Do one:
    apply its source first   apply only the resource that it takes the value from
    ship the rest            exclude Tenant acme from the run
    keep both                ignore changes of owner
"""
    )


def test_a_value_that_is_not_known_because_its_source_is_replaced() -> None:
    """The engine asks before the resource is registered, so nobody knows its name."""
    change = plan(Thing, {"owner": "o-1"}, {"owner": UNKNOWN}).refusals
    assert [way.text for way in usual_remedies(change, Declaration(), NEUTRAL)] == [
        "exclude the resource that is about to be replaced from the run"
    ]


def test_an_unknown_value_beside_a_changed_one() -> None:
    assert (
        screen({"owner": "o-1", "settings": {"size": 1}}, {"owner": UNKNOWN, "settings": {"size": 2}})
        == """
REFUSED, nothing was changed: 2 immutable keys of tenant acme_prod
  owner            was "o-1"    now not known before the update
  settings.size    was 1    now 2
  Cause: the value is not known before the update and may differ.
         the program changed (the values last applied are shown as "was").
  Why:   The service fixes metadata keys when a tenant is created.
  Do one:
    apply its source first   apply only the resource that it takes the value from
    undo                     put the "was" values back
    ship the rest            exclude Tenant acme from the run
    keep both                ignore changes of owner, settings.size
"""
    )


def test_a_key_that_was_not_managed() -> None:
    assert (
        screen({}, {"settings": {"size": 2}}, observed={"settings.size": 1})
        == """
REFUSED, nothing was changed: 1 immutable key of tenant acme_prod
  settings.size    was 1    now 2
  Cause: the program manages a key that it did not manage before (what the service holds is shown as "was").
  Why:   The service fixes metadata keys when a tenant is created.
  Do one:
    undo            put the "was" values back, or leave the key out
    ship the rest   exclude Tenant acme from the run
    keep both       ignore changes of settings.size
"""
    )


def test_a_key_that_somebody_else_changed() -> None:
    assert (
        screen({"settings": {"size": 1}}, {"settings": {"size": 3}}, drifted={"settings.size": 2})
        == """
REFUSED, nothing was changed: 1 immutable key of tenant acme_prod
  settings.size    was 1    now 3    in the service 2
  Cause: somebody else changed the service, and the program agrees neither with what was last applied nor with what is there now.
  Why:   The service fixes metadata keys when a tenant is created.
  Do one:
    undo            put the "was" values back, or take the observed ones
    ship the rest   exclude Tenant acme from the run
    keep both       ignore changes of settings.size
"""
    )


def lines(text: str) -> list[str]:
    """The lines about keys."""
    found = text.strip().splitlines()
    return [line.strip() for line in found[1 : next(i for i, line in enumerate(found) if "Cause:" in line)]]


ITEMS: dict[str, tuple[list[Any] | None, list[Any] | None, dict[str, Any], list[str]]] = {
    "added": (
        [],
        [TOPIC],
        {},
        ['schema_items["topic"]    was missing; now {"key": "topic", "type": "string", "flag": true}'],
    ),
    "list removed": (
        [{"key": "a"}, {"key": "b"}],
        None,
        {},
        ['schema_items["a"]    now missing; was {"key": "a"}', 'schema_items["b"]    now missing; was {"key": "b"}'],
    ),
    "attribute set": (
        [{"key": "a"}],
        [{"key": "a", "flag": True}],
        {},
        ['schema_items["a"].flag    was not set    now true'],
    ),
    "attribute removed": (
        [{"key": "a", "flag": True}],
        [{"key": "a"}],
        {},
        ['schema_items["a"].flag    was true    now not set'],
    ),
    "not known": (
        [{"key": "a"}],
        [{"key": UNKNOWN}],
        {},
        ['schema_items    was [{"key": "a"}]    now not known before the update'],
    ),
    "twice the same": (
        [{"key": "a"}],
        [{"key": "a"}, {"key": "a"}],
        {},
        ['schema_items    was [{"key": "a"}]    now [{"key": "a"}, {"key": "a"}]'],
    ),
    "drifted": (
        [{"key": "a", "type": "x"}],
        [{"key": "a", "type": "z"}, {"key": "b"}],
        {"drifted": {"schema_items": [{"key": "a", "type": "y"}]}},
        [
            'schema_items["a"].type    was "x"    now "z"    in the service "y"',
            'schema_items["b"]         was missing; now {"key": "b"}',
        ],
    ),
    "told by the service with more and less": (
        None,
        [{"key": "a", "type": "x"}, {"key": "b", "type": "x"}],
        {"observed": {"schema_items": [{"key": "a", "flag": True}, {"key": "b", "flag": True, "type": "y"}]}},
        ['schema_items["b"].type    was "y"    now "x"'],
    ),
}


@pytest.mark.parametrize(("old", "new", "told", "expected"), ITEMS.values(), ids=ITEMS.keys())
def test_items_one_by_one(old: Any, new: Any, told: dict[str, Any], expected: list[str]) -> None:
    assert lines(screen({"schema_items": old}, {"schema_items": new}, **told)) == expected


def test_the_first_line_of_a_refusal_is_complete() -> None:
    text = screen({"owner": "a", "settings": {"size": 1}}, {"owner": "b", "settings": {"size": 2}})
    assert text.splitlines()[1] == "REFUSED, nothing was changed: 2 immutable keys of tenant acme_prod"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "not set"),
        (UNKNOWN, "unknown"),
        ("ü", '"ü"'),
        (1536, "1536"),
        (True, "true"),
        ({"a": [UNKNOWN]}, '{"a": ["UNKNOWN"]}'),
        ("x" * 200, '"' + "x" * 119 + "… (202 characters)"),
        ("two\nlines", '"two\\nlines"'),
    ],
)
def test_a_value_for_a_person(value: Any, expected: str) -> None:
    assert show(value) == expected


def test_a_declaration_travels_as_json() -> None:
    declaration = Declaration(
        name="acme", token="Tenant", candidate="acme-1", retain_on_delete=True, secrets=(("a", "0"),)
    )
    assert Declaration.from_json(json.loads(json.dumps(declaration.to_json()))) == declaration


@pytest.mark.parametrize("value", [None, "x", 7, [], {}, {"name": None, "candidate": ""}])
def test_anything_else_is_an_empty_declaration(value: Any) -> None:
    assert Declaration.from_json(value) in (Declaration(), Declaration(plain=frozenset()))
