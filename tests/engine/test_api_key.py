"""An API key on a real engine, from its first run to its end, with what depends on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from support.belief import believed
from support.canaries import assert_absent, files_in
from support.engine import Project
from support.guides import programs
from support.hand import Hand
from support.lying_proxy import Answered, Held, LyingProxy, cut, edited, told
from support.processes import wait_until
from support.programs import Code, dataset, declare, id_of, program
from support.sandbox import Sandbox

PATH = "/api/organization/api_key"
MAKE, LIST, REMOVE = ("POST", f"^{PATH}$"), ("GET", f"^{PATH}"), ("DELETE", f"^{PATH}/")
PUT = ("PUT", "^/api/dataset$")


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    return Hand(sandbox)


@pytest.fixture
def issued(project: Project, proxy: LyingProxy) -> Iterator[list[str]]:
    """Every key that the service told, in their order. None may show up anywhere, from the moment it exists."""
    keys: list[str] = []

    def note(body: Any) -> Any:
        keys.append(body["api_key"])
        project.secrets.add(body["api_key"])
        return body

    proxy.lie(*MAKE, edited(note))
    yield keys
    # What was stored before a key was known is searched too; the screens were searched by each run.
    assert_absent(files_in(project.state_folder), of=keys)


def key(**arguments: Any) -> str:
    return "key = " + declare("trieve.ApiKey", "search", **{"name": "search", "role": 1, **arguments})


def with_dependent(**arguments: Any) -> str:
    """A key, a dataset that holds it, and an output of the stack."""
    return program(
        key(**arguments),
        dataset("golden", config={"LLM_API_KEY": Code("key.api_key")}),
        "pulumi.export('key', key.api_key)",
    )


def listed(hand: Hand) -> dict[str, str]:
    """The keys that are called as the program calls its own: id → name."""
    found = hand.call("GET", f"{PATH}?limit=100")["api_keys"]
    return {one["id"]: one["name"] for one in found if one["name"] == "search"}


def status(hand: Hand, api_key: str) -> int:
    """What the service answers to somebody who reads the organization with a key."""
    headers = {"Authorization": api_key, "TR-Organization": hand.organization_id}
    return httpx.get(f"{hand.sandbox.base_url}/api/organization/{hand.organization_id}", headers=headers).status_code


def test_a_key_is_made_used_rotated_and_deleted(
    project: Project, hand: Hand, proxy: LyingProxy, issued: list[str]
) -> None:
    project.program = with_dependent()
    assert project.preview().expect_success().summary == {"to create": 3}
    assert issued == []
    project.up().expect_success()
    (first,) = issued
    assert status(hand, first) == 200
    assert listed(hand) == {id_of(project, "search"): "search"}
    assert project.outputs() == {"key": "[secret]"}
    assert project.outputs(show_secrets=True) == {"key": first}

    hand.forget_calls()
    assert project.up("--expect-no-changes").expect_success().summary == {"unchanged": 3}
    assert hand.calls() == []
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 3}
    assert hand.writes() == []

    # The old key works until what depends on it has got the new one.
    project.program = with_dependent(rotate_trigger="2026-11")
    assert "rotate_trigger" in project.preview().expect_success().output
    assert issued == [first]
    when_put: list[tuple[int, int]] = []

    def look(forward: Callable[[], Answered]) -> Answered:
        when_put.append((status(hand, first), status(hand, issued[-1])))
        return forward()

    proxy.lie(*PUT, look)
    proxy.forget_calls()
    project.up().expect_success()
    second = issued[-1]
    assert when_put == [(200, 200)]
    (put,) = proxy.calls(*PUT)
    assert json.loads(put.body)["server_configuration"] == {"LLM_API_KEY": second}
    assert (status(hand, first), status(hand, second)) == (401, 200)
    assert listed(hand) == {id_of(project, "search"): "search"}
    assert project.up("--expect-no-changes", refresh=True).expect_success().summary == {"unchanged": 3}

    # Forced, the engine asks no diff; the order is the same.
    urn = next(one["urn"] for one in project.resources() if one["id"] == id_of(project, "search"))
    project.up("--replace", urn).expect_success()
    assert when_put[-1] == (401, 200)
    assert [status(hand, one) for one in issued] == [401, 401, 200]

    # Deleted by hand: the refresh finds it gone, and the dependent gets another one.
    hand.call("DELETE", f"{PATH}/{id_of(project, 'search')}")
    project.preview("--expect-no-changes", refresh=True).expect_failure()
    run = project.up(refresh=True).expect_success()
    assert run.summary["created"] == 1
    assert [status(hand, one) for one in issued] == [401, 401, 401, 200]

    project.program = program(dataset("golden", config={"LLM_API_KEY": "x"}))
    project.up().expect_success()
    assert listed(hand) == {}
    assert status(hand, issued[-1]) == 401
    project.program = with_dependent()
    project.up().expect_success()
    project.destroy().expect_success()
    assert listed(hand) == {}
    assert [status(hand, one) for one in issued] == [401] * 5


def test_the_program_of_the_reference_works(project: Project, hand: Hand, issued: list[str]) -> None:
    (project.program,) = programs("api-keys.md", count=1)
    project.preview().expect_success()
    project.up().expect_success()
    assert project.up("--expect-no-changes", refresh=True).expect_success()
    assert status(hand, issued[0]) == 403, "a user may not read the organization"
    project.destroy().expect_success()
    assert status(hand, issued[0]) == 401


def test_the_old_key_works_until_dependents_have_the_new_one(
    project: Project, hand: Hand, proxy: LyingProxy, issued: list[str]
) -> None:
    project.program = with_dependent()
    project.up().expect_success()
    project.program = with_dependent(rotate_trigger="1")
    proxy.lie(*PUT, told({"message": "not today"}, status=400, carried_out=False))
    project.up().expect_failure("not today")
    assert [status(hand, one) for one in issued] == [200, 200]
    proxy.tell_the_truth()
    project.up().expect_success()
    assert [status(hand, one) for one in issued] == [401, 200]
    assert listed(hand) == {id_of(project, "search"): "search"}


def test_empty_scopes_are_refused(project: Project, hand: Hand) -> None:
    project.program = program(key(scopes=[]))
    project.preview().expect_failure("scopes: must not be empty")
    project.program = program("some = []", key(scopes=Code("[pulumi.Output.from_input(one) for one in some]")))
    project.preview().expect_failure("scopes: must not be empty")
    project.program = program("some = pulumi.Output.from_input([])", key(scopes=Code("some")))
    project.up().expect_failure("scopes: must not be empty")
    assert hand.writes() == []


def test_a_program_that_passes_a_key_is_refused_and_shows_none(project: Project, issued: list[str]) -> None:
    project.secrets.add("tr-of-the-program")
    project.program = program(key(api_key="tr-of-the-program"))
    project.preview().expect_failure("api_key: there is no such key; the service makes the key")
    project.up().expect_failure("api_key: there is no such key; the service makes the key")
    assert issued == []


def test_a_provider_uses_a_key_created_in_the_same_program(
    project: Project, hand: Hand, proxy: LyingProxy, issued: list[str]
) -> None:
    def text(**arguments: Any) -> str:
        return program(
            "company = " + declare("trieve.Organization", "company", name="Company"),
            "key = " + declare("trieve.ApiKey", "robot", role=2, organization_id=Code("company.id"), **arguments),
            "robot = Provider('robot', trieve={'baseUrl': os.environ['TRIEVE_BASE_URL'], 'apiKey': key.api_key, "
            "'organizationId': company.id})",
            dataset("docs", tracking_id="docs", opts="provider=robot"),
        )

    project.program = text()
    project.preview().expect_success()
    project.up().expect_success()
    assert len(issued) == 1
    hand.forget_calls()
    assert project.up("--expect-no-changes").expect_success()
    assert hand.calls() == []
    project.program = text(rotate_trigger="1")
    project.up().expect_success()
    project.program = text(rotate_trigger="1") + dataset("more", tracking_id="more", opts="provider=robot")
    project.up().expect_success()
    assert [status(hand, one) for one in issued] == [401, 403]
    project.destroy().expect_success()


def test_the_key_of_a_killed_create_is_named_by_the_next_run(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    held = Held()
    proxy.lie(*MAKE, held, times=1)
    project.program = with_dependent()
    running = project.start("up")
    wait_until(lambda: held.reached or running.over, seconds=60, what=f"the create; so far:\n{running.output}")
    running.kill()
    proxy.tell_the_truth()
    running.wait()
    project.pulumi("cancel", "--yes")
    (left,) = listed(hand)

    run = project.up().expect_success()
    assert left in run.output
    assert "delete it" in run.output
    assert listed(hand).keys() == {left, id_of(project, "search")}
    value = project.outputs(show_secrets=True)["key"]
    assert status(hand, value) == 200

    # Once deleted, it is not spoken of again.
    hand.call("DELETE", f"{PATH}/{left}")
    project.program = with_dependent(rotate_trigger="1")
    assert left not in project.up().expect_success().output
    assert listed(hand) == {id_of(project, "search"): "search"}


@pytest.mark.parametrize(
    "lie",
    [told({}), told("junk"), told(b"<html></html>", content_type="text/html"), cut(carried_out=True)],
    ids=["an empty object", "a text", "a page", "a cut connection"],
)
def test_a_create_without_a_clear_answer_ends_with_one_key_that_works(
    project: Project, hand: Hand, proxy: LyingProxy, lie: Any
) -> None:
    proxy.lie(*MAKE, lie, times=1)
    project.program = with_dependent()
    run = project.up().expect_success()
    assert "without a clear answer" in run.output
    assert listed(hand) == {id_of(project, "search"): "search"}
    assert status(hand, project.outputs(show_secrets=True)["key"]) == 200


def test_a_key_that_the_service_rejects_is_not_stored(project: Project, hand: Hand, proxy: LyingProxy) -> None:
    wrong = f"tr-{'Ab3' * 10}xy"
    project.secrets.add(wrong)
    proxy.lie(*MAKE, edited(lambda body: {"api_key": wrong}))
    project.program = with_dependent()
    project.up().expect_failure("rejects the key that it has just answered with").expect_only_our_failures()
    assert listed(hand) == {}
    assert not [one for one in project.resources() if one["type"].endswith("ApiKey")]


def test_which_lists_a_refresh_accepts(project: Project, hand: Hand, proxy: LyingProxy, issued: list[str]) -> None:
    project.program = with_dependent()
    project.up().expect_success()

    def keys(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
        return edited(lambda body: {**body, "api_keys": [change(one) for one in body["api_keys"]]})

    somebody = "11111111-2222-4333-8444-555555555555"
    lies: dict[str, Any] = {
        "no JSON": told(b"OK", content_type="text/plain"),
        "junk": told("junk"),
        "an empty object": told({}),
        "a bare list": told([]),
        "a null": told({"api_keys": None}),
        "204": told(b"", status=204),
        "another organization's keys": keys(lambda one: {**one, "organization_id": somebody}),
        "another id": keys(lambda one: {**one, "id": somebody}),
        "a number as a name": keys(lambda one: {**one, "name": 5}),
        "keys that stand in it": keys(lambda one: {**one, "name": 5, "api_key": issued[0], "value": issued[0]}),
    }
    assert believed(project, proxy, {name: {LIST[1]: lie} for name, lie in lies.items()}, noun="API key") == {}
    only_one = {"an empty page of one": {r"limit=1&": told({"api_keys": [], "cursor": None})}}
    assert believed(project, proxy, only_one, noun="API key") == {}


def test_a_delete_that_deletes_nothing_does_not_end_the_key_in_the_state(
    project: Project, hand: Hand, proxy: LyingProxy, issued: list[str]
) -> None:
    project.program = with_dependent()
    project.up().expect_success()
    kept = id_of(project, "search")
    proxy.lie(*REMOVE, told(b"", status=204, carried_out=False))
    project.destroy().expect_failure("still there")
    assert id_of(project, "search") == kept
    proxy.tell_the_truth()
    project.destroy().expect_success()
    assert listed(hand) == {}
