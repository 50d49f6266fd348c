"""Answers that are not the documented ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.answers import AnswerModel, Documented, expect_empty, expect_same, malformed, parse
from pulumi_retrieval.core.errors import MalformedAnswerError, ServiceError, UnclearWriteError
from pulumi_retrieval.core.http import Answer, Request
from pulumi_retrieval.core.origin import foreign


class Thing(AnswerModel):
    """A thing."""

    id: str
    size: int


THING, THINGS = Documented(Thing), Documented(list[Thing])


def answer(
    body: Any, *, method: str = "GET", status: int = 200, raw: bytes | None = None, parsed: bool = True
) -> Answer:
    text = str(body).encode() if raw is None else raw
    return Answer(Request(method, "/x", f"{method.lower()} thing x"), status, body, text, {}, parsed)


def test_the_documented_shape() -> None:
    assert parse(THING, answer({"id": "x", "size": 1, "new": True})) == Thing(id="x", size=1)
    assert parse(THINGS, answer([])) == []


@pytest.mark.parametrize(
    "body", [{}, [], [[]], None, "junk", 7, {"id": "x"}, {"id": 1, "size": 1}, {"id": "x", "size": "1"}]
)
def test_an_answer_of_another_shape_is_an_error_and_not_an_absence(body: Any) -> None:
    with pytest.raises(
        MalformedAnswerError, match="could not get thing x: HTTP 200: the answer is not the documented one"
    ):
        parse(THING, answer(body))
    with pytest.raises(UnclearWriteError) as raised:
        parse(THING, answer(body, method="PUT"))
    assert (raised.value.sent, raised.value.status) == (True, 200)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_every_answer_is_parsed_or_raises_a_named_error(body: Any) -> None:
    if body == []:
        assert parse(THINGS, answer(body)) == []
        return
    with pytest.raises(MalformedAnswerError) as raised:
        parse(THINGS, answer(body))
    assert len(str(raised.value)) < 600


def test_an_answer_that_is_not_json_is_shown_shortened() -> None:
    page = b"<html>" + b"x" * 1000
    with pytest.raises(MalformedAnswerError, match=r"it holds no JSON\): <html>x+… \(1006 characters\)"):
        parse(THING, answer(None, raw=page, parsed=False))
    with pytest.raises(MalformedAnswerError, match="it is empty"):
        parse(THING, answer(None, raw=b""))


def test_values_that_may_be_secrets_are_not_shown() -> None:
    body = {
        "LLM_API_KEY": "hush-1",
        "deep": [{"apiKey": "hush-2", "token": "hush-3"}],
        "password": "hush-4",
        "name": "n",
    }
    with pytest.raises(MalformedAnswerError) as raised:
        parse(THING, answer(body))
    assert "hush" not in str(raised.value)
    assert '"name": "n"' in str(raised.value)
    cut = b'{"LLM_API_KEY": "hush-1", "x": {"webhook_secret":"hush-2'
    with pytest.raises(MalformedAnswerError) as raised:
        parse(THING, answer(None, raw=cut, parsed=False))
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("raw", [b'{"message": "kept-dark"}', b'["kept-dark"]', b"kept-dark", b'{"kept-dark": 1}'])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_may_hold_a_secret_is_not_shown(raw: bytes, status: int) -> None:
    request = Request("POST", "/keys", "create a key", hides_answer=True)
    try:
        body, parsed = json.loads(raw), True
    except ValueError:
        body, parsed = None, False
    answered = Answer(request, status, body, raw, {}, parsed)
    with pytest.raises(ServiceError) as caught:
        parse(THING, answered)
    errors = [caught.value, foreign(answered), malformed(answered, "it is odd")]
    assert "kept-dark" not in "".join(map(str, errors)) + answered.text + repr(answered)
    assert "may hold a secret" in str(caught.value)


def test_an_answer_about_another_object() -> None:
    expect_same(answer({}), "id", expected="x", told="x")
    with pytest.raises(MalformedAnswerError, match='about another object: id is "y" and not "x"'):
        expect_same(answer({}), "id", expected="x", told="y")
    for method, repeatable in (("PUT", True), ("DELETE", True), ("POST", False)):
        with pytest.raises(UnclearWriteError) as raised:
            expect_same(answer({}, method=method), "id", expected="x", told=None)
        assert raised.value.repeatable is repeatable, "a create that made something else is not sent again"


@pytest.mark.parametrize(("status", "raw"), [(200, b"<html>deleted</html>"), (200, b""), (202, b"{}")])
def test_the_documented_answer_to_a_delete_is_204(status: int, raw: bytes) -> None:
    expect_empty(answer(None, method="DELETE", status=204, raw=b""))
    with pytest.raises(UnclearWriteError, match="the documented one is 204 and empty"):
        expect_empty(answer(None, method="DELETE", status=status, raw=raw))


def test_a_request_that_only_asks_writes_nothing() -> None:
    request = Request("POST", "/usage", "count x", only_asks=True)
    with pytest.raises(ServiceError) as raised:
        parse(THING, Answer(request, 200, {}, b"{}", {}, True))
    assert not isinstance(raised.value, UnclearWriteError)
