"""Compares two stacks by role: what differs, and whether the difference is expected.

The input models define what each value means. Guards, inputs that are used only at creation, secrets and ids may differ between
staging and production. Immutable inputs may not differ, and neither may `force_destroy`, which decides whether documents can be
lost.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from ..core.addresses import normal_endpoint, shown
from ..core.fields import FieldSpec, Mutability
from ..core.plan import Cause, ImmutableChange, same
from ..core.refusal import change_rows, show
from ..core.values import Path, contains_unknown, dotted, equal
from .differences import RESOURCE, Comparison, Difference, NotCompared, Verdict
from .matching import Matching, Pair, Role, match, translated
from .models import endpoint_of, generation_of, loses_nothing_by_replacement, model_of
from .sides import Side, hidden, holds_secret, spec_or_none
from .states import Resource, State

ENDPOINT_KEY, GENERATION_KEY = "endpoint", "apiVersion"
NEVER_GUARD = "force_destroy"
"""The guard that decides whether documents may be lost; where it differs, staging does not show what production will do."""
PROTECTIONS = ("LOCKED",)
"""Configuration keys that only prevent the delete of an object. The input models have no annotation for that."""
_SURELY_SHOWN = 100
"""Characters of a long value that are always shown; see `core.refusal.show`."""
SET, NOT_SET = "set", "not set"
UNKNOWN_YET, SECRET_WHY = "it is not known before the update", "it is a secret"


def compare(left: State, right: State, *, roles: Sequence[Role] = ()) -> Comparison:
    """Compare two stacks.

    Of resources of other packages, only the presence is compared, because no input model says what their values mean.

    :param left: the stack that is updated first, such as staging.
    :param right: the stack that is updated after it, as it is or as a preview plans it.
    :param roles: names of the first stack with their counterparts in the second.
    """
    matching = match(left, right, roles=roles)
    found = [one for pair in matching.pairs for one in _Values(pair, roles).compare()]
    differences = [one for one in found if isinstance(one, Difference)]
    return Comparison(
        left=left.stack,
        right=right.stack,
        pairs=len(matching.pairs),
        differences=(*_presence(matching, left.stack, right.stack), *differences),
        not_compared=tuple(one for one in found if isinstance(one, NotCompared)),
        idle=tuple(role.name for role in matching.idle),
    )


def _presence(matching: Matching, left: str, right: str) -> Iterator[Difference]:
    there, gone = "there", "missing"

    def one(resource: Resource, name: str, *, sides: tuple[str, str], counterpart: str, reason: str) -> Difference:
        urn = resource.urn if sides[1] == there else ""
        return Difference(resource.type, name, counterpart, urn, RESOURCE, RESOURCE, *sides, Verdict.UNEXPECTED, reason)

    for resource in matching.only_left:
        reason = f"only {left} has it"
        yield one(resource, resource.name, sides=(there, gone), counterpart=resource.name, reason=reason)
    for resource, name in matching.missing:
        reason = f"{left} has it, and {right} has other resources of this role"
        yield one(resource, name, sides=(there, gone), counterpart=resource.name, reason=reason)
    for resource in matching.only_right:
        yield one(resource, resource.name, sides=(gone, there), counterpart="", reason=f"only {right} has it")


Found = Iterator[Difference | NotCompared]


class _Values:
    """Compares the values of two resources with the same role."""

    def __init__(self, pair: Pair, roles: Sequence[Role]) -> None:
        self._pair, self._roles = pair, roles
        literal = {role.name: role.pattern for role in roles if not role.is_many}
        self._bound = {**literal, **pair.bound}

    def compare(self) -> Found:
        """All values that differ, and all that could not be compared."""
        left, right = self._pair.left, self._pair.right
        for name in ("protect", "retainOnDelete"):
            options = [bool(one.options.get(name)) for one in (left, right)]
            if options[0] != options[1]:
                yield self._difference(name, (show(options[0]), show(options[1])), Verdict.EXPECTED, "guard")
        if endpoint_of(left) and endpoint_of(right):
            generations = generation_of(left), generation_of(right)
            if generations[0] != generations[1]:
                reason = "the stacks use different generations of the API"
                yield self._difference(
                    GENERATION_KEY, (show(generations[0]), show(generations[1])), Verdict.NEVER, reason
                )
                return  # the same input means different things in the two generations
            urls = [normal_endpoint(endpoint_of(one)).partition(" ")[0] for one in (left, right)]
            if urls[0] != urls[1]:
                yield self._difference(ENDPOINT_KEY, (shown(urls[0]), shown(urls[1])), Verdict.EXPECTED, "endpoint")
        model = model_of(right) or model_of(left)
        if model is not None:
            yield from self._inputs(model)

    def _inputs(self, model: type[BaseModel]) -> Found:
        sides = [Side.of(model, one) for one in (self._pair.left, self._pair.right)]
        fixed = not loses_nothing_by_replacement(self._pair.right)
        for path in sorted({path for side in sides for path in side.paths}, key=dotted):
            spec = spec_or_none(model, path)
            if fixed and spec is not None and spec.mutability is Mutability.IMMUTABLE and not _is_id(path):
                yield from self._immutable(path, spec, sides)
            elif any(path in side.inputs for side in sides):
                yield from self._plain(model, path, spec, [side.at(path) for side in sides])

    def _plain(self, model: type[BaseModel], path: Path, spec: FieldSpec | None, values: Sequence[Any]) -> Found:
        key = dotted(path)
        if spec is not None and spec.mutability is Mutability.GUARD:
            default = model.model_fields[path[0]].default
            values = [default if value is None else value for value in values]
        if path == (NEVER_GUARD,):
            values = [value or False for value in values]
        left, right, secret = hidden(*values)
        if (spec is not None and spec.secret) or (secret and None in (left, right)):
            if (left is None) != (right is None):
                yield self._difference(key, (_state(left), _state(right)), Verdict.EXPECTED, "secret")
        elif any(contains_unknown(value) for value in values):
            if not _is_id(path):
                yield self._not_compared(key, UNKNOWN_YET)
        elif spec is not None and not same(spec, left, right):
            verdict, reason = self._judged(path, spec, left, right)
            yield self._difference(key, shown_apart(left, right), verdict, reason)
        elif secret:
            yield self._not_compared(key, SECRET_WHY)

    def _judged(self, path: Path, spec: FieldSpec, left: Any, right: Any) -> tuple[Verdict, str]:
        if path == (NEVER_GUARD,):
            return Verdict.NEVER, "it decides whether documents may be lost"
        expected = self._expected(path, spec, left, right)
        return (Verdict.EXPECTED, expected) if expected else (Verdict.UNEXPECTED, "")

    def _expected(self, path: Path, spec: FieldSpec, left: Any, right: Any) -> str:
        """Why a difference is expected, in a few words; empty where it is not."""
        if _is_id(path):
            return "id or derived key"
        if spec.mutability is Mutability.GUARD:
            return "wait" if spec.unit == "seconds" else "guard"
        if spec.mutability is Mutability.CREATE_ONLY:
            return "used only once"
        if path[-1] in PROTECTIONS:
            return "guard"
        if equal(_translated(left, self._bound, self._roles), right):
            return "name of a role"
        if self._pair.bound and len(path) == 1 and isinstance(left, str) and isinstance(right, str):
            return "the set of customers"
        return ""

    def _immutable(self, path: Path, spec: FieldSpec, sides: Sequence[Side]) -> Found:
        """Compare an immutable input by program and by observed value, also where no program manages it."""
        said, seen = [side.at(path) for side in sides], [side.observed.get(path) for side in sides]
        known = [
            there if value is None or holds_secret(value) else value for value, there in zip(said, seen, strict=True)
        ]
        held = [value if one is None else one for value, one in zip(said, known, strict=True)]
        if spec.keyed:
            held = [value or None for value in held]
        if None in held and (said[0], said[1]) == (None, None):
            return  # only one of the services reports it, and neither program manages it
        left, right, secret = hidden(*held)
        partial = any(value is not one for value, one in zip(said, held, strict=True))
        if any(contains_unknown(value) for value in held):
            yield self._not_compared(dotted(path), UNKNOWN_YET)
        elif not same(spec, left, right, partial=partial):
            yield from self._rows(path, spec, (left, right), spec.why, partial=partial)
        elif secret and all(map(holds_secret, held)):
            yield self._not_compared(dotted(path), SECRET_WHY)
        elif secret:
            reason = f"{spec.why}; it is a secret in one of the stacks only, so the values cannot be compared"
            yield self._difference(dotted(path), (SET, SET), Verdict.NEVER, reason)
        elif None not in seen and not same(spec, *seen, partial=True):
            reason = f"{spec.why}; the programs agree, but the services hold different values"
            yield from self._rows(path, spec, seen, reason, partial=True)

    def _rows(self, path: Path, spec: FieldSpec, values: Sequence[Any], reason: str, *, partial: bool) -> Found:
        cause = Cause.UNMANAGED if partial else Cause.PROGRAM
        for row in change_rows([ImmutableChange(path, values[0], values[1], cause, spec)]):
            found = self._difference(dotted(path), (row.was, row.now), Verdict.NEVER, reason)
            yield dataclasses.replace(found, path=row.path)

    def _difference(self, key: str, values: tuple[str, str], verdict: Verdict, reason: str) -> Difference:
        one, other = self._pair.left, self._pair.right
        return Difference(other.type, other.name, one.name, other.urn, key, key, *values, verdict, reason)

    def _not_compared(self, key: str, why: str) -> NotCompared:
        return NotCompared(self._pair.right.type, self._pair.right.name, key, why)


def shown_apart(left: Any, right: Any) -> tuple[str, str]:
    """Two different values, shortened for people. Where the usual cut would hide the difference, the part that differs."""
    whole = [json.dumps(value, ensure_ascii=False, default=repr) for value in (left, right)]
    start = next((i for i, signs in enumerate(zip(*whole, strict=False)) if signs[0] != signs[1]), min(map(len, whole)))
    cut = (show(left), show(right))
    if start < _SURELY_SHOWN and cut[0] != cut[1]:
        return cut
    begin, end = max(0, start - 20), start + 60
    one, other = (f"…{text[begin:end]}… (from character {begin} of {len(text)})" for text in whole)
    return one, other


def _state(value: Any) -> str:
    """``set`` or ``not set``: all that is shown of a secret."""
    return NOT_SET if value is None else SET


def _is_id(path: Path) -> bool:
    """Whether an input is an id or a natural key. These differ between stacks: services assign ids, keys contain the stack."""
    return len(path) == 1 and path[0].endswith("_id")


def _translated(value: Any, bound: Mapping[str, str], roles: Sequence[Role]) -> Any:
    """A value of the first stack in which each role is replaced by its name in the second."""
    if isinstance(value, str):
        return translated(value, bound, roles)
    if isinstance(value, Mapping):
        return {key: _translated(item, bound, roles) for key, item in value.items()}
    return [_translated(item, bound, roles) for item in value] if isinstance(value, list) else value
