"""Every resource of Cortex, with plain values and outputs, for both generations of its API."""

import pulumi

from pulumi_retrieval import cortex

key: cortex.MetadataKey = {"key": "topic", "type": "string", "searchable": True}
tenant = cortex.Tenant(
    "acme",
    tenant_id="acme",
    tenant_metadata_schema=[key, {"key": "year", "type": "number", "filterable": pulumi.Output.from_input(True)}],
    wait_seconds=60,
    on_immutable_change="replace",
)
database = cortex.Tenant(
    "acme-v2",
    tenant_metadata_schema=[cortex.MetadataField(name="topic", data_type="VARCHAR", max_length=100)],
    retire=True,
    retention_days=7,
    adopt=True,
)
embeddings = cortex.EmbeddingsTenant("vectors", tenant_id=tenant.id, embeddings_dimension=1536)

stats: cortex.TenantStats = cortex.get_tenant_stats(tenant_id="acme")
tenants: cortex.TenantList = cortex.list_tenants()
