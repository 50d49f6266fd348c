"""The input models of each resource class, which it does not import itself."""

from __future__ import annotations

from pydantic import BaseModel

from pulumi_retrieval import cortex, trieve
from pulumi_retrieval.resource import RetrievalResource
from pulumi_retrieval.services import cortex as cortex_service
from pulumi_retrieval.services import trieve as trieve_service

MODELS: dict[type[RetrievalResource], tuple[type[BaseModel], ...]] = {
    trieve.ApiKey: (trieve_service.ApiKeyInputs,),
    trieve.Crawl: (trieve_service.CrawlInputs,),
    trieve.Dataset: (trieve_service.DatasetInputs,),
    trieve.FleetConfiguration: (trieve_service.FleetConfigurationInputs,),
    trieve.Organization: (trieve_service.OrganizationInputs,),
    cortex.EmbeddingsTenant: (cortex_service.EmbeddingsTenantInputs, cortex_service.EmbeddingsDatabaseInputs),
    cortex.Tenant: (cortex_service.TenantInputs, cortex_service.DatabaseTenantInputs),
}
"""One for each generation of the service's API."""
