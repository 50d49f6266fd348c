"""Look-ups: how a program asks a service, with the connection of the stack or of an explicit provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pulumi
from pulumi.runtime import config as engine_config

from .core.errors import RetrievalError
from .providers.runtime import Runtime, runtime

T = TypeVar("T")


class _Connection(Protocol):
    """What is read of a `Provider`."""

    settings: dict[str, Any]


@dataclass(frozen=True)
class _Known:
    """A provider whose settings are known."""

    settings: dict[str, Any]


def ask(service: str, question: Callable[[Any], T], *, provider: _Connection | None = None) -> T:
    """Ask a service over the connection of the stack.

    :param question: what to do with the open service.
    :param provider: the connection to use instead.
    :raises pulumi.RunError: it could not be answered; the text says why, and holds no secret.
    """
    here = runtime() if provider is None else Runtime()
    if provider is not None:
        own = {name: value for name, value in provider.settings.items() if name.startswith(f"{service}:")}
        later = [name for name, value in own.items() if isinstance(value, pulumi.Output)]
        if later:
            raise pulumi.RunError(
                f"{' and '.join(later)} of the provider {'is an Output' if len(later) == 1 else 'are Outputs'}, for which a "
                "look-up that answers at once cannot wait: use its _output form, or give the provider plain values"
            )
    here.configure(engine_config.get_config if provider is None else provider.settings.get)
    opened = here.service(service)
    try:
        if opened.connection.problems:
            raise RetrievalError("; ".join(opened.connection.problems))
        return question(opened)
    except RetrievalError as error:
        raise pulumi.RunError(here.run.redactor.clean(str(error))) from None


def ask_output(
    function: Callable[..., T], *, provider: _Connection | None, **arguments: pulumi.Input[Any]
) -> pulumi.Output[T]:
    """Ask when all arguments are known, in a thread, so that other resources go on meanwhile.

    :param provider: the connection to use instead of that of the stack. Its keys make no secret of the answer.
    """
    settings = {} if provider is None else provider.settings

    def when_known(known: Sequence[dict[str, Any]]) -> Any:
        values, connection = known
        return asyncio.to_thread(function, **values, provider=_Known(connection) if connection else None)

    given = {name: value for name, value in arguments.items() if value is not None}
    return pulumi.Output.all(_all(given), pulumi.Output.unsecret(_all(settings))).apply(when_known)


def _all(values: dict[str, Any]) -> pulumi.Output[dict[str, Any]]:
    # Of nothing, `Output.all` makes a list.
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})
