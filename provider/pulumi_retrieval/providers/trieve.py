"""The providers of Trieve's resources. State files contain this module path and the class names, so neither may change."""

from __future__ import annotations

from .adapter import RetrievalProvider


class OrganizationProvider(RetrievalProvider):
    """Provider of `trieve.Organization`."""

    service = "trieve"
    kind = "organization"


class DatasetProvider(RetrievalProvider):
    """Provider of `trieve.Dataset`."""

    service = "trieve"
    kind = "dataset"


class FleetConfigurationProvider(RetrievalProvider):
    """Provider of `trieve.FleetConfiguration`."""

    service = "trieve"
    kind = "fleet_configuration"


class ApiKeyProvider(RetrievalProvider):
    """Provider of `trieve.ApiKey`."""

    service = "trieve"
    kind = "api_key"


class CrawlProvider(RetrievalProvider):
    """Provider of `trieve.Crawl`."""

    service = "trieve"
    kind = "crawl"
