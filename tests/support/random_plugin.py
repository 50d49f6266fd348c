"""A stand-in for pulumi-random's plugin, for machines that cannot fetch the real one.

It serves three of its resources, `RandomId`, `RandomString` and `RandomPet`, as far as examples use them, and says on every
screen that it is a stand-in. `install` puts an executable that Pulumi finds into a folder; the folder goes on PATH.
"""

from __future__ import annotations

import base64
import secrets
import string
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    Provider,
)
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

EXECUTABLE = "pulumi-resource-random"
NOTICE = "a stand-in for pulumi-random made this value: the real plugin could not be fetched"
WORDS = ("amber", "brisk", "civil", "dusty", "eager", "falcon", "gecko", "heron", "ibis", "jackal")
Properties = Mapping[str, PropertyValue]


def install(folder: Path) -> None:
    """Make the stand-in available to a Pulumi that has `folder` on its PATH."""
    script = folder / EXECUTABLE
    tests = Path(__file__).resolve().parents[1]
    script.write_text(
        f"#!{sys.executable}\n"
        f"import sys\nsys.path.insert(0, {str(tests)!r})\n"
        "from support.random_plugin import main\nmain()\n"
    )
    script.chmod(0o755)


class RandomStandIn(Provider):
    """Values are made once and kept; every change of an input makes a new one, as in the real plugin.

    :param engine: the address of the engine, which shows what is logged.
    """

    def __init__(self, engine: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(engine))

    def _warn(self, urn: str) -> None:
        self._engine.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=NOTICE, urn=urn))

    async def create(self, request: CreateRequest) -> CreateResponse:
        kind = request.type.rpartition(":")[2]
        made = {"RandomId": _id, "RandomString": _string, "RandomPet": _pet}[kind](request.properties)
        if request.preview:
            return CreateResponse(properties=dict(request.properties))
        self._warn(request.urn)
        return CreateResponse(
            resource_id=made.pop("id"),
            properties={**request.properties, **{name: PropertyValue(value) for name, value in made.items()}},
        )

    async def diff(self, request: DiffRequest) -> DiffResponse:
        changed = [name for name, value in request.new_inputs.items() if request.old_state.get(name) != value]
        return DiffResponse(changes=bool(changed), replaces=changed)

    async def delete(self, request: DeleteRequest) -> None:
        return None


def _number(properties: Properties, name: str, default: int) -> int:
    given = properties.get(name)
    return default if given is None or given.value is None else int(given.value)  # type: ignore[arg-type]


def _id(properties: Properties) -> dict[str, str]:
    data = secrets.token_bytes(_number(properties, "byteLength", 8))
    url = base64.urlsafe_b64encode(data).decode().rstrip("=")
    return {"id": url, "b64Url": url, "b64Std": base64.b64encode(data).decode(), "hex": data.hex(), "dec": str(data[0])}


def _string(properties: Properties) -> dict[str, str]:
    alphabet = string.ascii_lowercase + string.digits
    text = "".join(secrets.choice(alphabet) for _ in range(_number(properties, "length", 8)))
    return {"id": text, "result": text}


def _pet(properties: Properties) -> dict[str, str]:
    return {"id": "-".join(secrets.choice(WORDS) for _ in range(_number(properties, "length", 2)))}


def main() -> None:
    """Serve until the engine is done."""
    from pulumi.provider.experimental.server import main as serve

    serve(sys.argv[1:], "4.21.4", RandomStandIn(sys.argv[1]))
