"""One dataset per customer. Who the customers are is data: a new one is an entry in customers.json and a `pulumi up`."""

import json
from pathlib import Path

import pulumi
import pulumi_random as random

from pulumi_retrieval import trieve

config = pulumi.Config()
customers = json.loads(Path(__file__).with_name("customers.json").read_text(encoding="utf-8"))

# What all customers share. A change here is one small update per dataset, made of nothing but the keys that differ.
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

# Several stacks may live in one organization, where tracking ids are unique: each stack has an ending of its own.
suffix = random.RandomId("suffix", byte_length=3)

tracking_ids: dict[str, pulumi.Output[str]] = {}
for customer, about in customers.items():
    dataset = trieve.Dataset(
        customer,
        tracking_id=pulumi.Output.concat(customer, "-", suffix.hex),
        dataset_name=about["name"],
        # A customer's own settings win over the shared ones.
        server_configuration={**SHARED, **about.get("settings", {})},
    )
    tracking_ids[customer] = dataset.tracking_id

# What the application needs to find a customer's dataset.
pulumi.export("tracking_ids", tracking_ids)
