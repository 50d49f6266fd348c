"""Failures of a service say for which resource a call was made, also where the call was about something else.

To find out about one object, the service is also asked for lists and for other objects. "Could not list the datasets of 6f8e…"
alone does not tell which resource of the program needed that list.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import ServiceError


@contextmanager
def on_behalf_of(what: str, *names: str | None) -> Iterator[None]:
    """Add the resource to the failures of the block that do not name it.

    :param what: the object for people: ``"dataset golden"``.
    :param names: further texts that name it: its id, its natural key.
    :raises ServiceError: the failure, of the same type, with "for dataset golden" behind what could not be done.
    """
    try:
        yield
    except ServiceError as error:
        if any(name and name in str(error) for name in (what, *names)):
            raise
        raise error.retold(operation=f"{error.operation} for {what}", hint=error.hint) from None
