"""The state of a stack as `pulumi stack export` prints it, without its secrets.

Nothing is decrypted. While the export is parsed, each secret is replaced by a marker that only says that it is set. Debugging
data of the engine (where in the program a resource was declared) is dropped as well, because it makes up most of an export.
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
"""The key that marks an object in a state as a special value; inputs and outputs with it are secrets."""
ROOT_TYPE = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"
_DEBUGGING = ("sourcePosition", "stackTrace")
_NOT_DIGESTED = (*_DEBUGGING, "dependencies", "propertyDependencies")
"""Fields that the engine stores for a resource and that do not concern a service; edits of the program text change them."""
_PROVIDER_KEY = "__provider"


class ExportError(RetrievalError):
    """A text or value does not have the form that `pulumi stack export` prints."""


def secret_marker() -> dict[str, str]:
    """The marker that replaces a secret. All markers are equal and valid JSON, and masking one again does not change it."""
    return {SIGNATURE: "set"}


def is_secret(value: Any) -> bool:
    """Whether a value is a secret: encrypted by the engine, or already a marker."""
    return isinstance(value, Mapping) and SIGNATURE in value


def masked(value: Any) -> Any:
    """A copy of a value in which each secret is replaced by a marker."""
    if isinstance(value, Mapping):
        return secret_marker() if SIGNATURE in value else {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, (list, tuple)) else value


def parse_export(text: str | bytes) -> dict[str, Any]:
    """Parse the output of `pulumi stack export`. Secrets and debugging data are dropped while it is parsed.

    :raises ExportError: the text is not JSON, or not the export of a stack.
    """
    try:
        export = json.loads(text, object_hook=_slim)
    except ValueError as error:
        # The error text contains a position and nothing of the export, so it leaks no secret.
        raise ExportError(
            f"the export of the stack is not valid JSON: {error}. Export it again: pulumi stack export"
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
            'this is not the export of a stack: it needs "deployment" with "resources", each with "urn" and "type". To fix: '
            "give the output of `pulumi stack export`"
        )
    return export


def digest(export: Mapping[str, Any]) -> str:
    """A digest of a state that changes with every run or edit that changes the state.

    It covers each resource with its URN, id, inputs, outputs, options and time of last change. Secrets are masked, because the
    engine encrypts them differently in each export; a change of a secret alone is covered by that time. A run that changes
    nothing does not change the digest, and neither does moving a declaration within a program.

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
    if "resource" in one:  # an operation that was pending when the engine was killed
        return json.dumps([one.get("type"), _digested(one["resource"])])
    kept = {name: masked(value) for name, value in one.items() if name not in _NOT_DIGESTED}
    return json.dumps(kept, sort_keys=True)


@dataclass(frozen=True)
class Resource:
    """One resource of a state.

    :param type: such as ``pulumi-python:dynamic/trieve:Dataset``.
    :param name: the resource's name in the program.
    :param types: the types of its parents as in its URN, outermost first, without the stack.
    :param inputs: the inputs as last applied or refreshed, with secrets masked and without `__provider`.
    :param outputs: the outputs, in the same form.
    :param deleting: whether it was replaced and only waits for its delete.
    :param provider: the reference of its provider: ``URN::ID``; empty if there is none.
    :param options: the options ``protect`` and ``retainOnDelete``, where they are set.
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
    """Split a URN into its types, from the outermost parent's to its own, and its name. A name may contain ``::``.

    :raises ExportError: the text is not a URN.
    """
    parts = urn.split("::", 3)
    if len(parts) != 4 or not urn.startswith("urn:pulumi:"):
        raise ExportError(f'"{urn}" is not a URN of Pulumi, which has stack, project, types and name separated by "::"')
    return parts[2].split("$"), parts[3]


@dataclass(frozen=True)
class State:
    """The resources of one stack.

    :param stack: the name of the stack, as given by the user.
    :param resources: its resources, without the stack itself and without providers.
    :param engine: the version of the engine that wrote the state; empty where it is unknown.
    """

    stack: str
    resources: tuple[Resource, ...]
    engine: str = ""

    @classmethod
    def from_export(cls, export: Mapping[str, Any], *, stack: str) -> State:
        """Read the resources of an export.

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
        """Type and name of each parent of a resource, outermost first, without the stack."""
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
        """Each resource by its URN, without those that wait for their delete."""
        return {one.urn: one for one in self.resources if not one.deleting}


def _ours(resources: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    for one in resources:
        if one["type"] != ROOT_TYPE and not one["type"].startswith(PROVIDERS):
            yield Resource.from_export(one)
