"""Trieve: inputs, wire client, and the lives of organizations and datasets. No Pulumi here."""

from .configuration import ServerConfiguration
from .connection import TrieveConnection
from .inputs import (
    CloneFrom,
    CrawlInputs,
    CrawlOptions,
    DatasetInputs,
    FleetConfigurationInputs,
    OrganizationInputs,
    PartnerConfiguration,
)
from .service import TrieveService

__all__ = [
    "CloneFrom",
    "CrawlInputs",
    "CrawlOptions",
    "DatasetInputs",
    "FleetConfigurationInputs",
    "OrganizationInputs",
    "PartnerConfiguration",
    "ServerConfiguration",
    "TrieveConnection",
    "TrieveService",
]
