"""Whether an object that exists may be taken for our own."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import pytest

from core.models import Thing
from pulumi_retrieval.core.adoption import Candidate, Comparison, compare, ensure_adoptable, may_be_left
from pulumi_retrieval.core.errors import AdoptionError
from pulumi_retrieval.core.fields import ByKey, Inputs
from pulumi_retrieval.core.objects import Contents, Observation, Part, Template
from pulumi_retrieval.core.refusal import show

OURS = Candidate("dataset golden", "id-1", documents=0, age_hours=0.1)
HOW = "adopt=True on it"


@pytest.mark.parametrize(
    "candidate",
    [
        OURS,
        replace(OURS, documents=None),
        replace(OURS, age_hours=None),
        replace(OURS, age_hours=23.9),
        replace(OURS, documents=7, most_documents=7),
    ],
    ids=["new and empty", "documents not told", "age not told", "almost a day old", "a clone in the middle of copying"],
)
def test_an_object_of_our_own_killed_create_is_adopted_without_adopt(candidate: Candidate) -> None:
    ensure_adoptable(candidate, adopt=False, how=HOW)


DOUBTS = {
    "documents": (
        replace(OURS, documents=1),
        "dataset golden exists already: id id-1 and holds 1 document. It may belong to somebody else (it holds documents), "
        "so nothing was changed. To take it under management: adopt=True on it",
    ),
    "more than its source": (
        replace(OURS, documents=8, most_documents=7),
        "dataset golden exists already: id id-1 and holds 8 documents. It may belong to somebody else (it holds documents), "
        "so nothing was changed. To take it under management: adopt=True on it",
    ),
    "age": (
        replace(OURS, age_hours=24),
        "dataset golden exists already: id id-1 and holds 0 documents. It may belong to somebody else (it was created 24 h "
        "ago), so nothing was changed. To take it under management: adopt=True on it",
    ),
    "another configuration": (
        replace(OURS, documents=None, differing=("dataset_name", "server_configuration.MAX_LIMIT")),
        "dataset golden exists already: id id-1. It may belong to somebody else (it differs in dataset_name, "
        "server_configuration.MAX_LIMIT), so nothing was changed. To take it under management: adopt=True on it",
    ),
}


@pytest.mark.parametrize(("candidate", "text"), DOUBTS.values(), ids=DOUBTS.keys())
def test_an_object_of_somebody_else_needs_adopt(candidate: Candidate, text: str) -> None:
    with pytest.raises(AdoptionError) as raised:
        ensure_adoptable(candidate, adopt=False, how=HOW)
    assert str(raised.value) == text
    ensure_adoptable(candidate, adopt=True, how=HOW)


@pytest.mark.parametrize("adopt", [True, False])
def test_an_object_with_another_immutable_key_is_never_adopted(adopt: bool) -> None:
    with pytest.raises(AdoptionError) as raised:
        ensure_adoptable(replace(OURS, immutable=("EMBEDDING_SIZE 768, not 1536",)), adopt=adopt, how=HOW)
    text = str(raised.value)
    assert text.startswith("dataset golden exists already: id id-1 and holds 0 documents, and cannot be adopted")
    assert "EMBEDDING_SIZE 768, not 1536" in text
    assert "choose another key" in text


@pytest.mark.parametrize("adopt", [True, False])
def test_an_object_of_another_resource_of_this_run_is_never_adopted(adopt: bool) -> None:
    with pytest.raises(AdoptionError, match="One object can have one owner only"):
        ensure_adoptable(replace(OURS, made_here=True), adopt=adopt, how=HOW)


# What an existing object holds otherwise than a program says.


def compared(wanted: dict[str, Any], held: dict[str, Any], template: dict[str, Any] | None = None) -> Comparison:
    seen = Observation("id-1", held)
    return compare(Thing, wanted, seen, Template(template) if template is not None else None)


NAME, LIMIT, SIZE = ("name",), ("settings", "limit"), ("settings", "size")


def test_updatable_keys_that_differ_are_a_patch_and_a_doubt() -> None:
    found = compared({"name": "a", "settings": {"limit": 5, "model": "m"}}, {"name": "b", "settings": {"model": "m"}})
    assert found.patch == {NAME: "a", LIMIT: 5}
    assert set(found.doubtful) == {NAME, LIMIT}
    assert (found.immutable, found.untold) == ([], [])


def test_what_still_equals_the_origin_of_a_copy_is_no_doubt() -> None:
    found = compared(
        {"name": "a", "settings": {"limit": 5}}, {"name": "a", "settings": {"limit": 7}}, {"settings": {"limit": 7}}
    )
    assert found.patch == {LIMIT: 5}
    assert found.doubtful == []
    changed = compared({"settings": {"limit": 5}}, {"settings": {"limit": 8}}, {"settings": {"limit": 7}})
    assert changed.doubtful == [LIMIT]


def test_immutable_keys_that_the_service_does_not_tell_are_untold_and_no_difference() -> None:
    found = compared({"owner": "us", "settings": {"size": 3}}, {"settings": {"size": 3}})
    assert found.untold == [("owner",)]
    assert (found.patch, found.immutable) == ({}, [])
    assert compared({"owner": "us"}, {"owner": "us"}).untold == []


def test_immutable_keys_that_differ_are_named_with_both_values() -> None:
    found = compared({"settings": {"size": 3}}, {"settings": {"size": 4}})
    assert found.immutable == ["settings.size is 4 in the service and 3 in the program"]
    assert found.patch == {}


def test_items_of_a_fixed_list_are_compared_by_name_and_told_attribute() -> None:
    wanted = [{"key": "a", "type": "x", "flag": True}, {"key": "b", "type": "x"}, {"key": "c", "type": "x"}]
    held = [{"key": "a", "type": "y", "flag": True}, {"key": "b", "flag": True}, {"key": "d", "type": "z"}]
    found = compared({"schema_items": wanted}, {"schema_items": held})
    assert found.immutable == [
        'schema_items["a"].type is "y" in the service and "x" in the program',
        'schema_items["c"] is missing in the service',
        'schema_items["d"] is {"key": "d", "type": "z"} in the service and missing in the program',
    ]


def test_items_that_can_be_added_are_a_patch_and_a_doubt() -> None:
    one, two = {"key": "a", "type": "x"}, {"key": "b", "type": "x"}
    found = compared({"more_items": [one, two]}, {"more_items": [one]})
    assert found.patch == {("more_items",): [two]}
    assert found.doubtful == [("more_items",)]
    assert found.immutable == []
    lost = compared({"more_items": [one]}, {"more_items": [one, two]})
    assert len(lost.immutable) == 1
    assert lost.patch == {}


@pytest.mark.parametrize("items", ["schema_items", "more_items"])
def test_attributes_of_items_that_only_one_side_has_are_no_difference(items: str) -> None:
    found = compared({items: [{"key": "a", "flag": True}]}, {items: [{"key": "a", "type": "x"}]})
    assert (found.patch, found.doubtful, found.immutable) == ({}, [], [])


def test_items_can_be_added_beside_items_of_which_the_service_tells_little() -> None:
    one, two = {"key": "a", "type": "x"}, {"key": "b", "type": "x"}
    found = compared({"more_items": [one, two]}, {"more_items": [{"key": "a"}]})
    assert (found.patch, found.immutable) == ({("more_items",): [two]}, [])


@pytest.mark.parametrize("held", [[{"key": "a"}, {"key": "a"}], "a"], ids=["the same name twice", "no list"])
def test_a_fixed_list_whose_items_cannot_be_told_apart_is_compared_as_a_whole(held: Any) -> None:
    found = compared({"schema_items": [{"key": "a"}]}, {"schema_items": held})
    assert found.immutable == [f'schema_items is {show(held)} in the service and [{{"key": "a"}}] in the program']


class Labelled(Inputs):
    """A thing with labels, of which the service is known to keep one."""

    labels: Annotated[dict[str, Any] | None, ByKey(known=frozenset({"colour"}))] = None
    """Free words."""


@pytest.mark.parametrize(
    ("key", "held", "doubted"),
    [("colour", {}, True), ("shape", {}, False), ("shape", {"shape": "square"}, True)],
    ids=["known", "not known and not told", "not known and told"],
)
def test_only_a_key_that_the_service_may_have_dropped_is_no_doubt(
    key: str, held: dict[str, Any], doubted: bool
) -> None:
    found = compare(Labelled, {"labels": {key: "round"}}, Observation("id-1", {"labels": held}))
    assert found.patch == {("labels", key): "round"}
    assert found.doubtful == ([("labels", key)] if doubted else [])


def test_items_beside_none_in_the_program_are_a_doubt() -> None:
    assert compared({}, {"members": [{"key": "a"}]}).doubtful == [("members",)]
    assert compared({}, {"members": []}).doubtful == []
    assert compared({"members": [{"key": "a"}]}, {"members": [{"key": "a"}]}).doubtful == []


def test_what_the_object_says_of_itself_comes_first() -> None:
    seen = Observation("id-1", {"settings": {"size": 4}}, unlike="it is of another kind")
    found = compare(Thing, {"settings": {"size": 3}}, seen)
    assert found.immutable[0] == "it is of another kind"
    assert len(found.immutable) == 2


INSIDE = Part(documents=0, age_hours=1.0, keyed=True)


@pytest.mark.parametrize(
    ("contents", "left"),
    [
        (Contents(0), True),
        (Contents(1, "dataset", parts=[INSIDE]), True),
        (Contents(2, "dataset", parts=[INSIDE, replace(INSIDE, age_hours=23.9)]), True),
        (Contents(1), False),
        (Contents(2, "dataset", parts=[INSIDE]), False),
        (Contents(2, "dataset", parts=[INSIDE, replace(INSIDE, documents=1)]), False),
        (Contents(1, "dataset", parts=[replace(INSIDE, age_hours=24.0)]), False),
        (Contents(1, "dataset", parts=[replace(INSIDE, age_hours=None)]), False),
        (Contents(1, "dataset", parts=[replace(INSIDE, keyed=False)]), False),
    ],
    ids=["empty", "one", "two", "documents", "one untold", "a full one", "an old one", "age not told", "without a key"],
)
def test_what_a_cut_off_run_can_have_left_in_an_object(contents: Contents, left: bool) -> None:
    assert may_be_left(contents) is left
