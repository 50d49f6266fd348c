"""The resource `cortex.EmbeddingsTenant`."""

from __future__ import annotations

from typing import ClassVar

import pulumi
from typing_extensions import Never

from ..providers.cortex import EmbeddingsTenantProvider
from ..resource import RetrievalResource
from .args import OnImmutableChange


class EmbeddingsTenant(RetrievalResource, module="cortex", name="EmbeddingsTenant"):
    """A Cortex tenant that holds embeddings only, without documents and metadata.

    :param resource_name: the name of the resource; the tenant's id is derived from it.
    :param tenant_id: the id of the tenant and of its only sub-tenant; by default derived once and then kept.
    :param embeddings_dimension: the dimension of its vectors, on generation ``v2``; never changes after creation.
    :param wait_seconds: seconds to wait for provisioning and for deletion, on ``v2``; 0 does not wait.
    :param force_destroy: whether a tenant with embeddings may be deleted; must be applied before the delete.
    :param retire: whether to off-board the tenant: it may be deleted `retention_days` later.
    :param retention_days: days for which a retired tenant is kept, 30 by default; must be applied before the delete.
    :param adopt: whether to adopt an existing tenant with this id.
    :param on_immutable_change: ``"refuse"``, the default, or ``"replace"``.
    """

    separator: ClassVar[str] = "_"
    inherits: ClassVar[bool] = True

    tenant_id: pulumi.Output[str]
    """The id of the tenant and of its only sub-tenant."""
    embeddings_dimension: pulumi.Output[int | None]
    """The dimension of an embedding, as the program gave it."""
    current_tenant_id: pulumi.Output[str]
    """The id that the service uses now. Prefer it to the output `id`, which keeps the first id after a rename."""
    default_sub_tenant_id: pulumi.Output[str | None]
    """The id of its only sub-tenant, where the service reports it."""
    status: pulumi.Output[str | None]
    """State of its provisioning: ``"ready"``, ``"provisioning"`` or ``"failed"``."""
    retired_at: pulumi.Output[str | None]
    """When the tenant was retired, UTC; None where it is not retired."""

    def __init__(
        self,
        resource_name: str,
        *,
        tenant_id: pulumi.Input[str] | None = None,
        embeddings_dimension: pulumi.Input[int] | None = None,
        wait_seconds: pulumi.Input[int] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        retire: pulumi.Input[bool] | None = None,
        retention_days: pulumi.Input[float] | None = None,
        adopt: pulumi.Input[bool] | None = None,
        on_immutable_change: pulumi.Input[OnImmutableChange] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "tenant_id": tenant_id,
            "embeddings_dimension": embeddings_dimension,
            "wait_seconds": wait_seconds,
            "force_destroy": force_destroy,
            "retire": retire,
            "retention_days": retention_days,
            "adopt": adopt,
            "on_immutable_change": on_immutable_change,
            **unknown,
        }
        super().__init__(EmbeddingsTenantProvider(), resource_name, props, opts)

    @classmethod
    def get(cls, resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> EmbeddingsTenant:
        """Read an existing tenant without managing it.

        :param id: the id of the tenant.
        """
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
