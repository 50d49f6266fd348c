"""Secrets that stand out: tests use them as keys, and the harness looks for them where no secret may ever be."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple


class Canaries(NamedTuple):
    """One secret of each kind that a program handles, new in every test process."""

    trieve_api_key: str
    trieve_admin_key: str
    cortex_api_key: str
    llm_api_key: str


CANARIES = Canaries(*(f"canary-{field.replace('_', '-')}-{secrets.token_hex(12)}" for field in Canaries._fields))


class LeakedSecretError(AssertionError):
    """A secret was found where it must not be. The text says where, and not the secret."""


def assert_absent(texts: Mapping[str, str], *, of: Iterable[str]) -> None:
    """Fail if one of the secrets is in one of the texts, as it is or inside something encoded in base64.

    Raises:
        LeakedSecretError: names the text (its key in `texts`) and shows what stands before the secret.
    """
    for secret in of:
        for form in _forms(secret):
            for name, text in texts.items():
                position = text.find(form)
                if position >= 0:
                    before = text[max(0, position - 200) : position]
                    raise LeakedSecretError(f"a secret ({secret[:18]}…) is in {name}, after: …{before}")


def files_in(folder: Path) -> dict[str, str]:
    """Return the text of every file below `folder`, by its relative path; bytes that are not text are skipped."""
    return {
        str(path.relative_to(folder)): path.read_bytes().decode(errors="ignore")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _forms(secret: str) -> list[str]:
    """The secret itself, and the part of its base64 text that is the same whatever surrounds it, at each alignment."""
    encoded = [base64.b64encode(b"\0" * shift + secret.encode()).decode() for shift in range(3)]
    return [secret, *(text[4:-4] for text in encoded)]
