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

    The configuration keys that the program sets are managed: drift in them becomes the smallest update. The keys that
    decide where documents are found (the embedding model and size, the metric) are refused once the dataset exists.

    :param resource_name: the name of the resource; the tracking id and the dataset's name are derived from it.
    :param organization_id: id of the organization; by default ``trieve:organizationId``. Fixed for life.
    :param dataset_name: name for people; by default the resource's name.
    :param tracking_id: your own id of the dataset, unique within the organization; derived and then kept by default.
    :param server_configuration: the keys to manage. Secrets among them are stored encrypted.
    :param clone_from: where the dataset is cloned from when it is created.
    :param secrets_version: any text; when it changes, the secrets are sent again.
    :param allow_unknown_configuration: let keys pass that this version does not know.
    :param force_destroy: whether it may be deleted although it holds documents; must be applied before.
    :param retire: whether it is being off-boarded: locked, kept for `retention_days`, and then deleted by its removal.
    :param retention_days: days that it is kept once it is retired, 30 by default; must be applied before.
    :param allow_rename: whether the tracking id may become one that is not known before the update.
    :param adopt: True: an existing dataset with this tracking id is taken under management; an id: that dataset is.
    :param on_immutable_change: ``"refuse"``, the default, or ``"replace"``.
    """

    secrets: ClassVar[Sequence[Path]] = tuple(("server_configuration", *path) for path in SECRETS)

    organization_id: pulumi.Output[str]
    """Id of the organization."""
    dataset_name: pulumi.Output[str]
    """Name for people."""
    tracking_id: pulumi.Output[str]
    """Your own id of the dataset."""
    server_configuration: pulumi.Output[dict[str, Any] | None]
    """The managed configuration keys; `get_dataset` shows everything that is in force."""
    secrets_applied_at: pulumi.Output[str | None]
    """When secrets were last sent, UTC."""
    cloned_from: pulumi.Output[dict[str, Any] | None]
    """Provenance of a clone: the source's id, when, and how many chunks it held."""
    retired_at: pulumi.Output[str | None]
    """When it was retired, UTC; None where it is not."""

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
            # Whatever else is given goes to `check`, which names it, and the remedy.
            **unknown,
        }
        super().__init__(DatasetProvider(), resource_name, props, opts)

    def _declared(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        keys = props.get("server_configuration")
        if isinstance(keys, Mapping):
            manager = Manager(f"dataset {name}", fleet=False, keys=keys)
            declared_keys.manages(manager, organization=props.get("organization_id"), opts=opts)

    @classmethod
    def get(cls, resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> Dataset:
        """Read a dataset that something else manages.

        Its ids, its name and what is immutable; `server_configuration` is None: see `get_dataset`.

        :param id: the service's id of the dataset.
        """
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
