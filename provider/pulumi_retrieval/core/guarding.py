"""Decides whether an object may be deleted with its contents.

`guard_verdict` is a pure function of the stored state, the current settings, a count and the time. `core.deleting` obeys it,
and `core.foreseeing` uses it to predict the result of a delete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .confirmations import SETTING, as_items
from .definition import Definition
from .objects import Contents
from .refusal import Remedy
from .retirement import DEFAULT_RETENTION_DAYS, RETENTION_DAYS, RETIRE, Retirement, is_retired, retirement
from .run import Run

GUIDE = "pulumi-retrieval docs off-boarding"


@dataclass(frozen=True)
class Verdict:
    """The verdict of the guard on one delete.

    :param passes: whether the object may be deleted, or removed from the state if the service cannot delete it.
    :param text: the whole refusal; for an allowed delete the message after it, or "".
    :param unlocks: whether a lock that this stack set may be removed for the delete.
    :param confirmation: the name of the confirmation that the delete needs; empty if it needs none.
    """

    passes: bool
    text: str = ""
    unlocks: bool = False
    confirmation: str = ""


def once(verdict: Verdict, definition: Definition, run: Run, *, what: str, identity: str) -> Verdict:
    """The verdict, or a refusal if the confirmation that it needs was already used for another object of this run.

    Several objects may have the name: datasets of several organizations, or a dataset and an organization.

    :param what: the object, for people.
    :param identity: its id.
    """
    service, name = definition.connection.service, verdict.confirmation
    other = run.claim((SETTING, service, name), identity=identity, name=what) if name else None
    if other is None:
        return verdict
    return Verdict(
        False,
        f"{what} is not deleted: {service}:{SETTING} confirms the delete of one object named {name}, and it was used for {other} "
        "in this run. Run the same command again to delete this one as well",
    )


def guard_verdict(
    definition: Definition,
    outputs: Mapping[str, Any],
    contents: Contents | None,
    now: float,
    *,
    what: str | None = None,
) -> Verdict:
    """The verdict of the guard on the delete of an object. Asks no service.

    :param definition: the definition of the resource, over a connection with the current settings.
    :param outputs: as stored.
    :param contents: what the object holds; None if it cannot be counted now. Ignored if `needs_count` is false.
    :param now: seconds since the epoch.
    :param what: the object, for people; by default its name.
    """
    what = what or definition.name_of(outputs)
    confirmed = _confirmed(definition, outputs)
    retired = retirement(outputs, now=now)
    may_unlock = is_retired(outputs) or confirmed is not None
    if not needs_count(definition, outputs):
        return Verdict(True, unlocks=may_unlock)
    if contents is None:
        if not definition.was_ready(outputs) and definition.deletes:
            return Verdict(True, unlocks=may_unlock)
        return Verdict(
            False,
            f"{what} is not deleted: it was ready before, and what it holds cannot be counted now. Run the same command again "
            f"later{', or apply force_destroy=True' if definition.deletes else ''}",
        )
    if contents.count == 0 and definition.deletes:
        return Verdict(True, unlocks=may_unlock)
    fate = definition.deleted_text(what, contents)
    if retired is not None and retired.over:
        return Verdict(True, f"{fate}: it was retired at {retired.since} and kept for {retired.days}", unlocks=True)
    if confirmed is not None and contents.count <= confirmed[1]:
        said = f"{definition.connection.service}:{SETTING} confirms {confirmed[0]}={confirmed[1]}"
        return Verdict(True, f"{fate}: {said}", unlocks=True, confirmation=confirmed[0])
    return Verdict(False, guard_text(definition, outputs, contents, what=what, confirmed=confirmed, retired=retired))


def needs_count(definition: Definition, outputs: Mapping[str, Any]) -> bool:
    """Whether the verdict depends on the contents of the object."""
    return not definition.deletes or definition.guards_contents(outputs)


def _confirmed(definition: Definition, outputs: Mapping[str, Any]) -> tuple[str, int] | None:
    """The confirmation for an object: the name, and how many documents it may hold; None if there is none."""
    confirmations = definition.connection.confirmed_deletes
    found = [(name, confirmations[name]) for name in definition.names(outputs) if name in confirmations]
    return max(found, key=lambda one: one[1]) if found else None


def guard_text(
    definition: Definition,
    outputs: Mapping[str, Any],
    contents: Contents,
    *,
    what: str,
    confirmed: tuple[str, int] | None,
    retired: Retirement | None,
) -> str:
    """The refusal of a delete that would lose what an object holds, with its remedies."""
    lines = [definition.refused_text(what, contents)]
    if confirmed is not None:
        setting = f"{definition.connection.service}:{SETTING}"
        lines.append(f"  {setting} confirms {confirmed[0]}={confirmed[1]}, and it holds {contents.count}")
    if retired is not None and retired.problem:
        lines.append(f"  It is retired, but {retired.problem}")
    elif retired is not None:
        lines.append(
            f"  It was retired at {retired.since} and is kept for {retired.days}: it can be deleted from {retired.until}"
        )
    lines.append("  Do one:")
    remedies = _remedies(definition, outputs, contents, retired)
    width = max(len(remedy.label) for remedy in remedies) + 3
    for remedy in remedies:
        first, *more = remedy.text.splitlines()
        lines.append(f"    {remedy.label:<{width}}{first}")
        lines += [f"    {'':<{width}}{line}" for line in more]
    lines.append(f"  {GUIDE}")
    return "\n".join(lines)


def _remedies(
    definition: Definition, outputs: Mapping[str, Any], contents: Contents, retired: Retirement | None
) -> list[Remedy]:
    remedies, words = [], definition.words
    if confirm := _confirm_line(definition, outputs, contents):
        remedies.append(Remedy("delete it now" if definition.deletes else "let it go now", confirm))
    if RETIRE in definition.model.model_fields:
        if retired is None:
            days = outputs.get(RETENTION_DAYS)
            remedies.append(
                Remedy(
                    "retire it",
                    f"put it back with {RETIRE}=True, {RETENTION_DAYS}={DEFAULT_RETENTION_DAYS if days is None else days}, and "
                    f"{words.apply}: it is then kept for that many days, and can be deleted afterwards",
                )
            )
        elif retired.problem:
            remedies.append(
                Remedy(
                    "retire it anew",
                    f"put it back without {RETIRE}, {words.apply}, and retire it again: the days are counted from then on",
                )
            )
        else:
            remedies.append(Remedy("wait", f"put it back as it was, and remove it after {retired.until}"))
    return [*remedies, *definition.guard_remedies()]


def _confirm_line(definition: Definition, outputs: Mapping[str, Any], contents: Contents) -> str:
    """How to confirm a delete, for the refusal; empty if the object has no name."""
    names = definition.names(outputs)
    if not names:
        return ""
    connection = definition.connection
    return definition.words.confirm_delete(
        f"{connection.service}:{SETTING}",
        as_items({**connection.confirmed_deletes, names[0]: contents.count}),
        new=f"{names[0]}={contents.count}",
        variable=f"{connection.service.upper()}_CONFIRM_DELETES",
        lost=definition.deletes,
    )
