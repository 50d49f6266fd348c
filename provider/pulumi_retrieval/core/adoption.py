"""Whether an existing object may be taken under management.

A run may be cut off after the service has carried out its create. The next run finds the object and must decide whether that
create made it. It may be taken over only if nothing indicates that it belongs to somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from .errors import AdoptionError
from .fields import FieldSpec, Mutability, flatten, spec_at
from .objects import Contents, Observation, Part, Template
from .plan import added_items, by_identity, same
from .refusal import show
from .values import Path, dotted, equal

YOUNG_HOURS = 24.0
"""An object of this age or older, in hours, is never assumed to come from a create of this package that was cut off."""


@dataclass(frozen=True)
class Comparison:
    """How an existing object differs from what the program says.

    :param patch: the managed keys that an update can bring to the program, with the program's values.
    :param doubtful: those of them in which an object of our own create that was cut off would not differ; they suggest that
        somebody else made the object.
    :param immutable: differences that no update can remove, one text each.
    :param untold: managed immutable keys that the service does not return.
    """

    patch: Mapping[Path, Any]
    doubtful: Sequence[Path]
    immutable: Sequence[str]
    untold: Sequence[Path]


def compare(
    model: type[BaseModel], inputs: Mapping[str, Any], seen: Observation, template: Template | None = None
) -> Comparison:
    """Compare an object with what a program says.

    :param template: the source of a clone. Values that equal the source may come from our own create that was cut off.
    """
    wanted, held = flatten(model, inputs), flatten(model, seen.values)
    copied = flatten(model, template.values) if template is not None else {}
    patch: dict[Path, Any] = {}
    doubtful: list[Path] = []
    untold: list[Path] = []
    immutable: list[str] = [seen.unlike] if seen.unlike else []
    for path, value in wanted.items():
        spec, there = spec_at(model, path), held.get(path)
        if spec.mutability is Mutability.UPDATABLE and not same(spec, value, there):
            patch[path] = value
            dropped = spec.unlisted and there is None
            if not dropped and (template is None or not same(spec, copied.get(path), there)):
                doubtful.append(path)
        elif spec.mutability is Mutability.IMMUTABLE and there is None and path not in held:
            untold.append(path)
        elif spec.mutability is Mutability.IMMUTABLE and not same(spec, value, there, partial=True):
            if (added := added_items(spec, there, value, partial=True)) is not None:
                patch[path] = added
                doubtful.append(path)
            else:
                immutable += _differences(spec, dotted(path), value, there)
    # Our own create would have made no items where the program has none.
    doubtful += [path for path, there in held.items() if spec_at(model, path).keyed and there and path not in wanted]
    return Comparison(patch, doubtful, immutable, untold)


def _differences(spec: FieldSpec, place: str, value: Any, there: Any) -> list[str]:
    mine = by_identity(spec.keyed, value) if spec.keyed else None
    theirs = by_identity(spec.keyed, there) if spec.keyed else None
    if mine is None or theirs is None:
        return [f"{place} is {show(there)} in the service and {show(value)} in the program"]
    texts = []
    for name in [*mine, *(other for other in theirs if other not in mine)]:
        item = f'{place}["{name}"]'
        if name not in theirs:
            texts.append(f"{item} is missing in the service")
        elif name not in mine:
            texts.append(f"{item} is {show(theirs[name])} in the service and missing in the program")
        else:
            # Attributes that the service does not return or that the program does not set are not compared.
            texts += [
                f"{item}.{attribute} is {show(told)} in the service and {show(wanted)} in the program"
                for attribute, wanted in mine[name].items()
                if wanted is not None and (told := theirs[name].get(attribute)) is not None and not equal(told, wanted)
            ]
    return texts


@dataclass(frozen=True)
class Candidate:
    """An existing object that has the natural key of an object to be created.

    :param what: the object for people: ``"dataset golden"``.
    :param documents: how many documents it holds; None where the service does not say.
    :param unit: the name of one document, in the singular.
    :param most_documents: how many documents an interrupted create of this package may have copied into it.
    :param age_hours: hours since it was created; None where the service does not say.
    :param differing: managed updatable keys whose values differ, dotted.
    :param immutable: managed immutable keys whose values differ, one text each.
    :param made_here: whether another resource of the program keeps it, or this run created or adopted it already.
    """

    what: str
    object_id: str
    documents: int | None
    most_documents: int = 0
    age_hours: float | None = None
    differing: Sequence[str] = ()
    immutable: Sequence[str] = ()
    made_here: bool = False
    unit: str = "document"


def may_be_left(contents: Contents) -> bool:
    """Whether a run that was cut off can have left an object with what it holds.

    Nothing, or only objects that such a run creates inside it: young ones, with a natural key, and without documents.
    """

    def young(part: Part) -> bool:
        return part.age_hours is not None and part.age_hours < YOUNG_HOURS

    return len(contents.parts) == contents.count and all(
        young(part) and part.keyed and not part.documents for part in contents.parts
    )


def ensure_adoptable(candidate: Candidate, *, adopt: bool, how: str) -> None:
    """Return if the object may be taken under management.

    :param adopt: whether the program or the configuration allows it explicitly.
    :param how: how to allow it, for the error.
    :raises AdoptionError: it may not.
    """
    it = candidate
    held = "" if it.documents is None else f" and holds {it.documents} {it.unit}{'' if it.documents == 1 else 's'}"
    found = f"{it.what} exists already: id {it.object_id}{held}"
    if it.made_here:
        raise AdoptionError(
            f"{found}; another resource of this program created or adopted it in this run, or keeps it. One object can "
            "have one owner only: give this resource another key, or remove it. If the other one is to get another key, "
            "apply that change first"
        )
    if it.immutable:
        raise AdoptionError(
            f"{found}, and cannot be adopted because immutable keys differ, or cannot be compared: {'; '.join(it.immutable)}. "
            "Put the service's values into the program, or choose another key"
        )
    if adopt:
        return
    doubts = []
    if it.documents is not None and it.documents > it.most_documents:
        doubts.append(f"it holds {it.unit}s")
    if it.age_hours is not None and it.age_hours >= YOUNG_HOURS:
        doubts.append(f"it was created {it.age_hours:.0f} h ago")
    if it.differing:
        doubts.append(f"it differs in {', '.join(it.differing)}")
    if doubts:
        raise AdoptionError(
            f"{found}. It may belong to somebody else ({', '.join(doubts)}), so nothing was changed. To take it under "
            f"management: {how}"
        )
