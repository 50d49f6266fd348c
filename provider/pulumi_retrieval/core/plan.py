"""Compares old and new inputs and plans the changes, for every resource of every service.

`plan` is a pure function. It reads from the model (`core.fields`) what a change of each field does, and compares only keys that
the program manages. It reports immutable keys that would change; the caller decides whether a replacement is allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from .fields import FieldSpec, Keyed, Mutability, flatten, spec_at
from .values import UNKNOWN, Path, contains_unknown, dotted, equal, get_path, nest


class Cause(Enum):
    """Why an immutable key would change."""

    PROGRAM = "the program changed"
    UNKNOWN = "the value is not known before the update"
    UNMANAGED = "the program manages a key that it did not manage before"
    DRIFT = "the service was changed by somebody else, and the program agrees with neither value"


@dataclass(frozen=True)
class ImmutableChange:
    """One immutable key that would change.

    :param was: what was last applied, or what the service holds where the key was not managed.
    :param now: what the program says; None if the program no longer sets it.
    :param observed: what the service holds, if somebody else changed it.
    """

    path: Path
    was: Any
    now: Any
    cause: Cause
    spec: FieldSpec
    observed: Any = None


@dataclass(frozen=True)
class Plan:
    """The changes from the old inputs to the new ones.

    :param refusals: immutable keys that would change although they must not.
    :param replacements: immutable keys that would change, if the caller allows a replacement.
    :param patch: the partial update: managed keys that differ, by path.
    :param repairs: the paths in `patch` that restore an immutable key which somebody else changed.
    :param unrepaired: immutable keys that somebody else changed and no update can restore.
    :param released: keys that the program no longer manages; their values stay in the service.
    :param stored: changes that only affect the state: guards, create-only inputs, values that the service already holds.
    :param origin: the create-only inputs among `stored`.
    :param unknown: keys whose new value is not known yet.
    """

    refusals: tuple[ImmutableChange, ...] = ()
    replacements: tuple[ImmutableChange, ...] = ()
    patch: Mapping[Path, Any] = field(default_factory=dict)
    repairs: tuple[Path, ...] = ()
    unrepaired: tuple[Path, ...] = ()
    released: tuple[Path, ...] = ()
    stored: tuple[Path, ...] = ()
    origin: tuple[Path, ...] = ()
    unknown: tuple[Path, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changes. Unrepairable drift does not count as a change."""
        return not (self.refusals or self.replacements or self.patch or self.released or self.stored or self.unknown)

    @property
    def body(self) -> dict[str, Any]:
        """The partial update as nested dicts."""
        return nest(self.patch)


def same(spec: FieldSpec, left: Any, right: Any, *, partial: bool = False) -> bool:
    """Whether two values of a field mean the same.

    :param partial: whether one side comes from the service. Attributes of keyed items that only one side has are then not
        compared, because a service may leave some out and add others that the program does not manage.
    """
    if spec.keyed:
        a, b = by_identity(spec.keyed, left), by_identity(spec.keyed, right)
        if a is not None and b is not None:
            return a.keys() == b.keys() and all(_same_item(spec, a[name], b[name], partial=partial) for name in a)
    return equal(left, right, f32=spec.f32)


def _alike(left: Any, right: Any) -> bool:
    """Whether two scalars are identical. A fast check, because most values do not change."""
    return type(left) is type(right) and isinstance(left, (str, bool, int, float)) and left == right


def _same_item(spec: FieldSpec, left: Mapping[str, Any], right: Mapping[str, Any], *, partial: bool) -> bool:
    if partial:
        both = [key for key in left if left[key] is not None and right.get(key) is not None]
        left, right = {key: left[key] for key in both}, {key: right[key] for key in both}
    return equal(left, right, f32=spec.f32)


def by_identity(keyed: Keyed, items: Any) -> dict[str, Mapping[str, Any]] | None:
    """The items of a keyed list by their identity; None if it is not such a list, or two items have the same identity."""
    if not isinstance(items, (list, tuple)):
        return None
    named = {
        item[keyed.key]: item for item in items if isinstance(item, Mapping) and isinstance(item.get(keyed.key), str)
    }
    return named if len(named) == len(items) else None


def added_items(spec: FieldSpec, old: Any, new: Any, *, partial: bool = False) -> list[Any] | None:
    """The new items of an additive keyed list; None if something else changed as well.

    :param partial: whether `old` comes from the service, as in `same`.
    """
    if not (spec.keyed and spec.keyed.additive) or contains_unknown(new):
        return None
    before, after = by_identity(spec.keyed, old), by_identity(spec.keyed, new)
    if before is None or after is None:
        return None
    if any(name not in after or not _same_item(spec, before[name], after[name], partial=partial) for name in before):
        return None
    return [item for name, item in after.items() if name not in before] or None


def holds(spec: FieldSpec, wanted: Any, held: Any) -> bool:
    """Whether a service holds the value that a patch sets; for added list items, whether it holds at least these."""
    if spec.keyed and spec.keyed.additive:
        mine, theirs = by_identity(spec.keyed, wanted), by_identity(spec.keyed, held)
        if mine is not None and theirs is not None:
            return all(name in theirs and _same_item(spec, mine[name], theirs[name], partial=True) for name in mine)
    return same(spec, wanted, held, partial=True)


def plan(
    model: type[BaseModel],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    drifted: Mapping[str, Any] | None = None,
    observed: Mapping[str, Any] | None = None,
    unverified: Collection[str] = (),
    may_replace: bool = False,
) -> Plan:
    """Compare what was last applied with what the program says now.

    :param old: inputs as last applied or refreshed; keys that the model does not have are ignored.
    :param new: inputs of the program; values may be `UNKNOWN` anywhere.
    :param drifted: immutable keys whose value in the service differs from the applied one: dotted path → observed value.
    :param observed: the value of each immutable key in the service, managed or not: dotted path → value. None if nothing was
        observed yet; an empty mapping means that the object was read and has none of them.
    :param unverified: the keys of `drifted` whose applied value was never read from the service; they are not repaired.
    :param may_replace: whether immutable changes become replacements instead of refusals.
    """
    before, after = flatten(model, old), flatten(model, new)
    drifted = drifted or {}
    step = _Steps()
    changed = (
        path for path in before.keys() | after.keys() if drifted or not _alike(before.get(path), after.get(path))
    )
    for path in sorted(changed, key=dotted):
        spec = spec_at(model, path)
        was, now = before.get(path), after.get(path)
        if now is None and after.get(path[:-1]) is UNKNOWN:
            now = UNKNOWN  # a key of a free-form object that is unknown as a whole
        if spec.mutability is Mutability.IMMUTABLE:
            whole = get_path(new, path[:-1]) is UNKNOWN
            _immutable(step, path, spec, was, now, drifted, observed, whole=whole, unverified=unverified)
        elif spec.replaces and now is not None:
            if contains_unknown(now) or not same(spec, was, now):
                cause = Cause.UNKNOWN if contains_unknown(now) else Cause.PROGRAM
                step.immutable.append(ImmutableChange(path, was, now, cause, spec))
        elif now is None and spec.none_means_all:
            step.patch[path] = None
        elif now is None:
            (step.stored if spec.mutability in (Mutability.GUARD, Mutability.CREATE_ONLY) else step.released).append(
                path
            )
            if spec.mutability is Mutability.CREATE_ONLY:
                step.origin.append(path)
        elif contains_unknown(now):
            step.unknown.append(path)
        elif was is not None and same(spec, was, now):
            continue
        elif spec.mutability in (Mutability.GUARD, Mutability.CREATE_ONLY):
            step.stored.append(path)
            if spec.mutability is Mutability.CREATE_ONLY:
                step.origin.append(path)
        else:
            step.patch[path] = now
    if any(spec_at(model, path).resends and after.get(path) is not None for path in step.stored):
        step.patch.update((path, value) for path, value in after.items() if _is_known_secret(model, path, value))
    return Plan(
        refusals=() if may_replace else tuple(step.immutable),
        replacements=tuple(step.immutable) if may_replace else (),
        patch=step.patch,
        repairs=tuple(step.repairs),
        unrepaired=tuple(step.unrepaired),
        released=tuple(step.released),
        stored=tuple(step.stored),
        origin=tuple(step.origin),
        unknown=tuple(step.unknown),
    )


def _is_known_secret(model: type[BaseModel], path: Path, value: Any) -> bool:
    return value is not UNKNOWN and spec_at(model, path).secret


@dataclass
class _Steps:
    immutable: list[ImmutableChange] = field(default_factory=list)
    patch: dict[Path, Any] = field(default_factory=dict)
    repairs: list[Path] = field(default_factory=list)
    unrepaired: list[Path] = field(default_factory=list)
    released: list[Path] = field(default_factory=list)
    stored: list[Path] = field(default_factory=list)
    origin: list[Path] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)


def _immutable(
    step: _Steps,
    path: Path,
    spec: FieldSpec,
    was: Any,
    now: Any,
    drifted: Mapping[str, Any],
    observed: Mapping[str, Any] | None,
    *,
    whole: bool,
    unverified: Collection[str],
) -> None:
    name = dotted(path)
    held = (observed or {}).get(name)
    if held is None and observed is not None and spec.keyed:
        held = []  # the object exists without any item

    def changes(cause: Cause, *, was: Any = was, seen: Any = None) -> None:
        step.immutable.append(ImmutableChange(path, was, now, cause, spec, seen))

    if spec.none_means_all and (was is None or now is None):
        changes(Cause.UNKNOWN if contains_unknown(now) else Cause.PROGRAM)
    elif now is None:
        # The program may stop managing a scalar; removing a keyed list would remove its items.
        changes(Cause.PROGRAM) if spec.keyed and was else step.released.append(path)
    elif was is None:
        if held is None:
            # Nothing to compare with: the object does not exist yet, or the service does not return this key.
            step.stored.append(path)
        elif whole:
            # It is not known yet whether the program will manage this key at all.
            step.unknown.append(path)
        elif contains_unknown(now):
            changes(Cause.UNKNOWN, was=held)
        elif same(spec, now, held, partial=True):
            step.stored.append(path)
        elif (added := added_items(spec, held, now, partial=True)) is not None:
            step.patch[path] = added
        else:
            changes(Cause.UNMANAGED, was=held)
    elif contains_unknown(now):
        changes(Cause.UNKNOWN)
    elif name in drifted:
        if same(spec, now, was):
            if spec.repairable and name not in unverified:
                step.patch[path] = now
                step.repairs.append(path)
            else:
                step.unrepaired.append(path)
        elif same(spec, now, drifted[name], partial=True):
            step.stored.append(path)
        elif (added := added_items(spec, drifted[name], now, partial=True)) is not None:
            step.patch[path] = added
        else:
            changes(Cause.DRIFT, seen=drifted[name])
    elif same(spec, was, now):
        return
    elif (added := added_items(spec, was, now)) is not None:
        step.patch[path] = added
    else:
        changes(Cause.PROGRAM)


def observe_drift(
    model: type[BaseModel], applied: Mapping[str, Any], service: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compare the applied inputs with the values that the service returned.

    :param applied: inputs as last applied.
    :param service: values from the service, in the shape of the inputs; values that it does not return are missing or null.
    :returns: the current inputs (updatable managed keys as observed, in the spelling of the program where equal; everything
        else as applied), and the drifted immutable keys: dotted path → observed.
    """
    told = flatten(model, service)
    drifted: dict[str, Any] = {}
    inputs = {key: value for key, value in applied.items() if value is not None}
    for path, value in flatten(model, applied).items():
        spec = spec_at(model, path)
        if spec.mutability not in (Mutability.UPDATABLE, Mutability.IMMUTABLE) or value is UNKNOWN:
            continue
        seen = told.get(path)
        if seen is None and (spec.mutability is Mutability.IMMUTABLE or spec.unlisted):
            continue
        if same(spec, value, seen, partial=True):
            continue
        if spec.mutability is Mutability.IMMUTABLE:
            drifted[dotted(path)] = seen
        else:
            inputs = _with(inputs, path, seen)
    return inputs, drifted


def _with(values: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy of nested dicts with one value changed; a value of None removes the key."""
    copy = dict(values)
    if len(path) > 1:
        copy[path[0]] = _with(copy.get(path[0]) or {}, path[1:], value)
    elif value is None:
        copy.pop(path[0], None)
    else:
        copy[path[0]] = value
    return copy
