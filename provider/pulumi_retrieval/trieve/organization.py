"""The resource `trieve.Organization`."""

from __future__ import annotations

from typing import Any

import pulumi
from typing_extensions import Never

from ..providers.trieve import OrganizationProvider
from ..resource import RetrievalResource
from .args import OnImmutableChange, PartnerConfiguration


class Organization(RetrievalResource, module="trieve", name="Organization"):
    """A Trieve organization.

    With `organization_id` the resource manages an existing organization, the usual case, and never deletes it. Without it,
    the resource creates an organization, which needs ``trieve:adminKey``.

    :param resource_name: The name of the resource.
    :param organization_id: Id of an existing organization, which is then managed and never deleted. Without it, an
        organization is created. Default: a new organization is created.
    :param name: Name for people; need not be unique. Required where the organization is created.
    :param partner_configuration: What the pages of the organization show.
    :param force_destroy: Whether the organization may be deleted although it contains datasets that this stack does not
        manage. Default: `False`.
    :param on_immutable_change: What a change of an immutable key does: it is refused, or the organization is replaced.
        Default: `"refuse"`.
    """

    organization_id: pulumi.Output[str | None]
    """Its id where the program gives it; the output `id` is always set."""
    name: pulumi.Output[str | None]
    """Display name."""
    partner_configuration: pulumi.Output[dict[str, Any] | None]
    """The managed texts and links that its pages show."""
    created_here: pulumi.Output[bool]
    """Whether this stack created it; only then does the stack delete it."""

    def __init__(
        self,
        resource_name: str,
        *,
        organization_id: pulumi.Input[str] | None = None,
        name: pulumi.Input[str] | None = None,
        partner_configuration: pulumi.Input[PartnerConfiguration] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        on_immutable_change: pulumi.Input[OnImmutableChange] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **unknown: Never,
    ) -> None:
        props = {
            "organization_id": organization_id,
            "name": name,
            "partner_configuration": partner_configuration,
            "force_destroy": force_destroy,
            "on_immutable_change": on_immutable_change,
            # `check` refuses unknown arguments with an error that names them and the remedy.
            **unknown,
        }
        super().__init__(OrganizationProvider(), resource_name, props, opts)

    @classmethod
    def get(cls, resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> Organization:
        """Read an existing organization without managing it.

        The result has its id and name; `partner_configuration` is None: see `get_organization`.

        :param id: the service's id of the organization.
        """
        return cls(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
