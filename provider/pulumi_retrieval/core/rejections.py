"""Why a resource is rejected by `check` or `diff`: one text for people, rows for tools.

A preview collects rejections of the whole program (`providers.adapter`, `resource`), and `pulumi-retrieval review` reads
them out of the preview's events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


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
    :param was: what was last applied, or what the service holds, as people read it: JSON on one line, cut where it is long.
    :param now: what the program says now, in the same form.
    :param cause: ``program``, ``unknown``, ``unmanaged`` or ``drift`` (`core.plan.Cause`).
    """

    path: str
    was: str
    now: str
    cause: str = "program"


@dataclass(frozen=True)
class Rejection:
    """One reason why a resource is rejected.

    :param text: for people; the first line makes sense alone, and no secret stands in it.
    :param rows: for tools; empty where no value is compared.
    """

    kind: RejectionKind
    text: str
    rows: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the mark of a preview holds it."""
        return {"kind": self.kind.value, "text": self.text, "rows": [vars(row) for row in self.rows]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rejection:
        """Read what `to_json` wrote."""
        rows = tuple(Row(**{name: str(text) for name, text in row.items()}) for row in value.get("rows") or ())
        return cls(RejectionKind(value["kind"]), str(value["text"]), rows)
