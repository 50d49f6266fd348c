"""The resource `cortex.Tenant`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pulumi
from typing_extensions import Never

from ..providers.cortex import TenantProvider
from ..resource import RetrievalResource
from .args import MetadataField, MetadataKey, OnImmutableChange


class Tenant(RetrievalResource, module="cortex", name="Tenant"):
    """A Cortex tenant, which generation ``v2`` of the API calls a database.

    The metadata keys of a tenant never change after its creation, except that generation ``v2`` can add keys; a preview
    refuses any other change of them. Generation ``cortex`` cannot delete tenants: use
    ``ResourceOptions(retain_on_delete=True)``.

    :param resource_name: the name of the resource; the tenant's id is derived from it.
    :param tenant_id: the id of the tenant; by default derived once and then kept. Generation ``v2`` can rename it.
    :param tenant_metadata_schema: its metadata keys (`MetadataKey`), or fields (`MetadataField`) on ``v2``; their order has
        no meaning.
    :param note: a remark that is sent when the tenant is created, on generation ``cortex``.
    :param embeddings_dimension: the dimension of its vectors, on ``v2``; never changes after creation.
    :param wait_seconds: seconds to wait for provisioning and for deletion, on ``v2``; 0 does not wait.
    :param force_destroy: whether a tenant with documents may be deleted; must be applied before the delete.
    :param retire: whether to off-board the tenant: it may be deleted `retention_days` later.
    :param retention_days: days for which a retired tenant is kept, 30 by default; must be applied before the delete.
    :param allow_rename: whether the tenant's id may change to a value that is unknown in preview.
    :param adopt: whether to adopt an existing tenant with this id.
    :param on_immutable_change: ``"refuse"``, the default, or ``"replace"``.
    """

    separator: ClassVar[str] = "_"
    inherits: ClassVar[bool] = True

    tenant_id: pulumi.Output[str]
    """The id of the tenant."""
    tenant_metadata_schema: pulumi.Output[list[dict[str, Any]] | None]
    """Its metadata keys, as the program gave them."""
    embeddings_dimension: pulumi.Output[int | None]
    """The dimension of an embedding, as the program gave it."""
    current_tenant_id: pulumi.Output[str]
    """The id that the service uses now. Prefer it to the output `id`, which keeps the first id after a rename."""
    default_sub_tenant_id: pulumi.Output[str | None]
    """The sub-tenant that receives documents for which no sub-tenant is named."""
    status: pulumi.Output[str | None]
    """State of its provisioning: ``"ready"``, ``"provisioning"`` or ``"failed"``."""
    retired_at: pulumi.Output[str | None]
    """When the tenant was retired, UTC; None where it is not retired."""

    def __init__(
        self,
        resource_name: str,
        *,
        tenant_id: pulumi.Input[str] | None = None,
        tenant_metadata_schema: pulumi.Input[Sequence[pulumi.Input[MetadataKey] | pulumi.Input[MetadataField]]]
        | None = None,
        note: pulumi.Input[str] | None = None,
        embeddings_dimension: pulumi.Input[int] | None = None,
        wait_seconds: pulumi.Input[int] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        retire: pulumi.Input[bool] | None = None,
        retention_days: pulumi.Input[float] | None = None,
        allow_rename: pulumi.Input[bool] | None = None,
        adopt: pulumi.Input[bool] | None = None,
        on_immutable_change: pulumi.Input[OnImmutableChange] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "tenant_id": tenant_id,
            "tenant_metadata_schema": tenant_metadata_schema,
            "note": note,
            "embeddings_dimension": embeddings_dimension,
            "wait_seconds": wait_seconds,
            "force_destroy": force_destroy,
            "retire": retire,
            "retention_days": retention_days,
            "allow_rename": allow_rename,
            "adopt": adopt,
            "on_immutable_change": on_immutable_change,
            # `check` refuses unknown arguments with an error that names them and the remedy.
            **unknown,
        }
        super().__init__(TenantProvider(), resource_name, props, opts)

    @classmethod
    def get(cls, resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> Tenant:
        """Read an existing tenant without managing it.

        The result has its ids, its status and its immutable inputs; `tenant_metadata_schema` is None: see `get_metadata_schema`.

        :param id: the id of the tenant.
        """
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
