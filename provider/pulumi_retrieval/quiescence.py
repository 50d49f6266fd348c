"""How the SDK waits for the end of a program: registration by registration, and no longer than until the first failure.

At the end of a program the SDK waits for its list of calls to the engine, and then for all Outputs at once. The list is still
empty when it looks, because the calls that the program made begin at the next turn of the event loop. So it waits for all
Outputs at once from the start, and each answer of the engine costs a look at every Output: a program of 1,600 resources in
components spent two thirds of its processor time there (`docs/engine.md` 4.4). One finished entry in the list makes it take the
turn first.

While the SDK waits for all Outputs, it sees at once that one of them failed, and ends the program: an exception in `apply` keeps
the resources that come later from being created. While it waits for a call it sees nothing else, so the list that it takes the
calls from watches the Outputs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any, SupportsIndex

import pulumi
from pulumi.runtime import settings


def wait_for_registrations_first() -> None:
    """Make the SDK wait for the registrations before it waits for Outputs. Called for every resource.

    Nothing is changed where no stack is deployed, as in the provider of a component, and where this version of the SDK does not
    say which Outputs are created.
    """
    manager: Any = getattr(settings, "_get_rpc_manager", lambda: None)()
    calls = getattr(manager, "rpcs", None)
    if isinstance(calls, Calls):
        calls.start()
    elif isinstance(calls, list) and settings.get_root_resource() is not None and _tell_of_new_outputs():
        manager.rpcs = watching = Calls(calls)
        watching.start()


class _Finished:
    """Can be awaited, and has nothing to wait for."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class Calls(list[Any]):
    """The calls to the engine that the SDK waits for. The wait for one of them raises the error of an Output that fails."""

    _loop: asyncio.AbstractEventLoop | None = None
    """Where the SDK waits; None until it does."""
    _failed: asyncio.Future[Any] | None = None
    """The first Output that failed."""
    _turn: asyncio.Future[None] | None = None
    """What the SDK waits for now: the end of a call, or the failure of an Output."""

    def start(self) -> None:
        """Make the SDK begin with this list, also if no call of the program has begun."""
        if not self:
            self.append(_Finished())

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Take out one call. :returns: what the SDK awaits."""
        return self._wait(super().pop(index))

    def watch(self, output: asyncio.Future[Any]) -> None:
        """Watch an Output, from the beginning of the wait on."""
        if self._loop is not None and output.get_loop() is self._loop:
            output.add_done_callback(self._note)

    async def _wait(self, call: Any) -> Any:
        if isinstance(call, _Finished):
            return None
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            with settings.SETTINGS.lock:
                outputs = list(settings.SETTINGS.outputs)
            for output in outputs:
                self.watch(output)
        running = asyncio.ensure_future(call)
        if self._failed is None and not running.done():
            self._turn = self._loop.create_future()
            running.add_done_callback(self._wake)
            await self._turn
        return await (running if self._failed is None else self._failed)

    def _wake(self, _: asyncio.Future[Any]) -> None:
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    def _note(self, output: asyncio.Future[Any]) -> None:
        """Keep the first Output that failed and that the SDK would wait for; it leaves out those that others are made of."""
        if self._failed is not None or output.cancelled() or output.exception() is None:
            return
        if output in settings.SETTINGS.outputs:
            self._failed = output
            self._wake(output)


def _tell_of_new_outputs() -> bool:
    """Tell the calls of each Output that is created from now on. False where this version of the SDK does not allow it."""
    track: Any = getattr(pulumi.Output, "_track", None)
    if track is None or not hasattr(settings.SETTINGS, "outputs"):
        return False
    if not getattr(track, "tells", False):

        def track_and_tell(output: Any) -> None:
            track(output)
            calls = settings._get_rpc_manager().rpcs
            if isinstance(calls, Calls):
                calls.watch(output._data)

        track_and_tell.tells = True  # type: ignore[attr-defined]
        pulumi.Output._track = track_and_tell  # type: ignore[assignment, method-assign]
    return True
