"""Why a review ends without a verdict."""

from __future__ import annotations

from ..core.errors import RetrievalError


class NoVerdictError(RetrievalError):
    """Nothing can be said of the stack. The text says why, and what to do; it may hold secrets until it is cleaned."""
