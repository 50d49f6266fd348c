"""Look-ups: run a read request from a program, over the connection of the stack or of an explicit provider."""

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
    """The part of a `Provider` that a look-up needs."""

    settings: dict[str, Any]


@dataclass(frozen=True)
class _Known:
    """The settings of a provider after its Outputs were resolved."""

    settings: dict[str, Any]


def ask(service: str, question: Callable[[Any], T], *, provider: _Connection | None = None) -> T:
    """Run a look-up over the connection of the stack.

    :param question: a function that takes the open service and returns the result.
    :param provider: an explicit provider whose connection is used instead.
    :raises pulumi.RunError: the look-up failed; the text says why and contains no secret.
    """
    here = runtime() if provider is None else Runtime()
    if provider is not None:
        own = {name: value for name, value in provider.settings.items() if name.startswith(f"{service}:")}
        later = [name for name, value in own.items() if isinstance(value, pulumi.Output)]
        if later:
            raise pulumi.RunError(
                f"{' and '.join(later)} of the provider {'is an Output' if len(later) == 1 else 'are Outputs'}, and a look-up "
                "without _output cannot wait for it: use the _output form, or give the provider plain values"
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
    """Run a look-up once all arguments are known, in a thread, so that it does not hold up other resources.

    :param provider: an explicit provider whose connection is used instead of that of the stack. Its settings may be
        secrets; the result does not become a secret because of them.
    """
    settings = {} if provider is None else provider.settings

    def when_known(known: Sequence[dict[str, Any]]) -> Any:
        values, connection = known
        return asyncio.to_thread(function, **values, provider=_Known(connection) if connection else None)

    given = {name: value for name, value in arguments.items() if value is not None}
    return pulumi.Output.all(_all(given), pulumi.Output.unsecret(_all(settings))).apply(when_known)


def _all(values: dict[str, Any]) -> pulumi.Output[dict[str, Any]]:
    # Without arguments `Output.all` returns a list, not a dict.
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})
