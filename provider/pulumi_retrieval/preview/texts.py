"""The texts of a preview's report: equal rejections as one group, and a command that applies the rest of the program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.rejections import Rejected, Rejection, RejectionKind

MOST_FULL = 5
"""How many groups are shown with reasons and remedies; each further group is shown as one line."""
MOST_NAMES = 20
"""How many resource names of a group are shown."""
MOST_EXCLUDED = 500
"""The most resources for which the command that applies the rest is shown."""

_SUMMARY = re.compile(r"\d+ resources? of this program rejected \(([^)]*)\)")
_NUMBER = re.compile(r"\d+")

R = TypeVar("R")


@dataclass(frozen=True)
class Group(Generic[R]):
    """The same rejection of several resources.

    :param resource: the first of the resources; the engine shows the text with it.
    """

    first: Rejection
    token: str
    names: tuple[str, ...]
    resource: R


def grouped(found: Iterable[tuple[Rejected, R]]) -> list[Group[R]]:
    """Group equal rejections, the largest group first."""
    groups: dict[tuple[object, ...], list[tuple[Rejection, Rejected, R]]] = {}
    for rejected, resource in found:
        for rejection in rejected.rejections:
            key = (rejected.token, rejection.kind, rejection.rows or rejection.text)
            groups.setdefault(key, []).append((rejection, rejected, resource))
    made = [
        Group(members[0][0], members[0][1].token, tuple(rejected.name for _, rejected, _ in members), members[0][2])
        for members in groups.values()
    ]
    return sorted(made, key=lambda group: -len(group.names))


def group_texts(found: Iterable[tuple[Rejected, R]]) -> list[tuple[str, R]]:
    """One text per group, with the resource that the engine shows it with."""
    groups = grouped(found)
    full = [(_full(group), group.resource) for group in groups[:MOST_FULL]]
    return full + [(_short(group), group.resource) for group in groups[MOST_FULL:]]


def _full(group: Group[R]) -> str:
    return "\n".join([group.first.text, *_others(group)])


def _others(group: Group[R]) -> list[str]:
    names = group.names[1:]
    if not names:
        return []
    many = "s" if len(names) > 1 else ""
    return [f"  The same of {len(names)} more {group.token} resource{many}: {listed(names, most=MOST_NAMES)}"]


def _short(group: Group[R]) -> str:
    rows = "; ".join(f"{row.path} {row.verdict}" for row in group.first.rows)
    first_line = group.first.text.partition("\n")[0]
    text = f"{first_line}: {rows}" if rows else first_line
    more = len(group.names) - 1
    return f"{text} (and the same of {more} more: {listed(group.names[1:], most=MOST_NAMES)})" if more else text


def listed(names: Sequence[str], *, most: int) -> str:
    """Names as one text; where there are more than `most`, the rest is counted."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def summary(found: Sequence[Rejected], *, indivisible: bool, new: bool = False) -> str:
    """The last error of a preview: how many resources were rejected, and the command that applies the rest.

    :param indivisible: excluding the rejected resources does not help, because the program itself ends with an error, or
        a resource that they depend on would be replaced.
    :param new: whether a rejected resource does not exist yet, so that its dependents must be excluded as well.
    """
    kinds = [rejection.kind for rejected in found for rejection in rejected.rejections]
    counts = ", ".join(f"{kinds.count(kind)} {kind.value}" for kind in RejectionKind if kind in kinds)
    many = "s" if len(found) > 1 else ""
    text = f"{len(found)} resource{many} of this program rejected ({counts}); nothing was changed."
    if indivisible or RejectionKind.MOVED in kinds:
        return text  # a changed endpoint concerns every object of the service
    if len(found) > MOST_EXCLUDED:
        return f"{text} There are too many rejected resources for a command that excludes each of them."
    excluded = " ".join(f"--exclude {shlex.quote(f'**:{one.token}::{one.name}')}" for one in found)
    return f"{text} To ship the rest:\n  pulumi up {excluded}{' --exclude-dependents' if new else ''}"


def rejected_in(text: str) -> int | None:
    """Parse the number of rejections from a text that `summary` wrote; None for any other text."""
    found = _SUMMARY.match(text)
    return None if found is None else sum(map(int, _NUMBER.findall(found.group(1))))
