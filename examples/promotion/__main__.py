"""All customers of one stack. Staging and production run this program; they differ in configuration and environment."""

import json
from pathlib import Path

import pulumi
from customer import Customer

from pulumi_retrieval import trieve

config = pulumi.Config()
customers = json.loads(Path(__file__).with_name(config.get("customers") or "customers.json").read_text("utf-8"))
suffix = config.require("suffix")

# The configuration of the datasets of all customers. A changed key is sent to each dataset by one update that holds only this key.
SHARED: trieve.ServerConfiguration = {
    "EMBEDDING_MODEL_NAME": "text-embedding-3-small",
    "EMBEDDING_SIZE": 1536,
    "LLM_DEFAULT_MODEL": "gpt-4o-mini",
    "N_RETRIEVALS_TO_INCLUDE": 8,
}
llm_api_key = config.get_secret("llmApiKey")
if llm_api_key is not None:
    SHARED["LLM_API_KEY"] = llm_api_key

made = {name: Customer(name, about=about, suffix=suffix, shared=SHARED) for name, about in customers.items()}

# The application finds a customer's documents by these ids.
pulumi.export("tracking_ids", {name: customer.dataset.tracking_id for name, customer in made.items()})
pulumi.export("tenant_ids", {name: customer.tenant.current_tenant_id for name, customer in made.items()})
