"""Why a resource is rejected by `check` or `diff`: a text for people, and rows for tools.

A preview collects rejections of the whole program (`providers.adapter`, `resource`), and `pulumi-retrieval review` reads
them out of the preview's events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

MISSING = "missing"
"""Stands in a row for the value of an item that does not exist."""


class RejectionKind(Enum):
    """Which rule a resource breaks."""

    REFUSED = "refused"
    """An immutable value would change."""
    INVALID = "invalid"
    """An input, or the connection, breaks a rule."""
    MOVED = "moved"
    """The connection points at another service than the one that holds the object."""


@dataclass(frozen=True)
class Row:
    """One value that would change.

    :param path: dotted, such as ``server_configuration.MAX_LIMIT``, or with items by name: ``schema["plan"].type``.
    :param was: what was last applied, or what the service holds, for people: JSON on one line, cut if it is long.
    :param now: the value in the program, in the same form.
    :param cause: ``program``, ``unknown``, ``unmanaged`` or ``drift`` (`core.plan.Cause`).
    :param observed: the value in the service, if it is neither of the two.
    """

    path: str
    was: str
    now: str
    cause: str = "program"
    observed: str = ""

    @property
    def verdict(self) -> str:
        """The change of the value, for people."""
        if self.now == MISSING:
            text = f"now missing; was {self.was}"
        elif self.was == MISSING:
            text = f"was missing; now {self.now}"
        else:
            text = f"was {self.was}    now {self.now}"
        return f"{text}    in the service {self.observed}" if self.observed else text


@dataclass(frozen=True)
class Rejection:
    """One reason why a resource is rejected.

    :param text: for people; its first line can be shown alone.
    :param rows: for tools; empty if no value is compared.
    """

    kind: RejectionKind
    text: str
    rows: tuple[Row, ...] = ()

    def cleaned(self, clean: Callable[[str], str]) -> Rejection:
        """The same with every text cleaned of secrets."""
        rows = tuple(Row(**{name: clean(text) for name, text in vars(row).items()}) for row in self.rows)
        return Rejection(self.kind, clean(self.text), rows)

    def to_json(self) -> dict[str, Any]:
        """The rejection as JSON, for the mark of a preview."""
        return {"kind": self.kind.value, "text": self.text, "rows": [vars(row) for row in self.rows]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rejection:
        """Read what `to_json` wrote."""
        rows = tuple(Row(**{name: str(text) for name, text in row.items()}) for row in value.get("rows") or ())
        return cls(RejectionKind(value["kind"]), str(value["text"]), rows)


@dataclass(frozen=True)
class Rejected:
    """A resource that a preview rejects: the content of its mark.

    :param name: the name of the resource in its program.
    :param token: the last part of its type: ``"Dataset"``.
    """

    name: str
    token: str
    rejections: tuple[Rejection, ...]

    def to_json(self) -> dict[str, Any]:
        """The mark as JSON."""
        found = [rejection.to_json() for rejection in self.rejections]
        return {"name": self.name, "token": self.token, "rejections": found}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rejected:
        """Read what `to_json` wrote."""
        return cls(str(value["name"]), str(value["token"]), tuple(map(Rejection.from_json, value["rejections"])))


def invalid(text: str) -> Rejection:
    """A rejection because an input, or the connection, breaks a rule."""
    return Rejection(RejectionKind.INVALID, text)


def refused(text: str, rows: tuple[Row, ...] = ()) -> Rejection:
    """A rejection because a change is refused."""
    return Rejection(RejectionKind.REFUSED, text, rows)
