"""Whether an object that exists may be taken for our own.

A create may be cut off after the service has carried it out. The next run finds the object and must tell it from one that
belongs to somebody else: the same object is ours only if nothing at all speaks against it.
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
"""Age in hours above which an object is not taken for one that our own cut-off create has left."""


@dataclass(frozen=True)
class Comparison:
    """What an existing object holds otherwise than a program says.

    :param patch: the managed keys that an update can bring to the program, with the program's values.
    :param doubtful: those of them that our own cut-off create would have left as the program says.
    :param immutable: what no update can bring to the program, one text each.
    :param untold: managed immutable keys that the service does not tell.
    """

    patch: Mapping[Path, Any]
    doubtful: Sequence[Path]
    immutable: Sequence[str]
    untold: Sequence[Path]


def compare(
    model: type[BaseModel], inputs: Mapping[str, Any], seen: Observation, template: Template | None = None
) -> Comparison:
    """Compare an object with what a program says.

    :param template: what a new object is copied from: what still equals it may come of our own cut-off create.
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
    # Items beside none in the program are not what our own create would have made.
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
            # What the service does not tell cannot be compared.
            texts += [
                f"{item}.{attribute} is {show(told)} in the service and {show(mine[name].get(attribute))} in the program"
                for attribute, told in theirs[name].items()
                if told is not None and not equal(told, mine[name].get(attribute))
            ]
    return texts


@dataclass(frozen=True)
class Candidate:
    """An object that exists, for one that is to be created.

    :param what: the object for people: ``"dataset golden"``.
    :param documents: how many documents it holds; None where the service does not tell.
    :param unit: what these are, in the singular.
    :param most_documents: how many our own cut-off create could have left in it.
    :param age_hours: hours since it was created; None where the service does not tell.
    :param differing: managed updatable keys that it holds otherwise, dotted.
    :param immutable: managed immutable keys that it holds otherwise, for people.
    :param made_here: another resource of the program holds it, or this run created or adopted it already.
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
    """Return where the object may be taken under management.

    :param adopt: the program or the run says so.
    :param how: the line that says so, for the error.
    :raises AdoptionError: it may not.
    """
    it = candidate
    held = "" if it.documents is None else f" and holds {it.documents} {it.unit}{'' if it.documents == 1 else 's'}"
    found = f"{it.what} exists already: id {it.object_id}{held}"
    if it.made_here:
        raise AdoptionError(
            f"{found}; another resource of this program created or adopted it in this run, or goes on holding it. One object can "
            "have one owner only: give this resource another key, or remove it. Where the other one gets another key, apply "
            "that first"
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
