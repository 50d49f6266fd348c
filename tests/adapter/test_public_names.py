"""The names that programs import. Adding one is a feature; taking one away breaks somebody."""

import importlib

import pytest

PUBLIC = {
    "pulumi_retrieval": ["Provider", "__version__", "cortex", "trieve"],
    "pulumi_retrieval.trieve": [
        "ApiKey",
        "CloneFrom",
        "Crawl",
        "CrawlOptions",
        "Dataset",
        "DatasetResult",
        "DatasetSummary",
        "DatasetUsage",
        "FleetConfiguration",
        "OnImmutableChange",
        "Organization",
        "OrganizationResult",
        "PartnerConfiguration",
        "PublicDataset",
        "QueryToolOptions",
        "ServerConfiguration",
        "ToolConfiguration",
        "get_dataset",
        "get_dataset_output",
        "get_dataset_usage",
        "get_dataset_usage_output",
        "get_organization",
        "get_organization_output",
        "list_datasets",
        "list_datasets_output",
    ],
    "pulumi_retrieval.cortex": [
        "EmbeddingsTenant",
        "MetadataField",
        "MetadataKey",
        "OnImmutableChange",
        "Tenant",
        "TenantList",
        "TenantStats",
        "get_metadata_schema",
        "get_metadata_schema_output",
        "get_tenant_stats",
        "get_tenant_stats_output",
        "list_sub_tenants",
        "list_sub_tenants_output",
        "list_tenants",
        "list_tenants_output",
    ],
}


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names(module: str) -> None:
    imported = importlib.import_module(module)
    assert sorted(imported.__all__) == sorted(PUBLIC[module])
    for name in PUBLIC[module]:
        assert getattr(imported, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    import pulumi_retrieval

    with pytest.raises(AttributeError, match="no attribute 'Datasets'"):
        _ = pulumi_retrieval.Datasets
