"""API keys: the key is told once, its id is found in the list, and neither is believed without evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pulumi_retrieval.core.errors import AdoptionError, ServiceError, UnclearWriteError
from pulumi_retrieval.services.trieve import api_key_wire, wire
from support.canaries import assert_absent
from support.life import Life, Rejected
from support.lying_proxy import LyingProxy, cut, edited, told
from support.trieve import BY_HAND, Tenancy

PATH = "/api/organization/api_key"
LIST, MAKE, REMOVE = (
    ("GET", "^/api/organization/api_key"),
    ("POST", "^/api/organization/api_key$"),
    ("DELETE", f"^{PATH}/"),
)
USER = {"name": "search", "role": 0}
ADMIN = {"name": "search", "role": 1}
FAR = "2099-01-01T00:00:00Z"


@pytest.fixture
def proxy(trieve: Tenancy) -> Iterator[LyingProxy]:
    """Between us and the service; the keys that it lets through are in `issued`."""
    with LyingProxy(trieve.sandbox.environment) as proxy:
        yield proxy


def api_key(trieve: Tenancy, proxy: LyingProxy | None = None, *, name: str = "search") -> Life:
    """An API key of a program, in a new run."""
    settings = {} if proxy is None else {"baseUrl": proxy.environment["TRIEVE_BASE_URL"]}
    return Life(trieve.service(**settings).resources["api_key"], name=name, token="ApiKey")


def again(trieve: Tenancy, life: Life) -> Life:
    return trieve.again(life)


def listed(trieve: Tenancy) -> dict[str, dict[str, Any]]:
    """The keys of the organization by id, without the one that we act with."""
    answer = trieve.admin("GET", PATH, organization=trieve.organization_id)
    return {one["id"]: one for one in answer["api_keys"] if one["name"] != "owner"}


def by_hand(trieve: Tenancy, **body: Any) -> str:
    """Make a key as the dashboard would, and give its id."""
    before = listed(trieve).keys()
    trieve.admin("POST", PATH, {**USER, **body}, organization=trieve.organization_id)
    (made,) = listed(trieve).keys() - before
    return made


def remove(trieve: Tenancy, key_id: str) -> None:
    trieve.admin("DELETE", f"{PATH}/{key_id}", organization=trieve.organization_id)


def status(trieve: Tenancy, key: str) -> int:
    """What the service answers to a key that reads its organization: 200, 403 where it may not, 401 where it is unknown."""
    url = f"{trieve.sandbox.base_url}/api/organization/{trieve.organization_id}{BY_HAND}"
    return httpx.get(url, headers={"Authorization": key, "TR-Organization": trieve.organization_id}).status_code


# Its life.


def test_a_key_works_and_its_id_is_the_one_of_the_list(trieve: Tenancy) -> None:
    by_hand(trieve, name="another")
    life = api_key(trieve)
    assert life.up(ADMIN) == "create"
    assert listed(trieve)[life.id]["name"] == "search"
    assert status(trieve, life.outputs["api_key"]) == 200
    assert (life.outputs["role"], life.outputs["observed_immutable"]["role"]) == (1, 1)
    assert life.cycle.secrets == [("api_key",)]

    trieve.forget_calls()
    assert life.up(ADMIN) == "same"
    assert trieve.calls() == []
    assert again(trieve, life).refresh()
    assert len(trieve.calls()) == 1, "one key is asked for, and no list of all"
    again(trieve, life).destroy()
    assert [one["name"] for one in listed(trieve).values()] == ["another"]


def test_a_name_that_nobody_else_derives_stands_in_for_none(trieve: Tenancy) -> None:
    life = api_key(trieve)
    life.up({"role": 0})
    assert life.outputs["name"] == "derived-search"
    moved = again(trieve, life)
    moved.declaration = type(life.declaration)(name="moved", token="ApiKey", candidate="another-candidate")
    assert moved.up({"role": 0}) == "same", "the name that it has is kept"


def test_scopes_datasets_and_end_are_applied(trieve: Tenancy) -> None:
    dataset, other = trieve.make_by_hand("docs"), trieve.make_by_hand("other")
    life = api_key(trieve)
    life.up({**USER, "scopes": ["GET /api/dataset/{dataset_id}"], "dataset_ids": [dataset], "expires_at": FAR})
    key = life.outputs["api_key"]

    def read(dataset_id: str) -> int:
        url = f"{trieve.sandbox.base_url}/api/dataset/{dataset_id}{BY_HAND}"
        return httpx.get(url, headers={"Authorization": key, "TR-Dataset": dataset_id}).status_code

    assert (read(dataset), read(other), status(trieve, key)) == (200, 401, 403)
    assert life.refresh()
    assert "drifted" not in life.outputs


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (USER, ADMIN, "replace"),
        (USER, {**USER, "name": "renamed"}, "replace"),
        (USER, {**USER, "rotate_trigger": "1"}, "replace"),
        ({**USER, "rotate_trigger": "1"}, {**USER, "rotate_trigger": "2"}, "replace"),
        ({**USER, "rotate_trigger": "1"}, USER, "update"),
        (USER, {**USER, "scopes": ["GET /api/health"]}, "replace"),
        ({**USER, "scopes": ["GET /api/health"]}, USER, "replace"),
        ({**USER, "scopes": ["GET /api/a", "GET /api/b"]}, {**USER, "scopes": ["GET /api/a"]}, "replace"),
        (USER, {**USER, "expires_at": FAR}, "replace"),
        ({**USER, "expires_at": FAR}, USER, "replace"),
    ],
    ids=[
        "role",
        "name",
        "the first trigger",
        "another trigger",
        "no more trigger",
        "the first scopes",
        "no more scopes",
        "fewer scopes",
        "an end",
        "no more end",
    ],
)
def test_what_a_change_means(trieve: Tenancy, before: dict[str, Any], after: dict[str, Any], step: str) -> None:
    life = api_key(trieve)
    life.up(before)
    former = life.id, life.outputs["api_key"]
    assert (life.preview(after), life.up(after)) == (step, step)
    assert ((life.id, life.outputs["api_key"]) != former) == (step == "replace")
    assert listed(trieve).keys() == {life.id}
    assert status(trieve, former[1]) == (401 if step == "replace" else 403)
    assert life.preview(after) == "same"
    assert trieve.said == [], "the key that is being replaced is not taken for one that somebody left behind"


def test_the_new_key_exists_before_the_old_one_ends(trieve: Tenancy) -> None:
    life = api_key(trieve)
    life.up(USER)
    trieve.forget_calls()
    life.up({**USER, "rotate_trigger": "now"})
    writes = [method for method, _ in trieve.calls("POST", "DELETE")]
    assert writes == ["POST", "DELETE"]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"scopes": []}, "scopes: must not be empty"),
        ({"scopes": ["/api/dataset"]}, "scopes[0]: must be a method and a path"),
        ({"scopes": [""]}, "scopes[0]: must be a method and a path"),
        ({"dataset_ids": []}, "dataset_ids: must not be empty"),
        ({"dataset_ids": ["x"]}, "dataset_ids[0]: must be an id"),
        ({"role": 3}, "role: must be 2 or less"),
        ({"role": True}, "role: must be a whole number"),
        ({"name": ""}, "name: must not be empty"),
        ({"expires_at": "next year"}, "expires_at: must be a moment in UTC"),
        ({"expires_at": "2099-01-01"}, "expires_at: must be a moment in UTC"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at: 2020-01-01T00:00:00Z is in the past"),
        ({"expires": FAR}, 'did you mean "expires_at"'),
        ({"api_key": "tr-mine"}, "api_key: there is no such key; the service makes the key"),
    ],
)
def test_what_would_make_another_key_than_the_program_says_is_refused(
    trieve: Tenancy, wrong: dict[str, Any], text: str
) -> None:
    life = api_key(trieve)
    with pytest.raises(Rejected) as caught:
        life.check({**USER, **wrong})
    assert text in str(caught.value)
    assert "tr-mine" not in str(caught.value)
    assert trieve.calls() == []


def test_a_key_that_has_ended_stays_and_is_not_renewed_with_the_same_end(trieve: Tenancy) -> None:
    life = api_key(trieve)
    life.up({**USER, "expires_at": FAR})
    past = "2020-01-01T00:00:00Z"
    life.inputs["expires_at"] = life.outputs["expires_at"] = past
    assert life.preview({**USER, "expires_at": past}) == "same"
    assert "is in the past" in trieve.text
    with pytest.raises(Rejected, match="is in the past"):
        life.check({**USER, "expires_at": past, "rotate_trigger": "1"})


def test_two_keys_of_one_program_have_two_names(trieve: Tenancy) -> None:
    service = trieve.service()
    one, other = (Life(service.resources["api_key"], name=name, token="ApiKey") for name in ("one", "other"))
    one.check(USER)
    with pytest.raises(Rejected, match='"search" is the name of two API keys'):
        other.check(ADMIN)


# Drift.


def test_a_key_that_was_deleted_by_hand_is_gone_when_no_list_shows_it_and_the_service_rejects_it(
    trieve: Tenancy,
) -> None:
    life = api_key(trieve)
    life.up(USER)
    remove(trieve, life.id)
    trieve.forget_calls()
    assert not life.refresh()
    assert [path.partition("&")[0] for _, path in trieve.calls()] == [
        f"{PATH}?limit=1",
        f"{PATH}?limit=1",
        f"{PATH}?limit=100",
        f"/api/organization/{trieve.organization_id}",
    ]


@pytest.mark.parametrize(
    "lie",
    [
        edited(lambda body: {**body, "api_keys": []}),
        edited(lambda body: {**body, "api_keys": [one for one in body["api_keys"] if one["name"] == "owner"]}),
    ],
    ids=["no key", "other keys"],
)
def test_a_key_that_no_list_shows_is_not_forgotten_while_the_service_accepts_it(
    trieve: Tenancy, proxy: LyingProxy, lie: Any
) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    proxy.lie(*LIST, lie)
    with pytest.raises(ServiceError, match="Another call of the service still knows it"):
        life.refresh()
    assert life.outputs["api_key"] not in trieve.text


def test_a_key_of_a_deleted_organization_is_gone_with_it(trieve: Tenancy) -> None:
    organization, _ = trieve.organization("Doomed")
    life = Life(trieve.service(admin=True, key=False).resources["api_key"], name="search", token="ApiKey")
    life.up({**USER, "organization_id": organization})
    trieve.admin("DELETE", f"/api/organization/{organization}", organization=organization)
    assert not life.refresh()


def test_a_query_that_fails_is_no_absence(trieve: Tenancy) -> None:
    life = api_key(trieve)
    life.up(USER)
    rule = {"method": "GET", "path": LIST[1], "act": {"kind": "false_absence", "table": "keys"}}
    trieve.sandbox.faults([{**rule, "times": 1}])
    assert life.refresh()
    trieve.sandbox.faults([rule])
    with pytest.raises(ServiceError, match="could not list the API keys"):
        life.refresh()


def test_another_role_in_the_list_is_a_drift_that_nothing_puts_back(trieve: Tenancy, proxy: LyingProxy) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    proxy.lie(*LIST, edited(lambda body: {**body, "api_keys": [{**one, "role": 2} for one in body["api_keys"]]}))
    assert life.refresh()
    assert life.outputs["drifted"] == {"role": 2}
    assert life.preview(USER) == "update"
    assert "somebody else changed role (was 0, now 2)" in trieve.text
    assert life.up(USER) == "update"
    assert proxy.count("POST") == 1, "nothing is sent"


# Creates without a clear answer.


@pytest.mark.parametrize(
    "lie",
    [
        cut(carried_out=True),
        told({}),
        told({"api_key": None}),
        told({"api_key": ""}),
        told({"api_key": "no key\n"}),
        told({"id": "x"}),
        told([]),
        told("OK"),
        told(b"<html>Welcome</html>", content_type="text/html"),
        told({"message": "busy"}, status=500),
        told({"message": "timeout"}, status=408),
        told({"api_key": f"tr-{'0' * 32}"}),
    ],
    ids=[
        "a cut connection",
        "an empty object",
        "a null",
        "an empty text",
        "no key",
        "an id",
        "a list",
        "a text",
        "a page",
        "500",
        "408",
        "a key that the service does not know",
    ],
)
def test_a_key_that_nobody_can_read_is_deleted_and_another_one_made(
    trieve: Tenancy, proxy: LyingProxy, lie: Any
) -> None:
    foreign = by_hand(trieve, name="another")
    proxy.lie(*MAKE, lie, times=1)
    life = api_key(trieve, proxy)
    life.up(ADMIN)
    assert listed(trieve).keys() == {foreign, life.id}
    assert status(trieve, life.outputs["api_key"]) == 200
    assert (proxy.count("POST"), proxy.count("DELETE")) == (2, 1)
    assert "without a clear answer" in trieve.text


def test_a_service_that_never_answers_clearly_is_asked_twice_and_keeps_no_key(
    trieve: Tenancy, proxy: LyingProxy
) -> None:
    proxy.lie(*MAKE, cut(carried_out=True))
    with pytest.raises(UnclearWriteError, match="Run the same command again"):
        api_key(trieve, proxy).up(USER)
    assert proxy.count("POST") == 2
    assert listed(trieve) == {}


def test_a_create_that_was_not_carried_out_is_not_sent_again(trieve: Tenancy, proxy: LyingProxy) -> None:
    proxy.lie(*MAKE, cut(carried_out=False))
    with pytest.raises(UnclearWriteError, match="may still be carried out"):
        api_key(trieve, proxy).up(USER)
    assert proxy.count("POST") == 1


def test_a_useless_key_that_cannot_be_deleted_is_named(trieve: Tenancy, proxy: LyingProxy) -> None:
    proxy.lie(*MAKE, cut(carried_out=True), times=1)
    proxy.lie(*REMOVE, told({"message": "no"}, status=400, carried_out=False))
    life = api_key(trieve, proxy)
    life.up(USER)
    (useless,) = listed(trieve).keys() - {life.id}
    assert f"the service made {useless} without a clear answer" in trieve.text
    assert "Delete it by hand" in trieve.text


def test_other_new_keys_are_named_and_kept(trieve: Tenancy, proxy: LyingProxy) -> None:
    made: list[str] = []

    def beside(body: Any) -> Any:
        made.append(by_hand(trieve))
        return body

    proxy.lie(*MAKE, edited(beside), times=1)
    with pytest.raises(AdoptionError, match="2 new ones look like it") as caught:
        api_key(trieve, proxy).up(USER)
    assert made[0] in str(caught.value)
    assert len(listed(trieve)) == 2, "none is deleted: one may be somebody else's"


def test_a_key_of_another_name_that_is_new_beside_ours_is_not_ours(trieve: Tenancy, proxy: LyingProxy) -> None:
    def beside(body: Any) -> Any:
        for other in ({"name": "another"}, {"role": 1}, {"dataset_ids": [trieve.make_by_hand("docs")]}):
            by_hand(trieve, **other)
        return body

    proxy.lie(*MAKE, edited(beside), times=1)
    life = api_key(trieve, proxy)
    life.up(USER)
    mine = listed(trieve)[life.id]
    assert (mine["name"], mine["role"], mine["dataset_ids"]) == ("search", 0, None)


def test_an_empty_list_before_a_create_does_not_make_an_old_key_look_new(trieve: Tenancy, proxy: LyingProxy) -> None:
    old = by_hand(trieve)
    proxy.lie(*LIST, told({"api_keys": [], "cursor": None}), times=1)
    life = api_key(trieve, proxy)
    life.up(USER)
    assert life.id != old
    assert old in listed(trieve)


def test_a_list_that_fails_after_a_create_is_asked_again_because_the_key_would_be_lost(
    trieve: Tenancy, proxy: LyingProxy
) -> None:
    proxy.lie(*LIST, told({"api_keys": "none"}), times=2, since=MAKE)
    life = api_key(trieve, proxy)
    life.up(USER)
    assert listed(trieve).keys() == {life.id}


@pytest.mark.parametrize(
    "lie", [told({"message": "busy"}, status=400), told("junk"), told({})], ids=["400", "a text", "an object"]
)
def test_a_key_that_cannot_be_tried_is_kept_and_the_run_says_so(trieve: Tenancy, proxy: LyingProxy, lie: Any) -> None:
    proxy.lie("GET", "^/api/organization/[0-9a-f]{8}-", lie)
    life = api_key(trieve, proxy)
    life.up(USER)
    assert "but a request with it failed" in trieve.text
    assert listed(trieve).keys() == {life.id}
    assert_absent({"what was said": trieve.text}, of=[life.outputs["api_key"]])


def test_a_key_that_no_list_shows_is_an_error_that_says_so(trieve: Tenancy, proxy: LyingProxy) -> None:
    by_hand(trieve, name="another")
    proxy.lie(*LIST, edited(lambda body: {**body, "api_keys": [k for k in body["api_keys"] if k["name"] != "search"]}))
    with pytest.raises(UnclearWriteError, match="its list does not show it"):
        api_key(trieve, proxy).up(USER)


# What a run that was killed left behind.


def test_keys_that_an_earlier_run_may_have_left_are_named_and_kept(trieve: Tenancy) -> None:
    left = by_hand(trieve)
    others = [by_hand(trieve, name="another"), by_hand(trieve, role=1)]
    life = api_key(trieve)
    life.up(USER)
    assert listed(trieve).keys() == {left, *others, life.id}
    (warning,) = trieve.said
    assert left in warning
    assert not any(other in warning for other in others)
    assert "delete it" in warning
    assert status(trieve, life.outputs["api_key"]) == 403


# Deletes.


def test_a_delete_is_believed_when_the_key_is_gone(trieve: Tenancy, proxy: LyingProxy) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    proxy.lie(*REMOVE, told(b"", status=204, carried_out=False), times=2)
    kept = life.id
    life.destroy()
    assert kept not in listed(trieve)
    assert proxy.count("DELETE") == 3


def test_a_delete_that_deletes_nothing_is_an_error(trieve: Tenancy, proxy: LyingProxy) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    proxy.lie(*REMOVE, told(b"", status=204, carried_out=False))
    with pytest.raises(ServiceError, match="is still there"):
        life.destroy()
    assert life.id in listed(trieve)


def test_a_key_that_is_gone_already_is_deleted(trieve: Tenancy) -> None:
    life = api_key(trieve)
    life.up(USER)
    remove(trieve, life.id)
    life.destroy()


# Lists that do not say what they should.


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["api_keys"],
        lambda body: {},
        lambda body: {"api_keys": None},
        lambda body: {"api_keys": [{}]},
        lambda body: {
            **body,
            "api_keys": [{**k, "organization_id": "1" * 8 + k["organization_id"][8:]} for k in body["api_keys"]],
        },
        lambda body: {**body, "api_keys": [{**k, "id": "0" * 8 + k["id"][8:]} for k in body["api_keys"]]},
    ],
    ids=["a bare list", "no list", "null", "an item without fields", "another organization's key", "not behind the id"],
)
def test_a_list_of_another_shape_is_an_error(trieve: Tenancy, proxy: LyingProxy, change: Callable[[Any], Any]) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    before = dict(life.outputs)
    proxy.lie(*LIST, edited(change))
    with pytest.raises(ServiceError, match="could not list the API keys"):
        life.refresh()
    assert life.outputs == before


def test_an_empty_page_is_not_accepted_while_the_whole_list_has_the_key(trieve: Tenancy, proxy: LyingProxy) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    proxy.lie("GET", r"limit=1&", told({"api_keys": [], "cursor": None}))
    with pytest.raises(ServiceError, match="still knows it"):
        life.refresh()


def test_a_list_of_several_pages_is_read_to_its_end(trieve: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_key_wire, "PAGE", 2)
    others = {by_hand(trieve, name=f"other-{number}") for number in range(5)}
    life = api_key(trieve)
    life.up(USER)
    assert listed(trieve).keys() == {*others, life.id}
    monkeypatch.setattr(api_key_wire, "MOST_PAGES", 2)
    with pytest.raises(ServiceError, match="does not end after 2 keys"):
        api_key(trieve).up({**USER, "name": "one more"})
    assert wire.MOST_PAGES > 2


# Nobody is shown a key.

ECHOES: dict[str, Callable[[str], Any]] = {
    "under another name": lambda key: {"apiKey": key},
    "in a list": lambda key: [key],
    "as a text": lambda key: key,
    "with a wrong type beside it": lambda key: {"api_key": [key]},
    "with a line break": lambda key: {"api_key": f"{key}\n"},
    "in a failure": lambda key: {"message": f"could not store {key}"},
    "in a page": lambda key: f"<html>{key}</html>".encode(),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("code", [200, 400, 500])
def test_no_text_shows_the_key_of_an_answer_that_is_wrong(
    trieve: Tenancy, proxy: LyingProxy, echo: Callable[[str], Any], code: int
) -> None:
    issued: list[str] = []

    def lie(forward: Any) -> Any:
        truth = forward()
        issued.append(truth.json["api_key"])
        body = echo(issued[-1])
        return truth.with_body(body if isinstance(body, bytes) else json.dumps(body).encode(), status=code)

    proxy.lie(*MAKE, lie)
    life = api_key(trieve, proxy)
    with pytest.raises(ServiceError) as caught:
        life.up(USER)
    assert issued
    clean = life.cycle.run.redactor.clean
    assert_absent({"the error": clean(str(caught.value)), "what was said": trieve.text}, of=issued)


def test_no_text_shows_what_a_list_or_a_delete_echoes(trieve: Tenancy, proxy: LyingProxy) -> None:
    life = api_key(trieve, proxy)
    life.up(USER)
    other = f"tr-{'a1B2' * 8}"

    def echo(body: Any) -> Any:
        return {"api_keys": [{**one, "created_at": other, "secret": other} for one in body["api_keys"]], "key": other}

    texts: dict[str, str] = {}
    proxy.lie(*LIST, edited(echo))
    proxy.lie(*REMOVE, told({"message": f"{other} is in use"}, status=400, carried_out=False))
    for name, call in {"a refresh": life.refresh, "a delete": life.destroy}.items():
        with pytest.raises(ServiceError) as caught:
            call()
        texts[name] = life.cycle.run.redactor.clean(str(caught.value))
    assert_absent({**texts, "what was said": trieve.text}, of=[other, life.outputs["api_key"]])


def test_a_key_of_the_state_is_known_to_every_run(trieve: Tenancy) -> None:
    life = api_key(trieve)
    life.up(USER)
    key = life.outputs["api_key"]
    for step in ("diff", "read", "delete"):
        new = again(trieve, life)
        if step == "diff":
            new.preview(USER)
        elif step == "read":
            new.refresh()
        else:
            new.destroy()
        assert key not in new.cycle.run.redactor.clean(f"text with {key}"), step
