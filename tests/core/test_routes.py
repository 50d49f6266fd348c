"""The way to a service: which proxy stands in between, and which certificates are trusted."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import certifi
import pytest

from pulumi_retrieval.core.errors import ConfigurationError
from pulumi_retrieval.core.routes import proxy_secrets, route_to, trusted

PROXY = "http://proxy.example:3128"
AWAY, AWAY_PLAIN = "https://api.example.com", "http://api.example.com"


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, and no certificates of anybody's own."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_") or name == "REQUEST_METHOD":
            monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "url", "said"),
    [
        ({}, AWAY, ""),
        ({"HTTPS_PROXY": PROXY}, AWAY, f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": PROXY}, AWAY_PLAIN, ""),
        ({"HTTP_PROXY": PROXY}, AWAY_PLAIN, f"HTTP_PROXY={PROXY}"),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, AWAY, f"https_proxy={PROXY}"),
        ({"ALL_PROXY": PROXY}, AWAY, f"ALL_PROXY={PROXY}"),
        ({"ALL_PROXY": "ftp://x:1", "HTTPS_PROXY": PROXY}, AWAY, f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, AWAY, f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": "http://user:canary@proxy.example:3128/?canary"}, AWAY, f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com"}, AWAY, ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": ".example.com"}, AWAY, ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "API.example.com:443, other"}, f"{AWAY}:443", ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "ple.com"}, AWAY, f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "other, *"}, AWAY, ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "https://API.example.com"}, AWAY, ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, "https://10.2.3.4", ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, "https://11.2.3.4", f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "fd00::/8,::1"}, "https://[fd12::1]", ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "[fd12::1]"}, "https://[fd12::1]:8443", ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "fd00::/8,[::1],fd00::/999,///,http://[,%%"}, AWAY, f"HTTPS_PROXY={PROXY}"),
        ({"HTTPS_PROXY": ""}, AWAY, ""),
        ({"TRAVIS_APT_PROXY": "nonsense"}, AWAY, ""),
    ],
)
def test_the_proxy_for_a_url(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, said: str) -> None:
    given(monkeypatch, **variables)
    route = route_to(url)
    assert route.said == said
    assert "canary" not in repr(route)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1:99", "localhost", "LocalHost:8090", "[::1]:8090"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("proxy", [PROXY, "socks5://127.0.0.1:1", "ftp://x:1", "http://[", "::", "\x01"])
@pytest.mark.parametrize("no_proxy", ["", "127.0.0.1,localhost", "fd00::/8", "[::"])
def test_this_machine_is_never_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, scheme: str, host: str, proxy: str, no_proxy: str
) -> None:
    given(monkeypatch, HTTP_PROXY=proxy, HTTPS_PROXY=proxy, ALL_PROXY=proxy, NO_PROXY=no_proxy)
    assert route_to(f"{scheme}://{host}/prefix").proxy is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("ftp://canary:canary@x:1", "its scheme must be http, https, socks5 or socks5h"),
        ("socks4://x:1", "its scheme must be http, https, socks5 or socks5h"),
        ("socks5://canary@127.0.0.1:1", 'socks5 needs a package that is not installed; pip install "httpx[socks]"'),
        ("http://", "it must be a URL with a host"),
        ("http://[::1", "it must be a URL with a host"),
        ("http://proxy:port", "it must be a URL with a host"),
        ("http://canary canary:1", "it must be a URL with a host"),
        ("http://canary@:1", "it must be a URL with a host"),
        ("http://proxy:99999", "it must be a URL with a host"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, rule: str
) -> None:
    given(monkeypatch, **{name: value})
    with pytest.raises(ConfigurationError) as raised:
        route_to(AWAY)
    text = str(raised.value)
    assert text.startswith(f"environment variable {name} names a proxy that cannot be used: ")
    assert rule in text
    assert text.endswith("add api.example.com to NO_PROXY")
    assert "canary" not in text
    given(monkeypatch, NO_PROXY="api.example.com")
    assert route_to(AWAY).proxy is None


def test_the_passwords_of_proxies_are_secrets() -> None:
    found = proxy_secrets({"HTTPS_PROXY": "http://user:pass%2Fword@proxy:1", "no_proxy": "a,b", "PATH": "x:y@z"})
    assert {"pass%2Fword", "pass/word", "user:pass%2Fword"} <= set(found)
    assert "user" not in found, "a name such as proxy would mask every text"
    assert "z" not in found
    assert proxy_secrets({"HTTPS_PROXY": "http://proxy@proxy:1", "ALL_PROXY": "proxy:1"}) == ()


# Certificates.


def test_the_usual_authorities() -> None:
    assert trusted().get_ca_certs()


def test_a_file_of_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, SSL_CERT_FILE=certifi.where(), SSL_CERT_DIR="/nowhere")
    context = trusted()
    assert context.get_ca_certs()
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_a_folder_of_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "0a1b2c3d.0").write_text("")
    given(monkeypatch, SSL_CERT_DIR=str(tmp_path))
    assert trusted().check_hostname


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("SSL_CERT_FILE", None, "no such file or directory"),
        ("SSL_CERT_FILE", "", "it holds no certificate in PEM format"),
        ("SSL_CERT_FILE", "not a certificate", "it holds no certificate in PEM format"),
        ("SSL_CERT_FILE", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "it holds no certificate"),
        ("SSL_CERT_DIR", None, "no such file or directory"),
        ("SSL_CERT_DIR", "a file", "not a directory"),
    ],
)
def test_certificates_that_cannot_be_used_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: str | None, why: str
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    given(monkeypatch, **{name: str(path)})
    with pytest.raises(ConfigurationError) as raised:
        trusted()
    assert str(raised.value).startswith(f"environment variable {name} must name a ")
    assert f"{path}: {why}" in str(raised.value)
    assert str(raised.value).endswith("Correct or unset it")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_an_empty_folder_holds_no_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    given(monkeypatch, **{name: str(tmp_path)})
    with pytest.raises(ConfigurationError, match=f"environment variable {name} must name"):
        trusted()
