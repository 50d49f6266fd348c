"""Events as the engine streams them, and findings to render."""

from __future__ import annotations

import json
from typing import Any

from pulumi_retrieval.review.states import SIGNATURE

PREFIX = "urn:pulumi:dev::test::"
DATASET, TENANT = "pulumi-python:dynamic/trieve:Dataset", "pulumi-python:dynamic/cortex:Tenant"
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
ORGANIZATION = "3f7a37a2-d6e5-40fc-82e2-0acae427e289"
ENDPOINT = "https://api.trieve.ai"


def urn(name: str, kind: str = DATASET) -> str:
    return f"{PREFIX}{kind}::{name}"


def event(kind: str, body: dict[str, Any]) -> bytes:
    """A line as the engine prints it: without spaces, fields in its order."""
    return json.dumps({"sequence": 1, "timestamp": 1795664931, kind: body}, separators=(",", ":")).encode() + b"\n"


def step(
    op: str,
    name: str = "golden",
    *,
    kind: str = DATASET,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    final: bool = False,
    **more: Any,
) -> bytes:
    """An event about a resource. :param old: and `new`, its inputs; outputs mirror them."""

    def state(inputs: dict[str, Any] | None) -> dict[str, Any] | None:
        if inputs is None:
            return None
        provider = f"{PREFIX}pulumi:providers:pulumi-python::default::1"
        values = {"__provider": "gASV", **inputs}
        return {
            "type": kind,
            "urn": urn(name, kind),
            "custom": True,
            "id": "an-id",
            "inputs": values,
            "outputs": values,
            "provider": provider,
            **more,
        }

    metadata = {"op": op, "urn": urn(name, kind), "type": kind, "old": state(old), "new": state(new)}
    return event("resOutputsEvent" if final else "resourcePreEvent", {"metadata": metadata, "planning": True})


def dataset(name: str = "golden", **configuration: Any) -> dict[str, Any]:
    """The stored inputs of a dataset."""
    return {
        "dataset_name": name,
        "tracking_id": name,
        "organization_id": ORGANIZATION,
        "endpoint": ENDPOINT,
        "server_configuration": configuration,
    }
