"""Whether an object that exists may be taken for our own.

A create may be cut off after the service has carried it out. The next run finds the object under its natural key and
must tell it from one that belongs to somebody else: the same object is ours only if nothing at all speaks against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import AdoptionError

YOUNG_HOURS = 24.0


@dataclass(frozen=True)
class Candidate:
    """An object found under the natural key of one that is to be created.

    :param what: the object for people: ``"dataset golden"``.
    :param documents: how many documents it holds; None where the service does not tell.
    :param most_documents: how many our own cut-off create could have left in it.
    :param age_hours: hours since it was created; None where the service does not tell.
    :param differing: managed updatable keys that it holds otherwise, dotted.
    :param immutable: managed immutable keys that it holds otherwise, for people.
    :param made_here: this run created or adopted it already.
    """

    what: str
    object_id: str
    documents: int | None
    most_documents: int = 0
    age_hours: float | None = None
    differing: Sequence[str] = ()
    immutable: Sequence[str] = ()
    made_here: bool = False


def judge(candidate: Candidate, *, adopt: bool, how: str) -> None:
    """Return where the object may be taken under management.

    :param adopt: the program or the run says so.
    :param how: the line that says so, for the error.
    :raises AdoptionError: it may not.
    """
    it = candidate
    held = "" if it.documents is None else f" and holds {it.documents} document{'' if it.documents == 1 else 's'}"
    found = f"{it.what} exists already: id {it.object_id}{held}"
    if it.made_here:
        raise AdoptionError(
            f"{found}; another resource of this program created or adopted it in this run. One object can have one "
            "owner only: give this resource another key, or remove it"
        )
    if it.immutable:
        raise AdoptionError(
            f"{found}, and cannot be adopted because immutable keys differ: {'; '.join(it.immutable)}. Put these "
            "values into the program, or choose another key"
        )
    if adopt:
        return
    doubts = []
    if it.documents is not None and it.documents > it.most_documents:
        doubts.append("it holds documents")
    if it.age_hours is not None and it.age_hours >= YOUNG_HOURS:
        doubts.append(f"it was created {it.age_hours:.0f} h ago")
    if it.differing:
        doubts.append(f"it differs in {', '.join(it.differing)}")
    if doubts:
        raise AdoptionError(
            f"{found}. It may belong to somebody else ({', '.join(doubts)}), so nothing was changed. To take it under "
            f"management: {how}"
        )
