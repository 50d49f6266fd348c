"""What a stack left to the services to finish: clones that still get chunks, and tenants that are being provisioned.

Read from the state alone. Where a program said not to wait, the state has no end of a clone (`cloned_from` without `chunks`,
docs/services/trieve.md 4), and a tenant reads ``provisioning`` until a refresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from .states import Resource
from .steps import OURS

TENANTS = ("Tenant", "EmbeddingsTenant")


class Kind(Enum):
    """What is waited for."""

    CLONE = "clone"
    PROVISIONING = "provisioning"


@dataclass(frozen=True)
class Awaited:
    """One object that its service still makes, as far as the state knows.

    :param wanted: chunks that its source held when the clone was begun; 0 for a tenant.
    """

    resource: Resource
    kind: Kind
    wanted: int = 0


@dataclass(frozen=True)
class Found:
    """What a state has to wait for.

    :param notes: what is not waited for, and why.
    """

    awaited: tuple[Awaited, ...]
    notes: tuple[str, ...] = ()


def awaited(resources: Iterable[Resource], *, since: float, now: datetime) -> Found:
    """Everything to wait for in a state.

    :param since: seconds; a clone that was begun earlier is left out, because its documents may have been deleted since, and
        no call tells such a clone from an unfinished one.
    :param now: with a time zone.
    """
    found: list[Awaited] = []
    old: list[str] = []
    for resource in resources:
        ours = OURS.fullmatch(resource.type)
        if ours is None or resource.deleting or not resource.id:
            continue
        if ours.groups() == ("trieve", "Dataset"):
            wanted, begun = _unfinished_clone(resource.outputs.get("cloned_from"))
            if wanted and begun is not None and now - begun > timedelta(seconds=since):
                old.append(resource.name)
            elif wanted:
                found.append(Awaited(resource, Kind.CLONE, wanted))
        elif ours[1] == "cortex" and ours[2] in TENANTS and resource.outputs.get("status", "ready") != "ready":
            found.append(Awaited(resource, Kind.PROVISIONING))
    return Found(tuple(found), (_left_out(old),) if old else ())


def _unfinished_clone(origin: Any) -> tuple[int, datetime | None]:
    """How many chunks a clone should get, 0 where it gets none or has them all; and when it was begun."""
    if not isinstance(origin, Mapping) or "chunks" in origin:
        return 0, None
    wanted = origin.get("source_chunks")
    return (int(wanted) if isinstance(wanted, (int, float)) else 0), moment(origin.get("at"))


def moment(text: Any) -> datetime | None:
    """A time of a state, such as ``2026-11-26T09:00:00Z``; None where it is none."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def _left_out(names: list[str]) -> str:
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    were = "clone was" if len(names) == 1 else "clones were"
    return (
        f"{len(names)} {were} begun longer ago than --since says and not waited for ({shown}): documents that were deleted since "
        "would look like documents that never came"
    )
