"""Look-ups of Cortex: they read from the service in every run, previews included.

For a tenant of the same program, pass its `current_tenant_id` to an ``_output`` form, not its `tenant_id`. It is unknown
until the tenant exists, so a preview does not look up a tenant that is still to be created, and it changes with a rename.
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
    """Count the chunks or objects of a tenant.

    It calls `GET /tenant/stats` (cortex.md 1.2), on ``v2`` `GET /databases/stats` (cortex.md 1.4).

    :param tenant_id: the id of the tenant.
    :param sub_tenant_id: the sub-tenant to count on generation ``cortex``, by default the default one; ``v2`` always counts
        all sub-tenants together.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is no such tenant, or the service could not be asked.
    """
    found: TenantStats = ask(
        "cortex", lambda service: service.tenant_stats(tenant_id, sub_tenant_id=sub_tenant_id), provider=provider
    )
    return found


def list_tenants(*, provider: Provider | None = None) -> TenantList:
    """List the tenants of the account, on API generation ``v2``.

    It calls `GET /databases` of ``v2`` (cortex.md 1.4); generation ``cortex`` has no such call.

    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: the API generation cannot list tenants, or the request failed.
    """
    found: TenantList = ask("cortex", lambda service: service.list_tenants(), provider=provider)
    return found


def list_sub_tenants(*, tenant_id: str, provider: Provider | None = None) -> list[str]:
    """List the sub-tenants of a tenant. There is no resource for them: the service creates each with its first document.

    It calls `GET /tenant/sub_tenant_ids` (cortex.md 1.2), on ``v2`` `GET /databases/collections` (cortex.md 1.4).

    :param tenant_id: the id of the tenant.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is no such tenant, or the service could not be asked.
    """
    found: list[str] = ask("cortex", lambda service: service.list_sub_tenants(tenant_id), provider=provider)
    return found


def get_metadata_schema(*, tenant_id: str, provider: Provider | None = None) -> list[dict[str, Any]] | None:
    """Read the metadata schema of a tenant. Generation ``cortex`` returns names and flags, but no types.

    It calls `GET /tenant/sub_tenant_ids` (cortex.md 1.2), on ``v2`` `GET /databases/{database}/metadata-schema` (cortex.md 1.4).

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
    """Like `get_tenant_stats`, for arguments that may be Outputs."""
    return ask_output(get_tenant_stats, provider=provider, tenant_id=tenant_id, sub_tenant_id=sub_tenant_id)


def list_tenants_output(*, provider: Provider | None = None) -> pulumi.Output[TenantList]:
    """Like `list_tenants`, for a provider whose settings may be Outputs."""
    return ask_output(list_tenants, provider=provider)


def list_sub_tenants_output(
    *, tenant_id: pulumi.Input[str], provider: Provider | None = None
) -> pulumi.Output[list[str]]:
    """Like `list_sub_tenants`, for arguments that may be Outputs."""
    return ask_output(list_sub_tenants, provider=provider, tenant_id=tenant_id)


def get_metadata_schema_output(
    *, tenant_id: pulumi.Input[str], provider: Provider | None = None
) -> pulumi.Output[list[dict[str, Any]] | None]:
    """Like `get_metadata_schema`, for arguments that may be Outputs."""
    return ask_output(get_metadata_schema, provider=provider, tenant_id=tenant_id)
