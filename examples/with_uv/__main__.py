"""One dataset and one tenant, in a project whose environment a toolchain manages."""

import pulumi

from pulumi_retrieval import cortex, trieve

documents = trieve.Dataset(
    "documents",
    tracking_id="documents",
    dataset_name="Documents",
    server_configuration={"LLM_DEFAULT_MODEL": "gpt-4o-mini", "N_RETRIEVALS_TO_INCLUDE": 8},
)
tenant = cortex.Tenant("acme", tenant_id="acme")

pulumi.export("dataset", documents.id)
pulumi.export("tenant", tenant.id)
