"""What a step changes, key by key, by the planner that `check` and `diff` use.

The engine shows old and new values of a resource of this package, and no difference. A secret reads ``[secret]`` on both sides,
so that nobody can see here whether its value changes: it is told as set or not set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..core.declaration import Declaration
from ..core.errors import RefusedError, RetrievalError
from ..core.fields import flatten, spec_at
from ..core.plan import Cause, ImmutableChange, Plan, plan
from ..core.reconciler import Reconciler
from ..core.records import DRIFTED, ENDPOINT, OBSERVED, UNREPAIRED, UNVERIFIED
from ..core.refusal import change_rows, show
from ..core.rejections import Rejection, Row
from ..core.values import Path, dotted, equal, undotted
from .steps import SECRET_TEXT, Side, Step

SET, NOT_SET, SET_AGAIN = "set", "not set", "set, maybe to another value"
RELEASED = "no longer managed"


@dataclass(frozen=True)
class Change:
    """What an update does.

    :param rows: the values that the program changes.
    :param overwritten: the values that somebody else changed, and that the update puts back.
    :param unrepaired: the values that somebody else changed, and that nothing can put back.
    :param renamed: the change of the name under which applications find the object.
    :param rejection: why `diff` refuses it, where `check` could not see that.
    """

    rows: tuple[Row, ...] = ()
    overwritten: tuple[Row, ...] = ()
    unrepaired: tuple[Row, ...] = ()
    renamed: tuple[Row, ...] = ()
    rejection: Rejection | None = None


def change_of(step: Step, reconciler: Reconciler, *, drifted: Mapping[Path, Row]) -> Change:
    """What an update of a resource of this package does.

    :param drifted: what the refresh of this preview found that somebody else changed, by path.
    """
    assert step.old is not None
    assert step.new is not None
    if (rejection := _refused_by_diff(step, reconciler)) is not None:
        return Change(rejection=rejection)
    model, old, new = reconciler.definition.model, _old(step.old), step.new.inputs
    change = plan(
        model,
        old,
        new,
        drifted=old.get(DRIFTED),
        observed=old.get(OBSERVED),
        unverified=old.get(UNVERIFIED) or (),
        may_replace=True,
    )
    before, after = flatten(model, old), flatten(model, new)

    def rows_at(*paths: Path) -> tuple[Row, ...]:
        return tuple(row for path in paths for row in _rows(reconciler, path, before.get(path), after.get(path)))

    key = reconciler.definition.natural_key
    renamed = [path for path in change.patch if path == (key,)]
    back = [path for path in change.patch if path in change.repairs or path in drifted]
    rest = [path for path in _changed(change) if path not in renamed and path not in back]
    unrepaired = change.unrepaired if change.unrepaired and old.get(UNREPAIRED) else ()
    rows = rows_at(*rest)
    if not (rows or renamed or back or unrepaired):
        rows = _invisible(step, reconciler)
    return Change(
        rows=rows,
        overwritten=tuple(_put_back(drifted.get(path), row, old) for path in back for row in rows_at(path)),
        unrepaired=tuple(
            replace(row, cause="drift")
            for path in unrepaired
            for row in _rows(reconciler, path, before.get(path), (old.get(DRIFTED) or {}).get(dotted(path)))
        ),
        renamed=rows_at(*renamed),
    )


def drift_of(step: Step, reconciler: Reconciler) -> dict[Path, Row]:
    """What a refresh found: each managed value that somebody else changed. :returns: by path, what was applied as `was`."""
    if step.old is None or step.new is None:
        return {}
    model = reconciler.definition.model
    before, after = flatten(model, _old(step.old)), flatten(model, step.new.inputs)
    paths = [path for path in before.keys() | after.keys() if not equal(before.get(path), after.get(path))]
    found = {path: _drift(reconciler, path, before.get(path), after.get(path)) for path in sorted(paths)}
    known = step.old.outputs.get(DRIFTED) or {}
    for place, seen in (step.new.outputs.get(DRIFTED) or {}).items():
        path = undotted(place)
        if path not in found and (place not in known or not equal(known[place], seen)):
            found[path] = _drift(reconciler, path, before.get(path), seen)
    return found


def _drift(reconciler: Reconciler, path: Path, applied: Any, seen: Any) -> Row:
    spec = spec_at(reconciler.definition.model, path)
    if spec.secret or SECRET_TEXT in (applied, seen):
        return Row(dotted(path), NOT_SET if applied is None else SET, NOT_SET if seen is None else SET, "drift")
    return Row(dotted(path), show(applied), show(seen), "drift")


def replacement_rows(step: Step, reconciler: Reconciler) -> tuple[Row, ...]:
    """The values for which a resource of this package is replaced."""
    assert step.old is not None
    assert step.new is not None
    model, old = reconciler.definition.model, _old(step.old)
    change = plan(model, old, step.new.inputs, drifted=old.get(DRIFTED), observed=old.get(OBSERVED), may_replace=True)
    return change_rows(change.replacements)


def _refused_by_diff(step: Step, reconciler: Reconciler) -> Rejection | None:
    """Why `diff` refuses a change; it asks no service."""
    assert step.old is not None
    assert step.new is not None
    if not step.old.outputs:
        return None
    declaration = Declaration(name=step.name, token=step.token)
    try:
        reconciler.diff(step.old.id, step.old.outputs, step.new.inputs, declaration)
    except RefusedError as error:
        return error.rejection
    except RetrievalError:
        return None  # the provider says the same, as an error of the preview
    return None


def _old(side: Side) -> Mapping[str, Any]:
    """What was applied, with what was seen of it: outputs mirror the inputs."""
    return side.outputs if ENDPOINT in side.outputs else {**side.inputs, **side.outputs}


def _changed(change: Plan) -> Iterable[Path]:
    """The paths that a plan changes, each once, in the order of their names."""
    immutable = [item.path for item in change.replacements]
    return sorted({*change.patch, *change.released, *change.stored, *change.unknown, *immutable}, key=dotted)


def _rows(reconciler: Reconciler, path: Path, was: Any, now: Any) -> tuple[Row, ...]:
    """A value before and after, item by item where it is a list whose items have names."""
    spec = spec_at(reconciler.definition.model, path)
    if spec.secret or SECRET_TEXT in (was, now):
        return (Row(dotted(path), NOT_SET if was is None else SET, _secret_now(was, now)),)
    if now is None:
        return (Row(dotted(path), show(was), RELEASED),)
    found = change_rows([ImmutableChange(path, was, now, Cause.PROGRAM, spec)]) if was is not None else ()
    return found or (Row(dotted(path), show(was), show(now)),)


def _secret_now(was: Any, now: Any) -> str:
    if now is None:
        return RELEASED
    return SET if was is None else SET_AGAIN


def _put_back(drift: Row | None, back: Row, old: Mapping[str, Any]) -> Row:
    """What somebody else changed, and what the update puts in its place."""
    held = (old.get(DRIFTED) or {}).get(back.path)
    if held is not None:
        return replace(back, was=show(held), cause="drift")
    return replace(back, was=back.was if drift is None else drift.now, cause="drift")


def _invisible(step: Step, reconciler: Reconciler) -> tuple[Row, ...]:
    """What changes where no visible value does: a secret, or the place where an object is said to live."""
    assert step.old is not None
    assert step.new is not None
    old, new = _old(step.old), step.new.inputs
    if not equal(old.get(ENDPOINT), new.get(ENDPOINT)):
        return (Row(ENDPOINT, show(old.get(ENDPOINT)), show(new.get(ENDPOINT))),)
    return tuple(Row(dotted(path), SET, SET_AGAIN) for path in _secret_places(new))


def _secret_places(value: Any, at: Path = ()) -> list[Path]:
    if value == SECRET_TEXT:
        return [at]
    if isinstance(value, Mapping):
        return [place for name, item in value.items() for place in _secret_places(item, (*at, str(name)))]
    return [at] if isinstance(value, list) and any(_secret_places(item) for item in value) else []
