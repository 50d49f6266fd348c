"""Look-ups of Cortex: what is there now. They ask at every run, previews included.

Give the ``_output`` forms the `current_tenant_id` of a tenant of the same program, not its `tenant_id`: it is not known
before the tenant exists, so a preview does not ask for a tenant that is still to be created, and it follows a rename.
"""

from __future__ import annotations

from typing import Any

import pulumi

from ..lookup import ask, ask_output
from ..provider import Provider
from ..services.cortex.results import TenantList, TenantStats


def get_tenant_stats(
    *, tenant_id: str, sub_tenant_id: str | None = None, provider: Provider | None = None
) -> TenantStats:
    """Count what a tenant holds.

    It asks `GET /tenant/stats` (cortex.md 1.2), on ``v2`` `GET /databases/stats` (cortex.md 1.4).

    :param tenant_id: the id of the tenant.
    :param sub_tenant_id: generation ``cortex`` counts one sub-tenant, the default one if none is named; ``v2`` counts all
        together.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is no such tenant, or the service could not be asked.
    """
    found: TenantStats = ask(
        "cortex", lambda service: service.tenant_stats(tenant_id, sub_tenant_id=sub_tenant_id), provider=provider
    )
    return found


def list_tenants(*, provider: Provider | None = None) -> TenantList:
    """List the tenants of the account, where the generation of the API can.

    It asks `GET /databases` of ``v2`` (cortex.md 1.4); generation ``cortex`` has no such call.

    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: it cannot, or the service could not be asked.
    """
    found: TenantList = ask("cortex", lambda service: service.list_tenants(), provider=provider)
    return found


def list_sub_tenants(*, tenant_id: str, provider: Provider | None = None) -> list[str]:
    """List the sub-tenants of a tenant. They appear by themselves with their first document, so they are no resource.

    It asks `GET /tenant/sub_tenant_ids` (cortex.md 1.2), on ``v2`` `GET /databases/collections` (cortex.md 1.4).

    :param tenant_id: the id of the tenant.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is no such tenant, or the service could not be asked.
    """
    found: list[str] = ask("cortex", lambda service: service.list_sub_tenants(tenant_id), provider=provider)
    return found


def get_metadata_schema(*, tenant_id: str, provider: Provider | None = None) -> list[dict[str, Any]] | None:
    """Read the metadata schema as far as the generation tells it: ``cortex`` tells names and flags, no types.

    It asks `GET /tenant/sub_tenant_ids` (cortex.md 1.2), on ``v2`` `GET /databases/{database}/metadata-schema` (cortex.md 1.4).

    :param tenant_id: the id of the tenant.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is no such tenant, or the service could not be asked.
    """
    found: list[dict[str, Any]] | None = ask(
        "cortex", lambda service: service.metadata_schema(tenant_id), provider=provider
    )
    return found


def get_tenant_stats_output(
    *, tenant_id: pulumi.Input[str], sub_tenant_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[TenantStats]:
    """As `get_tenant_stats`, with values that may not be known yet."""
    return ask_output(get_tenant_stats, provider=provider, tenant_id=tenant_id, sub_tenant_id=sub_tenant_id)


def list_tenants_output(*, provider: Provider | None = None) -> pulumi.Output[TenantList]:
    """As `list_tenants`, over a connection that may not be known yet."""
    return ask_output(list_tenants, provider=provider)


def list_sub_tenants_output(
    *, tenant_id: pulumi.Input[str], provider: Provider | None = None
) -> pulumi.Output[list[str]]:
    """As `list_sub_tenants`, with a tenant that may not be known yet."""
    return ask_output(list_sub_tenants, provider=provider, tenant_id=tenant_id)


def get_metadata_schema_output(
    *, tenant_id: pulumi.Input[str], provider: Provider | None = None
) -> pulumi.Output[list[dict[str, Any]] | None]:
    """As `get_metadata_schema`, with a tenant that may not be known yet."""
    return ask_output(get_metadata_schema, provider=provider, tenant_id=tenant_id)
