"""No secret leaves the process, however a text spells it."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.redaction import BODY_LIMIT, MASK, Redactor, shorten

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
def test_no_spelling_survives(spell: Callable[[str], str], secret: str) -> None:
    text = f"before {spell(secret)} after"
    cleaned = Redactor([secret]).clean(text)
    assert MASK in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    for again in SPELLINGS.values():
        bare = again(secret).strip("'\"")
        assert bare not in cleaned


@given(secret=secrets, before=st.text(st.sampled_from("mno "), max_size=300), limit=st.integers(5, 300))
def test_no_beginning_of_a_secret_survives_a_cut(secret: str, before: str, limit: int) -> None:
    cleaned = Redactor([secret]).clean(shorten(f"{before}{secret}", limit=limit))
    line = " ".join(secret.split())
    assert not any(line[:length] in cleaned for length in range(4, len(line) + 1) if set(line[:length]) - set("mno "))


def test_a_secret_in_another_and_in_the_mask() -> None:
    redactor = Redactor(["secret", "my-secret-key"])
    assert redactor.clean("my-secret-key and secret") == "[secret] and [secret]"


def test_secrets_are_learned_later_and_empty_ones_are_not() -> None:
    redactor = Redactor()
    assert redactor.clean("abc") == "abc"
    redactor.learn(None, "", "b")
    redactor.learn("b")
    assert redactor.clean("a b c") == "a [secret] c"


def test_a_secret_of_a_few_letters_leaves_other_words_alone() -> None:
    redactor = Redactor(["e", "key"])
    text = 'server_configuration.KEY: the key "e" is no key=e, and monkeys are keyed'
    assert redactor.clean(text) == (
        'server_configuration.KEY: the [secret] "[secret]" is no [secret]=[secret], and monkeys are keyed'
    )
    assert Redactor(["keys"]).clean("monkeys") == "mon[secret]"


def test_learning_from_several_threads() -> None:
    redactor = Redactor()
    threads = [threading.Thread(target=redactor.learn, args=(f"secret-{index:03}",)) for index in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert redactor.clean(" ".join(f"secret-{index:03}" for index in range(50))) == " ".join([MASK] * 50)


def test_a_text_of_unknown_shape_is_cut_on_one_line() -> None:
    assert shorten(" a\n\n b\tc ") == "a b c"
    assert shorten("x" * BODY_LIMIT) == "x" * BODY_LIMIT
    assert shorten("x" * 1000) == "x" * 256 + "… (1000 characters)"
