"""What a program tells a provider of a resource besides its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .values import Path


@dataclass(frozen=True)
class Declaration:
    """What a resource says about itself besides its inputs.

    :param name: its name in the program.
    :param token: the last part of its type: ``"Dataset"``.
    :param candidate: the derived natural key.
    :param secrets: where the program passes secrets; steps into lists are numbers.
    :param retain_on_delete: whether Pulumi will leave the object alone when the resource goes.
    """

    name: str = ""
    token: str = ""
    candidate: str | None = None
    retain_on_delete: bool = False
    secrets: tuple[Path, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> Declaration:
        """Read what `to_json` wrote; anything else is an empty declaration."""
        if not isinstance(value, Mapping):
            return cls()
        return cls(
            name=str(value.get("name") or ""),
            token=str(value.get("token") or ""),
            candidate=value.get("candidate") or None,
            retain_on_delete=bool(value.get("retain_on_delete")),
            secrets=tuple(tuple(map(str, path)) for path in _list(value.get("secrets")) if isinstance(path, list)),
        )

    def to_json(self) -> dict[str, Any]:
        """The declaration as an input of the resource; `check` takes it out again."""
        return {
            "name": self.name,
            "token": self.token,
            "candidate": self.candidate,
            "retain_on_delete": self.retain_on_delete,
            "secrets": [list(path) for path in self.secrets],
        }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
