"""What a preview rejects of a program, told when everything is planned (`docs/decisions/0008-one-preview-shows-everything.md`).

A preview whose run would write no checkpoints also tells there what a kill of that run may leave (`providers/checkpoints.py`).

    class declares the dry run → check returns a mark → the registration answers with it → `Preview.follow`
    the last registration is done → `Preview.tell` logs errors → the engine plans the deletes → the program fails

The SDK has one place at which all registrations of a program are done, `pulumi.runtime.stack._wait_for_shutdown`; it is wrapped
once. Where it is missing, no preview is declared and `check` fails by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping
from itertools import pairwise
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import settings, stack
from pulumi.runtime.mocks import MockMonitor

from ..core.rejections import Rejected, Rejection
from ..providers.checkpoints import is_unsure, skips_checkpoints, warning
from .texts import summary, told

Hook = Callable[[], Awaitable[None]]

_WAIT, _CLOSE, _RUN = "_wait_for_shutdown", "_shutdown_callbacks", "run_pulumi_func"
_ANSWER_SECONDS = 2.0
"""How long to wait for answers to registrations at the end of a program; they have come unless the program failed."""
_LOG_TURNS = 5
"""Turns of the event loop that the SDK takes to send a line that belongs to a resource, with some to spare."""

_previews: WeakKeyDictionary[pulumi.Resource, Preview] = WeakKeyDictionary()


class Preview:
    """The preview of one program, and what it rejects."""

    def __init__(self) -> None:
        self._found: list[tuple[Rejected, pulumi.Resource | None]] = []
        self._resources: dict[tuple[str, str], pulumi.Resource] = {}
        # Not `apply`: the SDK would look at each of them again whenever another output of the program is known.
        self._marks: list[tuple[pulumi.Resource, pulumi.Output[Any]]] = []
        self._skips_checkpoints = skips_checkpoints(os.environ)
        self._unsure: dict[pulumi.Resource, tuple[str, str]] = {}
        self._created: dict[str, list[str]] = {}
        self._indivisible = False
        self._told = False
        self._new = False
        self.file = _file()

    @property
    def rejects(self) -> bool:
        """Whether anything was rejected."""
        return bool(self._found)

    def follow(
        self,
        resource: pulumi.Resource,
        mark: pulumi.Output[Any],
        *,
        name: str,
        token: str,
        kind: str,
        given: Collection[str],
    ) -> None:
        """Look for a mark in the answer to the registration of a resource, when all of them have come.

        :param mark: the output of that name.
        :param kind: that of the provider class.
        :param given: names of the inputs that the program gives.
        """
        self._resources[token, name] = resource
        if self._skips_checkpoints and is_unsure(kind, given):
            self._unsure[resource] = (kind, name)
        self._marks.append((resource, mark))

    def note(self, rejected: Rejected, resource: pulumi.Resource | None) -> None:
        """Keep what is rejected until everything is planned."""
        self._found.append((rejected, resource))

    def note_mistake(self, rejected: Rejected) -> None:
        """Keep a mistake that the process of the program finds itself, and with which it ends outside a preview."""
        self._indivisible = True
        self.note(rejected, None)

    async def _read_marks(self) -> None:
        """Keep what the marks say. Where the program failed, some registrations are never answered."""
        reads = [asyncio.ensure_future(mark.future(with_unknowns=True)) for _, mark in self._marks]
        if not reads:
            return
        await asyncio.wait(reads, timeout=_ANSWER_SECONDS)
        for (resource, _), read in zip(self._marks, reads, strict=True):
            if not read.done():
                read.cancel()
            elif read.exception() is None:
                await self._note_answer(resource, read.result())

    async def _note_answer(self, resource: pulumi.Resource, mark: Any) -> None:
        """Keep what the answer to a registration says. It holds an id, unless the object does not exist yet."""
        rejected, unsure = isinstance(mark, Mapping) and "rejections" in mark, self._unsure.get(resource)
        if not rejected and unsure is None:
            return
        new = not await resource.id.is_known()  # type: ignore[attr-defined]
        if rejected:
            self.note(Rejected.from_json(mark), resource)
            self._new = self._new or new
        if unsure is not None and new:
            kind, name = unsure
            self._created.setdefault(kind, []).append(name)

    def _note_dependent(self, dependent: Rejected) -> None:
        """Keep what was rejected of a resource because something that it depends on would be replaced.

        Leaving out that resource does not help, and its text says what does. It takes the place of what `check` said of
        the same change.
        """
        self._indivisible = True
        wanted = _said(dependent)
        for place, (rejected, resource) in enumerate(self._found):
            if _said(rejected) & wanted:
                others = tuple(one for one in rejected.rejections if _said_of(one) not in wanted)
                both = Rejected(rejected.name, rejected.token, (*dependent.rejections, *others))
                self._found[place] = (both, resource)
                return
        self.note(dependent, None)

    async def tell(self) -> None:
        """Log every rejection, once."""
        if self._told:
            return
        self._told = True
        await self._read_marks()
        for text in _from_diff(self.file):
            rejected = Rejected.from_json(json.loads(text))
            if rejected.name:
                self.note(rejected, self._resources.get((rejected.token, rejected.name)))
            else:
                self._note_dependent(rejected)
        order = {key: place for place, key in enumerate(self._resources)}
        self._found.sort(key=lambda found: order.get((found[0].token, found[0].name), -1))
        for text, resource in told(self._found):
            pulumi.log.error(text, resource)
        if self._created and not self.rejects:
            pulumi.log.warn(warning(self._created))
        for _ in range(_LOG_TURNS):
            await asyncio.sleep(0)

    def failure(self) -> pulumi.RunError:
        """The error with which the program ends."""
        merged: dict[tuple[str, str], Rejected] = {}
        for rejected, _ in self._found:
            key = (rejected.token, rejected.name)
            before = merged[key].rejections if key in merged else ()
            merged[key] = Rejected(rejected.name, rejected.token, (*before, *rejected.rejections))
        return pulumi.RunError(summary(list(merged.values()), indivisible=self._indivisible, new=self._new))


def _said_of(rejection: Rejection) -> tuple[object, ...]:
    """What a rejection says: of which object, and which values."""
    return (rejection.text.partition("\n")[0], rejection.rows)


def _said(rejected: Rejected) -> set[tuple[object, ...]]:
    return set(map(_said_of, rejected.rejections))


def current_preview() -> Preview | None:
    """The preview that this program runs in; None outside one, and where its end cannot be told."""
    if not pulumi.runtime.is_dry_run() or isinstance(settings.get_monitor(), MockMonitor):
        return None
    root = settings.get_root_resource()
    if root is None or not _install():
        return None
    if root not in _previews:
        _previews[root] = Preview()
    return _previews[root]


def _install() -> bool:
    """Wrap the end of programs, once; False where this version of the SDK has no such place."""
    wait, close = getattr(stack, _WAIT, None), getattr(stack, _CLOSE, None)
    if wait is None or close is None:
        return False
    if not getattr(wait, "tells_rejections", False):
        setattr(stack, _WAIT, _failing_after(wait))
        setattr(stack, _CLOSE, _telling_before(close))
    return True


def _here() -> Preview | None:
    root = settings.get_root_resource()
    return None if root is None else _previews.get(root)


def _failing_after(wait: Hook) -> Hook:
    """All registrations are done: the engine plans the deletes during `wait`, and the program fails after it."""

    async def wait_and_fail() -> None:
        preview = _here()
        if preview is not None:
            await preview.tell()
        await wait()
        if preview is not None and preview.rejects:
            raise preview.failure()

    wait_and_fail.tells_rejections = True  # type: ignore[attr-defined]
    return wait_and_fail


def _telling_before(close: Hook) -> Hook:
    """A program that failed by itself tells what was rejected as well, and one that left with ``sys.exit(0)`` fails."""

    async def tell_and_close() -> None:
        preview = _here()
        try:
            if preview is not None:
                await preview.tell()
        finally:
            await close()
        if preview is not None and preview.rejects and sys.exc_info()[1] is None and _left_as_success():
            raise preview.failure()

    return tell_and_close


def _left_as_success() -> bool:
    """Whether the program does not fail by itself; the SDK keeps what it raised, and raises it again at the very end."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_name != _RUN:
        frame = frame.f_back
    error = None if frame is None else frame.f_locals.get("ex")
    return error is None or (isinstance(error, SystemExit) and not error.code)


def _file() -> str:
    """The name of the file in which `diff` puts its rejections; empty where this process does not know its engine."""
    from ..providers.engine_run import engine_run

    arguments = sys.orig_argv
    address = next((after for flag, after in pairwise(arguments) if flag == "--engine"), "")
    engine = engine_run([address]) if address else None
    return "" if engine is None else engine.file()


def _from_diff(file: str) -> list[str]:
    """What the provider processes put into the file of this run."""
    if not file:
        return []
    from ..providers.engine_run import rejected_in

    return rejected_in(file)
