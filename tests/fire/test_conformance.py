"""The comparison of a server with the sandbox, on two sandboxes: equal where they are, and told where they are not."""

from __future__ import annotations

import pytest

from fire.conformance import Told, compare, differences, scenarios, shape
from fire.faults import FAULTS
from fire.proxy import FaultProxy
from support.sandbox import Sandbox

EVERY_LIFE = {"organization", "dataset", "clone", "fleet configuration", "API key", "crawl"}


def test_two_sandboxes_agree_and_a_proxy_that_changes_answers_does_not() -> None:
    with Sandbox(organization=None) as one, Sandbox(organization=None) as other:
        key = other.environment["TRIEVE_ADMIN_KEY"]
        mine = scenarios(one.base_url, one.environment["TRIEVE_ADMIN_KEY"], name="mine")
        assert [text for text in mine.values() if isinstance(text, str)] == []
        assert {step.partition(",")[0].removesuffix(" at the end") for step in mine} == EVERY_LIFE
        assert not any(compare(mine, scenarios(other.base_url, key, name="theirs")).values())
        assert other.state()["trieve"]["datasets"] == []
        with FaultProxy(other.base_url) as proxy:
            proxy.arm(FAULTS["422"], method="POST", path="^/api/crawl")
            found = compare(mine, scenarios(proxy.instead_of(other.base_url), key, name="changed"))
    assert {step for step, texts in found.items() if texts} == {"crawl, create", "crawl, refresh", "crawl, delete"}
    assert "HTTP 422" in found["crawl, create"][0]


@pytest.mark.parametrize(
    ("theirs", "text"),
    [
        (Told("GET /x", 404, {"body": "dict"}), "GET /x: status 404, and 200 from the sandbox"),
        (Told("GET /x", 200, {"body": "list"}), "GET /x: body is list, and dict from the sandbox"),
        (Told("GET /y", 200, {"body": "dict"}), "the service was asked GET /y where the sandbox was asked GET /x"),
        (Told("GET /x", 200, {"body": "dict", ".new": "str"}), "GET /x: .new is str, and missing from the sandbox"),
    ],
)
def test_what_differs_is_said(theirs: Told, text: str) -> None:
    assert differences([Told("GET /x", 200, {"body": "dict"})], [theirs]) == [text]


def test_a_call_too_many_is_said_and_what_nobody_can_compare_is_not() -> None:
    one = Told("GET /x", 200, dict(shape({"a": None, "server_configuration": {"OLD": 1}, "list": []})))
    other = Told("GET /x", 200, dict(shape({"a": "x", "server_configuration": {"NEW": 1}, "list": [{"id": 1}]})))
    assert differences([one], [other]) == []
    assert differences([one], [one, other]) == ["only the service was asked GET /x"]
