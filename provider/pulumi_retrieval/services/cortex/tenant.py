"""The tenant: its definition and its calls, for every generation of the API.

Nothing here depends on a generation: a `Dialect` says what its generation can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.declaration import Declaration
from ...core.errors import ObjectExists, ObjectMissing, ServiceError, UnclearWriteError, WaitError
from ...core.fields import field_specs
from ...core.objects import Capabilities, Contents, Objects, Observation, Phase, Ref, Template, Write
from ...core.plan import Plan, same
from ...core.values import Path
from ...core.words import Words, sentence
from .connection import CortexConnection
from .dialect import Dialect, NewTenant, TenantObservation
from .inputs import DEFAULT_DIMENSION
from .schema import PLACE, SchemaRules, by_name
from .tenancy import CURRENT_ID, STATUS, TenancyDefinition

DIMENSION = "embeddings_dimension"
THOROUGH_EVERY = 3
"""Only every third poll reads the list of all tenants, which alone shows a failure."""


class TenantDefinition(TenancyDefinition):
    """``Tenant``, for documents, with a metadata schema.

    :param rules: the rules of the generation for metadata schemas.
    """

    noun: ClassVar[str] = "tenant"

    def __init__(
        self, *, connection: CortexConnection, dialect: Dialect, model: type[BaseModel], rules: SchemaRules
    ) -> None:
        super().__init__(connection=connection, dialect=dialect, model=model)
        self._rules = rules

    def fill(self, inputs: dict[str, Any], old: Mapping[str, Any], declaration: Declaration) -> None:
        """Fill in the defaults of metadata items, so that leaving one out is not a difference."""
        items = inputs.get(PLACE)
        if isinstance(items, list):
            inputs[PLACE] = [self._rules.fill(item) if isinstance(item, Mapping) else item for item in items]

    def mistakes(self, inputs: Mapping[str, Any], *, new: bool) -> Sequence[str]:
        """Reserved and repeated names, and limits."""
        items = inputs.get(PLACE)
        return self._rules.mistakes(_known(items)) if isinstance(items, list) else ()

    def advice(self, inputs: Mapping[str, Any]) -> Sequence[str]:
        """Warnings about the metadata schema."""
        items = inputs.get(PLACE)
        return self._rules.advice(_known(items)) if isinstance(items, list) else ()

    def objections(self, old: Mapping[str, Any], inputs: Mapping[str, Any], change: Plan) -> Sequence[str]:
        """Why added metadata fields are refused: the planner allows additions, but the service refuses some."""
        added = change.patch.get((PLACE,))
        return self._rules.objections(added) if added else ()


def _known(items: Sequence[Any]) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)]


class TenantObjects(Objects):
    """The calls of tenants.

    :param model: the inputs of the generation.
    :param schema_input: the input that holds the metadata schema; None for tenants without.
    :param embeddings: whether they are tenants for bare embeddings.
    :param words: how errors name remedies.
    """

    def __init__(
        self, dialect: Dialect, *, model: type[BaseModel], schema_input: str | None, embeddings: bool, words: Words
    ) -> None:
        self._dialect = dialect
        self._words = words
        self._model = model
        self._schema_input = schema_input
        self._embeddings = embeddings
        self.can = Capabilities(
            # The first generation may answer a create for an existing id like a success (docs/services/cortex.md 4).
            refuses_duplicates=False,
            hides_duplicates=not dialect.can.async_create,
            async_create=dialect.can.async_create,
            async_delete=dialect.can.async_delete,
            recreates_failed=dialect.can.async_create,
        )

    def find(self, inputs: Mapping[str, Any]) -> Sequence[Observation]:
        """The tenant with the id."""
        try:
            return (self._observation(self._dialect.probe(str(inputs["tenant_id"])), inputs),)
        except ObjectMissing:
            return ()

    def read(self, ref: Ref) -> Observation:
        """Read the tenant; one that was ready before needs fewer calls."""
        ready = ref.values.get(STATUS) == "ready"
        return self._observation(self._dialect.read(ref.id) if ready else self._dialect.probe(ref.id), ref.values)

    def probe(self, ref: Ref) -> Observation:
        """Read the status alone."""
        return self._observation(self._dialect.probe(ref.id, thorough=False), ref.values)

    def known_elsewhere(self, ref: Ref) -> bool:
        """Whether another call of the service shows the tenant."""
        return self._dialect.known_elsewhere(ref.id)

    def ref(self, object_id: str, values: Mapping[str, Any], what: str) -> Ref:
        """Tenants are named by their ids, so the text adds the id only if it is another one."""
        return Ref(object_id, values, what if object_id in what else f"{what} ({object_id})")

    def create(self, inputs: Mapping[str, Any], template: Template | None) -> Observation | None:
        """One POST; its answer contains only the id of the tenant."""
        wanted = self._wanted(inputs)
        given = self._dialect.create(wanted)
        return None if given == wanted.tenant_id else self._under_another_id(given, wanted, inputs)

    def _under_another_id(self, given: str, wanted: NewTenant, inputs: Mapping[str, Any]) -> Observation | None:
        """The new tenant after an answer with another id than the requested one; None if it has the requested id.

        :raises UnclearWriteError: there is no tenant with the answered id, or it cannot be new.
        """
        try:
            self._dialect.probe(wanted.tenant_id, thorough=False)
        except ObjectMissing:
            pass
        else:
            return None
        why = "no tenant is there under that id"
        try:
            seen = self._dialect.probe(given)
            if not self._dialect.documents(given):
                return self._observation(seen, inputs)
            why = "the tenant under that id holds documents, so it is not new"
        except ObjectMissing:
            pass
        error = UnclearWriteError(
            f"create tenant {wanted.tenant_id}",
            message=f"the service answered that it is tenant {given}, and {why}",
            sent=True,
        )
        error.repeatable = False
        raise error

    def created_values(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The dimension, which no call returns (docs/services/cortex.md 1.4), and the schema, until the tenant is ready."""
        values: dict[str, Any] = {}
        if DIMENSION in self._model.model_fields:
            values[DIMENSION] = self._wanted(inputs).dimension or DEFAULT_DIMENSION
        if self._schema_input:
            values[self._schema_input] = list(inputs.get(self._schema_input) or ())
        return values

    def poll(
        self, seen: Observation, ref: Ref, inputs: Mapping[str, Any], template: Template | None, turn: int
    ) -> Observation:
        """Read the status, and in every third poll also the list, which alone shows a failure."""
        found = self._dialect.probe(ref.id, thorough=turn % THOROUGH_EVERY == THOROUGH_EVERY - 1)
        if found.phase is Phase.READY and found.partial:
            found = self._dialect.read(ref.id)
        return self._observation(found, inputs)

    def writes(
        self, ref: Ref, patch: Mapping[Path, Any], inputs: Mapping[str, Any], before: Observation
    ) -> Sequence[Write]:
        """One call that adds metadata fields, then one that renames."""
        writes = []
        added, new_id = patch.get((PLACE,)) or [], patch.get(("tenant_id",))
        if added and before.phase is Phase.PENDING:
            raise WaitError(
                f"{ref.what} is still being provisioned ({before.detail}); its metadata fields can be "
                "changed when it is ready. Run the same command again later"
            )
        if missing := self._missing(ref, added, before):
            writes.append(self._addition(ref, added, missing))
        if new_id is not None and new_id != ref.id:
            writes.append(self._rename(ref, str(new_id), inputs))
        return writes

    def contents(self, ref: Ref) -> Contents | None:
        """Its documents; None while it is provisioned. A tenant whose provisioning failed holds none."""
        if ref.values.get(STATUS, "ready") != "ready" and self._dialect.probe(ref.id).phase is Phase.FAILED:
            return Contents(0)
        count = self._dialect.documents(ref.id)
        # Where single sub-tenants are counted, 404 also means "no data", so a zero may come from a wrong 404.
        return None if count is None else Contents(count, listed=self._dialect.can.counts_sub_tenants)

    def delete(self, ref: Ref) -> None:
        """Start to delete it."""
        self._dialect.delete(ref.id)

    def _addition(self, ref: Ref, added: Sequence[Any], missing: Sequence[Any]) -> Write:
        def send() -> str:
            self._dialect.add_fields(ref.id, missing)
            return ""

        return Write(f"add metadata fields to {ref.what}", send, {(PLACE,): added}, ref)

    def _rename(self, ref: Ref, new_id: str, inputs: Mapping[str, Any]) -> Write:
        operation = f"rename {ref.what} to {new_id}"
        # Read before, so that a tenant that has the new id afterwards is the renamed one.
        try:
            self._dialect.probe(new_id, thorough=False)
        except ObjectMissing:
            pass
        else:
            raise ObjectExists(operation, message=f"a tenant {new_id} exists already", hint="Choose another tenant_id")

        def send() -> str:
            return self._dialect.rename(ref.id, new_id)

        after = Ref(new_id, {**ref.values, "tenant_id": new_id, CURRENT_ID: new_id}, f"tenant {new_id}")
        return Write(operation, send, {("tenant_id",): new_id}, after)

    def _missing(self, ref: Ref, added: Sequence[Any], before: Observation) -> list[Any]:
        """The added fields that the tenant does not have yet.

        :raises ServiceError: it has one of them with other attributes.
        """
        spec = field_specs(self._model)[(PLACE,)] if added else None
        if spec is None or spec.keyed is None:
            return []
        present = by_name(before.values.get(PLACE), spec.keyed.key)
        for field in added:
            there = present.get(str(field["name"]))
            if there is not None and not same(spec, [field], [there], partial=True):
                raise ServiceError(
                    f"add metadata fields to {ref.what}",
                    message=f'a field "{field["name"]}" with other attributes was added by somebody else',
                    hint=f"{sentence(self._words.refresh_and_apply)} to see it",
                )
        return [field for field in added if str(field["name"]) not in present]

    def _wanted(self, inputs: Mapping[str, Any]) -> NewTenant:
        """The tenant that inputs describe."""
        return NewTenant(
            tenant_id=str(inputs["tenant_id"]),
            schema=inputs.get(self._schema_input) if self._schema_input else None,
            note=inputs.get("note"),
            embeddings=self._embeddings,
            dimension=inputs.get(DIMENSION),
        )

    def _observation(self, seen: TenantObservation, inputs: Mapping[str, Any]) -> Observation:
        values: dict[str, Any] = {"tenant_id": inputs.get("tenant_id") or seen.tenant_id}
        if self._schema_input and seen.schema is not None:
            values[self._schema_input] = seen.schema
        status = {Phase.READY: "ready", Phase.FAILED: "failed"}.get(seen.phase, "provisioning")
        facts = {CURRENT_ID: seen.tenant_id, STATUS: status}
        if seen.default_sub_tenant_id is not None:
            facts["default_sub_tenant_id"] = seen.default_sub_tenant_id
        return Observation(
            seen.tenant_id,
            values,
            facts,
            phase=seen.phase,
            detail=seen.detail,
            unlike=self._unlike(seen),
            request_id=seen.request_id,
            partial=seen.partial,
        )

    def _unlike(self, seen: TenantObservation) -> str:
        """A tenant for bare embeddings has one sub-tenant of its own name (docs/services/cortex.md 1.2)."""
        if not seen.sub_tenant_ids:
            return ""
        bare = "default" not in seen.sub_tenant_ids and seen.tenant_id in seen.sub_tenant_ids
        return "" if bare == self._embeddings else f"it is a tenant for {'bare embeddings' if bare else 'documents'}"
