"""Look-ups: how a program asks a service, with the connection of the stack or of an explicit provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import config as engine_config

from .core.errors import RetrievalError
from .providers.runtime import Runtime, runtime

T = TypeVar("T")


def ask(service: str, question: Callable[[Any], T], *, settings: dict[str, Any] | None = None) -> T:
    """Ask a service over the connection of the stack.

    :param question: what to do with the open service.
    :param settings: the connection to use instead, as `Provider` gives it.
    :raises pulumi.RunError: it could not be answered; the text says why, and holds no secret.
    """
    here = runtime() if settings is None else Runtime()
    get = engine_config.get_config if settings is None else settings.get
    here.configure(get)
    opened = here.service(service)
    try:
        if opened.connection.problems:
            raise RetrievalError("; ".join(opened.connection.problems))
        return question(opened)
    except RetrievalError as error:
        raise pulumi.RunError(here.run.redactor.clean(str(error))) from None


def ask_output(function: Callable[..., T], **arguments: pulumi.Input[Any]) -> pulumi.Output[T]:
    """Ask when all arguments are known, in a thread, so that other resources go on meanwhile."""
    given = {name: value for name, value in arguments.items() if value is not None}

    def when_known(values: dict[str, Any]) -> Any:
        return asyncio.to_thread(function, **values)

    return pulumi.Output.all(**given).apply(when_known)
