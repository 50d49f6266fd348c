"""One organization, two datasets, one tenant: everything a first customer needs, in one program.

Names come from the stack's configuration, so `dev` and `prod` differ in Pulumi.dev.yaml and Pulumi.prod.yaml only.
"""

import pulumi

from pulumi_retrieval import cortex, trieve

config = pulumi.Config()
company = config.require("company")
environment = config.require("environment")

# Each environment has its own organization. If you already have one, pass its organization_id instead.
organization = trieve.Organization("company", name=f"{company} ({environment})")

# Each dataset manages only the configuration keys that it sets.
support = trieve.Dataset(
    "support",
    organization_id=organization.id,
    tracking_id=f"support-{environment}",
    dataset_name=f"{company} support articles",
    server_configuration={
        "LLM_DEFAULT_MODEL": config.get("supportModel") or "gpt-4o-mini",
        "EMBEDDING_MODEL_NAME": "text-embedding-3-small",
        "EMBEDDING_SIZE": 1536,
        "SYSTEM_PROMPT": f"You answer customers of {company}. Be brief.",
        "N_RETRIEVALS_TO_INCLUDE": 5,
        "LLM_API_KEY": config.get_secret("llmApiKey"),
    },
)

contracts = trieve.Dataset(
    "contracts",
    organization_id=organization.id,
    tracking_id=f"contracts-{environment}",
    dataset_name=f"{company} contracts",
    server_configuration={
        "LLM_DEFAULT_MODEL": "gpt-4o",
        "TEMPERATURE": 0.1,
        "RAG_PROMPT": "Quote the paragraph that answers, word for word:",
        "FULLTEXT_ENABLED": True,
        "BM25_K": 1.2,
    },
)

# Metadata keys are fixed when a tenant is created: preview refuses a later change and prints the remedies.
# This service cannot delete tenants, so Pulumi keeps the tenant when the stack is destroyed.
tenant = cortex.Tenant(
    "knowledge",
    tenant_id=f"{config.require('tenantPrefix')}_{environment}",
    tenant_metadata_schema=[
        {"key": "department", "type": "string", "searchable": True, "filterable": True},
        {"key": "priority", "type": "number", "searchable": False, "filterable": True},
        {"key": "is_confidential", "type": "boolean", "searchable": False, "filterable": True},
        {"key": "valid_from", "type": "date", "searchable": False, "filterable": True},
    ],
    opts=pulumi.ResourceOptions(retain_on_delete=True),
)

pulumi.export("organization", organization.id)
pulumi.export("support_dataset", support.id)
pulumi.export("contracts_dataset", contracts.id)
pulumi.export("tenant", tenant.tenant_id)
pulumi.export("default_sub_tenant", tenant.default_sub_tenant_id)
