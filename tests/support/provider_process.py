"""The real process that runs dynamic providers, spoken to as the engine speaks to it, without an engine.

with ProviderProcess(environment={…}) as process:
process.configure({"trieve:apiKey": "…"})
dataset = process.serve(DatasetProvider())
inputs = dataset.check({}, {"name": "a", "size": UNKNOWN}).inputs
created = dataset.create(inputs)
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from support.processes import wait_until
from support.runtime_folder import scratch_runtime_folder

UNKNOWN = rpc.UNKNOWN
"""Stands for a value that is not known before an update, at any depth."""

PROVIDER_KEY = "__provider"
START_SECONDS = 30.0
CALL_SECONDS = 60.0
END_SECONDS = 5.0
TESTS = Path(__file__).resolve().parents[1]

Properties = Mapping[str, Any]


class ProviderError(Exception):
    """A call failed; the text is what the engine would show, traceback included."""


@dataclass(frozen=True)
class Secret:
    """A value that the provider marked as secret. Given as an input it is sent in plain text, as the engine does."""

    value: Any


class Checked(NamedTuple):
    """What `check` answered; a failure is (property, text)."""

    inputs: dict[str, Any]
    failures: list[tuple[str, str]]


class Diffed(NamedTuple):
    """What `diff` answered; `changes` is None where the provider left it open."""

    changes: bool | None
    replaces: list[str]
    delete_before_replace: bool


class Created(NamedTuple):
    """What `create` answered."""

    id: str
    outputs: dict[str, Any]


class Observed(NamedTuple):
    """What `read` answered; an empty id says that the object is gone."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None


class Served:
    """One provider in a running process. Properties are without `__provider`, which is added and taken away here."""

    def __init__(self, process: ProviderProcess, provider: ResourceProvider) -> None:
        self._process = process
        self.serialized = serialize_provider(provider)

    def check(self, olds: Properties, news: Properties) -> Checked:
        """Validate inputs: `olds` are the old inputs, empty on create."""
        request = provider_pb2.CheckRequest(olds=self._old(olds), news=self._properties(news))
        answer = self._process.call("Check", request)
        return Checked(_plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])

    def diff(self, id: str, olds: Properties, news: Properties) -> Diffed:
        """Compare: `olds` are the old outputs, `news` the new inputs."""
        request = provider_pb2.DiffRequest(id=id, olds=self._properties(olds), news=self._properties(news))
        answer = self._process.call("Diff", request)
        known = {provider_pb2.DiffResponse.DIFF_SOME: True, provider_pb2.DiffResponse.DIFF_NONE: False}
        return Diffed(known.get(answer.changes), list(answer.replaces), answer.deleteBeforeReplace)

    def create(self, inputs: Properties) -> Created:
        """Create from checked inputs."""
        answer = self._process.call("Create", provider_pb2.CreateRequest(properties=self._properties(inputs)))
        return Created(answer.id, _plain(answer.properties))

    def read(self, id: str, outputs: Properties) -> Observed:
        """Read back what has these old outputs, as a refresh does."""
        request = provider_pb2.ReadRequest(id=id, properties=self._properties(outputs))
        answer = self._process.call("Read", request)
        inputs = _plain(answer.inputs) if answer.HasField("inputs") else None
        return Observed(answer.id, _plain(answer.properties), inputs)

    def get(self, id: str, inputs: Properties) -> Observed:
        """Read what a program names by id only, as `ResourceOptions(id=…)` does: with inputs and no old outputs."""
        answer = self._process.call("Read", provider_pb2.ReadRequest(id=id, inputs=self._properties(inputs)))
        return Observed(answer.id, _plain(answer.properties), None)

    def update(self, id: str, olds: Properties, news: Properties) -> dict[str, Any]:
        """Update from old outputs to new inputs, and return the new outputs."""
        request = provider_pb2.UpdateRequest(id=id, olds=self._properties(olds), news=self._properties(news))
        return _plain(self._process.call("Update", request).properties)

    def delete(self, id: str, outputs: Properties) -> None:
        """Delete what has these old outputs."""
        self._process.call("Delete", provider_pb2.DeleteRequest(id=id, properties=self._properties(outputs)))

    def _old(self, olds: Properties) -> struct_pb2.Struct:
        return self._properties(olds) if olds else struct_pb2.Struct()

    def _properties(self, properties: Properties) -> struct_pb2.Struct:
        return _struct({**properties, PROVIDER_KEY: self.serialized})


class ProviderProcess:
    """Starts `python -m pulumi.dynamic` and ends it when the block is left.

    Args:
        environment: variables on top of the caller's.
        project: the name of the Pulumi project, the default namespace of configuration.
        engine: `host:port` of the engine. Processes that are given the same one belong to one run; by default this one
            has a run of its own. Empty where the process is told of no engine.
    """

    def __init__(
        self, *, environment: Mapping[str, str] | None = None, project: str = "test", engine: str | None = None
    ) -> None:
        address = f"{uuid.uuid4().hex}:1" if engine is None else engine
        self._arguments = [address] if address else []
        self._environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": scratch_runtime_folder(),
            "PYTHONPATH": str(TESTS),
            "PULUMI_PROJECT": project,
            **(environment or {}),
        }

    def __enter__(self) -> ProviderProcess:
        self._folder = tempfile.TemporaryDirectory()
        self._out, self._err = Path(self._folder.name, "stdout"), Path(self._folder.name, "stderr")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "pulumi.dynamic", *self._arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        try:
            wait_until(
                lambda: b"\n" in self._out.read_bytes() or self._process.poll() is not None,
                seconds=START_SECONDS,
                what="the provider process to tell its port",
            )
            port = int(self._out.read_text().partition("\n")[0])
        except (TimeoutError, ValueError):
            self.kill()
            raise ProviderError(f"the provider process did not start:\n{self.stderr}") from None
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._channel.close()
        self._process.send_signal(2)  # as the engine ends it
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def stdout(self) -> str:
        """What it printed until now, without the port."""
        return self._out.read_text(errors="replace").partition("\n")[2]

    @property
    def stderr(self) -> str:
        """What it wrote to standard error until now."""
        return self._err.read_text(errors="replace")

    def configure(self, configuration: Properties) -> None:
        """Hand over the stack's configuration, as the engine does before anything else, secrets in plain text."""
        self.call("Configure", provider_pb2.ConfigureRequest(args=_struct(configuration)))

    def serve(self, provider: ResourceProvider) -> Served:
        """Return the calls of one provider. Its class has to be importable in the process, as for the engine."""
        return Served(self, provider)

    def kill(self) -> None:
        """Kill the process at once."""
        self._process.kill()
        self._process.wait()

    def call(self, method: str, request: Any) -> Any:
        """Make one call.

        Raises:
            ProviderError: the call failed; the text is what the engine would show.
        """
        try:
            return getattr(self._stub, method)(request, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            raise ProviderError(str(error.details())) from None


def _struct(properties: Properties) -> struct_pb2.Struct:
    return json_format.ParseDict({key: _sent(value) for key, value in properties.items()}, struct_pb2.Struct())


def _sent(value: Any) -> Any:
    if isinstance(value, Secret):
        return _sent(value.value)
    if isinstance(value, Mapping):
        return {key: _sent(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sent(item) for item in value]
    return value


def _plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    properties: dict[str, Any] = {key: _received(value) for key, value in json_format.MessageToDict(struct).items()}
    properties.pop(PROVIDER_KEY, None)
    return properties


def _received(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return Secret(_received(value["value"]))
        return {key: _received(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_received(item) for item in value]
    return value
