"""An emulator of the Trieve server."""

from .service import TrieveService

__all__ = ["TrieveService"]
