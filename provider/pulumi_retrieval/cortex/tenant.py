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

    :param resource_name: The name of the resource.
    :param tenant_id: Generation ``cortex``: The id of the tenant. Generation ``v2``: The name of the database; a change
        renames it in place. Default: derived from organization, project, stack, parents and resource name at creation,
        and then kept.
    :param tenant_metadata_schema: Generation ``cortex``: The metadata keys that all documents of the tenant have. Their
        order does not matter. Generation ``v2``: The metadata fields, 32 at most, with 6 embeddings at most. Fields can
        be added later. Their order does not matter. Default: no metadata.
    :param note: Generation ``cortex`` only. A remark that is sent once, in a URL, when the tenant is created; the
        service does not return it. Default: no note.
    :param embeddings_dimension: Generation ``v2`` only. The dimension of the embeddings. The service does not return
        it. Default: `1536`.
    :param adopt: Take an existing tenant under management although it may belong to somebody else. Immutable keys must
        agree. Default: `False`, or the setting `cortex:adopt`.
    :param on_immutable_change: What a change of an immutable key does: it is refused, or the tenant is replaced and its
        documents are lost. Default: `"refuse"`.
    :param force_destroy: Delete the tenant although it holds documents. Takes effect once it was applied. No effect if
        the API generation cannot delete tenants. Default: `False`.
    :param retire: Whether the tenant is being off-boarded: it may be deleted with its documents once it was kept for
        `retention_days`. The service has no lock. If the API generation cannot delete tenants, the removal only ends
        its management, and the tenant stays in the service. Default: `False`.
    :param retention_days: How many days a retired tenant is kept; 0: it can be deleted at once. Default: `30`.
    :param allow_rename: Generation ``cortex``: No effect: this generation never gives a tenant another id. Generation
        ``v2``: Whether the id may become one that is not known before the update. Default: `False`.
    :param wait_seconds: Generation ``v2`` only. How long to wait for provisioning and for deletion; 0 does not wait. A
        waiting resource occupies one of the engine's four workers, so programs with many tenants set 0, and
        `pulumi-retrieval wait` waits for all of them. Default: `600`.
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
        adopt: pulumi.Input[bool] | None = None,
        on_immutable_change: pulumi.Input[OnImmutableChange] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        retire: pulumi.Input[bool] | None = None,
        retention_days: pulumi.Input[float] | None = None,
        allow_rename: pulumi.Input[bool] | None = None,
        wait_seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "tenant_id": tenant_id,
            "tenant_metadata_schema": tenant_metadata_schema,
            "note": note,
            "embeddings_dimension": embeddings_dimension,
            "adopt": adopt,
            "on_immutable_change": on_immutable_change,
            "force_destroy": force_destroy,
            "retire": retire,
            "retention_days": retention_days,
            "allow_rename": allow_rename,
            "wait_seconds": wait_seconds,
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
