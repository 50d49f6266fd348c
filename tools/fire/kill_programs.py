"""The programs that runs of `fire.kills` deploy: resources of every kind, many in components, or one of each."""

from __future__ import annotations

CUSTOMERS_PER_ORGANIZATION = 2

TEXT = """
import os

import pulumi
from pulumi_retrieval import cortex, trieve

RETAIN = os.environ["CORTEX_API_VERSION"] == "cortex"  # that generation deletes no tenants
SCHEMA = [{"key": "department", "type": "string"}] if RETAIN else [{"name": "department", "data_type": "VARCHAR"}]


class Customer(pulumi.ComponentResource):
    def __init__(self, name, organization):
        super().__init__("kills:index:Customer", name)
        own = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=RETAIN)
        where = {} if organization is None else {"organization_id": organization.id}
        keys = {
            "LLM_API_KEY": pulumi.Output.secret(os.environ["KILLS_LLM_KEY"]),
            "N_RETRIEVALS_TO_INCLUDE": 9 if CHANGED else 8,
            "EMBEDDING_SIZE": 1536,
        }
        made = ["docs", "faq", "wiki", *(["new"] if CHANGED else ["old"])]
        self.datasets = [
            trieve.Dataset(f"{name}-{part}", tracking_id=f"{name}-{part}", server_configuration=keys, opts=own, **where)
            for part in made
        ]
        clone = {"clone_from": {"dataset_id": self.datasets[0].id}}
        self.datasets.append(trieve.Dataset(f"{name}-copy", tracking_id=f"{name}-copy", opts=own, **clone, **where))
        trieve.ApiKey(
            f"{name}-search",
            role=0,
            dataset_ids=[self.datasets[1].id],
            rotate_trigger="second" if CHANGED else "first",
            opts=own,
            **where,
        )
        trieve.Crawl(
            f"{name}-site",
            dataset_id=self.datasets[2].id,
            crawl_options={"site_url": f"https://{name}.example.test", "limit": 200 if CHANGED else 100},
            opts=own,
            **where,
        )
        cortex.Tenant(f"{name}-memory", tenant_id=f"{name}_memory", tenant_metadata_schema=SCHEMA, opts=kept)
        cortex.Tenant(f"{name}-notes", tenant_id=f"{name}_notes", opts=kept)
        cortex.EmbeddingsTenant(f"{name}-vectors", tenant_id=f"{name}_vectors", opts=kept)
        self.register_outputs({})


customers = {}
for number in range(CUSTOMERS):
    group = number // PER_ORGANIZATION
    if number % PER_ORGANIZATION == 0:
        organization = None if group == 0 else trieve.Organization(
            f"company-{group}",
            name=f"Company {group}",
            partner_configuration={"COMPANY_NAME": "Changed" if CHANGED else "First"},
        )
        customers[group] = (organization, [])
    customers[group][1].append(Customer(f"c{number}", organization))

for group, (organization, served) in customers.items():
    trieve.FleetConfiguration(
        f"fleet-{group}",
        configuration={"MAX_LIMIT": 600 if CHANGED else 500},
        **({} if organization is None else {"organization_id": organization.id}),
        opts=pulumi.ResourceOptions(depends_on=[one for customer in served for one in customer.datasets]),
    )
"""

ONE_OF_EACH = """
import os

import pulumi
from pulumi_retrieval import cortex, trieve

RETAIN = os.environ["CORTEX_API_VERSION"] == "cortex"  # that generation deletes no tenants
SCHEMA = [{"key": "department", "type": "string"}] if RETAIN else [{"name": "department", "data_type": "VARCHAR"}]
kept = pulumi.ResourceOptions(retain_on_delete=RETAIN)
keys = {
    "LLM_API_KEY": pulumi.Output.secret(os.environ["KILLS_LLM_KEY"]),
    "N_RETRIEVALS_TO_INCLUDE": 9 if CHANGED else 8,
    "EMBEDDING_SIZE": 1536,
}

company = trieve.Organization(
    "company", name="Company", partner_configuration={"COMPANY_NAME": "Changed" if CHANGED else "First"}
)
docs = trieve.Dataset("docs", tracking_id="docs", organization_id=company.id, server_configuration=keys)
copy = trieve.Dataset(
    "copy", tracking_id="copy-2" if CHANGED else "copy", organization_id=company.id, clone_from={"dataset_id": docs.id}
)
trieve.ApiKey(
    "search",
    role=0,
    dataset_ids=[docs.id],
    organization_id=company.id,
    rotate_trigger="second" if CHANGED else "first",
)
trieve.Crawl(
    "site",
    dataset_id=docs.id,
    organization_id=company.id,
    crawl_options={"site_url": "https://docs.example.test", "limit": 200 if CHANGED else 100},
)
trieve.FleetConfiguration(
    "fleet",
    organization_id=company.id,
    configuration={"MAX_LIMIT": 600 if CHANGED else 500},
    opts=pulumi.ResourceOptions(depends_on=[docs, copy]),
)
more = [{"name": "place", "data_type": "VARCHAR"}] if CHANGED and not RETAIN else []
cortex.Tenant("memory", tenant_id="memory", tenant_metadata_schema=[*SCHEMA, *more], opts=kept)
cortex.EmbeddingsTenant("vectors", tenant_id="vectors", opts=kept)
"""

PER_CUSTOMER = 11
"""Resources of one customer: the component, five datasets of which one is a clone, a key, a crawl, three tenants."""


def customers_for(resources: int) -> int:
    """How many customers make about this many resources."""
    return max(1, round(resources * CUSTOMERS_PER_ORGANIZATION / (CUSTOMERS_PER_ORGANIZATION * PER_CUSTOMER + 2)))


def program(resources: int, *, changed: bool = False) -> str:
    """The text of a program of about this many resources.

    :param changed: whether it is the second version: values differ, a dataset of each customer goes and another one comes,
        keys are rotated, and crawls are replaced.
    """
    return f"CUSTOMERS, PER_ORGANIZATION, CHANGED = {customers_for(resources)}, {CUSTOMERS_PER_ORGANIZATION}, {changed}\n{TEXT}"


def one_of_each(*, changed: bool = False) -> str:
    """The text of a program of one resource of each kind. :param changed: whether it is the second version."""
    return f"CHANGED = {changed}\n{ONE_OF_EACH}"
