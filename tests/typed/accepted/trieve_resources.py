"""Every resource of Trieve, with plain values, outputs, secrets and values that may be missing."""

import pulumi

from pulumi_retrieval import Provider, trieve

config = pulumi.Config()

organization = trieve.Organization(
    "company",
    name="Company",
    partner_configuration={"COMPANY_NAME": "Company", "EMAIL": config.get("email")},
    force_destroy=False,
    on_immutable_change="refuse",
)
key = trieve.ApiKey(
    "reader",
    role=0,
    name="reader",
    scopes=["/api/chunk/search"],
    dataset_ids=[pulumi.Output.from_input("d1")],
    expires_at=None,
    organization_id=organization.id,
)
options: trieve.QueryToolOptions = {
    "tool_description": "Search",
    "query_parameter_description": "What to look for",
    "price_filter_description": "Prices",
    "max_price_option_description": "At most",
    "min_price_option_description": "At least",
}
golden = trieve.Dataset(
    "golden",
    tracking_id="golden",
    organization_id=organization.id,
    server_configuration={
        "LLM_API_KEY": config.require_secret("llmApiKey"),
        "MAX_LIMIT": config.get_int("limit"),
        "STOP_TOKENS": ["END", pulumi.Output.from_input("STOP")],
        "DISTANCE_METRIC": "cosine",
        "TOOL_CONFIGURATION": {"query_tool_options": options},
        "PUBLIC_DATASET": {"enabled": True, "extra_params": {"apiKey": "x"}},
    },
    retention_days=30,
    adopt=golden_id if (golden_id := config.get("goldenId")) else False,
    opts=pulumi.ResourceOptions(protect=True),
)
clone = trieve.Dataset(
    "clone",
    clone_from=trieve.CloneFrom(dataset_id=golden.id, copy_chunks=True, wait_seconds=60),
    server_configuration=pulumi.Output.from_input(trieve.ServerConfiguration(TEMPERATURE=0.5)),
)
fleet = trieve.FleetConfiguration(
    "fleet", configuration={"SYSTEM_PROMPT": golden.id.apply(str)}, match={"tracking_id": "customer-*"}
)
crawl = trieve.Crawl(
    "site",
    dataset_id=golden.id,
    crawl_options={"site_url": "https://example.invalid", "interval": "daily", "tags": ["site"], "limit": 10},
)
other = Provider("other", trieve={"apiKey": config.require_secret("otherKey")})
trieve.Dataset("elsewhere", opts=pulumi.ResourceOptions(provider=other))

found: trieve.DatasetResult = trieve.get_dataset(tracking_id="golden")
later: pulumi.Output[trieve.DatasetResult] = trieve.get_dataset_output(dataset_id=golden.id)
count: pulumi.Output[str] = golden.id
