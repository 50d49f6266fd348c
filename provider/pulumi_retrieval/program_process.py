"""What is set up, once, in the process of a program: under Pulumi's exec script, and nowhere else.

Programs that run otherwise (unit tests, the Automation API) belong to somebody else, and are left as they are.
"""

from __future__ import annotations

import gc
import sys
from os.path import basename
from types import FrameType, TracebackType

EXEC_SCRIPT = "pulumi-language-python-exec"
OLD_OBJECTS = 1000
"""How many collections of middle-aged objects come before one of old ones; Python itself says 10."""


def prepare_process() -> None:
    """Keep the screen clean and the garbage collector calm. Importing a resource class does it."""
    if not getattr(sys.excepthook, "keeps_screen_clean", False) and _under_exec_script():
        keep_screen_clean()
        collect_rarely()


def keep_screen_clean() -> None:
    """Drop the tracebacks of KeyboardInterrupt, and of nothing else.

    The engine interrupts the program when a resource is refused, and some forty lines would bury the refusal.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)

    hook.keeps_screen_clean = True  # type: ignore[attr-defined]
    sys.excepthook = hook


def collect_rarely() -> None:
    """Look at old objects rarely when collecting garbage; young ones are collected as ever.

    The SDK keeps several hundred objects for every resource until the program ends. Python would look at all of them
    again whenever a quarter has been added, which takes a program of a thousand resources as long as all else it does
    (`docs/engine.md` 4.2). Whoever has chosen thresholds of his own keeps them.
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
