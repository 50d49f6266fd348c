"""A runtime folder for this process of the tests, so that none of them touches the user's own."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile


@functools.cache
def scratch_runtime_folder() -> str:
    """The folder, made at the first call and removed when the tests end."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
