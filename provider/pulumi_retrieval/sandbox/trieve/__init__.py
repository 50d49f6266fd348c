"""The Trieve emulator."""

from .service import TrieveService

__all__ = ["TrieveService"]
