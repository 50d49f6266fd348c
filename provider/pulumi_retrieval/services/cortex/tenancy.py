"""The definition that all kinds of tenants share, for every generation of the API."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.declaration import Declaration
from ...core.definition import Definition
from ...core.objects import Contents, Observation, Phase
from ...core.plan import ImmutableChange
from ...core.refusal import Remedy, usual_remedies
from .connection import CortexConnection
from .dialect import Dialect

CURRENT_ID, STATUS = "current_tenant_id", "status"
"""Outputs: the current id of the tenant in the service, and ``"ready"``, ``"provisioning"`` or ``"failed"``."""

MIGRATION_GUIDE = "pulumi-retrieval docs migrate-tenant"
NO_DELETE = "this API generation has no call that deletes a tenant"


class TenancyDefinition(Definition):
    """The definition that all kinds of tenants share.

    :param model: the input model for the generation of the dialect.
    """

    natural_key: ClassVar[str | None] = "tenant_id"
    id_is_natural_key: ClassVar[bool] = True

    def __init__(self, *, connection: CortexConnection, dialect: Dialect, model: type[BaseModel]) -> None:
        super().__init__(connection=connection)
        self.model = model
        self._can = dialect.can
        self._generation = connection.api_version
        self._account = hashlib.sha256(f"account {connection.api_key}".encode()).hexdigest()[:16]

    @property
    def adopt_hint(self) -> str:
        """The argument, the setting, and what to do after a rename in the program."""
        return (
            f"set adopt=True on the resource, or for one run: {self.words.set_setting('cortex:adopt', 'true')}. Where a "
            f"resource was only renamed in the program: {self.words.was_renamed}"
        )

    @property
    def endpoint(self) -> str:
        """Base URL and generation, because it is unknown whether a tenant of one generation exists in another."""
        return f"{self.connection.base_url} {self._generation}"

    def current_id(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """The id under which the service knows the tenant: it may have been renamed since it was created."""
        current = outputs.get(CURRENT_ID)
        return current if isinstance(current, str) and current else object_id

    @property
    def account(self) -> str:
        """A digest of the key: two accounts may have tenants with the same id, and the service does not name the account."""
        return self._account

    def run_key(self, object_id: str) -> str:
        """Endpoint and id, because ids are names, and two endpoints may have the same name."""
        return f"{self.endpoint} {object_id}"

    def remedies(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Remedy]:
        """The usual remedies, and how to migrate or replace a tenant."""
        remedies = usual_remedies(changes, declaration, self.words)
        remedies.append(
            Remedy(
                "really change it",
                f"declare a second {declaration.token or 'Tenant'} beside it, move the documents, then retire this "
                f"one: {MIGRATION_GUIDE}",
            )
        )
        if self._can.can_delete:
            remedies.append(
                Remedy(
                    "replace it",
                    f'apply force_destroy=True first, then set on_immutable_change="replace" (or {self.words.replace}); all '
                    "its documents are lost",
                )
            )
        return remedies

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """A replacement needs a free id: the old tenant must be deletable with its documents, or the new one gets another id."""
        other_id = old.get("tenant_id") != new.get("tenant_id")
        if other_id and declaration.retain_on_delete:
            return None
        if not self._can.can_delete:
            return (
                "this API generation cannot delete a tenant, so its tenant_id stays taken; to replace it, choose another "
                f"tenant_id and {self.words.retain}"
            )
        if declaration.retain_on_delete:
            return "retain_on_delete keeps the old tenant, so its tenant_id stays taken; give the new one another id"
        if old.get("force_destroy") is not True:
            return f"the tenant may hold documents; set force_destroy=True and {self.words.apply} once before"
        return None

    def wait_seconds(self, values: Mapping[str, Any]) -> float:
        """How long to wait for provisioning and for deletion."""
        info = self.model.model_fields.get("wait_seconds")
        given = values.get("wait_seconds")
        default = info.default if info is not None else 0
        return float(given if isinstance(given, (int, float)) else default)

    def lost(self, outputs: Mapping[str, Any], observation: Observation) -> str | None:
        """A tenant whose provisioning failed after a run that did not wait for it is created again."""
        if observation.phase is not Phase.FAILED or outputs.get(STATUS) != "provisioning":
            return None
        return f"provisioning of tenant {observation.id} failed ({observation.detail}); {self.words.next_update} creates it again"

    def was_ready(self, outputs: Mapping[str, Any]) -> bool:
        """Whether the tenant was ready; one that never was holds nothing."""
        return outputs.get(STATUS) == "ready"

    @property
    def deletes(self) -> bool:
        """Whether the generation can delete tenants; the first one cannot."""
        return self._can.can_delete

    def names(self, values: Mapping[str, Any]) -> Sequence[str]:
        """The id, and the current id in the service, if it differs."""
        current = values.get(CURRENT_ID)
        return [*dict.fromkeys([*super().names(values), *([current] if isinstance(current, str) else [])])]

    def refused_text(self, what: str, contents: Contents) -> str:
        """The first line of the refusal; the first generation cannot delete at all."""
        if self.deletes:
            return super().refused_text(what, contents)
        return f"{what} was not deleted: {NO_DELETE}. It holds {contents.told}."

    def deleted_text(self, what: str, contents: Contents) -> str:
        """The message after a delete; in the first generation, the tenant stays in the service."""
        if self.deletes:
            return super().deleted_text(what, contents)
        return (
            f"{what} stays in the service with {contents.told}, because {NO_DELETE}, and no resource of this stack manages it "
            "any more"
        )

    def guard_remedies(self) -> Sequence[Remedy]:
        """The remedies; in the first generation a tenant can only be kept or removed from the state."""
        if self.deletes:
            return super().guard_remedies()
        keep = f"{self.words.retain}, {self.words.apply} once, then remove or destroy it"
        return (
            Remedy("keep it", f"{keep}; the tenant stays in the service"),
            Remedy("forget it", f"{self.words.forget}; the tenant stays in the service"),
        )
