"""What a program tells the provider about a resource besides its inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .values import UNKNOWN, Path, undotted


@dataclass(frozen=True)
class Declaration:
    """Facts about a resource in its program that are not inputs.

    :param name: its name in the program.
    :param token: the last part of its type: ``"Dataset"``.
    :param candidate: the derived natural key, used where the program gives none.
    :param secrets: the paths of the values that the program marks as secret; steps into lists are numbers.
    :param retain_on_delete: whether the engine keeps the object when the resource is removed.
    :param dry_run: in a preview, the name of the file in which the program looks for rejections that `diff` finds, empty where
        it looks in none; None outside a preview.
    :param plain: digests (`digest`) of the values that the program passes without marking them as secret; None if unknown.
    """

    name: str = ""
    token: str = ""
    candidate: str | None = None
    retain_on_delete: bool = False
    secrets: tuple[Path, ...] = ()
    plain: frozenset[str] | None = None
    dry_run: str | None = None

    @classmethod
    def from_json(cls, value: Any) -> Declaration:
        """Read what `to_json` wrote; anything else gives an empty declaration, in which no value counts as plain."""
        if not isinstance(value, Mapping):
            return cls(plain=frozenset())
        plain, dry_run = value.get("plain"), value.get("dry_run")
        return cls(
            name=str(value.get("name") or ""),
            token=str(value.get("token") or ""),
            candidate=value.get("candidate") or None,
            retain_on_delete=bool(value.get("retain_on_delete")),
            secrets=tuple(tuple(map(str, path)) for path in _list(value.get("secrets")) if isinstance(path, list)),
            plain=frozenset(plain.split()) if isinstance(plain, str) else None,
            dry_run=dry_run if isinstance(dry_run, str) else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The declaration as an input of the resource; `check` takes it out again."""
        return {
            "name": self.name,
            "token": self.token,
            "candidate": self.candidate,
            "retain_on_delete": self.retain_on_delete,
            **({} if self.dry_run is None else {"dry_run": self.dry_run}),
            **places_to_json(self.secrets, self.plain),
        }

    def doubtful(self, program: Mapping[str, Any], old: Mapping[str, Any], secret: Sequence[str]) -> list[Path]:
        """The paths of values that may be secret, because something changed them after the program declared them.

        :param program: the inputs of the program as they arrived.
        :param old: inputs as last stored: values that were stored in plain are not secret.
        :param secret: the dotted paths in `old` whose values are secret.
        """
        if self.plain is None:
            return []
        # A program without any input has one leaf, the empty object itself, which is no value.
        found = [(path, digest(path, value)) for path, value in leaves(program) if path and value is not UNKNOWN]
        doubted = [(path, said) for path, said in found if said not in self.plain]
        if not doubted:
            return []
        stored = {
            digest(path, value)
            for path, value in leaves(old)
            if not any(path[: len(place)] == place for place in map(undotted, secret))
        }
        return [path for path, said in doubted if said not in stored]


def places_to_json(secrets: Sequence[Path], plain: frozenset[str] | None) -> dict[str, Any]:
    """The fields of a declaration that say which inputs are secret and which are plain."""
    said = {} if plain is None else {"plain": " ".join(sorted(plain))}
    return {"secrets": [list(path) for path in secrets], **said}


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each value that is not a list or object, with its path; steps into lists are numbers."""
    if isinstance(value, Mapping) and value:
        for step, item in value.items():
            yield from leaves(item, (*at, str(step)))
    elif isinstance(value, (list, tuple)) and value:
        for step, item in enumerate(value):
            yield from leaves(item, (*at, str(step)))
    elif value is not None:
        yield at, value


def digest(path: Path, value: Any) -> str:
    """A short hash of a value and its path. Numbers are hashed as floats, because the engine's protocol has only these."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
    said = json.dumps([path, float(value) + 0.0 if number else value], default=repr)  # -0.0 is 0 as well
    return hashlib.blake2b(said.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
