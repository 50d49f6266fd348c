"""Which list shows which awaited object: one group for each organization of a Trieve server, and for each Cortex account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.errors import ConfigurationError
from ..core.place import Place
from .awaited import Awaited, Kind
from .connections import Connections
from .polling import Clones, Group, Tenants
from .states import Resource
from .steps import Side, Step


def groups(items: Iterable[Awaited], connections: Connections) -> list[Group]:
    """Group what is awaited by the list that shows it.

    :raises ConfigurationError: a connection lacks its key, or points elsewhere than the state.
    """
    sorted_out: dict[tuple[Kind, str, str], tuple[Any, dict[str, Awaited]]] = {}
    for item in items:
        service, object_id, place = _connected(item, connections)
        _, members = sorted_out.setdefault((item.kind, *place), (service, {}))
        members[object_id] = item
    return [
        Clones(members, lookups=service.lookups, organization=where)
        if kind is Kind.CLONE
        else Tenants(members, service=service)
        for (kind, _, where), (service, members) in sorted_out.items()
    ]


def _connected(item: Awaited, connections: Connections) -> tuple[Any, str, tuple[str, str]]:
    """The service that an object lives in, its id there, and what stands for the list that shows it."""
    resource = item.resource
    step = _step(resource)
    reconciler = connections.with_credentials(step)
    if reconciler is None:
        raise ConfigurationError(
            f"{resource.token} {resource.name}: the key of its provider is not in the state, so nothing can be asked. Run "
            "`pulumi up` first"
        )
    definition = reconciler.definition
    if moved := Place(definition).moved(resource.outputs):
        raise ConfigurationError(f"{resource.token} {resource.name}: {moved.text}")
    reconciler.ready()
    service = connections.service(step)
    if item.kind is Kind.CLONE:
        organization = resource.outputs.get("organization_id")
        where = organization if isinstance(organization, str) else service.connection.organization_id
        if not where:
            raise ConfigurationError(
                f"{resource.token} {resource.name}: its organization is not known: pulumi config set trieve:organizationId ID"
            )
        return service, resource.id, (definition.endpoint, where)
    return service, definition.current_id(resource.id, resource.outputs), (definition.endpoint, definition.account)


def _step(resource: Resource) -> Step:
    """A resource of the state as a step that changes nothing; its connection is the one of the next `pulumi up`."""
    side = Side(id=resource.id, provider=resource.provider, inputs=resource.inputs, outputs=resource.outputs)
    return Step("same", resource.urn, resource.type, new=side)
