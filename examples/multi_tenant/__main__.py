"""One dataset per customer. customers.json lists the customers: add an entry to it and run `pulumi up`."""

import json
from pathlib import Path

import pulumi
import pulumi_random as random

from pulumi_retrieval import trieve

config = pulumi.Config()
customers = json.loads(Path(__file__).with_name("customers.json").read_text(encoding="utf-8"))

# The settings of all customers. A change here is one update per dataset, which sends only the keys that differ.
SHARED: trieve.ServerConfiguration = {
    "EMBEDDING_MODEL_NAME": "text-embedding-3-small",
    "EMBEDDING_SIZE": 1536,
    "LLM_DEFAULT_MODEL": "gpt-4o-mini",
    "N_RETRIEVALS_TO_INCLUDE": 8,
    "FULLTEXT_ENABLED": True,
}
llm_api_key = config.get_secret("llmApiKey")
if llm_api_key is not None:
    SHARED["LLM_API_KEY"] = llm_api_key

# Tracking ids are unique in an organization. Each stack has a suffix of its own, so that several stacks can share one.
suffix = random.RandomId("suffix", byte_length=3)

tracking_ids: dict[str, pulumi.Output[str]] = {}
for customer, about in customers.items():
    dataset = trieve.Dataset(
        customer,
        tracking_id=pulumi.Output.concat(customer, "-", suffix.hex),
        dataset_name=about["name"],
        # A customer's own settings override the shared ones.
        server_configuration={**SHARED, **about.get("settings", {})},
    )
    tracking_ids[customer] = dataset.tracking_id

# The application finds a customer's dataset by its tracking id.
pulumi.export("tracking_ids", tracking_ids)
