"""Resources and look-ups of Trieve: organizations, datasets, configuration of many datasets, crawls and API keys."""

from .api_key import ApiKey
from .args import (
    CloneFrom,
    CrawlOptions,
    OnImmutableChange,
    PartnerConfiguration,
    PublicDataset,
    QueryToolOptions,
    ServerConfiguration,
    ToolConfiguration,
)
from .crawl import Crawl
from .dataset import Dataset
from .fleet_configuration import FleetConfiguration
from .lookups import (
    DatasetResult,
    DatasetSummary,
    DatasetUsage,
    OrganizationResult,
    get_dataset,
    get_dataset_output,
    get_dataset_usage,
    get_dataset_usage_output,
    get_organization,
    get_organization_output,
    list_datasets,
    list_datasets_output,
)
from .organization import Organization

__all__ = [
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
]
