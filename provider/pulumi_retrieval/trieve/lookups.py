"""Look-ups of Trieve: they read from the service in every run, previews included, and return no secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from ..lookup import ask, ask_output
from ..provider import Provider


@dataclass(frozen=True)
class DatasetResult:
    """A dataset as it is now."""

    id: str
    """Id of the dataset, a uuid."""
    dataset_name: str
    """Name for people."""
    tracking_id: str | None
    """Your own id of the dataset; None where it has none."""
    organization_id: str
    """Id of the organization that owns it."""
    created_at: str | None
    """When it was created, UTC; None where the service does not tell."""
    server_configuration: dict[str, Any]
    """All configuration keys in force, defaults included, without secrets."""


@dataclass(frozen=True)
class DatasetSummary:
    """One dataset in the list of an organization, without its configuration."""

    id: str
    """Id of the dataset, a uuid."""
    dataset_name: str
    """Name for people."""
    tracking_id: str | None
    """Your own id of the dataset; None where it has none."""
    organization_id: str
    """Id of the organization that owns it."""
    created_at: str | None
    """When it was created, UTC; None where the service does not tell."""
    chunk_count: int
    """How much it holds, in chunks."""


@dataclass(frozen=True)
class DatasetUsage:
    """How much a dataset holds."""

    id: str
    """Id of the dataset, a uuid."""
    chunk_count: int
    """How much it holds, in chunks."""


@dataclass(frozen=True)
class OrganizationResult:
    """An organization as it is now."""

    id: str
    """Id of the organization, a uuid."""
    name: str
    """Name for people."""
    created_at: str | None
    """When it was created, UTC; None where the service does not tell."""
    partner_configuration: dict[str, Any]
    """Texts and links that its pages show: all nine keys, defaults included."""


def get_dataset(
    *,
    dataset_id: str | None = None,
    tracking_id: str | None = None,
    organization_id: str | None = None,
    provider: Provider | None = None,
) -> DatasetResult:
    """Look up a dataset by its id or its tracking id.

    It calls `GET /api/dataset/{id}` or `GET /api/dataset/tracking_id/{id}` (trieve.md 1.3).

    :param dataset_id: id of the dataset; this or `tracking_id`.
    :param tracking_id: its tracking id; this or `dataset_id`.
    :param organization_id: id of the organization; by default ``trieve:organizationId``.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is none, or the service could not be asked.
    """
    found = ask(
        "trieve",
        lambda service: service.lookups.dataset(
            dataset_id=dataset_id, tracking_id=tracking_id, organization_id=organization_id
        ),
        provider=provider,
    )
    return DatasetResult(**found)


def list_datasets(*, organization_id: str | None = None, provider: Provider | None = None) -> list[DatasetSummary]:
    """List the datasets of an organization, newest first.

    It calls `GET /api/dataset/organization/{id}` (trieve.md 1.3).

    :param organization_id: id of the organization; by default ``trieve:organizationId``.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: the request failed.
    """
    found = ask(
        "trieve",
        lambda service: service.lookups.datasets(organization_id=organization_id),
        provider=provider,
    )
    return [DatasetSummary(**item) for item in found]


def get_dataset_usage(
    *, dataset_id: str, organization_id: str | None = None, provider: Provider | None = None
) -> DatasetUsage:
    """Count the chunks of a dataset.

    It calls `GET /api/dataset/{id}` and `GET /api/dataset/usage/{id}` (trieve.md 1.3).

    :param dataset_id: id of the dataset.
    :param organization_id: id of the organization; by default ``trieve:organizationId``.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is none, or the service could not be asked.
    """
    found = ask(
        "trieve",
        lambda service: service.lookups.dataset_usage(dataset_id=dataset_id, organization_id=organization_id),
        provider=provider,
    )
    return DatasetUsage(**found)


def get_organization(*, organization_id: str | None = None, provider: Provider | None = None) -> OrganizationResult:
    """Look up an organization.

    It calls `GET /api/organization/{id}` (trieve.md 1.2).

    :param organization_id: id of the organization; by default ``trieve:organizationId``.
    :param provider: another connection than that of the stack; its settings must be plain values, but for an ``_output`` form.
    :raises pulumi.RunError: there is none, or the service could not be asked.
    """
    found = ask(
        "trieve",
        lambda service: service.lookups.organization(organization_id=organization_id),
        provider=provider,
    )
    return OrganizationResult(**found)


def get_dataset_output(
    *,
    dataset_id: pulumi.Input[str] | None = None,
    tracking_id: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[DatasetResult]:
    """Like `get_dataset`, for arguments that may be Outputs."""
    return ask_output(
        get_dataset, provider=provider, dataset_id=dataset_id, tracking_id=tracking_id, organization_id=organization_id
    )


def list_datasets_output(
    *, organization_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[DatasetSummary]]:
    """Like `list_datasets`, for arguments that may be Outputs."""
    return ask_output(list_datasets, provider=provider, organization_id=organization_id)


def get_dataset_usage_output(
    *, dataset_id: pulumi.Input[str], organization_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[DatasetUsage]:
    """Like `get_dataset_usage`, for arguments that may be Outputs."""
    return ask_output(get_dataset_usage, provider=provider, dataset_id=dataset_id, organization_id=organization_id)


def get_organization_output(
    *, organization_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[OrganizationResult]:
    """Like `get_organization`, for arguments that may be Outputs."""
    return ask_output(get_organization, provider=provider, organization_id=organization_id)
