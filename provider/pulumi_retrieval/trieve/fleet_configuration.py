"""The resource `trieve.FleetConfiguration`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from typing_extensions import Never

from ..core.values import Path
from ..declared_keys import Manager, declared_keys
from ..providers.trieve import FleetConfigurationProvider
from ..resource import RetrievalResource
from .args import SECRETS, ServerConfiguration


class FleetConfiguration(RetrievalResource, module="trieve", name="FleetConfiguration"):
    """The same configuration for all datasets of an organization, or for those that match, including new ones.

    One request changes all of them. A refresh compares every dataset: a key with different values is shown as
    ``"500 (3 of 200 differ: a, b, c)"``, and the next `pulumi up` sets it everywhere. Removing the resource keeps the values.

    The request reaches the datasets that exist at that moment. Where the same program creates datasets, name them in
    ``ResourceOptions(depends_on=[…])``; a dataset created later gets the values with the next ``pulumi up --refresh``.

    :param resource_name: The name of the resource.
    :param configuration: The keys to manage, with one value for all. Not allowed: secrets, immutable keys, keys that
        are replaced as a whole.
    :param organization_id: Id of the organization of the datasets. Default: the setting `trieve:organizationId`.
    :param match: Configuration keys with the texts that a dataset must have to match; without it, all datasets match.
        Default: all datasets.
    """

    secrets: ClassVar[Sequence[Path]] = tuple(("configuration", *path) for path in SECRETS)

    organization_id: pulumi.Output[str]
    """Id of the organization."""
    match: pulumi.Output[dict[str, str] | None]
    """Configuration keys with the texts that a dataset must have to be configured; None for all datasets."""
    configuration: pulumi.Output[dict[str, Any]]
    """The managed configuration keys."""

    def __init__(
        self,
        resource_name: str,
        *,
        configuration: pulumi.Input[ServerConfiguration],
        organization_id: pulumi.Input[str] | None = None,
        match: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "configuration": configuration,
            "organization_id": organization_id,
            "match": match,
            # `check` refuses unknown arguments with an error that names them and the remedy.
            **unknown,
        }
        super().__init__(FleetConfigurationProvider(), resource_name, props, opts)

    def _check_program(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        keys, match = props.get("configuration"), props.get("match")
        if isinstance(keys, Mapping):
            known = match if isinstance(match, Mapping) else {}
            fleet = Manager(f"fleet configuration {name}", fleet=True, keys=keys, match=known)
            declared_keys.add(fleet, organization=props.get("organization_id"), opts=opts)
