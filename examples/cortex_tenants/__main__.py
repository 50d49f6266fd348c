"""One tenant for each department, with the same enterprise schema, on either generation of Cortex' API.

The setting `cortex:apiVersion` in Pulumi.cortex.yaml and Pulumi.v2.yaml chooses the generation. The two generations describe
metadata in different ways, and the package does not translate between them, so the program has the schema for both.
"""

import pulumi

from pulumi_retrieval import cortex

config = pulumi.Config()
generation = pulumi.Config("cortex").get("apiVersion") or "cortex"

SCHEMAS: dict[str, list[cortex.MetadataKey] | list[cortex.MetadataField]] = {
    "cortex": [
        cortex.MetadataKey(key="department", type="string", searchable=True, filterable=True),
        cortex.MetadataKey(key="compliance_framework", type="string", searchable=True, filterable=False),
        cortex.MetadataKey(key="data_classification", type="string", searchable=False, filterable=True),
        cortex.MetadataKey(key="business_unit", type="string", searchable=False, filterable=True),
        cortex.MetadataKey(key="is_confidential", type="boolean", searchable=False, filterable=True),
    ],
    "v2": [
        cortex.MetadataField(name="department", data_type="VARCHAR", enable_match=True, enable_dense_embedding=True),
        cortex.MetadataField(name="compliance_framework", data_type="VARCHAR", enable_dense_embedding=True),
        cortex.MetadataField(name="data_classification", data_type="VARCHAR", enable_match=True),
        cortex.MetadataField(name="business_unit", data_type="VARCHAR", enable_match=True),
        cortex.MetadataField(name="is_confidential", data_type="BOOL"),
    ],
}

# The first generation cannot delete tenants, so `pulumi destroy` keeps them; generation v2 deletes them with the stack.
retain = generation == "cortex"

for department in ("engineering", "legal"):
    tenant = cortex.Tenant(
        department,
        tenant_id=f"{config.require('prefix')}_{department}",
        tenant_metadata_schema=SCHEMAS[generation],
        opts=pulumi.ResourceOptions(retain_on_delete=retain),
    )
    pulumi.export(department, tenant.tenant_id)
    # The first document of a sub-tenant (here: a team) creates it, so sub-tenants are looked up, not declared.
    pulumi.export(f"{department}_teams", cortex.list_sub_tenants_output(tenant_id=tenant.current_tenant_id))
