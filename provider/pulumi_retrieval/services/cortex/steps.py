"""The single steps of a tenant's creation and deletion, each bounded and safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import ObjectExists, ServiceError, WaitError
from ...core.run import Run
from ...core.waiting import Waiter
from .dialect import Dialect, NewTenant, Phase, Sighting
from .settle import SETTLE_SECONDS, carry_out, wait_gone, wait_ready


@dataclass(frozen=True)
class Steps:
    """What a life cycle does to a tenant, for any generation."""

    dialect: Dialect
    run: Run
    waiter: Waiter

    def post(self, wanted: NewTenant, seconds: float) -> str | None:
        """Create a tenant.

        :param seconds: how long to wait for a deletion that still holds the id.
        :returns: the id that the service gave it; None where a tenant is there that might be somebody else's.
        :raises ObjectExists: the id is taken by a tenant that cannot be read.
        """

        def look() -> str | None:
            return "" if self.dialect.probe(wanted.tenant_id, thorough=False).exists else None

        def again() -> str | None:
            try:
                return self.dialect.create(wanted)
            except ObjectExists:
                return None

        operation = f"create tenant {wanted.tenant_id}"
        try:
            created = carry_out(lambda: self.dialect.create(wanted), look, operation=operation, waiter=self.waiter)
            return created or None
        except ObjectExists as error:
            if self.dialect.probe(wanted.tenant_id).exists:
                return None
            if self.dialect.can.async_delete and seconds > 0:
                # Taken and not there: it is being deleted. What is refused has no effect, so it may be tried again.
                waited, done = self.waiter.until(again, lambda answer: answer is not None, seconds=seconds)
                if done:
                    return waited
            raise ObjectExists(
                operation,
                status=error.status,
                message=error.message,
                request_id=error.request_id,
                hint="The id is taken, and the tenant cannot be read with this key: it is being deleted, or it belongs "
                "to another account. Run the same command again later, or choose another tenant_id",
            ) from None

    def make_ready(self, wanted: NewTenant, tenant_id: str, seconds: float) -> Sighting:
        """Wait until a tenant that was created can be used; create it once more where its provisioning failed.

        :param seconds: the bound; 0 leaves it as it is.
        :raises WaitError: it was not ready in time. The next run goes on waiting.
        :raises ServiceError: its provisioning failed twice.
        """
        if not self.dialect.can.async_create:
            seen, found = self.waiter.until(
                lambda: self.dialect.probe(tenant_id), lambda sighting: sighting.exists, seconds=SETTLE_SECONDS
            )
            if not found:
                raise too_late(f"tenant {tenant_id} was created and cannot be read back", SETTLE_SECONDS, seen)
            return seen
        ends = self.waiter.clock() + seconds
        seen = wait_ready(self.dialect, tenant_id, seconds=seconds, waiter=self.waiter)
        if seen.phase is Phase.FAILED:
            # To create it again is the documented remedy (docs/services/cortex.md 1.6).
            self.run.say(f"provisioning of tenant {tenant_id} failed ({seen.detail}); trying once more")
            self.post(wanted, 0)
            left = max(0.0, ends - self.waiter.clock())
            seen = wait_ready(self.dialect, tenant_id, seconds=left, waiter=self.waiter)
        if seen.phase is Phase.FAILED:
            raise ServiceError(
                f"provision tenant {tenant_id}",
                message=f"failed twice: {seen.detail}",
                request_id=seen.request_id,
                hint="Run the same command again to try once more. If the message says that a rollback failed, delete "
                "the tenant in the service first",
            )
        if seen.phase is not Phase.READY and seconds > 0:
            raise too_late(f"tenant {tenant_id} was created and is not ready", seconds, seen)
        if seen.phase is not Phase.READY:
            self.run.say(f"tenant {tenant_id} is being provisioned (wait_seconds=0); a refresh will see it ready")
        return seen

    def await_gone(self, tenant_id: str, seconds: float) -> Sighting:
        """Wait until a deletion that was begun has ended.

        :param seconds: the bound; 0 does not ask.
        :raises WaitError: it did not end in time. The next run goes on waiting.
        """
        if not self.dialect.can.async_delete:
            return Sighting(tenant_id, Phase.ABSENT)
        if seconds <= 0:
            self.run.say(f"deletion of tenant {tenant_id} was begun and goes on (wait_seconds=0)")
            return Sighting(tenant_id, Phase.ABSENT)
        seen = wait_gone(self.dialect, tenant_id, seconds=seconds, waiter=self.waiter)
        if seen.phase is not Phase.ABSENT:
            raise too_late(f"deletion of tenant {tenant_id} was begun and did not end", seconds, seen)
        return seen


def too_late(what: str, seconds: float, seen: Sighting) -> WaitError:
    """The end of a bounded wait: what was waited for, and the last answer."""
    identity = f", request id {seen.request_id}" if seen.request_id else ""
    detail = f", {seen.detail}" if seen.detail else ""
    return WaitError(
        f"{what} within {seconds:g} s. Last answer: {seen.phase.value}{detail}{identity}. Run the same command again: "
        "it goes on from there"
    )
