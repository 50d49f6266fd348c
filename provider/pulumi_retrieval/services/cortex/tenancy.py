"""What all Cortex resources share: being found, created or adopted, made ready, read, and deleted.

Nothing here knows a generation: it asks a `Dialect` what it can.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.declaration import Declaration
from ...core.errors import AdoptionError, GuardError, ServiceError
from ...core.lifecycle import LifeCycle
from ...core.plan import ImmutableChange, Plan
from ...core.records import ENDPOINT, OBSERVED, Fetched
from ...core.refusal import Way, usual_ways
from ...core.run import Run
from ...core.waiting import Waiter
from .adopting import Adoption
from .connection import CortexConnection
from .dialect import Dialect, NewTenant, Phase, Sighting
from .settle import SECOND_LOOK_SECONDS, carry_out
from .steps import Steps

CURRENT_ID, STATUS = "current_tenant_id", "status"
"""Facts: the id under which the service knows the tenant now, and ``"ready"``, ``"provisioning"`` or ``"failed"``."""

MIGRATION_GUIDE = "docs/guides/migrate-tenant.md"
RETAIN = "ResourceOptions(retain_on_delete=True)"


class TenancyLifeCycle(LifeCycle):
    """One kind of tenant.

    :param model: the inputs of the generation that the dialect speaks.
    """

    natural_key: ClassVar[str | None] = "tenant_id"
    key_separator: ClassVar[str] = "_"
    """For derived ids: every generation takes lowercase letters, digits and ``_``, and 25 characters."""
    schema_input: ClassVar[str | None] = None
    """The input that holds the metadata schema, where there is one."""

    def __init__(
        self, *, connection: CortexConnection, run: Run, dialect: Dialect, model: type[BaseModel], waiter: Waiter
    ) -> None:
        super().__init__(connection=connection, run=run)
        self.model = model
        self.dialect = dialect
        self.waiter = waiter
        self._steps = Steps(dialect=dialect, run=run, waiter=waiter)
        self._generation = connection.api_version

    @property
    def endpoint(self) -> str:
        """Base URL and generation; what one generation made is not known to exist in another."""
        return f"{self.connection.base_url} {self._generation}"

    @abstractmethod
    def wanted(self, inputs: Mapping[str, Any]) -> NewTenant:
        """The tenant that inputs describe."""

    @abstractmethod
    def adoption(self) -> Adoption:
        """How an existing tenant is compared with inputs."""

    @abstractmethod
    def facts(self, seen: Sighting) -> Mapping[str, Any]:
        """The outputs that are no inputs, besides id and status."""

    def run_key(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """Ids are names, so two accounts may have the same one."""
        return f"{self.endpoint} {self.current_id(object_id, outputs)}"

    def current_id(self, object_id: str, outputs: Mapping[str, Any]) -> str:
        """The id under which the service knows the tenant: it may have been renamed since it was created."""
        current = outputs.get(CURRENT_ID)
        return current if isinstance(current, str) and current else object_id

    # Refusals.

    def ways(self, changes: Sequence[ImmutableChange], declaration: Declaration) -> list[Way]:
        """The usual ways, and how to really change it."""
        ways = usual_ways(changes, declaration)
        ways.append(
            Way(
                "really change it",
                f"declare a second {declaration.token or 'Tenant'} beside it, move the documents, then retire this "
                f"one: {MIGRATION_GUIDE}",
            )
        )
        if self.dialect.can.can_delete:
            ways.append(
                Way(
                    "replace it",
                    'apply force_destroy=True first, then set on_immutable_change="replace" (or pulumi up --replace '
                    "URN); all its documents are lost",
                )
            )
        return ways

    def replacement_objection(
        self, old: Mapping[str, Any], new: Mapping[str, Any], declaration: Declaration
    ) -> str | None:
        """A replacement must make room for itself: by deleting documents on purpose, or under a new id."""
        other_id = old.get("tenant_id") != new.get("tenant_id")
        if other_id and declaration.retain_on_delete:
            return None
        if not self.dialect.can.can_delete:
            return (
                "this API generation cannot delete a tenant, so its tenant_id stays taken; a replacement needs another "
                f"tenant_id and {RETAIN}"
            )
        if declaration.retain_on_delete:
            return "retain_on_delete keeps the old tenant, so its tenant_id stays taken; give the new one another id"
        if old.get("force_destroy") is not True:
            return "the tenant may hold documents; apply force_destroy=True by one `pulumi up` first"
        return None

    # Create.

    def create_object(self, inputs: Mapping[str, Any]) -> Fetched:
        """Create the tenant, or adopt one that is there; safe to repeat after a cut-off."""
        wanted = self.wanted(inputs)
        with self.run.lock(f"{self.endpoint} {wanted.tenant_id}"):
            # The first generation answers a create for an existing id like a creation, so the look comes first
            # (docs/services/cortex.md 4).
            seen = self.dialect.probe(wanted.tenant_id)
            if seen.phase is Phase.DELETING:
                seen = self._steps.await_gone(wanted.tenant_id, self.seconds(inputs))
            if seen.phase in (Phase.READY, Phase.PROVISIONING):
                return self._adopt(inputs, wanted, seen)
            tenant_id = self._steps.post(wanted, self.seconds(inputs))
            if tenant_id is None:
                seen = self.dialect.probe(wanted.tenant_id)
                if seen.phase is not Phase.FAILED:
                    return self._adopt(inputs, wanted, seen)
                tenant_id = wanted.tenant_id
            if tenant_id != wanted.tenant_id:
                self.run.warn(f"tenant {wanted.tenant_id}: the service gave it the id {tenant_id}, which is kept")
            self.run.made(self.run_key(tenant_id, {}))
            seen = self._steps.make_ready(wanted, tenant_id, self.seconds(inputs))
            differing = self.adoption().immutable(inputs, seen)
            if differing:
                raise AdoptionError(
                    f"the service answered as if tenant {tenant_id} were created, but it holds something else: "
                    f"{'; '.join(differing)}. It probably existed before; choose another tenant_id, or put these "
                    "values into the program"
                )
            return self._fetched(inputs, seen, created=wanted)

    def _adopt(self, inputs: Mapping[str, Any], wanted: NewTenant, seen: Sighting) -> Fetched:
        tenant_id = wanted.tenant_id
        key = self.run_key(tenant_id, {})
        adoption = self.adoption()
        adoption.judge(inputs, seen, made_here=self.run.made_here(key), adopt=self.connection.adopt)
        if seen.phase is Phase.PROVISIONING:
            seen = self._steps.make_ready(wanted, tenant_id, self.seconds(inputs))
            adoption.judge(inputs, seen, made_here=False, adopt=self.connection.adopt)
        missing = adoption.addable(inputs, seen)
        if missing:
            self.add_fields(tenant_id, missing)
            seen = self.dialect.read(tenant_id)
        if inputs.get("embeddings_dimension") is not None:
            self.run.warn(
                f"tenant {tenant_id} existed and is adopted; the service does not tell its embeddings_dimension, so "
                "what the program says is taken on trust"
            )
        self.run.made(key, adopted=True)
        self.run.say(f"tenant {tenant_id} existed and is now managed here")
        return self._fetched(inputs, seen)

    # Read.

    def fetch(self, object_id: str, outputs: Mapping[str, Any]) -> Fetched | None:
        """Read the tenant; an absence is believed when a second, spaced look and a second source agree."""
        tenant_id = self.current_id(object_id, outputs)
        seen = self._look(tenant_id, was_ready=outputs.get(STATUS) == "ready")
        if seen.phase is Phase.FAILED and outputs.get(STATUS) == "provisioning":
            self.run.warn(
                f"provisioning of tenant {tenant_id} failed ({seen.detail}); the next `pulumi up` creates it again"
            )
            return None
        if seen.exists:
            return self._fetched(outputs, seen)
        if ENDPOINT in outputs:
            self.run.record_absence(
                "cortex", self.run_key(object_id, outputs), what=self.name_of(outputs), most=self.connection.max_gone
            )
        return None

    def _look(self, tenant_id: str, *, was_ready: bool) -> Sighting:
        """One look, and where it shows nothing a second one after a pause. :raises ServiceError: they disagree."""
        seen = self.dialect.read(tenant_id) if was_ready else self.dialect.probe(tenant_id)
        if seen.exists:
            return seen
        self.waiter.sleep(SECOND_LOOK_SECONDS)
        seen = self.dialect.probe(tenant_id)
        if seen.phase is Phase.ABSENT and not self.dialect.surely_absent(tenant_id):
            raise ServiceError(
                f"read tenant {tenant_id}",
                status=404,
                message=seen.detail,
                request_id=seen.request_id,
                hint="Another call of the service still knows it, so it is not taken for gone; try again later",
            )
        return seen

    def _fetched(self, inputs: Mapping[str, Any], seen: Sighting, *, created: NewTenant | None = None) -> Fetched:
        """What was seen, in the shape of inputs; with what only the creation knows, where we created it."""
        told_before = inputs.get(OBSERVED) or {}
        values: dict[str, Any] = {"tenant_id": inputs.get("tenant_id") or seen.tenant_id}
        if self.schema_input:
            schema: Any = seen.schema
            if schema is None:
                schema = list(created.schema or ()) if created else told_before.get(self.schema_input)
            values[self.schema_input] = schema
        if "embeddings_dimension" in self.model.model_fields:
            # No call tells it (docs/services/cortex.md 1.4), so what we created it with is remembered.
            values["embeddings_dimension"] = self.dimension_of(created) or told_before.get("embeddings_dimension")
        status = {Phase.READY: "ready", Phase.FAILED: "failed"}.get(seen.phase, "provisioning")
        facts = {CURRENT_ID: seen.tenant_id, STATUS: status, **self.facts(seen)}
        return Fetched(id=seen.tenant_id, values=values, facts=facts)

    def dimension_of(self, created: NewTenant | None) -> int | None:
        """The dimension that a tenant of ours was created with; None where we did not create it."""
        return None

    # Update; only what can be added to the schema, or renamed, comes here.

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Nothing of this resource can be changed in place."""
        raise ServiceError(f"update {self.name_of(outputs)}", message="this API generation cannot change a tenant")

    def add_fields(self, tenant_id: str, fields: Sequence[Mapping[str, Any]]) -> None:
        """Add metadata fields, where that is possible at all."""
        raise ServiceError(f"update tenant {tenant_id}", message="this API generation cannot change a tenant")

    # Delete.

    def delete_object(self, object_id: str, outputs: Mapping[str, Any]) -> None:
        """Delete the tenant unless it holds documents; absent is success."""
        tenant_id = self.current_id(object_id, outputs)
        with self.run.lock(f"{self.endpoint} {tenant_id}"):
            if not self.dialect.can.can_delete:
                if self._look(tenant_id, was_ready=True).exists:
                    raise GuardError(_no_delete(self.name_of(outputs), tenant_id))
                return
            seen = self.dialect.read(tenant_id) if outputs.get(STATUS) == "ready" else self.dialect.probe(tenant_id)
            if seen.phase is Phase.ABSENT and self._look(tenant_id, was_ready=False).phase is Phase.ABSENT:
                return
            if seen.phase in (Phase.READY, Phase.PROVISIONING) and outputs.get("force_destroy") is not True:
                self._guard(tenant_id, self.name_of(outputs), was_ready=outputs.get(STATUS) == "ready")
            if seen.phase is not Phase.DELETING:
                self._delete(tenant_id)
            self._steps.await_gone(tenant_id, self.seconds(outputs))

    def _guard(self, tenant_id: str, name: str, *, was_ready: bool) -> None:
        held = self.dialect.documents(tenant_id)
        if held == 0 or (held is None and not was_ready):
            return
        if held is None:
            raise GuardError(
                f"{name} ({tenant_id}) was not deleted: it was ready before, and what it holds cannot be counted now. "
                "Run the same command again later, or apply force_destroy=True"
            )
        raise GuardError(
            f"{name} ({tenant_id}) was not deleted: it holds {held} chunk{'' if held == 1 else 's'}.\n"
            "  Do one:\n"
            "    delete it    set force_destroy=True, run `pulumi up` once, then remove, replace or destroy it; all its "
            "documents are lost\n"
            f"    keep it      {RETAIN}, run `pulumi up` once, then remove or destroy it"
        )

    def _delete(self, tenant_id: str) -> None:
        def delete() -> bool:
            self.dialect.delete(tenant_id)
            return True

        def look() -> bool | None:
            return None if self.dialect.probe(tenant_id).exists else True

        carry_out(delete, look, operation=f"delete tenant {tenant_id}", waiter=self.waiter)

    # Helpers.

    def seconds(self, values: Mapping[str, Any]) -> float:
        """How long this resource waits."""
        info = self.model.model_fields.get("wait_seconds")
        given = values.get("wait_seconds")
        default = info.default if info is not None else 0
        return float(given if isinstance(given, (int, float)) else default)


def _no_delete(name: str, tenant_id: str) -> str:
    return (
        f"{name} ({tenant_id}) was not deleted: this API generation has no call that deletes a tenant.\n"
        "  Do one:\n"
        f"    keep it      {RETAIN}, run `pulumi up` once, then remove or destroy it; the tenant stays in the service\n"
        "    forget it    pulumi state delete URN; the tenant stays in the service"
    )
