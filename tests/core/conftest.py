"""What the tests of the core share."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from .clock import VirtualClock

# Machines differ in speed, so no example has a deadline.
settings.register_profile(
    "core", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("core")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()
