"""Texts about drift, newly managed keys and renames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .declaration import Declaration
from .fields import FieldSpec
from .plan import Cause, ImmutableChange
from .records import DRIFTED, UNVERIFIED
from .refusal import Remedy, change_rows, refusal_text, show
from .rejections import Rejection, refused
from .values import UNKNOWN, Path, dotted, get_path
from .words import Words


def repaired_text(name: str, outputs: Mapping[str, Any], path: Path) -> str:
    """The warning that an update restores an immutable key that somebody else changed.

    :param name: the object, as a person would name it.
    :param outputs: as last stored, including drift.
    """
    return (
        f"{name}: {dotted(path)} was changed to {show(_held(outputs, path))} by somebody else and is put back to "
        f"{show(get_path(outputs, path))}; documents that were added meanwhile may be unreachable then"
    )


def unrepaired_text(name: str, outputs: Mapping[str, Any], path: Path, spec: FieldSpec) -> str:
    """The warning about a drifted immutable key that no update restores: what differs, and what to do."""
    if dotted(path) in (outputs.get(UNVERIFIED) or ()):
        return (
            f"{name}: the service holds {show(_held(outputs, path))} of {dotted(path)}, "
            f"and the program says {show(get_path(outputs, path))}, a value that was never read from the service, so it is "
            "not sent. Put the value of the service into the program, or replace the object"
        )
    return (
        f"{name}: somebody else changed {_differences(spec, path, get_path(outputs, path), _held(outputs, path))}, and the "
        "service cannot restore it; accept the observed value in the program, or replace the object"
    )


def newly_managed_text(name: str, path: Path, words: Words) -> str:
    """The warning that the program begins to manage an immutable key whose value in the service is not stored."""
    return (
        f"{name}: {dotted(path)} is managed from now on, and the state does not say what "
        f"the service holds; {words.update} asks the service before it changes anything, and refuses a difference"
    )


def rename_text(name: str, key: str, was: Any, now: Any) -> str:
    """The warning that an object gets another natural key."""
    return f"{name}: its {key} changes from {show(was)} to {show(now)}; the application finds it under the new name at once"


def unknown_rename(name: str, key: str, was: Any, spec: FieldSpec, declaration: Declaration, words: Words) -> Rejection:
    """The refusal of a natural key that is not known before the update."""
    changes = [ImmutableChange((key,), was, UNKNOWN, Cause.UNKNOWN, spec)]
    text = refusal_text(
        changes,
        what=name,
        noun="name",
        why="Another name would be taken at once, and applications that use the old one would not find the object.",
        remedies=[
            Remedy("apply its source first", words.apply_source_first),
            Remedy("allow it", "allow_rename=True on this resource"),
            Remedy("ship the rest", words.exclude(declaration.token, declaration.name)),
            Remedy("keep the name", words.ignore_changes([key])),
        ],
    )
    return refused(text, change_rows(changes))


def _held(outputs: Mapping[str, Any], path: Path) -> Any:
    return (outputs.get(DRIFTED) or {}).get(dotted(path))


def _differences(spec: FieldSpec, path: Path, was: Any, now: Any) -> str:
    """The differences, item by item for keyed lists: `schema["topic"].filterable (was true, now false)`."""
    # `UNMANAGED`, because attributes of an item that the service does not return are then not reported as differences.
    rows = change_rows([ImmutableChange(path, was, now, Cause.UNMANAGED, spec)])
    return ", ".join(f"{row.path} ({', '.join(row.verdict.split('    '))})" for row in rows)
