"""The text of refusals: what changed, why it is refused, and the remedies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .declaration import Declaration
from .plan import Cause, ImmutableChange, by_identity
from .redaction import shorten
from .rejections import MISSING, Row
from .values import UNKNOWN, contains_unknown, dotted, equal
from .words import Words

CAUSES = {
    Cause.PROGRAM: 'the program changed (the values last applied are shown as "was").',
    Cause.UNKNOWN: "the value is not known before the update and may differ.",
    Cause.UNMANAGED: "the program manages a key that it did not manage before "
    '(what the service holds is shown as "was").',
    Cause.DRIFT: "somebody else changed the service, and the program agrees neither with what was last applied nor "
    "with what is there now.",
}


@dataclass(frozen=True)
class Remedy:
    """One remedy of a refusal. :param label: two or three words. :param text: what to do, and what it costs."""

    label: str
    text: str


def why(changes: Sequence[ImmutableChange]) -> str:
    """Why the changes are refused, as one sentence made from the reasons of their fields."""
    said = "; ".join(dict.fromkeys(change.spec.why for change in changes))
    return f"{said[:1].upper()}{said[1:]}."


def usual_remedies(changes: Sequence[ImmutableChange], declaration: Declaration, words: Words) -> list[Remedy]:
    """The remedies that every refusal names. :param words: how the adapter says them."""
    causes = {change.cause for change in changes}
    keys = list(dict.fromkeys(dotted(change.path) for change in changes))
    remedies: list[Remedy] = []
    if causes == {Cause.UNKNOWN} and not declaration.name:
        # The resource is not registered yet: the engine asks because it is about to replace a resource that this one depends
        # on, and options of this resource would not prevent that.
        return [Remedy("keep its source", words.exclude_replaced)]
    if Cause.UNKNOWN in causes:
        remedies.append(Remedy("apply its source first", words.apply_source_first))
    if causes != {Cause.UNKNOWN}:
        undo = 'put the "was" values back'
        if Cause.DRIFT in causes:
            undo += ", or take the observed ones"
        if causes == {Cause.UNMANAGED}:
            undo += ", or leave the key out"
        remedies.append(Remedy("undo", undo))
    remedies.append(Remedy("ship the rest", words.exclude(declaration.token, declaration.name)))
    remedies.append(Remedy("keep both", words.ignore_changes(keys)))
    return remedies


def refusal_text(
    changes: Sequence[ImmutableChange],
    *,
    what: str,
    why: str,
    remedies: Sequence[Remedy],
    objection: str | None = None,
    noun: str = "immutable key",
) -> str:
    """The whole text of a refusal; its first line can be shown alone.

    :param what: the object: ``"tenant acme_prod"``.
    :param why: why the change is refused, in one or two sentences.
    :param objection: why the replacement that the program allows is not possible either.
    :param noun: the name of what would change, in one or two words.
    """
    rows = change_rows(changes)
    count = len(rows)
    width = max(len(row.path) for row in rows)
    causes = list(dict.fromkeys(CAUSES[change.cause] for change in changes))
    label = max(len(remedy.label) for remedy in remedies) + 3
    text = [f"REFUSED, nothing was changed: {count} {noun}{'s' if count > 1 else ''} of {what}"]
    text += [f"  {row.path:<{width}}    {row.verdict}" for row in rows]
    text += [f"  Cause: {causes[0]}", *(f"         {cause}" for cause in causes[1:])]
    text.append(f"  Why:   {why}")
    if objection:
        text.append(f'  on_immutable_change="replace" is set, but {objection}')
    text.append("  Do one:")
    text += [f"    {remedy.label:<{label}}{remedy.text}" for remedy in remedies]
    return "\n".join(text)


def change_rows(changes: Sequence[ImmutableChange]) -> tuple[Row, ...]:
    """One row for each value that would change."""
    return tuple(row for change in changes for row in _rows(change))


def _rows(change: ImmutableChange) -> list[Row]:
    place, cause = dotted(change.path), change.cause.name.lower()
    if change.spec.keyed and not contains_unknown(change.now) and (items := _keyed_rows(change, place)):
        return items
    if contains_unknown(change.now):
        return [Row(place, show(change.was), "not known before the update", cause)]
    observed = "" if change.observed is None else show(change.observed)
    return [Row(place, show(change.was), show(change.now), cause, observed)]


def _keyed_rows(change: ImmutableChange, place: str) -> list[Row]:
    """One row for each changed item or attribute; none if items of a list have no unique identity."""
    assert change.spec.keyed is not None
    was = by_identity(change.spec.keyed, change.was)
    now = by_identity(change.spec.keyed, change.now or [])
    seen = by_identity(change.spec.keyed, change.observed) or {}
    rows: list[Row] = []
    if was is None or now is None:
        return rows

    def add(place: str, before: str, after: str, observed: Any) -> None:
        shown = "" if observed is None else show(observed)
        rows.append(Row(place, before, after, change.cause.name.lower(), shown))

    for name in [*was, *(n for n in now if n not in was)]:
        item = f'{place}["{name}"]'
        if name not in now:
            add(item, show(_ordered(was[name], change)), MISSING, seen.get(name))
        elif name not in was:
            add(item, MISSING, show(_ordered(now[name], change)), seen.get(name))
        else:
            for attribute in _ordered({**was[name], **now[name]}, change):
                before, after = was[name].get(attribute), now[name].get(attribute)
                told = (
                    change.cause is Cause.UNMANAGED
                )  # "was" comes from the service, which may return fewer or more attributes
                if not equal(before, after) and not (told and (before is None or after is None)):
                    add(f"{item}.{attribute}", show(before), show(after), seen.get(name, {}).get(attribute))
    return rows


def _ordered(item: Mapping[str, Any], change: ImmutableChange) -> dict[str, Any]:
    """An item with its attributes in the order of the model; the engine passes the keys of an object in any order."""
    names = [*(name for name in change.spec.attributes if name in item), *sorted(item)]
    return {name: item[name] for name in names}


def show(value: Any) -> str:
    """A value for people: JSON on one line, cut if it is long."""
    if value is UNKNOWN:
        return "unknown"
    if value is None:
        return "not set"
    return shorten(json.dumps(value, ensure_ascii=False, default=repr), limit=120)
