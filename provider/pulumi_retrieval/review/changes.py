"""Computes what a step changes, key by key, with the planner that `check` and `diff` use.

The events of the engine contain the old and new values of a resource of this package, but no difference. A secret reads
``[secret]`` on both sides, so whether its value changes is unknown here: it is shown as set or not set.
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
    """The changes that one update makes.

    :param rows: the values that the program changes.
    :param overwritten: values with drift that the update sets back.
    :param unrepaired: values with drift that no update can set back.
    :param renamed: the change of the natural key, by which applications find the object.
    :param rejection: the refusal of the change by `diff`, where `check` could not detect it.
    """

    rows: tuple[Row, ...] = ()
    overwritten: tuple[Row, ...] = ()
    unrepaired: tuple[Row, ...] = ()
    renamed: tuple[Row, ...] = ()
    rejection: Rejection | None = None


def change_of(step: Step, reconciler: Reconciler, *, drifted: Mapping[Path, Row]) -> Change:
    """Compute what an update of a resource of this package changes.

    :param drifted: the drift that the refresh of this preview found, by path.
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
    """The drift that a refresh found in managed values. :returns: path → row, with the applied value as `was`."""
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
    """The changed values that cause the replacement of a resource of this package."""
    assert step.old is not None
    assert step.new is not None
    model, old = reconciler.definition.model, _old(step.old)
    change = plan(model, old, step.new.inputs, drifted=old.get(DRIFTED), observed=old.get(OBSERVED), may_replace=True)
    return change_rows(change.replacements)


def _refused_by_diff(step: Step, reconciler: Reconciler) -> Rejection | None:
    """The rejection with which `diff` refuses a change; None where it does not. Makes no request."""
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
        return None  # the provider raises the same error in the preview
    return None


def _old(side: Side) -> Mapping[str, Any]:
    """The applied values with the values observed in the service: outputs repeat the inputs."""
    return side.outputs if ENDPOINT in side.outputs else {**side.inputs, **side.outputs}


def _changed(change: Plan) -> Iterable[Path]:
    """The paths that a plan changes, each once, sorted by name."""
    immutable = [item.path for item in change.replacements]
    return sorted({*change.patch, *change.released, *change.stored, *change.unknown, *immutable}, key=dotted)


def _rows(reconciler: Reconciler, path: Path, was: Any, now: Any) -> tuple[Row, ...]:
    """The rows for one changed value; for a list whose items have names, one row per item."""
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
    """The row for drift that the update overwrites: the observed value, and the value that it sets."""
    held = (old.get(DRIFTED) or {}).get(back.path)
    if held is not None:
        return replace(back, was=show(held), cause="drift")
    return replace(back, was=back.was if drift is None else drift.now, cause="drift")


def _invisible(step: Step, reconciler: Reconciler) -> tuple[Row, ...]:
    """The rows of an update in which no visible value changes: the endpoint, or every secret."""
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
