"""The error with which a review ends without a verdict."""

from __future__ import annotations

from ..core.errors import RetrievalError


class NoVerdictError(RetrievalError):
    """A review cannot reach a verdict. The text names reason and remedy; it may contain secrets until it is cleaned."""
