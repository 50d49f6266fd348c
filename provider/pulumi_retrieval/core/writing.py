"""Sends writes and finds out whether they were carried out.

A write counts as carried out if its answer is the documented one, or if a read shows the result. For values that no read shows,
such as secrets, only the documented answer of that write counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import BaseModel

from .beliefs import Absent, Present, Written
from .errors import ObjectMissing, ServiceError, UnclearWriteError
from .fields import Mutability, flatten, spec_at
from .looking import Looks
from .objects import Observation, Write
from .plan import holds
from .run import Run
from .values import Path
from .words import Words

SETTLE_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each read of the result of a write without a clear answer."""
TRIES = 2
"""How often a write without a clear answer is sent at most."""


LookAgain = Callable[[], "Present[Observation] | Absent"]


def hint_written(words: Words) -> str:
    """What to do after a write that may have been carried out although it was reported as failed."""
    return f"The service may already hold the new value; {words.refresh_and_apply}, also if you revert"


class Writing:
    """Sends writes, and finds out whether they were carried out.

    :param model: the input model of the resource.
    """

    def __init__(self, model: type[BaseModel], *, looks: Looks, run: Run) -> None:
        self._model = model
        self._looks = looks
        self._run = run

    def carry_out(self, write: Write, look: LookAgain) -> Written:
        """Send a write, and send it again if nothing shows that it was carried out.

        :param look: reads the object as it is found after the write.
        :raises UnclearWriteError: neither an answer nor a read shows the result.
        :raises ObjectMissing: the object is gone.
        """
        cause: UnclearWriteError | None = None
        denied = False
        for _ in range(TRIES):
            try:
                self._send(write)
                return Written(acknowledged=True)
            except UnclearWriteError as error:
                cause = error
            except ObjectMissing:
                # The service also answers this when one of its queries fails, and the object existed a moment ago.
                if denied or isinstance(look(), Absent):
                    raise
                denied = True
                continue
            if self._looks.over(
                SETTLE_PAUSES if write.readable else SETTLE_PAUSES[-1:], lambda: self._seen(write, look)
            ):
                return Written(acknowledged=False)
        if cause is None:
            self._send(write)
            return Written(acknowledged=True)
        raise cause.retold(
            hint=hint_written(self._run.words),
            operation=write.operation,
            message=f"{cause.message}; it may still be carried out",
        )

    def missing(self, patch: Mapping[Path, object], observation: Observation) -> list[Path]:
        """The keys of a patch that a read can show and that have another value in it."""
        held = flatten(self._model, observation.values)
        return [
            path
            for path, value in patch.items()
            if (spec := spec_at(self._model, path)).mutability is not Mutability.WRITE_ONLY
            and not holds(spec, value, held.get(path))
        ]

    def _send(self, write: Write) -> None:
        remark = write.send()
        if remark:
            self._run.warn(f"{write.ref.what}: {remark}")

    def _seen(self, write: Write, look: LookAgain) -> bool | None:
        if not write.readable:
            return None
        try:
            found = look()
        except ServiceError as error:
            raise error.retold(hint=hint_written(self._run.words)) from None
        return True if isinstance(found, Present) and not self.missing(write.patch, found.observation) else None
