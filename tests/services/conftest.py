"""What the tests of the services share: one sandbox for all of them, and a tenancy of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sandbox import Sandbox
from support.trieve import Tenancy


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(data=tmp_path_factory.mktemp("sandbox"), organization=None) as sandbox:
        yield sandbox


@pytest.fixture
def trieve(shared_sandbox: Sandbox) -> Iterator[Tenancy]:
    """An organization of its own; faults and switches are off before and after."""
    tenancy = Tenancy(shared_sandbox)
    yield tenancy
    tenancy.close()


@pytest.fixture
def other_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A second service, empty."""
    with Sandbox(data=tmp_path / "other", organization=None) as sandbox:
        yield sandbox
