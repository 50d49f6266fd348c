"""Creates and locks the data folder. Only its owner can read it, because it contains all keys that were sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from .store import FILE_NAME

LOCK_NAME = "sandbox.lock"
_OURS = (LOCK_NAME, FILE_NAME)
_MODE = 0o700


class FolderError(Exception):
    """The data folder cannot be used; the text names the reason and the remedy."""


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    """Create the folder if it is missing, and lock it for this sandbox. Raises :class:`FolderError`."""
    lock = FileLock(folder / LOCK_NAME, timeout=0, mode=0o600)
    try:
        _make(folder)
        lock.acquire()
        (folder / LOCK_NAME).chmod(0o600)
    except Timeout:
        raise FolderError(
            f"another sandbox is running with {folder}: stop it, or give another folder (--data)"
        ) from None
    except OSError as error:
        raise FolderError(unusable(folder, error.strerror or str(error))) from None
    with lock:
        yield folder


def unusable(folder: Path, why: str) -> str:
    """The error text for a folder that cannot be used, with the remedy."""
    remedy = "give another folder (--data), or repair this one"
    if "full" in why or "No space" in why or "I/O" in why or "too large" in why:
        remedy = "free space on that disk and start the sandbox again; the data stored before is still there"
    elif any(
        sign in why for sign in ("not a database", "malformed", "no such column", "no such table", "has no column")
    ):
        remedy = (
            f"its {FILE_NAME} is damaged or not from a sandbox: move it away, and the next start creates an empty one"
        )
    elif any(sign in why for sign in ("readonly", "Read-only", "Permission", "not permitted")):
        remedy = "make it writable for your user, or give another folder (--data)"
    return f"the data folder {folder} cannot be used: {why}; {remedy}"


def _make(folder: Path) -> None:
    missing = []
    here = folder
    while not os.path.lexists(here):
        missing.append(here)
        here = here.parent
    for part in reversed(missing):
        with suppress(FileExistsError):
            part.mkdir(mode=_MODE)
    if not folder.is_dir():
        raise NotADirectoryError(0, "it is a file, not a folder" if folder.exists() else "it is a broken link")
    found = folder.stat()
    mine = found.st_uid == os.getuid() and all(path.name.startswith(_OURS) for path in folder.iterdir())
    if mine and stat.S_IMODE(found.st_mode) & 0o077:
        # The folder was empty, so no other user needs access to it.
        folder.chmod(_MODE)
