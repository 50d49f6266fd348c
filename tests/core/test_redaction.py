"""No secret leaves the process, however a text spells it."""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.redaction import BODY_LIMIT, MASK, Redactor, shorten
from pulumi_retrieval.core.spellings import unescaped

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": json.dumps,
    "json, not ascii": lambda secret: json.dumps(secret, ensure_ascii=False),
    "json with escaped slashes": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "json, nested": lambda secret: json.dumps({"message": [secret]}),
    "repr": repr,
    "repr beside both quotes": lambda secret: repr({"text": f"""it's "{secret}" """}),
    "ascii": ascii,
    "url": lambda secret: quote(secret, safe=""),
    "url path": quote,
    "query": lambda secret: urlencode({"key": secret}),
    "query, lower case": lambda secret: "".join(
        f"%{byte:02x}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in secret.encode()
    ),
    "form": quote_plus,
    "html": html.escape,
    "shortened": shorten,
}

# Long enough that it is in no text by chance, with everything in it that somebody escapes.
secrets = st.text(st.sampled_from("abcXYZ019 /+=&%?'\"\\\n\tüß€😀<>{}"), min_size=8, max_size=24).filter(
    lambda secret: len(set(secret)) > 4 and secret.strip() == secret
)


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
@given(secret=secrets)
def test_every_spelling_of_a_secret_is_masked(spell: Callable[[str], str], secret: str) -> None:
    text = f"before {spell(secret)} after"
    cleaned = Redactor([secret]).clean(text)
    assert MASK in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    for again in SPELLINGS.values():
        bare = again(secret).strip("'\"")
        assert bare not in cleaned


@given(secret=secrets, before=st.text(st.sampled_from("mno "), max_size=300), limit=st.integers(5, 300))
def test_no_part_of_a_secret_remains_in_a_shortened_text(secret: str, before: str, limit: int) -> None:
    cleaned = Redactor([secret]).clean(shorten(f"{before}{secret}", limit=limit))
    line = " ".join(secret.split())
    assert not any(line[:length] in cleaned for length in range(4, len(line) + 1) if set(line[:length]) - set("mno "))


def test_a_secret_that_is_part_of_another_or_of_the_mask() -> None:
    redactor = Redactor(["secret", "my-secret-key"])
    assert redactor.clean("my-secret-key and secret") == "[secret] and [secret]"


def test_secrets_can_be_added_later_and_empty_ones_are_ignored() -> None:
    redactor = Redactor()
    assert redactor.clean("abc") == "abc"
    redactor.learn(None, "", "b")
    redactor.learn("b")
    assert redactor.clean("a b c") == "a [secret] c"


def test_a_short_secret_does_not_mask_other_words() -> None:
    redactor = Redactor(["e", "key"])
    text = 'server_configuration.KEY: the key "e" is no key=e, and monkeys are keyed'
    assert redactor.clean(text) == (
        'server_configuration.KEY: the [secret] "[secret]" is no [secret]=[secret], and monkeys are keyed'
    )
    assert Redactor(["keys"]).clean("monkeys") == "mon[secret]"


ALONE: list[Callable[[str], str]] = [
    str,
    lambda c: "".join(f"%{byte:02X}" for byte in c.encode()),
    lambda c: "".join(f"%{byte:02x}" for byte in c.encode()),
    lambda c: json.dumps("é" + c)[7:-1],
    lambda c: "".join(f"\\u{int.from_bytes(pair, 'big'):04X}" for pair in _pairs(c)),
    lambda c: f"\\x{ord(c):02x}" if ord(c) < 256 else c,
    lambda c: f"&#{ord(c)};",
    lambda c: f"&#x{ord(c):X};",
    html.escape,
]


def _pairs(character: str) -> list[bytes]:
    raw = character.encode("utf-16-be")
    return [raw[start : start + 2] for start in range(0, len(raw), 2)]


@given(secret=secrets, data=st.data())
def test_any_mixture_of_escapes_is_masked(secret: str, data: st.DataObject) -> None:
    spelled = "".join(data.draw(st.sampled_from(ALONE))(character) for character in secret)
    cleaned = Redactor([secret]).clean(f"before {spelled} after")
    assert cleaned == "before [secret] after"


@pytest.mark.parametrize("spelled", [r"0019\\<\\", r"0019\\<\\\\", r"0019\<\\\\", r"0019\\&lt;\\", r"0019\\\u003c\\"])
def test_partly_escaped_backslashes_are_masked(spelled: str) -> None:
    assert Redactor(["0019\\<\\\\"]).clean(f"before {spelled} after") == "before [secret] after"


@pytest.mark.parametrize("secret", ['00\\/00"1', "\\<\\/key\\\\", "line\nof\\n two", "\\\\0019\t"])
def test_an_escaped_character_beside_literal_backslashes_is_masked(secret: str) -> None:
    for place, escaped in enumerate(secret):
        for spell in ALONE:
            spelled = secret[:place] + spell(escaped) + secret[place + 1 :]
            assert Redactor([secret]).clean(f"before {spelled} after") == "before [secret] after"


def test_a_backslash_outside_of_a_secret_is_kept() -> None:
    assert Redactor(["hidden", "other\\key"]).clean(r"C:\hidden\file") == r"C:\[secret]\file"


def test_a_backslash_before_a_slash_may_stand_for_itself() -> None:
    assert Redactor(["00001\\/9"]).clean(r"before 00001\/\u0039 after") == "before [secret] after"


@pytest.mark.parametrize("spelled", ["000019\\\\u003C", "000019\\\\x3C"])
def test_a_backslash_before_an_escape_is_read_both_ways(spelled: str) -> None:
    assert Redactor(["000019\\<"]).clean(f"before {spelled} after") == "before [secret] after"


@given(secret=secrets)
def test_a_secret_that_is_escaped_twice_is_masked(secret: str) -> None:
    redactor = Redactor([secret])
    for spell in (quote, json.dumps, html.escape):
        for again in (quote, json.dumps, html.escape):
            assert again(spell(secret)).strip("'\\\"") not in redactor.clean(f"before {again(spell(secret))} after")
    assert redactor.clean(json.dumps(json.dumps(json.dumps(secret)))).count(MASK) == 1


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(secret=secrets, before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_base64_of_a_secret_is_masked(
    encode: Callable[[bytes], bytes], secret: str, before: bytes, after: bytes
) -> None:
    whole = encode(before + secret.encode() + after).decode()
    cleaned = Redactor([secret]).clean(f"Authorization: Basic {whole} after")
    assert cleaned.startswith("Authorization: Basic ")
    assert cleaned.endswith(" after")
    assert MASK in cleaned
    left = cleaned.removeprefix("Authorization: Basic ").removesuffix(" after").split(MASK)
    # What is left are whole groups of what stands before and after, as far as they hold no bit of the secret.
    assert whole.startswith(left[0])
    assert len(left[0]) * 6 <= len(before) * 8
    assert len(left[-1].rstrip("=")) <= -(-len(after) * 8 // 6)  # the last one of all is filled up


def test_base64_in_a_url_and_in_json() -> None:
    secret = "?>tr-canary?>tr-canary"
    inside = base64.b64encode(f"user:{secret}".encode()).decode()
    for spelled in (quote(inside, safe=""), json.dumps(inside), inside.replace("/", "\\/")):
        cleaned = Redactor([secret]).clean(spelled)
        assert MASK in cleaned
        assert inside[8:20] not in cleaned


def test_hexadecimal_digits() -> None:
    assert Redactor(["canary-key"]).clean(b"canary-key".hex()) == MASK
    assert Redactor(["canary-key"]).clean(b"canary-key".hex().upper()) == MASK


@given(text=st.text())
def test_a_text_without_secrets_is_unchanged(text: str) -> None:
    assert Redactor(["a-secret-that-is-nowhere"]).clean(text) == text


@given(text=st.text(st.sampled_from("ab%\\&#;x0u41d8é😀"), max_size=40))
def test_escapes_are_resolved_where_they_stood(text: str) -> None:
    for plain, starts in unescaped(text):
        assert len(starts) == len(plain) + 1
        assert starts == sorted(starts)
        assert starts[-1] == len(text)


def test_many_secrets_do_not_make_a_text_slow_to_clean() -> None:
    """Each character of a text is looked up once, however many secrets there are."""
    redactor = Redactor(f"sk-{number:06}-{number * 7919:08}" for number in range(2000))
    redactor.clean("x")
    assert max(map(len, redactor._spelled._listed.values())) < 2500
    text = "the service answered with a page of no interest to anybody " * 5
    assert redactor.clean(text) is text


def test_learning_from_several_threads() -> None:
    redactor = Redactor()
    threads = [threading.Thread(target=redactor.learn, args=(f"secret-{index:03}",)) for index in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert redactor.clean(" ".join(f"secret-{index:03}" for index in range(50))) == " ".join([MASK] * 50)


def test_a_text_of_unknown_shape_is_shortened_to_one_line() -> None:
    assert shorten(" a\n\n b\tc ") == "a b c"
    assert shorten("x" * BODY_LIMIT) == "x" * BODY_LIMIT
    assert shorten("x" * 1000) == "x" * 256 + "… (1000 characters)"
