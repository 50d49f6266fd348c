"""Texts of the server that depend on every byte: refusals of JSON and of ids, numbers, names after an update.

The expected texts were made by the libraries that the server is built with, in its versions.
"""

from __future__ import annotations

import pytest

from pulumi_retrieval.sandbox.trieve.configuration import METRICS
from pulumi_retrieval.sandbox.trieve.ids import UuidError, parse_uuid
from pulumi_retrieval.sandbox.trieve.json_errors import JsonError
from pulumi_retrieval.sandbox.trieve.numbers import display_float, to_f32
from pulumi_retrieval.sandbox.trieve.sanitize import sanitize
from pulumi_retrieval.sandbox.trieve.shapes import (
    ANYTHING,
    BOOLEAN,
    I32,
    TEXT,
    USIZE,
    UUID,
    Choice,
    ListOf,
    Maybe,
    Struct,
    UnknownBehaviour,
    read_body,
)

TAG = Struct("Tag", {"tag": TEXT, "selected": Maybe(BOOLEAN)})
BODY = Struct(
    "Body",
    {
        "name": TEXT,
        "id": Maybe(UUID),
        "role": Maybe(I32),
        "size": Maybe(USIZE),
        "metric": Maybe(Choice(METRICS)),
        "tags": Maybe(ListOf(TAG)),
        "value": Maybe(ANYTHING),
    },
)
GOOD = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "eof", "EOF while parsing a value at line 1 column 0"),
        ("null", "data", "invalid type: null, expected struct Body at line 1 column 4"),
        ("{bad", "syntax", "key must be a string at line 1 column 2"),
        ('{"name": "x"', "eof", "EOF while parsing an object at line 1 column 12"),
        ('{"name": "x"} x', "syntax", "trailing characters at line 1 column 15"),
        ('{"name": "x",}', "syntax", "trailing comma at line 1 column 14"),
        ('{"name"}', "syntax", "expected `:` at line 1 column 8"),
        ('{"name" "x"}', "syntax", "expected `:` at line 1 column 9"),
        ('{"name": "x" "id": 1}', "syntax", "expected `,` or `}` at line 1 column 14"),
        ("{}", "data", "missing field `name` at line 1 column 2"),
        ('{\n "name": 7\n}', "data", "invalid type: integer `7`, expected a string at line 2 column 10"),
        ('{"name": [1]}', "data", "invalid type: sequence, expected a string at line 1 column 9"),
        ('{"name": nul}', "syntax", "expected ident at line 1 column 13"),
        (
            '{"name": "x\ny"}',
            "syntax",
            "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0",
        ),
        ('{"name": "\\q"}', "syntax", "invalid escape at line 1 column 12"),
        ('{"name": "a", "name": "b"}', "data", "duplicate field `name` at line 1 column 20"),
        (
            '{"name": "x", "role": 2147483648}',
            "data",
            "invalid value: integer `2147483648`, expected i32 at line 1 column 32",
        ),
        ('{"name": "x", "size": -1}', "data", "invalid value: integer `-1`, expected usize at line 1 column 24"),
        (
            '{"name": "x", "size": 1e3}',
            "data",
            "invalid type: floating point `1000.0`, expected usize at line 1 column 25",
        ),
        ('{"name": "x", "size": 01}', "syntax", "invalid number at line 1 column 24"),
        ('{"name": "x", "size": "a\\"b"}', "data", 'invalid type: string "a\\"b", expected usize at line 1 column 28'),
        ('{"name": "x", "metric": 5}', "syntax", "expected value at line 1 column 25"),
        (
            '{"name": "x", "metric": "Dot"}',
            "data",
            "unknown variant `Dot`, expected one of `euclid`, `euclidean`, `cosine`, `manhattan`, `dot` at line 1 column 29",
        ),
        ('{"name": "x", "tags": {}}', "data", "invalid type: map, expected a sequence at line 1 column 22"),
        ('{"name": "x", "tags": [{"tag": "a"}, {}]}', "data", "missing field `tag` at line 1 column 39"),
        (
            '{"name": "x", "tags": [[]]}',
            "data",
            "invalid length 0, expected struct Tag with 2 elements at line 1 column 25",
        ),
        ('{"name": "x", "value": 1e400}', "syntax", "number out of range at line 1 column 28"),
        ('{"name": "x", "unknown": [1, }', "syntax", "expected value at line 1 column 30"),
        ('{"name": "x", "unknown": -}', "syntax", "invalid number at line 1 column 27"),
        ("[]", "data", "invalid length 0, expected struct Body with 7 elements at line 1 column 2"),
    ],
)
def test_refused_json(text: str, kind: str, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        read_body(BODY, text.encode())
    assert (caught.value.kind, caught.value.message) == (kind, message)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(JsonError, match="invalid unicode code point at line 1 column 13"):
        read_body(BODY, b'{"name":"\xff x"}')
    assert read_body(BODY, b'{"name":"x","unknown":"\xff"}')["name"] == "x"


def test_accepted_json() -> None:
    text = '{"name": "\\ud83c\\udf89", "unknown": {"a": [1e400, null]}, "size": 18446744073709551615, "tags": [["t", null]]}'
    found = read_body(BODY, text.encode())
    assert found["name"] == "🎉"
    assert (found["size"], found["tags"], found["role"]) == (2**64 - 1, [{"tag": "t", "selected": None}], None)


@pytest.mark.parametrize("text", [GOOD, GOOD.upper(), GOOD.replace("-", ""), f"{{{GOOD}}}", f"urn:uuid:{GOOD}"])
def test_accepted_ids(text: str) -> None:
    assert parse_uuid(text) == GOOD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nope",
            "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `n` at 1",
        ),
        ("", "invalid length: expected length 32 for simple format, found 0"),
        ("1111", "invalid length: expected length 32 for simple format, found 4"),
        ("1111-22", "invalid group count: expected 5, found 2"),
        (GOOD[1:], "invalid group length in group 0: expected 8, found 7"),
        (GOOD + "5", "invalid group length in group 4: expected 12, found 13"),
        (
            "{" + GOOD + "x}",
            "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `x` at 38",
        ),
    ],
)
def test_refused_ids(text: str, message: str) -> None:
    with pytest.raises(UuidError) as caught:
        parse_uuid(text)
    assert str(caught.value) == f"UUID parsing failed: {message}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        (1000.0, "1000.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e16"),
        (2.0**64, "1.8446744073709552e19"),
        (1e-5, "0.00001"),
        (1.5e-7, "1.5e-7"),
        (-0.0, "-0.0"),
        (123456.789, "123456.789"),
    ],
)
def test_floats_in_messages(value: float, text: str) -> None:
    assert display_float(value) == text


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.1, 0.10000000149011612), (16777217, 16777216.0), (1.2, 1.2000000476837158), (0.75, 0.75)]
)
def test_rounding_to_32_bits(value: float, rounded: float) -> None:
    assert to_f32(value) == rounded


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("Acme", "Acme"),
        ("A & <b>B</b> > C \"q\" 'r'", "A &amp; B &gt; C \"q\" 'r'"),
        ("R&amp;D", "R&amp;D"),
        ("R&D <b>x</b>", "R&amp;D x"),
        ("<script>x</script>y", "y"),
        ("a<div>b</div>c", "a b c"),
        ("a<br>b", "a b"),
        ("<div></div>x", " x"),
        ("<p>one<p>two", " one  two "),
        ("<ul><li>a<li>b</ul>c", "  a  b  c"),
        ("  lead and trail  ", "lead and trail  "),
        ("5 > 3 && 2 < 1", "5 &gt; 3 &amp;&amp; 2 &lt; 1"),
        ("<3 you", "&lt;3 you"),
        ("a <b", "a "),
        ("&copy; &foo;", "© &amp;foo;"),
        ("a\u00a0b", "a&nbsp;b"),
        ("x</p>y", "x y"),
        ("", ""),
    ],
)
def test_names_after_an_update(name: str, stored: str) -> None:
    assert sanitize(name) == stored


@pytest.mark.parametrize("name", ["<table>x", "<svg></svg>", "x</'>"])
def test_rare_markup_is_not_guessed_at(name: str) -> None:
    with pytest.raises(UnknownBehaviour):
        sanitize(name)
