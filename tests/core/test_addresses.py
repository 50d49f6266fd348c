"""Addresses: one normal form, one form for people, and what of them is a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.addresses import (
    UNREADABLE,
    hidden_parts,
    is_loopback,
    normal_endpoint,
    normal_url,
    service_of,
    shown,
)

SAME = [
    "https://api.example",
    "https://API.example",
    "HTTPS://api.example:443",
    "https://api.example:443/",
    " https://api.example// ",
    "https://api.example:0443",
]


@pytest.mark.parametrize("url", SAME)
def test_equal_base_urls_have_one_normal_form(url: str) -> None:
    assert normal_url(url) == "https://api.example"
    assert service_of(url) == "https://api.example:443"
    assert normal_endpoint(f"{url.strip()} v2") == "https://api.example v2"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://api.example:443", "http://api.example:443"),
        ("http://api.example:80/A%2fb/", "http://api.example/A%2fb"),
        ("http://[0:0:0:0:0:0:0:1]:8090", "http://[::1]:8090"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("not a url/", "not a url/"),
        ("https://user:pass@api.example/", "https://user:pass@api.example/"),
        ("", ""),
    ],
)
def test_different_base_urls_stay_different(url: str, normal: str) -> None:
    assert normal_url(url) == normal


urls = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "Https"]),
    st.sampled_from(["a.example", "A.Example", "127.0.0.1", "[::1]", "[2001:DB8::1]", "ünï.example", "localhost"]),
    st.sampled_from(["", ":80", ":443", ":8080", ":"]),
    st.sampled_from(["", "/", "/a", "/A/", "/%7Euser", "//"]),
)


@given(url=urls)
def test_the_normal_form_is_normal(url: str) -> None:
    normal = normal_url(url)
    assert normal_url(normal) == normal
    assert shown(url) == shown(normal) == normal
    assert service_of(url) == service_of(normal)


@given(text=st.text())
def test_no_text_makes_a_traceback(text: str) -> None:
    assert normal_url(normal_url(text)) == normal_url(text)
    for judge in (shown, service_of, hidden_parts, is_loopback):
        judge(text)


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.255.3.4", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("128.0.0.1", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("0.0.0.0", False),
        ("", False),
        (None, False),
    ],
)
def test_this_machine(host: str | None, ours: bool) -> None:
    assert is_loopback(host) is ours


@pytest.mark.parametrize(
    "url",
    [
        "https://user:{}@api.example/x",
        "https://{}@api.example",
        "http://user:{}@[::1]:80",
        "https://api.example/x?key={}",
        "https://api.example/#{}",
        "socks5://user:{}@127.0.0.1:1",
        "user:{}@proxy:3128",
        "ftp://:{}@proxy",
    ],
)
@pytest.mark.parametrize("secret", ["canary-7", "canary%2Fof%40a", "cana:ry"])
def test_secrets_in_a_url_are_not_shown_and_are_known(url: str, secret: str) -> None:
    full = url.format(secret)
    assert "cana" not in shown(full)
    assert secret in hidden_parts(full)


@pytest.mark.parametrize(
    "text", ["tr-key", "proxy:3128", "https://", "https://a b", "https://[::1", "https://a:b", "//x"]
)
def test_a_text_that_is_not_a_url_is_not_shown(text: str) -> None:
    assert shown(text) == UNREADABLE
