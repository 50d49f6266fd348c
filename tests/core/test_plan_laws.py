"""The laws of the planner, for a model with every class of field and for the models of all resources."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel

from pulumi_retrieval.core.declaration import Declaration
from pulumi_retrieval.core.fields import Mutability, flatten, spec_at
from pulumi_retrieval.core.plan import Plan, observe_drift, plan, same
from pulumi_retrieval.core.refusal import refusal_text, usual_remedies
from pulumi_retrieval.core.validation import check_inputs
from pulumi_retrieval.core.values import UNKNOWN, Path, contains_unknown, dotted, equal, nest, to_f32
from pulumi_retrieval.core.words import NEUTRAL

from .models import Thing, Ticket, inputs_of, real_models, wild

every_model = pytest.mark.parametrize("model", [Thing, Ticket, *real_models()], ids=lambda model: model.__name__)
INPUTS = inputs_of(Thing)


def floats(value: Any) -> Any:
    """A value as it comes over the wire: every number a float."""
    if isinstance(value, dict):
        return {key: floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def turned(value: Any) -> Any:
    """A value with the keys of every object in reverse order; lists stay."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def applied(model: type[BaseModel], old: dict[str, Any], new: dict[str, Any], step: Plan) -> dict[Path, Any]:
    """What is managed after a step: the patch is laid over the old values, the rest of the step is state only."""
    values = {path: value for path, value in flatten(model, old).items() if path not in step.released}
    wanted = flatten(model, new)
    for path in step.stored:
        values.pop(path, None)
        if path in wanted:
            values[path] = wanted[path]
    for path, sent in step.patch.items():
        keyed = spec_at(model, path).keyed
        values[path] = [*(values.get(path) or []), *sent] if keyed and keyed.additive else sent
    # A patch holds None where leaving a key out has a meaning of its own.
    return {path: value for path, value in values.items() if value is not None}


@every_model
@given(data=st.data())
def test_nothing_changes_when_nothing_changed(model: type[BaseModel], data: st.DataObject) -> None:
    inputs = data.draw(inputs_of(model))
    assert plan(model, inputs, inputs).empty
    assert plan(model, inputs, inputs) == Plan()


@every_model
@given(data=st.data())
def test_whole_numbers_and_floats_are_the_same(model: type[BaseModel], data: st.DataObject) -> None:
    inputs = data.draw(inputs_of(model))
    assert plan(model, inputs, floats(inputs)) == Plan()
    assert plan(model, floats(inputs), inputs) == Plan()


@every_model
@given(data=st.data())
def test_the_order_of_keys_never_matters(model: type[BaseModel], data: st.DataObject) -> None:
    old, new = data.draw(inputs_of(model)), data.draw(inputs_of(model))
    assert plan(model, old, turned(old)) == Plan()
    assert plan(model, old, new) == plan(model, turned(old), turned(new))


@given(inputs=INPUTS)
def test_the_order_of_keyed_items_never_matters(inputs: dict[str, Any]) -> None:
    keyed = {name: inputs[name][::-1] for name in ("schema_items", "more_items", "members") if name in inputs}
    assert plan(Thing, inputs, {**inputs, **keyed}) == Plan()


@every_model
@given(data=st.data())
def test_the_patch_laid_over_the_old_values_gives_the_new_ones(model: type[BaseModel], data: st.DataObject) -> None:
    old = data.draw(inputs_of(model))
    new = data.draw(st.just(old) | inputs_of(model))  # of some models, nearly every change is one of a fixed key
    step = plan(model, old, new)
    assume(not step.refusals)
    after, wanted = applied(model, old, new, step), flatten(model, new)
    assert after.keys() == wanted.keys()
    assert all(same(spec_at(model, path), after[path], wanted[path]) for path in wanted)


@every_model
@given(data=st.data())
def test_the_patch_holds_changed_keys_and_no_immutable_ones(model: type[BaseModel], data: st.DataObject) -> None:
    old, new = data.draw(inputs_of(model)), data.draw(inputs_of(model))
    step = plan(model, old, new)
    before, after = flatten(model, old), flatten(model, new)
    resent = any(spec_at(model, path).resends for path in step.stored)  # asks for every secret to be sent again
    for path, sent in step.patch.items():
        spec = spec_at(model, path)
        assert path in after or (spec.none_means_all and sent is None)
        assert path not in before or not same(spec, before[path], after.get(path)) or (spec.secret and resent)
        assert spec.mutability in (Mutability.UPDATABLE, Mutability.WRITE_ONLY) or (
            spec.keyed and spec.keyed.additive and sent
        )


@every_model
@given(data=st.data())
def test_every_change_of_an_immutable_key_is_refused_or_replaces(model: type[BaseModel], data: st.DataObject) -> None:
    old, new = data.draw(inputs_of(model)), data.draw(inputs_of(model))
    before, after = flatten(model, old), flatten(model, new)
    changed = {
        path
        for path in before.keys() & after.keys()
        if ((spec := spec_at(model, path)).mutability is Mutability.IMMUTABLE or spec.replaces)
        and not (spec.keyed and spec.keyed.additive)
        and not same(spec, before[path], after[path])
    }
    changed |= {
        path
        for path in before.keys() ^ after.keys()
        if (spec := spec_at(model, path)).mutability is Mutability.IMMUTABLE and spec.none_means_all
    }
    refused = {change.path for change in plan(model, old, new).refusals}
    replaced = {change.path for change in plan(model, old, new, may_replace=True).replacements}
    assert changed <= refused
    assert refused == replaced
    assert not plan(model, old, new, may_replace=True).refusals


@every_model
@given(data=st.data())
def test_unmanaged_keys_of_the_service_are_not_in_the_plan(model: type[BaseModel], data: st.DataObject) -> None:
    program, other = data.draw(inputs_of(model)), data.draw(inputs_of(model))
    held = nest({**flatten(model, other), **flatten(model, program)})
    inputs, drifted = observe_drift(model, program, held)
    assert drifted == {}
    assert inputs == program
    assert plan(model, inputs, program, drifted=drifted) == Plan()


@given(program=INPUTS, extra=st.dictionaries(st.sampled_from(["flag", "added_by_the_service"]), st.booleans()))
def test_attributes_that_the_service_adds_to_immutable_items_are_ignored(
    program: dict[str, Any], extra: dict[str, bool]
) -> None:
    items = [{**extra, **item} for item in program.get("schema_items", [])]
    inputs, drifted = observe_drift(Thing, program, {**program, "schema_items": items})
    assert (inputs, drifted) == (program, {})


@given(ratio=st.floats(min_value=-1000, max_value=1000))
def test_a_number_rounded_to_32_bits_equals_the_sent_number(ratio: float) -> None:
    program, held = {"settings": {"ratio": ratio}}, {"settings": {"ratio": to_f32(ratio)}}
    assert observe_drift(Thing, program, held) == (program, {})
    assert plan(Thing, held, program) == Plan()


@every_model
@given(data=st.data())
def test_drift_is_repaired_by_sending_the_drifted_keys(model: type[BaseModel], data: st.DataObject) -> None:
    program, held = data.draw(inputs_of(model)), data.draw(inputs_of(model))
    inputs, drifted = observe_drift(model, program, held)
    step = plan(model, inputs, program, drifted=drifted)
    told = flatten(model, held)
    for path, value in flatten(model, program).items():
        spec = spec_at(model, path)
        if spec.unlisted and path not in told:
            assert path not in step.patch  # a server that does not know a key would drop it for ever
        elif spec.mutability is Mutability.UPDATABLE:
            assert (path in step.patch) == (not same(spec, value, told.get(path), partial=True))
        elif spec.mutability is Mutability.IMMUTABLE:
            assert (dotted(path) in drifted) == (path in step.repairs or path in step.unrepaired)
        else:
            assert path not in step.patch
    assert not step.refusals
    assert not step.released
    assert set(step.repairs) <= step.patch.keys()


@every_model
@given(data=st.data())
def test_a_drifted_immutable_key_is_sent_only_to_restore_it(model: type[BaseModel], data: st.DataObject) -> None:
    program, held, new = (data.draw(inputs_of(model)) for _ in range(3))
    inputs, drifted = observe_drift(model, program, held)
    step = plan(model, inputs, new, drifted=drifted)
    for path, sent in step.patch.items():
        spec = spec_at(model, path)
        if spec.mutability is Mutability.IMMUTABLE and not (spec.keyed and spec.keyed.additive):
            assert path in step.repairs
            assert spec.repairable
            assert equal(sent, flatten(model, program)[path])


@every_model
@given(data=st.data())
def test_an_unknown_value_is_never_sent(model: type[BaseModel], data: st.DataObject) -> None:
    old, new = data.draw(inputs_of(model)), data.draw(inputs_of(model))
    hidden = data.draw(st.sets(st.sampled_from(sorted(flatten(model, new)) or [("none",)])))
    partly = nest({path: UNKNOWN if path in hidden else value for path, value in flatten(model, new).items()})
    step = plan(model, old, partly)
    assert not contains_unknown(list(step.patch.values()))
    for path in hidden & flatten(model, new).keys():
        spec, before = spec_at(model, path), flatten(model, old)
        if spec.mutability is not Mutability.IMMUTABLE and not spec.replaces:
            assert path in step.unknown
        elif path in before or spec.replaces or spec.none_means_all:
            assert path in {change.path for change in step.refusals}


@every_model
@given(data=st.data())
def test_plan_check_and_messages_accept_any_json(model: type[BaseModel], data: st.DataObject) -> None:
    old, new, service = (data.draw(wild(model)) for _ in range(3))
    check_inputs(model, new)
    _, drifted = observe_drift(model, old, service)
    observed = data.draw(st.none() | st.just({dotted(p): value for p, value in flatten(model, service).items()}))
    for step in (
        plan(model, old, new, drifted=drifted, observed=observed),
        plan(model, old, new, drifted=drifted, observed=observed, may_replace=True),
    ):
        assert not contains_unknown(list(step.patch.values()))
        if step.refusals:
            ways = usual_remedies(step.refusals, Declaration(name="x", token="Thing"), NEUTRAL)
            text = refusal_text(step.refusals, what="thing x", why="It is fixed.", remedies=ways)
            assert text.startswith("REFUSED, nothing was changed: ")
