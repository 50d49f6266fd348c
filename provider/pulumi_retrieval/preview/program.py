"""Collects the rejections of a preview and reports them together at the end of the program.

See `docs/decisions/0008-one-preview-shows-everything.md`. A preview whose run would write no checkpoints
also warns of what a kill of that run may leave behind (`providers/checkpoints.py`).

    resource class declares the dry run → check returns a mark → the registration returns it → `Preview.follow`
    after the last registration → `Preview.report` logs the errors → the engine plans the deletes → the program fails

The SDK calls `pulumi.runtime.stack._wait_for_shutdown` once all registrations of a program are done; this module wraps that
function. Where an SDK version lacks it, no dry run is declared, and `check` returns failures instead of a mark.
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
from .texts import group_texts, summary

Hook = Callable[[], Awaitable[None]]

_WAIT, _CLOSE, _RUN = "_wait_for_shutdown", "_shutdown_callbacks", "run_pulumi_func"
_ANSWER_SECONDS = 2.0
"""How long to wait at the end of a program for results of registrations; they are complete unless the program failed."""
_LOG_TURNS = 5
"""Turns of the event loop to wait after logging; the SDK needs fewer to send a log line that belongs to a resource."""

_previews: WeakKeyDictionary[pulumi.Resource, Preview] = WeakKeyDictionary()


class Preview:
    """One preview of one program, with the rejections collected so far."""

    def __init__(self) -> None:
        self._found: list[tuple[Rejected, pulumi.Resource | None]] = []
        self._resources: dict[tuple[str, str], pulumi.Resource] = {}
        # Not `apply`: the SDK would check each pending callback again whenever another output of the program resolves.
        self._marks: list[tuple[pulumi.Resource, pulumi.Output[Any]]] = []
        self._skips_checkpoints = skips_checkpoints(os.environ)
        self._unsure: dict[pulumi.Resource, tuple[str, str]] = {}
        self._created: dict[str, list[str]] = {}
        self._indivisible = False
        self._reported = False
        self._new = False
        self.file = _shared_file()

    @property
    def rejects(self) -> bool:
        """Whether any resource was rejected."""
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
        """Read the mark of a resource once all registrations are done.

        :param mark: the output of the resource that holds the mark, where there is one.
        :param kind: the `kind` of the provider class.
        :param given: the names of the inputs that the program sets.
        """
        self._resources[token, name] = resource
        if self._skips_checkpoints and is_unsure(kind, given):
            self._unsure[resource] = (kind, name)
        self._marks.append((resource, mark))

    def note(self, rejected: Rejected, resource: pulumi.Resource | None) -> None:
        """Keep a rejection for the report."""
        self._found.append((rejected, resource))

    def note_mistake(self, rejected: Rejected) -> None:
        """Keep a mistake that was found in the program's own process; outside a preview it would end the program."""
        self._indivisible = True
        self.note(rejected, None)

    async def _read_marks(self) -> None:
        """Collect the rejections in the marks. Where the program failed, some registrations never get a result."""
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
        """Keep what the result of a registration says. It contains an id, unless the object does not exist yet."""
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
        """Keep the rejection of a resource whose dependency would be replaced.

        Excluding that resource does not help; the text of the rejection names the remedy. It replaces the rejection that
        `check` returned for the same change.
        """
        self._indivisible = True
        wanted = _content_keys(dependent)
        for place, (rejected, resource) in enumerate(self._found):
            if _content_keys(rejected) & wanted:
                others = tuple(one for one in rejected.rejections if _content_key(one) not in wanted)
                both = Rejected(rejected.name, rejected.token, (*dependent.rejections, *others))
                self._found[place] = (both, resource)
                return
        self.note(dependent, None)

    async def report(self) -> None:
        """Log every rejection as an error. A second call does nothing."""
        if self._reported:
            return
        self._reported = True
        await self._read_marks()
        for text in _from_diff(self.file):
            rejected = Rejected.from_json(json.loads(text))
            if rejected.name:
                self.note(rejected, self._resources.get((rejected.token, rejected.name)))
            else:
                self._note_dependent(rejected)
        order = {key: place for place, key in enumerate(self._resources)}
        self._found.sort(key=lambda found: order.get((found[0].token, found[0].name), -1))
        for text, resource in group_texts(self._found):
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


def _content_key(rejection: Rejection) -> tuple[object, ...]:
    """Equal for two rejections of the same object with the same values."""
    return (rejection.text.partition("\n")[0], rejection.rows)


def _content_keys(rejected: Rejected) -> set[tuple[object, ...]]:
    return set(map(_content_key, rejected.rejections))


def current_preview() -> Preview | None:
    """The preview that this program runs in; None outside a preview, and where the SDK has no hook for its end."""
    if not pulumi.runtime.is_dry_run() or isinstance(settings.get_monitor(), MockMonitor):
        return None
    root = settings.get_root_resource()
    if root is None or not _install():
        return None
    if root not in _previews:
        _previews[root] = Preview()
    return _previews[root]


def _install() -> bool:
    """Wrap the SDK's functions at the end of a program, once. False where this version of the SDK lacks them."""
    wait, close = getattr(stack, _WAIT, None), getattr(stack, _CLOSE, None)
    if wait is None or close is None:
        return False
    if not getattr(wait, "reports_rejections", False):
        setattr(stack, _WAIT, _fail_after(wait))
        setattr(stack, _CLOSE, _report_before(close))
    return True


def _preview_of_program() -> Preview | None:
    root = settings.get_root_resource()
    return None if root is None else _previews.get(root)


def _fail_after(wait: Hook) -> Hook:
    """Wrap `wait`, during which the engine plans the deletes: report before it, and let the program fail after it."""

    async def wait_and_fail() -> None:
        preview = _preview_of_program()
        if preview is not None:
            await preview.report()
        await wait()
        if preview is not None and preview.rejects:
            raise preview.failure()

    wait_and_fail.reports_rejections = True  # type: ignore[attr-defined]
    return wait_and_fail


def _report_before(close: Hook) -> Hook:
    """Wrap `close`: also report rejections where the program failed, and fail where it ended by ``sys.exit(0)``."""

    async def report_and_close() -> None:
        preview = _preview_of_program()
        try:
            if preview is not None:
                await preview.report()
        finally:
            await close()
        if preview is not None and preview.rejects and sys.exc_info()[1] is None and _exits_successfully():
            raise preview.failure()

    return report_and_close


def _exits_successfully() -> bool:
    """Whether the program ends without an error. The SDK keeps its exception in a local variable until the very end."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_name != _RUN:
        frame = frame.f_back
    error = None if frame is None else frame.f_locals.get("ex")
    return error is None or (isinstance(error, SystemExit) and not error.code)


def _shared_file() -> str:
    """The name of the file to which `diff` writes its rejections; empty where the engine cannot be identified."""
    from ..providers.engine_run import engine_run

    arguments = sys.orig_argv
    address = next((after for flag, after in pairwise(arguments) if flag == "--engine"), "")
    engine = engine_run([address]) if address else None
    return "" if engine is None else engine.file()


def _from_diff(file: str) -> list[str]:
    """The rejections that the provider processes wrote to the file of this run."""
    if not file:
        return []
    from ..providers.engine_run import rejected_in

    return rejected_in(file)
