"""States of small stacks, as `pulumi stack export` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_retrieval.review.states import SIGNATURE, State

DYNAMIC = "pulumi-python:dynamic/"
DATASET, TENANT = f"{DYNAMIC}trieve:Dataset", f"{DYNAMIC}cortex:Tenant"
CUSTOMER = "acme:index:Customer"
ROOT = "pulumi:pulumi:Stack"


def secret(ciphertext: str = "v1:of-something") -> dict[str, str]:
    """A secret, as the engine stores it."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": ciphertext}


class Stack:
    """A stack that grows: `Stack("dev").component("canary").dataset("canary-docs")`, the latter below the former."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._root = {"urn": f"urn:pulumi:{name}::test::{ROOT}::test-{name}", "type": ROOT, "custom": False}
        self._below: Mapping[str, Any] = self._root
        self.entries: list[dict[str, Any]] = [self._root]

    def root(self) -> Stack:
        """What comes next has no parent but the stack."""
        self._below = self._root
        return self

    def component(self, name: str, type_: str = CUSTOMER) -> Stack:
        """A component below the stack; what comes next is below it."""
        self.root().add(type_, name)
        self._below = self.entries[-1]
        return self

    def dataset(self, name: str = "docs", *, observed: Mapping[str, Any] | None = None, **inputs: Any) -> Stack:
        """A dataset, with ids and an endpoint of this stack. :param observed: what the service holds of immutable keys."""
        ours = {
            "organization_id": f"organization-of-{self.name}",
            "dataset_name": "documents",
            "tracking_id": f"{name}-{self.name}",
            "endpoint": f"https://trieve.{self.name}.example.test",
        }
        outputs = {} if observed is None else {"observed_immutable": dict(observed)}
        return self.add(DATASET, name, inputs={**ours, **inputs}, outputs=outputs)

    def tenant(
        self, name: str = "tenant", *, generation: str = "v2", observed: Mapping[str, Any] | None = None, **inputs: Any
    ) -> Stack:
        """A tenant, with ids and an endpoint of this stack."""
        ours = {"tenant_id": f"{name}_{self.name}", "endpoint": f"https://cortex.{self.name}.example.test {generation}"}
        outputs = {} if observed is None else {"observed_immutable": dict(observed)}
        return self.add(TENANT, name, inputs={**ours, **inputs}, outputs=outputs)

    def add(self, type_: str, name: str, **fields: Any) -> Stack:
        """Any resource. :param fields: as in an export."""
        above = self._below["urn"].split("::")[2]
        chain = type_ if above == ROOT else f"{above}${type_}"
        custom = {} if type_ == CUSTOMER else {"id": f"id-of-{name}-in-{self.name}", "custom": True}
        urn = f"urn:pulumi:{self.name}::test::{chain}::{name}"
        self.entries.append({"urn": urn, "type": type_, "parent": self._below["urn"], **custom, **fields})
        return self

    @property
    def export(self) -> dict[str, Any]:
        """The export of the stack."""
        return {"version": 3, "deployment": {"manifest": {"version": "v3.259.0"}, "resources": self.entries}}

    @property
    def state(self) -> State:
        """The export, as a review reads it."""
        return State.from_export(self.export, stack=self.name)
