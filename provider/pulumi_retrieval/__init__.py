"""Pulumi resources for Trieve and Cortex.

    import pulumi_retrieval as retrieval
    from pulumi_retrieval import cortex, trieve

`trieve` and `cortex` hold the resource classes and look-ups. `Provider` declares an additional connection to the services.

Each is imported on first use, because the sandbox, the command line and the provider process need no resource class.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import VERSION

if TYPE_CHECKING:
    from . import cortex, trieve
    from .provider import Provider

__version__ = VERSION

__all__ = ["Provider", "__version__", "cortex", "trieve"]


def __getattr__(name: str) -> Any:
    if name in ("cortex", "trieve"):
        return import_module(f".{name}", __name__)
    if name == "Provider":
        return import_module(".provider", __name__).Provider
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
