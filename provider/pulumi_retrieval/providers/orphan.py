"""A provider process ends when its engine is gone: nobody else would end it, and nobody takes its answers.

The engine ends its providers itself. One that was killed cannot, and a provider of the SDK then waits for ever
(seen on 3.259; `docs/engine.md` 2.21). What it was still told to create would meet what the next run creates.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from .engine_run import engine_lives, engine_run, in_provider_process

POLL_SECONDS = 0.5
"""How often a provider looks for its engine; starting the next engine takes longer than that."""
ABANDONED = 70
"""Exit code of a process that ended for this reason."""


def end_with_engine(*, end: Callable[[int], None] = os._exit) -> bool:
    """Look for the engine of this process from now on, and end the process when it is gone.

    A request that is on its way is given up: whether it was carried out is found out by the next run, as after any kill.

    :param end: ends the process without waiting for its other threads.
    :returns: whether it is looked for: not outside a provider process, and not where nobody can tell which one it is.
    """
    engine = engine_run(sys.argv[1:]) if in_provider_process() else None
    if engine is None:
        return False

    def watch() -> None:
        while engine_lives(engine):
            pause.wait(POLL_SECONDS)
        end(ABANDONED)

    pause = threading.Event()
    threading.Thread(target=watch, name="end with engine", daemon=True).start()
    return True
