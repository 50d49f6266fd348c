"""The state of a stack as `pulumi stack export` prints it, without its secrets.

Nothing is decrypted. A secret is replaced by a marker that says no more than that it is set, already while the export is
parsed; what the engine remembers for debugging (where in the program a resource was declared) is dropped there as well, because
it is most of the text of an export.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..core.errors import RetrievalError

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks an object in a state as special; what programs store of that kind are secrets."""
ROOT_TYPE = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"
_DEBUGGING = ("sourcePosition", "stackTrace")
_NOT_DIGESTED = (*_DEBUGGING, "dependencies", "propertyDependencies")
"""What the engine stores of a resource and no service knows of; it moves when the text of a program moves."""
_PROVIDER_KEY = "__provider"


class ExportError(RetrievalError):
    """A text or a value that is not what `pulumi stack export` prints."""


def secret_marker() -> dict[str, str]:
    """What stands in the place of a secret: equal for all of them, and JSON. Masking it again changes nothing."""
    return {SIGNATURE: "set"}


def is_secret(value: Any) -> bool:
    """Whether a value is a secret, as the engine exports it or as a marker."""
    return isinstance(value, Mapping) and SIGNATURE in value


def masked(value: Any) -> Any:
    """A copy of a value in which each secret is a marker."""
    if isinstance(value, Mapping):
        return secret_marker() if SIGNATURE in value else {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, (list, tuple)) else value


def parse_export(text: str | bytes) -> dict[str, Any]:
    """Parse what `pulumi stack export` prints. Secrets and debugging facts are dropped as soon as they are read.

    :raises ExportError: it is no JSON, or no export.
    """
    try:
        export = json.loads(text, object_hook=_slim)
    except ValueError as error:
        # The text of the error holds a position and nothing of the export.
        raise ExportError(
            f"the export of the stack is no JSON: {error}. Export it again: pulumi stack export"
        ) from None
    return dict(_deployment_checked(export))


def _slim(value: dict[str, Any]) -> dict[str, Any]:
    if SIGNATURE in value:
        return secret_marker()
    for name in _DEBUGGING:
        value.pop(name, None)
    return value


def _deployment_checked(export: Any) -> Mapping[str, Any]:
    deployment = export.get("deployment") if isinstance(export, Mapping) else None
    resources = deployment.get("resources") or [] if isinstance(deployment, Mapping) else None
    valid = isinstance(resources, list) and all(
        isinstance(one, Mapping) and isinstance(one.get("urn"), str) and isinstance(one.get("type"), str)
        for one in resources
    )
    if not isinstance(export, Mapping) or not valid:
        raise ExportError(
            'this is no export of a stack: it needs "deployment" with "resources", each with "urn" and "type". Give what '
            "`pulumi stack export` prints"
        )
    return export


def digest(export: Mapping[str, Any]) -> str:
    """A short text that is equal for equal states, and changes with everything that a run or an edit changes in a state.

    It covers each resource with its URN, id, inputs, outputs and options, secrets masked because the engine encrypts them anew at
    each export, and with the time of its last change, which moves when a secret alone changes. It does not move with a run that
    changes nothing, nor with the place of a declaration in a program.

    :param export: as `parse_export` or plain `json.loads` give it.
    :raises ExportError: it is no export.
    """
    deployment = _deployment_checked(export)["deployment"]
    resources = [_digested(one) for one in deployment.get("resources") or []]
    pending = [_digested(one) for one in deployment.get("pending_operations") or []]
    hashed = hashlib.sha256()
    for kind, texts in (("resource", sorted(resources)), ("pending", sorted(pending))):
        for text in texts:
            hashed.update(f"{kind} {text}\n".encode(errors="surrogatepass"))
    return f"sha256:{hashed.hexdigest()}"


def _digested(one: Mapping[str, Any]) -> str:
    if "resource" in one:  # an operation that an engine had begun when it was killed
        return json.dumps([one.get("type"), _digested(one["resource"])])
    kept = {name: masked(value) for name, value in one.items() if name not in _NOT_DIGESTED}
    return json.dumps(kept, sort_keys=True)


@dataclass(frozen=True)
class Resource:
    """One resource of a state.

    :param type: such as ``pulumi-python:dynamic/trieve:Dataset``.
    :param name: its name in the program.
    :param types: the types of its parents as its URN has them, outermost first, without the stack.
    :param inputs: as last applied or refreshed, secrets masked, without the name of the provider.
    :param outputs: the same of what was seen of the service.
    :param deleting: it was replaced, and the object of before is still to be deleted.
    :param provider: the reference of its provider: ``URN::ID``; empty where there is none.
    :param options: what the engine keeps of its options: ``protect``, ``retainOnDelete``.
    """

    urn: str
    type: str
    name: str
    types: tuple[str, ...] = ()
    parent: str = ""
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    deleting: bool = False
    options: Mapping[str, bool] = field(default_factory=dict)
    provider: str = ""

    @property
    def token(self) -> str:
        """The last part of its type: ``"Dataset"``."""
        return self.type.rpartition(":")[2]

    @classmethod
    def from_export(cls, one: Mapping[str, Any]) -> Resource:
        """Read one entry of an export, or the new state in a step of a preview."""
        urn = str(one["urn"])
        chain, name = urn_parts(urn)
        return cls(
            urn=urn,
            type=str(one.get("type") or chain[-1]),
            name=name,
            types=tuple(chain[:-1]),
            parent=str(one.get("parent") or ""),
            id=str(one.get("id") or ""),
            inputs=_values(one.get("inputs")),
            outputs=_values(one.get("outputs")),
            deleting=bool(one.get("delete")),
            options={name: True for name in ("protect", "retainOnDelete") if one.get(name)},
            provider=str(one.get("provider") or ""),
        )


def _values(values: Any) -> Mapping[str, Any]:
    kept = masked(values) if isinstance(values, Mapping) else {}
    kept.pop(_PROVIDER_KEY, None)
    return dict(kept)


def urn_parts(urn: str) -> tuple[Sequence[str], str]:
    """The chain of types of a URN, outermost first and its own last, and the name. A name may hold ``::``.

    :raises ExportError: it is no URN.
    """
    parts = urn.split("::", 3)
    if len(parts) != 4 or not urn.startswith("urn:pulumi:"):
        raise ExportError(f'"{urn}" is no URN of Pulumi: it needs stack, project, types and name between "::"')
    return parts[2].split("$"), parts[3]


@dataclass(frozen=True)
class State:
    """The resources of one stack.

    :param stack: its name, as people give it.
    :param resources: without the stack itself and without providers.
    :param engine: the version of the engine that wrote it; empty where it is not told.
    """

    stack: str
    resources: tuple[Resource, ...]
    engine: str = ""

    @classmethod
    def from_export(cls, export: Mapping[str, Any], *, stack: str) -> State:
        """Read an export.

        :param export: as `parse_export` or plain `json.loads` give it.
        :raises ExportError: it is no export.
        """
        deployment = _deployment_checked(export)["deployment"]
        manifest = deployment.get("manifest")
        return cls(
            stack=stack,
            resources=tuple(_ours(deployment.get("resources") or [])),
            engine=str(manifest.get("version") or "") if isinstance(manifest, Mapping) else "",
        )

    def lineage(self, resource: Resource) -> tuple[tuple[str, str], ...]:
        """Type and name of each of its parents, outermost first, without the stack."""
        found: list[tuple[str, str]] = []
        seen = {resource.urn}
        parent = self.by_urn.get(resource.parent)
        while parent is not None and parent.urn not in seen:
            seen.add(parent.urn)
            found.append((parent.type, parent.name))
            parent = self.by_urn.get(parent.parent)
        return tuple(reversed(found))

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Each living resource by its URN."""
        return {one.urn: one for one in self.resources if not one.deleting}


def _ours(resources: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    for one in resources:
        if one["type"] != ROOT_TYPE and not one["type"].startswith(PROVIDERS):
            yield Resource.from_export(one)
