"""A golden dataset, and customers whose datasets are cloned from it, documents included."""

import pulumi

from pulumi_retrieval import trieve

config = pulumi.Config()
customers = config.get_object("customers") or ["northwind", "fabrikam"]

golden = trieve.Dataset(
    "golden",
    tracking_id="golden",
    dataset_name="Golden corpus",
    server_configuration={
        "EMBEDDING_MODEL_NAME": "text-embedding-3-small",
        "EMBEDDING_SIZE": 1536,
        "LLM_DEFAULT_MODEL": "gpt-4o-mini",
        "RAG_PROMPT": "Answer from these documents, and say which ones:",
    },
)

for customer in customers:
    dataset = trieve.Dataset(
        customer,
        tracking_id=f"customer-{customer}",
        dataset_name=f"Documents of {customer}",
        # Used once, when the dataset is created. Later changes of the golden dataset do not change the clone.
        clone_from=trieve.CloneFrom(dataset_id=golden.id, copy_chunks=True, wait_seconds=600),
        # These keys are set after the copy, and managed from then on. Secrets are never copied: set them here.
        server_configuration={
            "SYSTEM_PROMPT": f"You answer customers of {customer}.",
            "LLM_API_KEY": config.get_secret("llmApiKey"),
        },
    )
    pulumi.export(customer, {"dataset": dataset.id, "cloned_from": dataset.cloned_from})
