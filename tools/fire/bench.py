"""A service, the proxy before it, and the provider processes of three runs: before, under and after a fault."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any

from fire.proxy import FaultProxy
from fire.stories import SECRETS
from fire.world import World
from support.canaries import assert_absent
from support.provider_process import ProviderProcess
from support.sandbox import Sandbox

LIFE_SECONDS = 3600.0
TIMEOUT_SECONDS = 1.0
"""`timeout` of the run under a fault: an endless answer ends after twice as long."""
BEFORE, UNDER, AFTER = RUNS = "before", "under", "after"
CONFIGURATION = {"maxGone": "100000", "maxRetries": "1"}


class Bench:
    """A context manager. Each run is a provider process of its own with a memory of its own, as for the engine.

    :param version: the generation of Cortex.
    """

    def __init__(self, version: str) -> None:
        self.version = version

    def __enter__(self) -> Bench:
        with ExitStack() as stack:
            sandbox = stack.enter_context(Sandbox(max_seconds=LIFE_SECONDS))
            self.world = World(sandbox, version=self.version)
            self.proxy = stack.enter_context(FaultProxy(sandbox.base_url))
            self._environment = self.proxy.environment(sandbox.environment) | {"CORTEX_API_VERSION": self.version}
            self.runs: dict[str, Any] = {}
            stack.callback(self._end_processes)
            for name in RUNS:
                self.start(name)
            keys = ("TRIEVE_API_KEY", "TRIEVE_ADMIN_KEY", "CORTEX_API_KEY")
            self.secrets = (*SECRETS, *(sandbox.environment[key] for key in keys))
            self._stack = stack.pop_all()
        return self

    def start(self, name: str) -> ProviderProcess:
        """Start the provider process of a run, in the place of one that may have been killed.

        :param name: one of `RUNS`.
        """
        if former := self.runs.pop(name, None):
            former.__exit__(None, None, None)
        process: ProviderProcess = ProviderProcess(environment=self._environment).__enter__()
        self.runs[name] = process
        more = {"timeout": str(TIMEOUT_SECONDS)} if name == UNDER else {}
        configuration = {**CONFIGURATION, **more}
        process.configure({f"{n}:{k}": v for n in ("trieve", "cortex") for k, v in configuration.items()})
        return process

    def _end_processes(self) -> None:
        for process in self.runs.values():
            process.__exit__(None, None, None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def search(self, texts: dict[str, str]) -> None:
        """Look for secrets in texts, and in everything that the processes have printed.

        :raises LeakedSecretError: there is one.
        """
        printed = {f"the output of the run {name} the fault": p.stdout + p.stderr for name, p in self.runs.items()}
        assert_absent({**texts, **printed}, of=self.secrets)
