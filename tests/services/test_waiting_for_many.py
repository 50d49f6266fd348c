"""Rounds of a wait against a real sandbox over HTTP: what they find out, and how little they ask.

Between two rounds the service's time passes as a test says; nobody waits for a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_retrieval.core.errors import AuthenticationError, ServiceError
from pulumi_retrieval.core.run import Run
from pulumi_retrieval.core.waiting import Waiter
from pulumi_retrieval.review.awaited import Awaited, Kind
from pulumi_retrieval.review.polling import ROUNDS_FAILED, Clones, Outcome, Seen, Tenants, Watch, clone_seen
from pulumi_retrieval.review.states import Resource
from pulumi_retrieval.services.cortex import CortexService
from support.cortex import CortexHand
from support.sandbox import Sandbox
from support.trieve import Tenancy

LIST = "GET /databases"
STATUS = "GET /databases/status?database="
LOOKS = 60.0
AWAY = {"kind": "drop", "when": "before"}


class Between:
    """What happens between two rounds: one event for each pause. The clock moves by the pauses alone."""

    def __init__(self, *events: Callable[[], object]) -> None:
        self.now = 0.0
        self.events = list(events)

    def waiter(self) -> Waiter:
        return Waiter(clock=lambda: self.now, sleep=self._sleep, first=1.0, cap=1.0)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.events:
            self.events.pop(0)()


def watch(*groups: Any, between: Between) -> tuple[Watch, list[int]]:
    left: list[int] = []
    return Watch(groups, waiter=between.waiter(), told=lambda now: left.append(now.left)), left


def awaited(name: str, *, kind: Kind = Kind.PROVISIONING, wanted: int = 0) -> Awaited:
    return Awaited(Resource(urn=f"urn:{name}", type="x", name=name), kind, wanted)


def outcomes(group: Any) -> dict[str, Outcome]:
    return {group.items[name].resource.name: seen.outcome for name, seen in group.seen.items()}


@pytest.mark.parametrize(
    ("count", "wanted", "outcome", "text"),
    [
        (0, 10, Outcome.PENDING, "0 of 10 chunks; it has no chunk yet"),
        (9, 10, Outcome.PENDING, "9 of 10 chunks"),
        (10, 10, Outcome.COMPLETE, "10 chunks"),
        (11, 10, Outcome.COMPLETE, "11 chunks"),
    ],
)
def test_what_a_count_says_of_a_clone(count: int, wanted: int, outcome: Outcome, text: str) -> None:
    seen = clone_seen(count, wanted)
    assert (seen.outcome, seen.count) == (outcome, count)
    assert seen.detail.startswith(text)


# Clones.


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Tenancy]:
    """A server without a clone worker: chunks come when a test puts them there."""
    with Sandbox("--no-clone-worker", data=tmp_path / "quiet", organization=None) as sandbox:
        tenancy = Tenancy(sandbox)
        yield tenancy
        tenancy.close()


def clones(tenancy: Tenancy, *names: str, wanted: int = 10, **settings: Any) -> tuple[Clones, list[str]]:
    ids = [tenancy.make_by_hand(name) for name in names]
    items = {one: awaited(name, kind=Kind.CLONE, wanted=wanted) for one, name in zip(ids, names, strict=True)}
    service = tenancy.service(maxRetries=0, **settings)
    tenancy.forget_calls()
    return Clones(items, lookups=service.lookups, organization=tenancy.organization_id), ids


def lists(tenancy: Tenancy) -> list[tuple[str, str]]:
    return [("GET", f"/api/dataset/organization/{tenancy.organization_id}")]


def fault(tenancy: Tenancy, times: int, **act: Any) -> list[dict[str, Any]]:
    """A rule for the list of an organization."""
    return [{"path": f"/api/dataset/organization/{tenancy.organization_id}", "times": times, "act": act or AWAY}]


def test_one_list_shows_all_clones(quiet: Tenancy) -> None:
    group, ids = clones(quiet, *(f"customer-{number}" for number in range(30)))
    put = quiet.sandbox.put_chunks

    def first_half() -> None:
        for one in ids[:15]:
            put(one, 10)

    def the_rest() -> None:
        for one in ids[15:]:
            put(one, 12)

    between = Between(first_half, lambda: None, the_rest)
    it, left = watch(group, between=between)
    assert it.run(seconds=LOOKS)
    assert left == [30, 15, 15, 0]
    assert quiet.calls() == lists(quiet) * 4
    assert set(outcomes(group).values()) == {Outcome.COMPLETE}


def test_a_wait_is_bounded_and_looks_once_at_least(quiet: Tenancy) -> None:
    group, _ = clones(quiet, "customer")
    it, left = watch(group, between=Between())
    assert not it.run(seconds=0)
    assert (left, quiet.calls()) == ([1], lists(quiet))
    (seen,) = group.seen.values()
    assert "the installation may run no clone worker" in seen.detail


def test_a_clone_is_gone_when_two_lists_and_a_read_say_so(quiet: Tenancy) -> None:
    group, (gone, kept) = clones(quiet, "gone", "kept")
    between = Between(lambda: quiet.delete_by_hand(gone), lambda: None, lambda: quiet.sandbox.put_chunks(kept, 10))
    it, left = watch(group, between=between)
    assert it.run(seconds=LOOKS)
    assert left == [2, 2, 1, 0]
    assert outcomes(group) == {"gone": Outcome.GONE, "kept": Outcome.COMPLETE}
    reads = [call for call in quiet.calls() if call not in lists(quiet)]
    assert set(reads) == {("GET", f"/api/dataset/{gone}")}


def test_an_empty_list_alone_makes_nothing_gone(quiet: Tenancy) -> None:
    group, (one,) = clones(quiet, "customer")
    quiet.sandbox.faults(fault(quiet, 2, kind="answer", status=200, body=[]))
    it, left = watch(group, between=Between(lambda: None, lambda: quiet.sandbox.put_chunks(one, 10)))
    assert it.run(seconds=LOOKS)
    assert quiet.sandbox.fault_report()[0]["fired"] == 2
    assert left == [1, 1, 0]
    assert outcomes(group) == {"customer": Outcome.COMPLETE}


def test_a_service_that_is_away_for_a_moment_ends_no_wait(quiet: Tenancy) -> None:
    group, (one,) = clones(quiet, "customer")
    quiet.sandbox.faults(fault(quiet, ROUNDS_FAILED - 1))
    it, left = watch(group, between=Between(lambda: quiet.sandbox.put_chunks(one, 10)))
    assert it.run(seconds=LOOKS)
    assert left == [1] * (ROUNDS_FAILED - 1) + [0]
    assert group.error is None


def test_a_service_that_stays_away_does(quiet: Tenancy) -> None:
    group, _ = clones(quiet, "customer")
    quiet.sandbox.faults(fault(quiet, 100))
    it, left = watch(group, between=Between())
    with pytest.raises(ServiceError):
        it.run(seconds=LOOKS)
    assert left == [1] * (ROUNDS_FAILED - 1)


def test_a_wrong_key_ends_a_wait_at_once(quiet: Tenancy) -> None:
    group, _ = clones(quiet, "customer", apiKey="tr-" + "x" * 32)
    it, left = watch(group, between=Between())
    with pytest.raises(AuthenticationError):
        it.run(seconds=LOOKS)
    assert left == []


# Tenants.


@pytest.fixture
def hand(other_sandbox: Sandbox) -> CortexHand:
    hand = CortexHand(other_sandbox, version="v2")
    hand.behave(provisioning_seconds=100)
    return hand


@pytest.fixture
def service(hand: CortexHand) -> Iterator[CortexService]:
    environment = hand.sandbox.environment
    raw = {"cortex:baseUrl": environment["CORTEX_BASE_URL"], "cortex:apiKey": environment["CORTEX_API_KEY"]}
    service = CortexService(raw={**raw, "cortex:apiVersion": "v2", "cortex:maxRetries": 0}, environ={}, run=Run())
    yield service
    service.close()


def tenants(hand: CortexHand, service: CortexService, *names: str) -> Tenants:
    for name in names:
        if name not in hand.tenants():
            hand.make(name)
    hand.forget_calls()
    return Tenants({name: awaited(name) for name in names}, service=service)


def asked(hand: CortexHand) -> tuple[int, int]:
    """How many lists and how many statuses were asked for."""
    calls = hand.calls()
    assert {call.partition("?")[0] for call in calls} <= {LIST, "GET /databases/status"}
    return calls.count(LIST), sum(call.startswith(STATUS) for call in calls)


def test_a_round_asks_for_one_list_and_the_status_of_one_that_is_not_ready(
    hand: CortexHand, service: CortexService
) -> None:
    group = tenants(hand, service, *(f"t{number}" for number in range(40)))
    it, left = watch(group, between=Between(lambda: None, lambda: None, lambda: hand.pass_time(200)))
    assert it.run(seconds=LOOKS)
    assert left == [40, 40, 40, 0]
    assert asked(hand) == (4, 3 + 40)
    assert set(outcomes(group).values()) == {Outcome.COMPLETE}


def test_one_that_takes_longer_hides_no_other_one(hand: CortexHand, service: CortexService) -> None:
    hand.make("slow")
    hand.behave(provisioning_seconds=0)
    group = tenants(hand, service, "slow", *(f"t{number}" for number in range(5)))
    it, left = watch(group, between=Between())
    assert not it.run(seconds=1)
    assert left == [6, 1]
    assert outcomes(group)["slow"] is Outcome.PENDING


def test_failed_and_gone(hand: CortexHand, service: CortexService) -> None:
    hand.behave(provisioning_seconds=100, fail_provisioning="^bad$")
    group = tenants(hand, service, "bad", "good", "gone")
    between = Between(lambda: hand.vanish("gone"), lambda: None, lambda: hand.pass_time(200))
    it, left = watch(group, between=between)
    assert it.run(seconds=LOOKS)
    assert left[-1] == 0
    assert outcomes(group) == {"bad": Outcome.FAILED, "good": Outcome.COMPLETE, "gone": Outcome.GONE}
    assert group.seen["bad"] == Seen(Outcome.FAILED, "Provisioning failed. Re-create the database to retry.")


def test_two_services_in_one_wait(quiet: Tenancy, hand: CortexHand, service: CortexService) -> None:
    first, (one,) = clones(quiet, "customer")
    second = tenants(hand, service, "acme")
    quiet.forget_calls()
    between = Between(lambda: quiet.sandbox.put_chunks(one, 10), lambda: hand.pass_time(200))
    it, left = watch(first, second, between=between)
    assert it.run(seconds=LOOKS)
    assert left == [2, 1, 0]
    assert quiet.calls() == lists(quiet) * 2  # what is decided is asked no more
    assert asked(hand) == (3, 3)
    assert [seen.outcome for _, seen in it.seen] == [Outcome.COMPLETE] * 2


def test_nothing_to_wait_for_asks_nobody(quiet: Tenancy) -> None:
    it, left = watch(between=Between())
    assert it.run(seconds=LOOKS)
    assert (left, it.seen, quiet.calls()) == ([], [], [])
