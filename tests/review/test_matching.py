"""Which resources of two stacks have the same role."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.review.matching import Matching, Role, RoleError, match, translated
from support.states import DATASET, Stack

CANARY = Role.parse("canary=customer-*")


def pairs(matching: Matching) -> set[tuple[str, str]]:
    return {(pair.left.name, pair.right.name) for pair in matching.pairs}


def test_the_same_types_names_and_parents_are_the_same_role() -> None:
    staging = Stack("staging").dataset("shared").component("eu").dataset("docs").component("us").dataset("other")
    production = (
        Stack("production").dataset("shared").component("eu").dataset("docs").component("asia").dataset("other")
    )
    found = match(staging.state, production.state)
    assert pairs(found) == {("shared", "shared"), ("eu", "eu"), ("docs", "docs")}
    assert {one.name for one in found.only_left} == {"us", "other"}
    assert {one.name for one in found.only_right} == {"asia", "other"}


def test_another_type_of_a_parent_is_another_role() -> None:
    left = Stack("a").component("x", "acme:index:One").dataset("docs")
    right = Stack("b").component("x", "acme:index:Two").dataset("docs")
    assert pairs(match(left.state, right.state)) == set()


def test_a_role_stands_for_many_names_also_in_those_of_parents() -> None:
    staging = Stack("staging").component("canary").dataset("canary-docs")
    production = Stack("production")
    for number in range(3):
        production.component(f"customer-{number}").dataset(f"customer-{number}-docs")
    found = match(staging.state, production.state, roles=[CANARY])
    assert pairs(found) == {
        *(("canary", f"customer-{number}") for number in range(3)),
        *(("canary-docs", f"customer-{number}-docs") for number in range(3)),
    }
    assert {pair.bound["canary"] for pair in found.pairs} == {"customer-0", "customer-1", "customer-2"}
    assert (found.only_left, found.only_right, found.missing) == ((), (), ())


def test_a_name_belongs_to_the_customer_that_its_parent_is() -> None:
    staging = Stack("staging").component("canary").dataset("canary-docs")
    production = Stack("production").component("customer-1").dataset("customer-2-docs").dataset("customer-1-docs")
    found = match(staging.state, production.state, roles=[CANARY])
    assert [one.name for one in found.only_right] == ["customer-2-docs"]


def test_missing_and_additional_resources_of_a_customer_are_reported() -> None:
    staging = Stack("staging").component("canary").dataset("canary-docs").dataset("canary-mail")
    production = Stack("production").component("customer-1").dataset("customer-1-docs").dataset("customer-1-mail")
    production.component("customer-2").dataset("customer-2-docs").dataset("customer-2-more")
    found = match(staging.state, production.state, roles=[CANARY])
    assert [(one.name, name) for one, name in found.missing] == [("canary-mail", "customer-2-mail")]
    assert [one.name for one in found.only_right] == ["customer-2-more"]


def test_a_canary_without_any_customer_is_no_difference() -> None:
    found = match(Stack("a").component("canary").dataset("canary-docs").state, Stack("b").state, roles=[CANARY])
    assert (found.only_left, found.missing, found.idle) == ((), (), ())


def test_in_a_flat_program_the_longest_name_decides() -> None:
    staging = Stack("staging").dataset("canary").dataset("canary-docs")
    production = Stack("production").dataset("customer-1").dataset("customer-1-docs")
    found = match(staging.state, production.state, roles=[CANARY])
    assert pairs(found) == {("canary", "customer-1"), ("canary-docs", "customer-1-docs")}


def test_a_role_is_a_word_of_its_own() -> None:
    staging = Stack("staging").dataset("canaryx").dataset("my-canary-docs")
    production = Stack("production").dataset("canaryx").dataset("my-customer-1-docs")
    found = match(staging.state, production.state, roles=[CANARY])
    assert pairs(found) == {("canaryx", "canaryx"), ("my-canary-docs", "my-customer-1-docs")}


def test_several_roles_in_one_name() -> None:
    roles = [CANARY, Role.parse("staging=production")]
    staging = Stack("staging").component("canary").dataset("staging-canary-docs")
    production = Stack("production").component("customer-1").dataset("production-customer-1-docs")
    found = match(staging.state, production.state, roles=roles)
    assert pairs(found) == {("canary", "customer-1"), ("staging-canary-docs", "production-customer-1-docs")}


def test_a_role_that_no_name_has_is_idle() -> None:
    found = match(Stack("a").dataset("docs").state, Stack("b").dataset("docs").state, roles=[CANARY])
    assert found.idle == (CANARY,)


def test_resources_that_wait_for_their_delete_are_not_matched() -> None:
    left = Stack("a").add(DATASET, "docs", delete=True)
    found = match(left.state, Stack("b").state)
    assert (found.pairs, found.only_left) == ((), ())


@pytest.mark.parametrize("text", ["", "canary", "=customer-*", "canary=", "cana*=x", "c?=x"])
def test_an_invalid_role_is_refused(text: str) -> None:
    with pytest.raises(RoleError, match=r"canary=customer-\*"):
        Role.parse(text)


names = st.text(
    st.sampled_from("ab-.*+(\\1:é") | st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8
)


@given(st.lists(names, max_size=5, unique=True), st.lists(names, max_size=5, unique=True), names, names)
def test_each_resource_has_one_place(left: list[str], right: list[str], role: str, pattern: str) -> None:
    one, other = Stack("a"), Stack("b")
    for name in left:
        one.dataset(name)
    for name in right:
        other.dataset(name)
    try:
        roles = [Role.parse(f"{role}={pattern}")]
    except RoleError:
        roles = []
    found = match(one.state, other.state, roles=roles)
    placed = [pair.right.name for pair in found.pairs] + [resource.name for resource in found.only_right]
    assert sorted(placed) == sorted(right)
    assert {pair.left.name for pair in found.pairs}.isdisjoint(resource.name for resource in found.only_left)


@given(names, names)
def test_a_literal_role_finds_what_it_was_translated_to(name: str, pattern: str) -> None:
    try:
        role = Role.parse(f"{name}={pattern}")
    except RoleError:
        return
    if role.is_many:
        return
    there = translated(role.name, {role.name: role.pattern}, [role])
    found = match(Stack("a").dataset(role.name).state, Stack("b").dataset(there).state, roles=[role])
    assert pairs(found) == {(role.name, there)}
