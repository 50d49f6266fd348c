"""What a sandbox stores about itself between two runs: keys, port and organizations."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import dataclass

from .store import Store

LAST_PORT = 65535
_ALPHABET = string.ascii_letters + string.digits


def new_key() -> str:
    """Make an API key in Trieve's form: ``tr-`` and 32 letters or digits."""
    return "tr-" + "".join(secrets.choice(_ALPHABET) for _ in range(32))


@dataclass(frozen=True, kw_only=True)
class Tenancy:
    """A Trieve organization that the sandbox created, with one of its keys."""

    organization_id: str
    api_key: str


class Memory:
    """Keys, port and organizations in the store, whose file only its owner can read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def key(self, name: str) -> str:
        """Return the key of that name; the first use generates it."""
        fact = f"key:{name}"
        found = self._store.get(fact)
        if found is None:
            found = new_key()
            self._store.put(fact, found)
        return found

    @property
    def port(self) -> int:
        """The port of the last run; 0 if there was none."""
        found = self._store.get("port") or ""
        return int(found) if found.isdecimal() and int(found) <= LAST_PORT else 0

    @port.setter
    def port(self, value: int) -> None:
        self._store.put("port", str(value))

    def tenancy(self, name: str) -> Tenancy | None:
        """Return the organization that was created under that name, if any."""
        found = self._store.get(f"organization:{name}")
        try:
            return None if found is None else Tenancy(**json.loads(found))
        except (ValueError, TypeError):
            return None

    def remember_tenancy(self, name: str, tenancy: Tenancy) -> None:
        """Store an organization that was created under that name."""
        value = {"organization_id": tenancy.organization_id, "api_key": tenancy.api_key}
        self._store.put(f"organization:{name}", json.dumps(value))
