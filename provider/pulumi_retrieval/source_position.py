"""The position of a resource in the program, as the engine stores it.

The SDK records the whole Python stack of every resource, with the frames of this package, of the SDK and of Python itself, and the
engine stores it: 13 frames, 1,400 of the 3,400 bytes of a dataset in the state (`docs/engine.md` 4.5). It also uses the first
frame as the position of the resource, which is a line of this package. For the resources of this package, only the frames of the
program are recorded.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

import pulumi
from pulumi.runtime import resource as sdk
from pulumi.runtime.proto import source_pb2

from .program_process import EXEC_SCRIPT

MOST_FRAMES = 8

_PLACES = (Path(__file__).parent, Path(pulumi.__file__).parent, Path(sysconfig.get_paths()["stdlib"]))
_NOT_THE_PROGRAM = tuple(f"{path}{os.sep}" for place in _PLACES for path in (place, place.resolve()))
_registering: ContextVar[bool] = ContextVar("registering", default=False)


@contextmanager
def short_stack_trace() -> Iterator[None]:
    """Record only the frames of the program for the resource that is registered within this context."""
    _replace_once()
    token = _registering.set(True)
    try:
        yield
    finally:
        _registering.reset(token)


def program_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames of the program, innermost first."""
    while frame is not None:
        name = frame.f_code.co_filename
        if os.path.isabs(name) and not name.startswith(_NOT_THE_PROGRAM) and os.path.basename(name) != EXEC_SCRIPT:
            yield frame
        frame = frame.f_back


def _stack_trace() -> Any:
    frames: list[source_pb2.StackFrame] = []
    for frame in program_frames(sys._getframe()):
        if len(frames) == MOST_FRAMES:
            break
        position = source_pb2.SourcePosition(uri=Path(frame.f_code.co_filename).as_uri(), line=frame.f_lineno)
        frames.append(source_pb2.StackFrame(pc=position))
    return source_pb2.StackTrace(frames=frames)


def _replace_once() -> None:
    """Put a function of our own in place of the SDK's, which goes on serving the resources of other packages."""
    original = getattr(sdk, "_get_stack_trace", None)
    if original is None or getattr(original, "is_short", False):
        return

    def stack_trace() -> Any:
        return _stack_trace() if _registering.get() else original()

    stack_trace.is_short = True  # type: ignore[attr-defined]
    sdk._get_stack_trace = stack_trace
