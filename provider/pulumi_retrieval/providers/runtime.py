"""The state of a provider process; no other module has mutable state at module level.

The provider classes have no state, because they are pickled into the state of every resource. A process keeps here what it
needs between calls: the configuration from the engine, the open services, and the facts of this run.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..core.declaration import Declaration
from ..core.run import Run
from ..services.registry import SERVICES, settings_with_namespace
from .checkpoints import is_unsure, skips_checkpoints, warning
from .engine_run import facts
from .orphan import end_with_engine
from .words import PulumiWords

if TYPE_CHECKING:
    from ..core.reconciler import Reconciler


class Service(Protocol):
    """An open connection to one service."""

    resources: Mapping[str, Reconciler]

    def describe(self) -> str:
        """One sentence for people: which service is used, and where its address was configured."""


class Runtime:
    """The state of one process: the configuration, one open connection per service, and the facts of the run."""

    def __init__(self, *, run: Run | None = None, environ: Mapping[str, str] | None = None) -> None:
        self.run = run or Run(open_facts=facts, words=PulumiWords())
        self._environ = os.environ if environ is None else environ
        self._raw: dict[str, Any] = {}
        self._services: dict[str, Service] = {}
        self._declarations: dict[str, Declaration] = {}
        self._watches = False
        self._lock = threading.RLock()

    def configure(self, get: Callable[[str], Any]) -> None:
        """Store the configuration from the engine. After a change, each service is opened anew on its next use.

        :param get: returns the value of a setting such as ``"trieve:apiKey"``, or None.
        """
        raw = {name: value for name in settings_with_namespace() if (value := get(name)) is not None}
        with self._lock:
            if not self._watches:
                self._watches = True
                end_with_engine()
            if raw != self._raw:
                self._raw = raw
                self._services.clear()

    def service(self, name: str) -> Any:
        """The open service, `TrieveService` or `CortexService`."""
        with self._lock:
            if name not in self._services:
                self._services[name] = SERVICES[name].open(raw=self._raw, environ=self._environ, run=self.run)
            return self._services[name]

    def resource(self, service: str, kind: str) -> Reconciler:
        """The reconciler of one kind of resource. The first use of a service prints which service that is, once per run."""
        opened: Service = self.service(service)
        self.run.say_once(opened.describe())
        return opened.resources[kind]

    def warn_of_kills(self, kind: str, inputs: Mapping[str, Any]) -> None:
        """Say, once for each kind, what a kill of this run would leave of a resource that is about to be created."""
        given = [name for name, value in inputs.items() if value is not None]
        if is_unsure(kind, given) and skips_checkpoints(self._environ):
            self.run.warn_once(warning({kind: ()}))

    def remember(self, inputs: Mapping[str, Any], declaration: Declaration) -> None:
        """Keep the declaration that `check` received with some inputs, for the `diff` of the same inputs."""
        with self._lock:
            self._declarations[_digest(inputs)] = declaration

    def declaration(self, inputs: Mapping[str, Any]) -> Declaration:
        """The declaration that `check` received with these inputs; an empty one where `check` did not see them."""
        with self._lock:
            return self._declarations.get(_digest(inputs), Declaration())


def _digest(inputs: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=repr).encode()).hexdigest()


_runtime = Runtime()


def runtime() -> Runtime:
    """The `Runtime` of this process."""
    return _runtime
