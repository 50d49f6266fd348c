"""Natural keys for objects that the program does not name.

A derived key consists of a readable part and a hash of everything that identifies the resource for the engine: organization,
project, stack, and the types and names of the resource and all its parents. It is only a candidate: `check` keeps the key that the
object already has, so that renames, moves and stack renames change nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence


def derive_key(parts: Sequence[str], *, name: str, separator: str = "-", length: int = 25) -> str:
    """A key in lower-case letters, digits and one separator that starts with a letter.

    :param parts: the texts that are hashed, in this order.
    :param name: the text that the readable part is made from.
    :param separator: ``"-"`` or ``"_"``.
    :param length: the most characters of the key; 25 fits every service and generation.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]
    readable = re.sub(r"[^a-z0-9]+", separator, name.lower()).strip(separator)
    readable = readable[: length - len(digest) - 1].rstrip(separator)
    if not readable or not readable[0].isalpha():
        readable = f"r{separator}{readable}"[: length - len(digest) - 1].rstrip(separator)
    return f"{readable}{separator}{digest}"
