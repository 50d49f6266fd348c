"""Trieve: inputs, wire client, and the life cycles of its resources. Nothing here knows Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .configuration import ServerConfiguration
from .connection import TrieveConnection
from .inputs import (
    ApiKeyInputs,
    CloneFrom,
    CrawlInputs,
    CrawlOptions,
    DatasetInputs,
    FleetConfigurationInputs,
    OrganizationInputs,
    PartnerConfiguration,
)

if TYPE_CHECKING:
    from .service import TrieveService

__all__ = [
    "ApiKeyInputs",
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


def __getattr__(name: str) -> Any:
    if name == "TrieveService":  # brings the HTTP client, which a program that declares resources does not need
        from .service import TrieveService

        return TrieveService
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
