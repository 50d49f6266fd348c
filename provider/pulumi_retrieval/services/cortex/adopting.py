"""Comparing a tenant that exists with one that a program wants, before it is taken under management."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ...core.adoption import Candidate, judge
from ...core.errors import AdoptionError
from ...core.fields import field_specs
from ...core.plan import added_items
from ...core.refusal import show
from ...core.values import equal
from .dialect import Dialect, Phase, Sighting
from .schema import by_name

HOW = (
    "set adopt=True on the resource, or for one run: pulumi config set cortex:adopt true. Where a resource was only "
    "renamed in the program: ResourceOptions(aliases=[pulumi.Alias(name=FORMER-NAME)])"
)


@dataclass(frozen=True)
class Adoption:
    """Decides whether an existing tenant may be managed.

    :param model: the inputs of the resource.
    :param schema_input: the input that holds the metadata schema; None for a tenant without.
    :param embeddings: whether the resource is a tenant for bare embeddings.
    """

    dialect: Dialect
    model: type[BaseModel]
    schema_input: str | None
    embeddings: bool

    def judge(self, inputs: Mapping[str, Any], seen: Sighting, *, made_here: bool, adopt: bool) -> None:
        """Return where the tenant may be managed.

        :param made_here: this run created or adopted it for another resource.
        :param adopt: the configuration says so for the whole run.
        :raises AdoptionError: it may not.
        """
        immutable = self.immutable(inputs, seen)
        if seen.phase is Phase.READY and self._schema_untold(inputs, seen):
            raise AdoptionError(
                f"tenant {seen.tenant_id} exists already, and the service does not tell its metadata schema, so nobody "
                "knows whether it is the one of the program. Choose another tenant_id"
            )
        documents = self.dialect.documents(seen.tenant_id) if not made_here and not immutable else None
        candidate = Candidate(
            what=f"tenant {seen.tenant_id}",
            object_id=seen.tenant_id,
            documents=documents,
            differing=self._differing(inputs, seen),
            immutable=immutable,
            made_here=made_here,
        )
        judge(candidate, adopt=adopt or inputs.get("adopt") is True, how=HOW)

    def _differing(self, inputs: Mapping[str, Any], seen: Sighting) -> list[str]:
        """What a tenant that we had created just now would not have: fewer metadata keys, or any beside none."""
        if self.schema_input is None:
            return []
        foreign = inputs.get(self.schema_input) is None and bool(seen.schema)
        return [self.schema_input] if foreign or self.addable(inputs, seen) else []

    def addable(self, inputs: Mapping[str, Any], seen: Sighting) -> list[Any]:
        """The metadata fields that the tenant lacks and that can be added to it."""
        wanted = inputs.get(self.schema_input) if self.schema_input else None
        if wanted is None or seen.schema is None or not self.dialect.can.additive_schema:
            return []
        return added_items(field_specs(self.model)[(str(self.schema_input),)], seen.schema, wanted) or []

    def immutable(self, inputs: Mapping[str, Any], seen: Sighting) -> list[str]:
        """What the tenant holds otherwise than the program says and cannot be changed, for people."""
        texts = []
        wrong_kind = self._wrong_kind(seen)
        if wrong_kind:
            texts.append(wrong_kind)
        wanted = inputs.get(self.schema_input) if self.schema_input else None
        if wanted is None or seen.schema is None or self.addable(inputs, seen):
            return texts
        keyed = field_specs(self.model)[(str(self.schema_input),)].keyed
        assert keyed is not None
        mine, theirs = by_name(wanted, keyed.key), by_name(seen.schema, keyed.key)
        for name in [*mine, *(other for other in theirs if other not in mine)]:
            place = f'{self.schema_input}["{name}"]'
            if name not in theirs:
                texts.append(f"{place} is missing in the service")
            elif name not in mine:
                texts.append(f"{place} is {show(theirs[name])} in the service and missing in the program")
            else:
                # What the service does not tell (types, in the first generation) cannot be compared.
                texts += [
                    f"{place}.{attribute} is {show(told)} in the service and {show(mine[name].get(attribute))} in the "
                    "program"
                    for attribute, told in theirs[name].items()
                    if told is not None and not equal(told, mine[name].get(attribute))
                ]
        return texts

    def _wrong_kind(self, seen: Sighting) -> str | None:
        """A tenant for bare embeddings has one sub-tenant of its own name (docs/services/cortex.md 1.2)."""
        if seen.sub_tenant_ids is None:
            return None
        bare = "default" not in seen.sub_tenant_ids and seen.tenant_id in seen.sub_tenant_ids
        if bare == self.embeddings or not seen.sub_tenant_ids:
            return None
        return f"it is a tenant for {'bare embeddings' if bare else 'documents'}"

    def _schema_untold(self, inputs: Mapping[str, Any], seen: Sighting) -> bool:
        return bool(self.schema_input and inputs.get(self.schema_input)) and seen.schema is None
