"""Write the generated pages and the typed arguments, or compare them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial

from . import arguments, keys, lookups, resources, settings
from .text import REFERENCE

PAGES: Mapping[str, Callable[[], str]] = {
    **{name: partial(resources.render, page) for name, page in resources.PAGES.items()},
    "configuration-keys": keys.render,
    **{name: partial(lookups.render, *page) for name, page in lookups.PAGES.items()},
    "settings": settings.render,
}
"""Name of a page → its text."""


def main() -> int:
    """Write every page and the typed arguments; with ``--check``, print the names of outdated files and fail if there are any."""
    stale = []
    pages = {REFERENCE / f"{name}.md": render() for name, render in PAGES.items()}
    for path, text in {**arguments.files(), **pages}.items():
        if path.is_file() and path.read_text() == text:
            continue
        stale.append(path.name)
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
    if stale and "--check" in sys.argv[1:]:
        print(f"not up to date: {', '.join(stale)}. To write them: make reference", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
