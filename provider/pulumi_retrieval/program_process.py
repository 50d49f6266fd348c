"""Settings of the Python process that runs a program: tracebacks, garbage collection, debug messages.

They are changed only where Pulumi's exec script started the process. Where the program runs inside another process (unit
tests, the Automation API), that process belongs to somebody else and keeps its settings.
"""

from __future__ import annotations

import gc
import sys
from os.path import basename
from types import FrameType, TracebackType

from .debug_messages import send_debug_messages_only_if_shown

EXEC_SCRIPT = "pulumi-language-python-exec"
OLD_OBJECTS = 1000
"""How many collections of the middle generation pass before one of the oldest generation; Python's default is 10."""


def prepare_process() -> None:
    """Hide the tracebacks of interrupts, collect old garbage rarely, and send no debug messages that nobody sees.

    It does so only in a process that Pulumi's exec script started.

    `RetrievalResource.__init__` calls this for every resource, and nothing else does; importing the package changes
    nothing. Only the first call has an effect.

    - Tracebacks: when `check` refuses a resource, the engine interrupts the program, and Python would print two
      tracebacks of KeyboardInterrupt, some 40 lines, around the refusal.
    - Garbage collection: the SDK keeps several hundred objects per resource until the program ends, and Python would scan
      all of them again and again.
    - Debug messages: the SDK waits for the engine to receive each of them, also if the engine drops it.
    """
    if not getattr(sys.excepthook, "hides_interrupts", False) and _under_exec_script():
        hide_interrupt_tracebacks()
        collect_old_objects_rarely()
        send_debug_messages_only_if_shown()


def hide_interrupt_tracebacks() -> None:
    """Print no traceback for a KeyboardInterrupt. All other exceptions are printed as before."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)

    hook.hides_interrupts = True  # type: ignore[attr-defined]
    sys.excepthook = hook


def collect_old_objects_rarely() -> None:
    """Raise the threshold of the garbage collector's oldest generation; the younger generations are collected as before.

    By default Python scans all old objects whenever their number has grown by a quarter, which in a program of a thousand
    resources takes as long as everything else (`docs/engine.md` 4.2). A threshold that the program chose itself is kept.
    """
    young, middle, old = gc.get_threshold()
    if old == 10:
        gc.set_threshold(young, middle, OLD_OBJECTS)


def _under_exec_script() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if basename(frame.f_code.co_filename) == EXEC_SCRIPT:
            return True
        frame = frame.f_back
    return False
