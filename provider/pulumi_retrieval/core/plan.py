"""What a change of inputs means: the one planner, for every resource of every service.

`plan` is pure and total. It reads the classes of the fields from the model (`core.fields`) and compares only what the
program manages: whatever else the service has is not its business. It never decides *whether* an immutable key may
change, only that it would; the caller says whether a replacement is allowed.
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
    :param now: what the program says; None where it says nothing any more.
    :param observed: what the service holds, where somebody else changed it.
    """

    path: Path
    was: Any
    now: Any
    cause: Cause
    spec: FieldSpec
    observed: Any = None


@dataclass(frozen=True)
class Plan:
    """What to do to get from the old inputs to the new ones.

    :param refusals: immutable keys that would change and may not.
    :param replacements: the same, where the caller allows a replacement.
    :param patch: the partial update: managed keys that differ, by path.
    :param repairs: the paths in `patch` that put back an immutable key which somebody else changed.
    :param unrepaired: immutable keys that somebody else changed and the service cannot put back.
    :param released: keys that the program no longer manages; their values stay in the service.
    :param stored: changes of state only: guards, create-only inputs, values that the service already holds.
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
        """Whether there is no step to take. A drift that nobody can repair is no step."""
        return not (self.refusals or self.replacements or self.patch or self.released or self.stored or self.unknown)

    @property
    def body(self) -> dict[str, Any]:
        """The partial update as nested dicts."""
        return nest(self.patch)


def same(spec: FieldSpec, left: Any, right: Any, *, partial: bool = False) -> bool:
    """Whether two values of a field mean the same.

    :param partial: one side is what a service told: attributes of keyed items that only one side has are not
        compared, because a service may leave some out and add others that the program does not manage.
    """
    if spec.keyed:
        a, b = by_identity(spec.keyed, left), by_identity(spec.keyed, right)
        if a is not None and b is not None:
            return a.keys() == b.keys() and all(_same_item(spec, a[name], b[name], partial=partial) for name in a)
    return equal(left, right, f32=spec.f32)


def _alike(left: Any, right: Any) -> bool:
    """Whether two values are the same at first sight, whatever their field: most are, in most runs."""
    return type(left) is type(right) and isinstance(left, (str, bool, int, float)) and left == right


def _same_item(spec: FieldSpec, left: Mapping[str, Any], right: Mapping[str, Any], *, partial: bool) -> bool:
    if partial:
        both = [key for key in left if left[key] is not None and right.get(key) is not None]
        left, right = {key: left[key] for key in both}, {key: right[key] for key in both}
    return equal(left, right, f32=spec.f32)


def by_identity(keyed: Keyed, items: Any) -> dict[str, Mapping[str, Any]] | None:
    """The items of a keyed list by their identity; None where it is no such list, or two items have one identity."""
    if not isinstance(items, (list, tuple)):
        return None
    named = {
        item[keyed.key]: item for item in items if isinstance(item, Mapping) and isinstance(item.get(keyed.key), str)
    }
    return named if len(named) == len(items) else None


def added_items(spec: FieldSpec, old: Any, new: Any, *, partial: bool = False) -> list[Any] | None:
    """The new items of an additive keyed list, or None where anything but an addition happened.

    :param partial: `old` is what a service told, as in `same`.
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
    """Whether a service holds what a patch sets: of a list to which items were added, at least these."""
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

    :param old: inputs as last applied or refreshed; keys that the model lacks are ignored.
    :param new: inputs as the program says; values may be `UNKNOWN` anywhere.
    :param drifted: immutable keys that the service holds otherwise than they were applied: dotted path → observed.
    :param observed: what the service holds of each immutable key, managed or not: dotted path → value. None where
        nothing was observed yet; an empty one says that an object was observed and holds none of them.
    :param unverified: those of `drifted` whose applied value the service was never seen to hold: they are not repaired.
    :param may_replace: whether immutable changes are replacements instead of refusals.
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
            now = UNKNOWN  # the key of a free-form object that is not known as a whole
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
        held = []  # the object exists, and the service knows no item

    def changes(cause: Cause, *, was: Any = was, seen: Any = None) -> None:
        step.immutable.append(ImmutableChange(path, was, now, cause, spec, seen))

    if spec.none_means_all and (was is None or now is None):
        changes(Cause.UNKNOWN if contains_unknown(now) else Cause.PROGRAM)
    elif now is None:
        # A scalar may be let go; the items of a keyed list are one whole.
        changes(Cause.PROGRAM) if spec.keyed and was else step.released.append(path)
    elif was is None:
        if held is None:
            # Nothing to compare with: an object that does not exist yet, or a service that does not tell.
            step.stored.append(path)
        elif whole:
            # Nobody knows yet whether the program will manage this key at all.
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
    """Compare what was applied with what the service answered.

    :param applied: inputs as last applied.
    :param service: what the service holds, in the shape of the inputs; what it does not return is absent or null.
    :returns: the inputs as they now are (updatable managed keys as observed, in the program's own spelling where equal;
        everything else as applied), and the drifted immutable keys: dotted path → observed.
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
