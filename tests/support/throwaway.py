"""A dynamic provider that keeps its objects in a JSON file: small enough to trust while the harnesses are tested."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime.rpc import wrap_rpc_secret

FOLDER = "THROWAWAY_FOLDER"
"""Environment variable: where the objects lie."""


def store() -> Path:
    return Path(os.environ[FOLDER])


def without_provider(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "__provider"}


class ThrowawayProvider(ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        (store() / "configured").write_text(json.dumps(req.config._props))

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [CheckFailure("", "size is negative")] if news.get("size", 0) < 0 else []
        return CheckResult(news, failures)

    def diff(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=without_provider(olds) != without_provider(news), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        path = store() / f"object-{props['name']}.json"
        path.write_text(json.dumps(without_provider(props)))
        if props.get("say"):
            print(props["say"])
        if props.get("hang"):
            time.sleep(3600)
        if props.get("fail"):
            raise RuntimeError("the service said no")
        outputs = without_provider(props)
        if props.get("mark"):
            outputs["mark"] = wrap_rpc_secret(props["mark"])
        return CreateResult(path.stem, outputs)

    def read(self, id: str, props: dict[str, Any]) -> ReadResult:
        path = store() / f"{id}.json"
        found = json.loads(path.read_text()) if path.exists() else {}
        return ReadResult(id if found else "", dict(found), dict(found))

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        (store() / f"{id}.json").write_text(json.dumps(without_provider(news)))
        return UpdateResult(without_provider(news))

    def delete(self, id: str, props: dict[str, Any]) -> None:
        (store() / f"{id}.json").unlink(missing_ok=True)


class Throwaway(Resource):
    def __init__(self, name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ThrowawayProvider(), name, {"name": name, **properties}, opts)
