"""The resource `trieve.Dataset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from typing_extensions import Never

from ..core.values import Path
from ..declared_keys import Manager, declared_keys
from ..providers.trieve import DatasetProvider
from ..resource import RetrievalResource
from .args import SECRETS, CloneFrom, OnImmutableChange, ServerConfiguration


class Dataset(RetrievalResource, module="trieve", name="Dataset"):
    """A dataset of a Trieve organization.

    The configuration keys that the program sets are managed: drift in them leads to one update with the changed keys only.
    Once the dataset exists, changes of the keys that decide which documents a search finds (embedding model and size,
    distance metric) are refused.

    :param resource_name: the name of the resource; the tracking id and the dataset's name are derived from it.
    :param organization_id: id of the organization; by default ``trieve:organizationId``. Fixed for life.
    :param dataset_name: display name; by default the resource's name.
    :param tracking_id: your own id of the dataset, unique within the organization; by default derived once and then kept.
    :param server_configuration: the keys to manage. Secrets among them are stored encrypted.
    :param clone_from: the dataset to clone when this one is created.
    :param secrets_version: any text; when it changes, the secrets are sent again.
    :param allow_unknown_configuration: whether configuration keys that this version does not know are sent as they are.
    :param force_destroy: whether a dataset with documents may be deleted; must be applied before the delete.
    :param retire: whether to off-board the dataset: it is locked, and may be deleted `retention_days` later.
    :param retention_days: days for which a retired dataset is kept, 30 by default; must be applied before the delete.
    :param allow_rename: whether the tracking id may change to a value that is unknown in preview.
    :param adopt: True adopts an existing dataset with this tracking id; an id adopts the dataset with that id.
    :param on_immutable_change: ``"refuse"``, the default, or ``"replace"``.
    """

    secrets: ClassVar[Sequence[Path]] = tuple(("server_configuration", *path) for path in SECRETS)

    organization_id: pulumi.Output[str]
    """Id of the organization."""
    dataset_name: pulumi.Output[str]
    """Display name."""
    tracking_id: pulumi.Output[str]
    """Your own id of the dataset."""
    server_configuration: pulumi.Output[dict[str, Any] | None]
    """The managed configuration keys; `get_dataset` returns all keys that are in force."""
    secrets_applied_at: pulumi.Output[str | None]
    """When secrets were last sent, UTC; None where none were."""
    cloned_from: pulumi.Output[dict[str, Any] | None]
    """Of a clone: the id of its source, when it was cloned, and how many chunks the source held."""
    retired_at: pulumi.Output[str | None]
    """When the dataset was retired, UTC; None where it is not retired."""

    def __init__(
        self,
        resource_name: str,
        *,
        organization_id: pulumi.Input[str] | None = None,
        dataset_name: pulumi.Input[str] | None = None,
        tracking_id: pulumi.Input[str] | None = None,
        server_configuration: pulumi.Input[ServerConfiguration] | None = None,
        clone_from: pulumi.Input[CloneFrom] | None = None,
        secrets_version: pulumi.Input[str] | None = None,
        allow_unknown_configuration: pulumi.Input[bool] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        retire: pulumi.Input[bool] | None = None,
        retention_days: pulumi.Input[float] | None = None,
        allow_rename: pulumi.Input[bool] | None = None,
        adopt: pulumi.Input[bool] | pulumi.Input[str] | None = None,
        on_immutable_change: pulumi.Input[OnImmutableChange] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "organization_id": organization_id,
            "dataset_name": dataset_name,
            "tracking_id": tracking_id,
            "server_configuration": server_configuration,
            "clone_from": clone_from,
            "secrets_version": secrets_version,
            "allow_unknown_configuration": allow_unknown_configuration,
            "force_destroy": force_destroy,
            "retire": retire,
            "retention_days": retention_days,
            "allow_rename": allow_rename,
            "adopt": adopt,
            "on_immutable_change": on_immutable_change,
            # `check` refuses unknown arguments with an error that names them and the remedy.
            **unknown,
        }
        super().__init__(DatasetProvider(), resource_name, props, opts)

    def _check_program(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        keys = props.get("server_configuration")
        if isinstance(keys, Mapping):
            manager = Manager(f"dataset {name}", fleet=False, keys=keys)
            declared_keys.add(manager, organization=props.get("organization_id"), opts=opts)

    @classmethod
    def get(cls, resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> Dataset:
        """Read an existing dataset without managing it.

        The result has its ids, its name and its immutable keys; `server_configuration` is None: see `get_dataset`.

        :param id: the service's id of the dataset.
        """
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
