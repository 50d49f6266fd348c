"""The resource `trieve.ApiKey`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pulumi
from typing_extensions import Never

from ..providers.trieve import ApiKeyProvider
from ..resource import RetrievalResource


class ApiKey(RetrievalResource, module="trieve", name="ApiKey"):
    """An API key of an organization. The service cannot change a key, so every change replaces it: create first, then delete.

    Resources that depend on the key are updated with the new one before the old one is deleted.

    :param resource_name: the name of the resource.
    :param role: what the key may do: 0 a user, 1 an admin, 2 an owner.
    :param name: display name; by default a name that no other stack or resource has.
    :param scopes: the only routes that the key may call, such as ``GET /api/dataset/{dataset_id}``; there it acts as an owner
        whatever its role. By default the key may call all routes that its role allows.
    :param dataset_ids: ids of the only datasets that the key may name in ``TR-Dataset``.
    :param expires_at: when the key expires, UTC, such as ``2027-01-31T00:00:00Z``; by default never.
    :param rotate_trigger: any text; when it changes or is set for the first time, the key is replaced.
    :param organization_id: id of the organization; by default ``trieve:organizationId``.
    """

    secret_outputs: ClassVar[Sequence[str]] = ("api_key",)
    deletes_first: ClassVar[bool] = False

    api_key: pulumi.Output[str]
    """The key itself, a secret. The service returns it once, when it creates the key; the state keeps it, encrypted."""
    organization_id: pulumi.Output[str]
    """Id of the organization."""
    name: pulumi.Output[str]
    """Display name."""
    role: pulumi.Output[int]
    """What the key may do: 0 a user, 1 an admin, 2 an owner."""
    scopes: pulumi.Output[list[str] | None]
    """The only routes that the key may call."""
    dataset_ids: pulumi.Output[list[str] | None]
    """Ids of the only datasets that the key may name in ``TR-Dataset``."""
    expires_at: pulumi.Output[str | None]
    """When the key expires, UTC; None where it does not."""

    def __init__(
        self,
        resource_name: str,
        *,
        role: pulumi.Input[int],
        name: pulumi.Input[str] | None = None,
        scopes: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        dataset_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        expires_at: pulumi.Input[str] | None = None,
        rotate_trigger: pulumi.Input[str] | None = None,
        organization_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "organization_id": organization_id,
            "name": name,
            "role": role,
            "scopes": scopes,
            "dataset_ids": dataset_ids,
            "expires_at": expires_at,
            "rotate_trigger": rotate_trigger,
            **unknown,
        }
        super().__init__(ApiKeyProvider(), resource_name, props, opts)
