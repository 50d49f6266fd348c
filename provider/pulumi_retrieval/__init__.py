"""Pulumi resources for Trieve and Cortex.

    import pulumi_retrieval as retrieval
    from pulumi_retrieval import cortex, trieve

`trieve` and `cortex` hold the resources and look-ups; `Provider` is a connection besides that of the stack.
"""

from . import cortex, trieve
from .provider import Provider

__version__ = "0.1.0"

__all__ = ["Provider", "__version__", "cortex", "trieve"]
