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

    :param resource_name: The name of the resource.
    :param organization_id: Id of the organization that owns the dataset. Default: the setting `trieve:organizationId`.
    :param dataset_name: Name for people; need not be unique. Default: the name of the resource.
    :param tracking_id: Your own id of the dataset, unique within the organization. Should not be a uuid, because those
        do not work in `TR-Dataset`. It is part of URLs, and 5000 characters are the most that the service was seen to
        accept. Default: derived from organization, project, stack, parents and resource name at creation, and then
        kept.
    :param server_configuration: The configuration keys that the program manages.
    :param clone_from: Where the dataset is cloned from when it is created. A later change is stored and has no effect.
        Default: a new, empty dataset.
    :param secrets_version: Any text; when it changes, the secrets are sent again. Default: none.
    :param allow_unknown_configuration: Whether configuration keys are accepted that this version of the package does
        not know. Default: `False`.
    :param force_destroy: Whether the dataset may be deleted although it holds documents. It must be applied before the
        delete. Default: `False`.
    :param retire: Whether the dataset is being off-boarded: it is locked, and may be deleted with its documents after
        `retention_days`. Removing this input, or setting it to false, unlocks the dataset, unless the program sets
        `LOCKED`. Default: `False`.
    :param retention_days: How many days a retired dataset is kept; 0: it can be deleted at once. Default: `30`.
    :param allow_rename: Whether the tracking id may become one that is not known before the update. Default: `False`.
    :param adopt: True: an existing dataset with this tracking id is taken under management. An id: that dataset is.
        Default: `False`, or the setting `trieve:adopt`.
    :param on_immutable_change: What a change of an immutable key does: it is refused, or the dataset is replaced, which
        deletes its documents and needs `force_destroy`. Default: `"refuse"`.
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
