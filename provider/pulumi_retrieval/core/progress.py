"""Waits for asynchronous work of a service: provisioning, copying, deleting. Every wait has a limit in seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from .definition import Definition
from .errors import ObjectExists, ObjectMissing, ServiceError, WaitError
from .objects import Objects, Observation, Phase, Ref, Template
from .run import Run
from .waiting import Waiter

APPEAR_SECONDS = 10.0
"""How long an object that was created may take until a read shows it."""


class Progress:
    """Waits for objects of one kind."""

    def __init__(self, objects: Objects, *, definition: Definition, waiter: Waiter, run: Run) -> None:
        self._objects = objects
        self._definition = definition
        self._waiter = waiter
        self._run = run

    def wait(self, seen: Observation, ref: Ref, inputs: Mapping[str, Any], template: Template | None) -> Observation:
        """Wait until an object is ready, as long as the program says. If provisioning fails, create it once more.

        :raises WaitError: it was not ready in time. The next run continues to wait.
        :raises ServiceError: provisioning failed twice.
        """
        seconds = self._definition.wait_seconds(inputs)
        ends = self._waiter.clock() + seconds
        seen = self._until_made(seen, ref, inputs, template, seconds)
        if seen.phase is Phase.FAILED and self._objects.can.recreates_failed:
            self._run.say(f"{ref.what}: the service failed to make it ({seen.detail}); trying once more")
            with suppress(ObjectExists):
                self._objects.create(inputs, template)
            left = max(0.0, ends - self._waiter.clock())
            seen = self._until_made(self._objects.poll(seen, ref, inputs, template, 0), ref, inputs, template, left)
        if seen.phase is Phase.FAILED:
            raise ServiceError(
                f"provision {ref.what}",
                message=f"failed twice: {seen.detail}",
                request_id=seen.request_id,
                hint="Run the same command again to try once more. If the message says that a rollback failed, delete "
                "it in the service first",
            )
        if seen.phase is not Phase.READY and seconds > 0:
            raise _too_late(f"{ref.what} exists and is not ready", seconds, seen, self._definition.waiting_hint(seen))
        if seen.phase is not Phase.READY:
            self._run.say(f"{ref.what} is still being made (wait_seconds=0); a later refresh shows whether it is ready")
        return seen

    def appears(self, ref: Ref) -> Observation:
        """Wait until a read shows an object whose create was answered.

        :raises WaitError: no read shows it in time.
        """
        found, _ = self._waiter.until(
            lambda: self._one_look(ref), lambda seen: seen is not None and seen.exists, seconds=APPEAR_SECONDS
        )
        if found is None or not found.exists:
            raise WaitError(
                f"{ref.what} was created and cannot be read back within {APPEAR_SECONDS:g} s. Run the same command again: it "
                "continues from there"
            )
        return found

    def retry(self, done: Callable[[], bool], inputs: Mapping[str, Any]) -> bool:
        """Repeat a call that has no effect when it is refused, until it succeeds or the time is over; whether it succeeded."""
        _, ended = self._waiter.until(done, bool, seconds=self._definition.wait_seconds(inputs))
        return ended

    def wait_gone(self, ref: Ref, values: Mapping[str, Any]) -> None:
        """Wait until a deletion that the service has started is complete.

        :raises WaitError: it was not complete in time. The next run continues to wait.
        """
        if not self._objects.can.async_delete:
            return
        seconds = self._definition.wait_seconds(values)
        if seconds <= 0:
            self._run.say(f"deletion of {ref.what} was started and continues (wait_seconds=0)")
            return
        seen, _ = self._waiter.until(lambda: self._one_look(ref), lambda one: one is None, seconds=seconds)
        if seen is not None:
            hint = "Run the same command again: it continues from there"
            raise _too_late(f"deletion of {ref.what} was started and did not end", seconds, seen, hint)

    def _one_look(self, ref: Ref) -> Observation | None:
        try:
            return self._objects.probe(ref)
        except ObjectMissing:
            return None

    def _until_made(
        self, seen: Observation, ref: Ref, inputs: Mapping[str, Any], template: Template | None, seconds: float
    ) -> Observation:
        if seconds <= 0 or seen.phase is Phase.FAILED:
            return seen
        turn = 0

        def ask() -> Observation | None:
            nonlocal turn, seen
            try:
                seen = self._objects.poll(seen, ref, inputs, template, turn)
            except ObjectMissing:
                return None  # the object may become visible only some time after the create
            finally:
                turn += 1
            return seen

        self._waiter.until(ask, lambda one: one is not None and one.phase is not Phase.PENDING, seconds=seconds)
        return seen


def _too_late(what: str, seconds: float, seen: Observation, hint: str) -> WaitError:
    """The error of a wait that timed out: what was waited for, and the last answer."""
    identity = f", request id {seen.request_id}" if seen.request_id else ""
    detail = f", {seen.detail}" if seen.detail else ""
    return WaitError(f"{what} within {seconds:g} s. Last answer: {seen.phase.value}{detail}{identity}. {hint}")
