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

    :param resource_name: The name of the resource.
    :param role: What the key may do: 0 a user, 1 an admin, 2 an owner.
    :param organization_id: Id of the organization that the key may act in. Default: the setting
        `trieve:organizationId`.
    :param name: Name for people. Keys whose create was interrupted are recognized by it, so each stack and resource
        should have its own. Default: derived from organization, project, stack, parents and resource name at creation,
        and then kept.
    :param scopes: The routes that the key may call: on these it acts as owner whatever its role is; all other routes
        are refused. Default: all routes that the role allows.
    :param dataset_ids: Ids of the datasets that the key may name in `TR-Dataset`. Requests without that header are not
        restricted. Default: all datasets.
    :param expires_at: When the key expires. Default: never.
    :param rotate_trigger: Any text; when it changes, or is given for the first time, the key is replaced by a new one.
        Default: none.
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
        organization_id: pulumi.Input[str] | None = None,
        name: pulumi.Input[str] | None = None,
        scopes: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        dataset_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        expires_at: pulumi.Input[str] | None = None,
        rotate_trigger: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "role": role,
            "organization_id": organization_id,
            "name": name,
            "scopes": scopes,
            "dataset_ids": dataset_ids,
            "expires_at": expires_at,
            "rotate_trigger": rotate_trigger,
            # `check` refuses unknown arguments with an error that names them and the remedy.
            **unknown,
        }
        super().__init__(ApiKeyProvider(), resource_name, props, opts)
