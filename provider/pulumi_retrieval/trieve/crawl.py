"""The resource `trieve.Crawl`."""

from __future__ import annotations

from typing import Any

import pulumi
from typing_extensions import Never

from ..providers.trieve import CrawlProvider
from ..resource import RetrievalResource
from .args import CrawlOptions


class Crawl(RetrievalResource, module="trieve", name="Crawl"):
    """A crawl that fills a dataset from a site. Every change deletes the crawl and starts a new one.

    :param resource_name: The name of the resource.
    :param dataset_id: Id of the dataset that is filled.
    :param crawl_options: How the site is crawled. A change deletes the crawl and starts another.
    :param organization_id: Id of the organization that owns the dataset. Default: the setting `trieve:organizationId`.
    """

    organization_id: pulumi.Output[str]
    """Id of the organization."""
    dataset_id: pulumi.Output[str]
    """Id of the dataset that is filled."""
    crawl_options: pulumi.Output[dict[str, Any]]
    """How the site is crawled."""

    def __init__(
        self,
        resource_name: str,
        *,
        dataset_id: pulumi.Input[str],
        crawl_options: pulumi.Input[CrawlOptions],
        organization_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "dataset_id": dataset_id,
            "crawl_options": crawl_options,
            "organization_id": organization_id,
            # `check` refuses unknown arguments with an error that names them and the remedy.
            **unknown,
        }
        super().__init__(CrawlProvider(), resource_name, props, opts)
