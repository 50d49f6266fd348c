"""Writes whose answer is unclear, and waits for what the service does in its own time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...core.errors import ServiceError, UnclearWriteError
from ...core.waiting import Waiter
from .dialect import Dialect, Phase, Sighting
from .wire import unclear

T = TypeVar("T")

SETTLE_SECONDS = 10.0
"""How long a write without a clear answer is looked for."""
SECOND_LOOK_SECONDS = 2.0
"""The pause before an absence is asked for again."""
THOROUGH_EVERY = 3
"""Failure shows only in the list of all tenants, so not every poll asks for it."""


def carry_out(write: Callable[[], T], look: Callable[[], T | None], *, operation: str, waiter: Waiter) -> T:
    """Carry out a write that has an effect one can look for.

    After a timeout, a cut connection, or 5xx nobody knows whether the service did it, or will do it yet. So this looks
    for the effect for a while, and repeats the write once only after it was not there. All writes here name the object
    by an id, so a repetition cannot make a second one.

    :param look: the result of the write where its effect is seen, else None.
    :raises UnclearWriteError: the second try was no clearer, or the service cannot be asked.
    """
    last: ServiceError | None = None
    for _ in range(2):
        try:
            return write()
        except ServiceError as error:
            if not unclear(error):
                raise
            last = error
        try:
            found, done = waiter.until(look, lambda seen: seen is not None, seconds=SETTLE_SECONDS)
        except ServiceError as error:
            last = error
            break
        if done and found is not None:
            return found
    assert last is not None
    raise UnclearWriteError(
        operation,
        message=str(last).partition(": ")[2] or str(last),
        sent=True,
        hint="It may have been carried out all the same. Run the same command again: it finds out and goes on",
    ) from None


def wait_ready(dialect: Dialect, tenant_id: str, *, seconds: float, waiter: Waiter) -> Sighting:
    """Poll until a tenant is ready, has failed, is being deleted, or the time is over; 0 asks once.

    An absence is waited over: a status may lag behind the creation.
    """
    if seconds <= 0:
        return dialect.probe(tenant_id)
    polls = 0

    def ask() -> Sighting:
        nonlocal polls
        polls += 1
        return dialect.probe(tenant_id, thorough=polls % THOROUGH_EVERY == 0)

    ended = (Phase.READY, Phase.FAILED, Phase.DELETING)
    seen, _ = waiter.until(ask, lambda sighting: sighting.phase in ended, seconds=seconds)
    if seen.phase is Phase.READY:
        return seen if seen.schema is not None else dialect.read(tenant_id)
    return seen if seen.phase in ended else dialect.probe(tenant_id)


def wait_gone(dialect: Dialect, tenant_id: str, *, seconds: float, waiter: Waiter) -> Sighting:
    """Poll until a tenant is absent or the time is over; 0 asks once."""
    seen, _ = waiter.until(
        lambda: dialect.probe(tenant_id, thorough=False),
        lambda sighting: sighting.phase is Phase.ABSENT,
        seconds=seconds,
    )
    return seen
