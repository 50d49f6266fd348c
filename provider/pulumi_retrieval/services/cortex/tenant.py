"""A tenant for documents, with a metadata schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.declaration import Declaration
from ...core.errors import ServiceError, WaitError
from ...core.fields import FieldSpec, field_specs
from ...core.plan import Plan, added_items, same
from ...core.records import DRIFTED, OBSERVED, Fetched
from ...core.run import Run
from ...core.values import UNKNOWN, contains_unknown
from ...core.waiting import Waiter
from .adopting import Adoption
from .connection import CortexConnection
from .dialect import Dialect, NewTenant, Phase, Sighting
from .inputs import DEFAULT_DIMENSION
from .schema import PLACE, SchemaRules, by_name
from .settle import SETTLE_SECONDS, carry_out
from .tenancy import TenancyLifeCycle


class TenantLifeCycle(TenancyLifeCycle):
    """``Tenant``.

    :param rules: what the generation says about metadata schemas.
    """

    noun: ClassVar[str] = "tenant"
    schema_input: ClassVar[str | None] = PLACE

    def __init__(
        self,
        *,
        connection: CortexConnection,
        run: Run,
        dialect: Dialect,
        model: type[BaseModel],
        waiter: Waiter,
        rules: SchemaRules,
    ) -> None:
        super().__init__(connection=connection, run=run, dialect=dialect, model=model, waiter=waiter)
        self._rules = rules

    # Check.

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Write out the defaults of metadata items, so that leaving one out is no difference."""
        items = inputs.get(PLACE)
        if isinstance(items, list):
            inputs[PLACE] = [self._rules.fill(item) if isinstance(item, Mapping) else item for item in items]

    def rules(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Reserved and repeated names, and limits. What the service merely advises against is a warning."""
        texts: list[str] = []
        advice = list(self._rules.id_advice(inputs.get("tenant_id")))
        items = inputs.get(PLACE)
        if isinstance(items, list):
            known = [item for item in items if isinstance(item, Mapping)]
            texts += self._rules.mistakes(known)
            advice += self._rules.advice(known)
        for text in advice:
            self.run.say_once(f"warning: {self.name_of(inputs)}: {text}")
        return texts

    def change_rules(self, old: Mapping[str, Any], inputs: Mapping[str, Any]) -> Sequence[str]:
        """What cannot be added later: the planner takes an addition for an update, the service would refuse it."""
        before, now = old.get(PLACE), inputs.get(PLACE)
        if not isinstance(now, list) or contains_unknown(now):
            return ()
        spec = field_specs(self.model)[(PLACE,)]
        added = added_items(spec, (old.get(DRIFTED) or {}).get(PLACE, before), now)
        return self._rules.objections(added) if added and before is not None else ()

    # Create and read.

    def wanted(self, inputs: Mapping[str, Any]) -> NewTenant:
        """The tenant that inputs describe."""
        return NewTenant(
            tenant_id=str(inputs["tenant_id"]),
            schema=inputs.get(PLACE),
            note=inputs.get("note"),
            dimension=inputs.get("embeddings_dimension"),
        )

    def adoption(self) -> Adoption:
        """Compared by kind and metadata schema."""
        return Adoption(self.dialect, self.model, PLACE, embeddings=False)

    def dimension_of(self, created: NewTenant | None) -> int | None:
        """The dimension it was created with."""
        return None if created is None else created.dimension or DEFAULT_DIMENSION

    def facts(self, seen: Sighting) -> Mapping[str, Any]:
        """``default_sub_tenant_id``, where the service tells it."""
        return {"default_sub_tenant_id": seen.default_sub_tenant_id}

    # Update.

    def apply(self, object_id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Fetched:
        """Add metadata fields, then rename; each is safe to repeat after a cut-off."""
        tenant_id = self.current_id(object_id, outputs)
        with self.run.lock(f"{self.endpoint} {tenant_id}"):
            new_id, added = change.patch.get(("tenant_id",)), change.patch.get((PLACE,)) or []
            if new_id is not None and self._renamed_already(tenant_id, str(new_id), outputs, added):
                tenant_id, new_id = str(new_id), None
            if added:
                self.add_fields(tenant_id, added)
            if new_id is not None and new_id != tenant_id:
                tenant_id = self._rename(tenant_id, str(new_id))
            seen, found = self.waiter.until(
                lambda: self.dialect.read(tenant_id), lambda sighting: sighting.exists, seconds=SETTLE_SECONDS
            )
            if not found:
                raise WaitError(
                    f"tenant {tenant_id} was changed and cannot be read back. The service may already hold the new "
                    "value; run `pulumi up --refresh`, also if you revert"
                )
            self._verify(seen, inputs)
            return self._fetched({**outputs, **inputs}, seen)

    def add_fields(self, tenant_id: str, fields: Sequence[Mapping[str, Any]]) -> None:
        """Add the fields that are not there yet.

        :raises ServiceError: the service refuses, or one is there with other attributes.
        """
        operation = f"add metadata fields to tenant {tenant_id}"

        def missing() -> list[Mapping[str, Any]]:
            seen = self.dialect.probe(tenant_id)
            if seen.phase is Phase.PROVISIONING:
                raise WaitError(
                    f"tenant {tenant_id} is still being provisioned ({seen.detail}); its metadata fields can be "
                    "changed when it is ready. Run the same command again later"
                )
            present = by_name(seen.schema, self._rules.identity)
            for field in fields:
                there = present.get(str(field["name"]))
                if there is not None and not same(self._spec, [field], [there], partial=True):
                    raise ServiceError(
                        operation,
                        message=f'a field "{field["name"]}" with other attributes was added by somebody else',
                        hint="Run `pulumi up --refresh` to see it",
                    )
            return [field for field in fields if str(field["name"]) not in present]

        def write() -> bool:
            left = missing()
            if left:
                self.dialect.add_fields(tenant_id, left)
            return True

        carry_out(write, lambda: None if missing() else True, operation=operation, waiter=self.waiter)

    def _rename(self, tenant_id: str, new_id: str) -> str:
        def write() -> bool:
            remark = self.dialect.rename(tenant_id, new_id)
            if remark:
                self.run.warn(f"tenant {new_id}: {remark}")
            return True

        def look() -> bool | None:
            return True if not self.dialect.probe(tenant_id).exists and self.dialect.probe(new_id).exists else None

        operation = f"rename tenant {tenant_id} to {new_id}"
        carry_out(write, look, operation=operation, waiter=self.waiter)
        return new_id

    def _renamed_already(
        self, tenant_id: str, new_id: str, outputs: Mapping[str, Any], added: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Whether a cut-off run has carried the rename out: the old id is gone, and the new one has our schema.

        :param added: fields that the same run may have added before.
        """
        if tenant_id == new_id:
            return True
        if self.dialect.probe(tenant_id, thorough=False).phase is not Phase.ABSENT:
            return False
        seen = self.dialect.probe(new_id)
        ours = (outputs.get(OBSERVED) or {}).get(PLACE) or []
        told = by_name(seen.schema, self._rules.identity)
        ours = [*ours, *(field for field in added if field["name"] in told)]
        if seen.exists and same(self._spec, seen.schema or [], ours, partial=True):
            self.run.say(f"tenant {tenant_id} was renamed to {new_id} before; going on from there")
            return True
        return False

    def _verify(self, seen: Sighting, inputs: Mapping[str, Any]) -> None:
        wanted = inputs.get(PLACE)
        if wanted is None or wanted is UNKNOWN or seen.schema is None:
            return
        told = by_name(seen.schema, self._rules.identity)
        lost = [name for name in by_name(wanted, self._rules.identity) if name not in told]
        if lost:
            raise ServiceError(
                f"update tenant {seen.tenant_id}",
                message=f"the service answered with success and did not take: {', '.join(lost)}",
                request_id=seen.request_id,
                hint="Run `pulumi up --refresh` to see what it holds",
            )

    @property
    def _spec(self) -> FieldSpec:
        return field_specs(self.model)[(PLACE,)]
