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
    """A Cortex tenant; on generation ``v2`` the service calls it a database.

    Metadata keys are fixed when a tenant is created (generation ``v2`` can add some later), so any other change of them
    is refused in preview. Generation ``cortex`` cannot delete tenants: use ``ResourceOptions(retain_on_delete=True)``.

    :param resource_name: the name of the resource; the tenant's id is derived from it.
    :param tenant_id: the id of the tenant; derived and then kept by default. Generation ``v2`` can rename it.
    :param tenant_metadata_schema: its metadata keys (`MetadataKey`), or fields (`MetadataField`) on ``v2``; their order
        means nothing.
    :param note: a remark that is sent once, on generation ``cortex``.
    :param embeddings_dimension: the dimension of its vectors, on ``v2``; fixed for life.
    :param wait_seconds: how long to wait for provisioning and for deletion, on ``v2``; 0: not at all.
    :param force_destroy: whether it may be deleted although it holds documents; must be applied before.
    :param retire: whether it is being off-boarded: kept for `retention_days`, and then deleted by its removal.
    :param retention_days: days that it is kept once it is retired, 30 by default; must be applied before.
    :param allow_rename: whether the tenant's id may become one that is not known before the update.
    :param adopt: whether an existing tenant with this id is taken under management.
    :param on_immutable_change: ``"refuse"``, the default, or ``"replace"``.
    """

    separator: ClassVar[str] = "_"
    inherits: ClassVar[bool] = True

    tenant_id: pulumi.Output[str]
    """The id of the tenant."""
    tenant_metadata_schema: pulumi.Output[list[dict[str, Any]] | None]
    """Its metadata keys, as the program gave them."""
    embeddings_dimension: pulumi.Output[int | None]
    """Numbers of an embedding, as the program gave it."""
    current_tenant_id: pulumi.Output[str]
    """The id that the service knows it by. Use this one: the resource's own `id` cannot follow a rename."""
    default_sub_tenant_id: pulumi.Output[str | None]
    """The sub-tenant that documents go to when none is named."""
    status: pulumi.Output[str | None]
    """How far it is: ``"ready"``, ``"provisioning"`` or ``"failed"``."""
    retired_at: pulumi.Output[str | None]
    """When it was retired, UTC; None where it is not."""

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
            # Whatever else is given goes to `check`, which names it, and the remedy.
            **unknown,
        }
        super().__init__(TenantProvider(), resource_name, props, opts)

    @classmethod
    def get(cls, resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> Tenant:
        """Read a tenant that something else manages.

        Its ids, its status and what is immutable; `tenant_metadata_schema` is None: see `get_metadata_schema`.

        :param id: the id of the tenant.
        """
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
