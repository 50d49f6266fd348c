"""The resources of one customer: a dataset for the search, and a tenant for the memory."""

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_retrieval import cortex, trieve

# Fields can be added later; every other change of the list is refused in preview.
SCHEMA = [
    cortex.MetadataField(name="department", data_type="VARCHAR", enable_match=True),
    cortex.MetadataField(name="priority", data_type="INT64"),
]


class Customer(pulumi.ComponentResource):
    """One customer.

    :param name: the key of the customer in the data file; the resources have this name in every stack.
    :param about: the entry in the data file: `name`, for people; `settings`, which win over the shared ones; `leaves`, true for
        a customer whose entry will be removed, and `retention_days`, how long everything is kept before that.
    :param suffix: what tells the stacks' objects apart in the services. It is part of the ids there and of no
        resource's name, so that customers can be compared between stacks and moved from one stack to another.
    :param shared: the configuration of every customer's dataset.
    """

    def __init__(
        self,
        name: str,
        *,
        about: Mapping[str, Any],
        suffix: str,
        shared: trieve.ServerConfiguration,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("promotion:index:Customer", name, opts=opts)
        # Retired objects are locked if the service has locks, and can be removed when their retention days have passed.
        leaves, days = about.get("leaves"), about.get("retention_days")
        self.dataset = trieve.Dataset(
            name,
            tracking_id=f"{name}-{suffix}",
            dataset_name=about["name"],
            server_configuration={**shared, **about.get("settings", {})},
            retire=leaves,
            retention_days=days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.tenant = cortex.Tenant(
            name,
            tenant_id=f"{name}_{suffix}",
            tenant_metadata_schema=SCHEMA,
            retire=leaves,
            retention_days=days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
