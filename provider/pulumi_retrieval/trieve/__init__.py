"""Trieve: organizations and datasets."""

from .args import (
    CloneFrom,
    OnImmutableChange,
    PartnerConfiguration,
    PublicDataset,
    QueryToolOptions,
    ServerConfiguration,
    ToolConfiguration,
)
from .dataset import Dataset
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
    "CloneFrom",
    "Dataset",
    "DatasetResult",
    "DatasetSummary",
    "DatasetUsage",
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
