"""A state after the steps of a preview."""

from __future__ import annotations

from typing import Any

from pulumi_retrieval.core.values import UNKNOWN
from pulumi_retrieval.review.comparing import compare
from pulumi_retrieval.review.planned import UNKNOWN_SIGNS, planned_state
from pulumi_retrieval.review.states import State, is_secret
from support.states import Stack

OBSERVED = {"server_configuration.EMBEDDING_SIZE": 768}


def stack() -> Stack:
    return Stack("production").dataset("one", observed=OBSERVED).dataset("two").dataset("three")


def step(op: str, name: str, **inputs: Any) -> dict[str, Any]:
    entry = Stack("production").dataset(name, **inputs).entries[-1]
    return {"op": op, "urn": entry["urn"], "newState": None if op.startswith("delete") else entry}


def names(state: State) -> set[str]:
    return {one.name for one in state.resources}


def test_steps_change_create_and_delete() -> None:
    steps = [
        step("update", "one", server_configuration={"MAX_LIMIT": 8}),
        step("delete", "two"),
        step("create", "four"),
    ]
    state = planned_state(stack().state, steps)
    assert names(state) == {"one", "three", "four"}
    [one] = [resource for resource in state.resources if resource.name == "one"]
    assert one.inputs["server_configuration"] == {"MAX_LIMIT": 8}
    assert one.outputs["observed_immutable"] == OBSERVED


def test_a_replaced_resource_has_no_outputs_in_the_planned_state() -> None:
    steps = [step("delete-replaced", "one"), step("replace", "one"), step("create-replacement", "one")]
    state = planned_state(stack().state, steps)
    assert names(state) == {"one", "two", "three"}
    assert [dict(one.outputs) for one in state.resources if one.name == "one"] == [{}]


def test_no_step_is_no_change() -> None:
    assert planned_state(stack().state, []).resources == stack().state.resources
    same = [{"op": "same", "urn": one["urn"], "newState": one} for one in stack().entries]
    assert set(names(planned_state(stack().state, same))) == names(stack().state)


def test_secrets_and_unknown_values_of_a_preview() -> None:
    [sign, *_] = UNKNOWN_SIGNS
    new = step(
        "create", "four", organization_id=sign, server_configuration={"LLM_API_KEY": "[secret]", "MAX_LIMIT": sign}
    )
    state = planned_state(Stack("production").state, [new])
    inputs = state.resources[0].inputs
    assert inputs["organization_id"] is UNKNOWN
    assert is_secret(inputs["server_configuration"]["LLM_API_KEY"])
    staging = Stack("staging").dataset("four", server_configuration={"LLM_API_KEY": "plain", "MAX_LIMIT": 8})
    comparison = compare(staging.state, state)
    assert comparison.unexpected == []
    assert [one.key for one in comparison.not_compared] == ["server_configuration.MAX_LIMIT"]
