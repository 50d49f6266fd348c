"""The private folder of the current user for files that several processes share while they run.

The folder does not depend on TMPDIR, because in a folder that all users may write to, another user can take the name first.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

NAME = "pulumi-retrieval"
PRIVATE = 0o700
DEFAULT = "/run/user"
"""Where Linux and others keep a runtime folder for each user."""


class Place(NamedTuple):
    """A folder, or why there is none.

    :param folder: it exists, belongs to the current user and is closed to others; None if there is none.
    :param reason: one sentence without a full stop; empty where there is a folder.
    """

    folder: Path | None
    reason: str = ""


def runtime_place(environ: Mapping[str, str] | None = None) -> Place:
    """The private folder of the current user, created if necessary, or why there is none.

    It lies in the runtime folder of the operating system (``XDG_RUNTIME_DIR``, or ``/run/user/<uid>``) if that
    belongs to the user, and otherwise in the cache folder of the user. `platformdirs` is not asked for the runtime folder,
    because where there is none it answers with a folder in the temporary one.
    """
    places: list[Callable[[], Path | None]] = [
        lambda: _runtime_base(os.environ if environ is None else environ),
        _cache,
    ]
    reasons = []
    for base in places:
        try:
            found = base()
            if found is not None:
                return Place(_private(found / NAME))
        except OSError as error:
            reasons.append(f"{error.filename}: {error.strerror}")
        except _Unusable as unusable:
            reasons.append(str(unusable))
    return Place(None, "there is no private folder for this user: " + "; ".join(reasons))


class _Unusable(Exception):
    """A place that must not be used."""


def _runtime_base(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(named):
        base = Path(named)
    elif sys.platform in ("win32", "darwin"):
        return None  # these systems have no runtime folder
    else:
        base = Path(DEFAULT, str(os.getuid()))
    try:
        _own_folder(base)
    except (OSError, _Unusable):
        return None
    return base


def _cache() -> Path:
    import platformdirs  # only where it is needed, because each process of a run pays for what it imports

    base = platformdirs.user_cache_path()
    if not base.is_absolute():  # no home folder: it would lie in the folder of the project
        raise _Unusable(f"{base} is no absolute path")
    base.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    return base


def _private(folder: Path) -> Path:
    folder.mkdir(exist_ok=True, mode=PRIVATE)
    mode = _own_folder(folder)
    if mode != PRIVATE and os.name == "posix":
        folder.chmod(PRIVATE)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _Unusable(f"{folder} cannot be written to")
    return folder


def _own_folder(folder: Path) -> int:
    """The permissions of a folder that belongs to the current user.

    :raises OSError: it cannot be examined.
    :raises _Unusable: it is a symbolic link, a file, or belongs to somebody else.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise _Unusable(f"{folder} is {'a symbolic link' if stat.S_ISLNK(found.st_mode) else 'no folder'}")
    if os.name == "posix" and found.st_uid != os.getuid():
        raise _Unusable(f"{folder} belongs to somebody else")
    return stat.S_IMODE(found.st_mode)
