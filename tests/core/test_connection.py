"""Settings: configuration first, environment where that is silent, and every mistake collected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.connection import Connection, SettingsReader
from pulumi_retrieval.core.redaction import Redactor
from pulumi_retrieval.core.values import UNKNOWN

from .models import json_values

KEY, ENV = "trieve:apiKey", "TRIEVE_API_KEY"


def reader(environ: dict[str, str] | None = None, **raw: Any) -> SettingsReader:
    return SettingsReader("trieve", raw={f"trieve:{key}": value for key, value in raw.items()}, environ=environ or {})


@pytest.mark.parametrize(
    ("raw", "environ", "value", "source"),
    [
        ({"apiKey": "a"}, {}, "a", "stack configuration trieve:apiKey"),
        ({"apiKey": " a "}, {ENV: "b"}, "a", "stack configuration trieve:apiKey"),
        ({}, {ENV: "b"}, "b", "environment variable TRIEVE_API_KEY"),
        ({}, {}, None, None),
        ({"apiKey": 7.0}, {}, "7", "stack configuration trieve:apiKey"),
        ({"apiKey": True}, {}, "true", "stack configuration trieve:apiKey"),
        ({"apiKey": ["a", 1]}, {}, '["a", 1]', "stack configuration trieve:apiKey"),
    ],
)
def test_text(raw: dict[str, Any], environ: dict[str, str], value: str | None, source: str | None) -> None:
    settings = reader(environ, **raw)
    assert settings.text("apiKey", env=ENV) == value
    assert settings.sources.get("apiKey") == source
    assert settings.problems == []
    assert not settings.pending


@pytest.mark.parametrize(
    ("raw", "environ", "problem"),
    [
        ({"apiKey": " "}, {}, "stack configuration trieve:apiKey is empty; remove it or give it a value"),
        ({}, {ENV: ""}, "environment variable TRIEVE_API_KEY is empty; remove it or give it a value"),
    ],
)
def test_an_empty_text_is_a_mistake(raw: dict[str, Any], environ: dict[str, str], problem: str) -> None:
    settings = reader(environ, **raw)
    assert settings.text("apiKey", env=ENV) is None
    assert settings.problems == [problem]


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], {"a": UNKNOWN}])
def test_a_setting_that_is_not_known_yet(value: Any) -> None:
    settings = reader({ENV: "not used"}, apiKey=value)
    assert settings.text("apiKey", env=ENV) is None
    assert settings.pending
    assert settings.problems == []


@pytest.mark.parametrize(("value", "number"), [("7", 7), (7.0, 7), ("0.5", 0.5), (" 3 ", 3), (None, 20)])
def test_numbers(value: Any, number: float) -> None:
    settings = reader(timeout=value)
    assert settings.number("timeout", default=20, least=0.1) == number
    assert settings.problems == []


@pytest.mark.parametrize("value", ["x", "nan", "inf", "1e999", "-1", "0", 0, True, [1]])
def test_values_that_are_not_numbers(value: Any) -> None:
    settings = reader(timeout=value)
    assert settings.number("timeout", default=20, least=0.1) == 20
    (problem,) = settings.problems
    assert problem.startswith("stack configuration trieve:timeout must be a number of 0.1 or more; ")


@pytest.mark.parametrize(
    ("value", "flag", "wrong"),
    [
        ("true", True, False),
        ("False", False, False),
        (True, True, False),
        (None, False, False),
        ("yes", False, True),
    ],
)
def test_flags(value: Any, flag: bool, wrong: bool) -> None:
    settings = reader(adopt=value)
    assert settings.flag("adopt") is flag
    assert bool(settings.problems) is wrong


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ()),
        ("https://a/, https://B:443", ("https://a", "https://b")),
        ('["https://a/"]', ("https://a",)),
        (["https://a/", ""], ("https://a",)),
        ("https://a", ("https://a",)),
        ('"https://a"', ("https://a",)),
    ],
)
def test_lists_of_texts(value: Any, texts: tuple[str, ...]) -> None:
    assert reader(formerBaseUrls=value).urls("formerBaseUrls") == texts


GOOD_URLS = [
    ("https://api.example.com", "https://api.example.com"),
    ("https://api.example.com/", "https://api.example.com"),
    ("https://api.example.com:8443/prefix/", "https://api.example.com:8443/prefix"),
    ("http://localhost:8090", "http://localhost:8090"),
    ("http://127.0.0.1", "http://127.0.0.1"),
    ("http://[::1]:80", "http://[::1]"),
    ("HTTPS://API.Example.com:443/Prefix/", "https://api.example.com/Prefix"),
    ("http://127.9.9.9:80", "http://127.9.9.9"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
]


@pytest.mark.parametrize(("url", "expected"), GOOD_URLS)
def test_base_urls(url: str, expected: str) -> None:
    settings = reader(baseUrl=url)
    assert settings.base_url(env="TRIEVE_BASE_URL", default="https://default") == expected
    assert settings.problems == []


BAD_URLS = [
    (
        "api.example.com",
        'must be a URL with a scheme, http or https, like "https://api.example.com"; it is "api.example',
    ),
    ("127.0.0.1:8090", 'it is "127.0.0.1:8090"'),
    ("ftp://api.example.com", "must be a URL with a scheme"),
    ("https://", "must be a URL with a scheme"),
    ("https://[::1", "must be a URL with a scheme"),
    ("https://api.example.com:port", "must be a URL with a scheme"),
    ("https://api.example.com:99999", "must be a URL with a scheme"),
    ("https://api example.com", "must be a URL with a scheme"),
    ("user:canary@api.example.com", 'it is "api.example.com"'),
    ("tr-canary", "must be a URL with a scheme"),
    ("https://user:canary", "must be a URL with a scheme"),
    ("https://api.example.com\\@canary", "must be a URL with a scheme"),
    ("https://@canary.example.com", "must not hold a user name or password"),
    ("https://api.example.com?", "must not hold a query or fragment"),
    ("ftp://user:canary@api.example.com", 'it is "ftp://api.example.com"'),
    ("ftp://api.example.com?key=canary", 'it is "ftp://api.example.com"'),
    ("https://user:canary@api.example.com", "must not hold a user name or password; keys belong in trieve:apiKey"),
    ("https://api.example.com?key=canary", "must not hold a query or fragment"),
    ("https://api.example.com#canary", "must not hold a query or fragment"),
    ("http://api.example.com", "to accept that: set trieve:allowPlainHttp to true"),
]


@pytest.mark.parametrize(("url", "problem"), BAD_URLS)
def test_base_urls_that_cannot_work(url: str, problem: str) -> None:
    settings = reader(baseUrl=url)
    settings.base_url(env="TRIEVE_BASE_URL", default="https://default")
    (text,) = settings.problems
    assert text.startswith("stack configuration trieve:baseUrl ")
    assert problem in text
    assert "canary" not in text


@pytest.mark.parametrize("url", [url for url, _ in BAD_URLS if "canary" in url])
def test_forbidden_parts_of_a_base_url_are_treated_as_secrets(url: str) -> None:
    settings = reader(baseUrl=url, formerBaseUrls=["https://ok.example.com/", url])
    shown = settings.base_url(env="TRIEVE_BASE_URL", default="https://default")
    assert settings.urls("formerBaseUrls") == ("https://ok.example.com",)
    texts = [shown, *settings.problems]
    cleaned = Redactor(settings.hidden).clean(f"{url} {texts}")
    assert "canary" not in cleaned.replace("canary.example.com", "")


PASTED = "tr-Zq81canaryT7"


@pytest.mark.parametrize(
    "setting", ["timeout", "maxGone", "maxRetries", "maxInFlight", "requestsPerSecond", "adopt", "allowPlainHttp"]
)
@pytest.mark.parametrize("value", [PASTED, [PASTED], {"key": PASTED}, f"7 {PASTED}", "sk-" + "a" * 80])
def test_a_key_in_the_wrong_place_is_not_shown(setting: str, value: Any) -> None:
    settings = reader(baseUrl="http://api.example.com", **{setting: value})
    settings.base_url(env="X", default="https://default")
    settings.common()
    assert any(problem.startswith(f"stack configuration trieve:{setting} must be ") for problem in settings.problems)
    assert PASTED not in str(settings.problems)
    assert "aaaa" not in str(settings.problems)
    assert PASTED not in Redactor(settings.hidden).clean(str(value))


@pytest.mark.parametrize(
    ("ours", "theirs", "used"),
    [
        ("https://API.example:443/", "https://api.example", True),
        ("https://api.example", "HTTPS://api.example:443", True),
        ("https://api.example/A", "https://api.example/a", False),
        ("https://api.example", "http://api.example", False),
        ("https://api.example:8443", "https://api.example", False),
    ],
)
def test_a_key_of_the_environment_belongs_to_a_server_in_whatever_spelling(ours: str, theirs: str, used: bool) -> None:
    settings = reader({"TRIEVE_BASE_URL": theirs, ENV: "key"}, baseUrl=ours)
    settings.drop_foreign_credentials(url="TRIEVE_BASE_URL", keys={"apiKey": ENV})
    assert (settings.credential("apiKey", env=ENV) == "key") is used


@pytest.mark.parametrize(
    ("url", "rehearses"),
    [
        ("http://127.0.0.1:809", True),
        ("http://127.0.0.1:809/cortex", True),
        ("HTTP://127.0.0.1:809/", True),
        ("http://127.0.0.1:8090", False),
        ("https://api.example.com", False),
    ],
)
def test_a_sandbox_command_connects_only_to_its_sandbox(url: str, rehearses: bool) -> None:
    settings = reader({"PULUMI_RETRIEVAL_SANDBOX": "http://127.0.0.1:809"}, baseUrl=url)
    settings.base_url(env="TRIEVE_BASE_URL", default="https://default")
    assert settings.problems == (
        []
        if rehearses
        else [
            f"stack configuration trieve:baseUrl points at {url}, and this command runs inside the sandbox at "
            "http://127.0.0.1:809: rehearse with a configuration without trieve:baseUrl"
        ]
    )


def test_plain_http_can_be_accepted() -> None:
    settings = reader(baseUrl="http://api.example.com", allowPlainHttp="true")
    assert settings.base_url(env="X", default="https://default") == "http://api.example.com"
    assert settings.problems == []


def test_the_default_base_url_says_so() -> None:
    settings = reader()
    assert settings.base_url(env="X", default="https://default") == "https://default"
    assert settings.sources == {"baseUrl": "the default"}


def test_where_settings_came_from_in_brackets() -> None:
    connection = Connection(
        "trieve",
        "https://x",
        sources={"baseUrl": "stack configuration trieve:baseUrl", "apiKey": f"environment variable {ENV}"},
    )
    assert connection.said("baseUrl", "apiKey", "adminKey") == "[trieve:baseUrl, TRIEVE_API_KEY]"
    assert connection.said("adminKey") == ""


@pytest.mark.parametrize(
    ("value", "environment", "confirmed"),
    [
        (None, "", {}),
        ("golden=40", "", {"golden": 40}),
        (["golden=40", "acme=12"], "", {"golden": 40, "acme": 12}),
        ('["a, b=1", "a=b=2"]', "", {"a, b": 1, "a=b": 2}),
        ("golden=40,acme=12", "", {"golden": 40, "acme": 12}),
        ("golden=40", "golden=41,acme=1", {"golden": 41, "acme": 1}),
        ("golden=40", '["golden=39"]', {"golden": 40}),
        (["golden=0", "golden=0"], " ", {"golden": 0}),
    ],
)
def test_confirmed_deletes(value: Any, environment: str, confirmed: dict[str, int]) -> None:
    settings = reader({"TRIEVE_CONFIRM_DELETES": environment}, confirmDeletes=value)
    assert settings.confirmations() == confirmed
    assert settings.problems == []


@pytest.mark.parametrize(
    "value",
    ["golden", "golden=", "=4", "golden=all", "golden=-1", "golden=4.5", "golden = 4", '{"golden": 4}', True, 4],
)
def test_an_invalid_confirmation_is_an_error_with_a_valid_example(value: Any) -> None:
    settings = reader(confirmDeletes=value)
    assert settings.confirmations() == {}
    [problem] = settings.problems
    assert problem.startswith("stack configuration trieve:confirmDeletes must be a list")
    assert '["golden=40", "acme=12"]' in problem
    of_environment = reader({"TRIEVE_CONFIRM_DELETES": "golden=all"})
    of_environment.confirmations()
    assert of_environment.problems[0].startswith("environment variable TRIEVE_CONFIRM_DELETES must be a list")


def test_two_numbers_for_one_name_are_a_mistake() -> None:
    settings = reader(confirmDeletes=["golden=40", "golden=41"])
    settings.confirmations()
    assert settings.problems == [
        'stack configuration trieve:confirmDeletes names "golden" twice, with 40 and with 41; remove one of them'
    ]


def test_a_key_in_the_place_of_a_confirmation_is_not_shown() -> None:
    settings = reader(confirmDeletes="tr-Zx81kLmNoPq77")
    settings.confirmations()
    assert "Zx81" not in settings.problems[0]
    assert "Zx81" in "".join(settings.hidden)


def test_what_every_service_has() -> None:
    assert reader().common() == {
        "former_base_urls": (),
        "adopt": False,
        "max_gone": 5,
        "timeout": 20.0,
        "max_retries": 4,
        "requests_per_second": None,
        "max_in_flight": 4,
        "confirmed_deletes": {},
    }
    settings = reader(
        formerBaseUrls=["https://old/"],
        adopt="true",
        maxGone="7",
        timeout=30.0,
        maxRetries=0,
        requestsPerSecond="2.5",
        maxInFlight="2",
        confirmDeletes='["golden=40"]',
    )
    assert settings.common() == {
        "former_base_urls": ("https://old",),
        "adopt": True,
        "max_gone": 7,
        "timeout": 30.0,
        "max_retries": 0,
        "requests_per_second": 2.5,
        "max_in_flight": 2,
        "confirmed_deletes": {"golden": 40},
    }
    assert settings.problems == []


@given(
    raw=st.dictionaries(
        st.sampled_from(["baseUrl", "adopt", "timeout", "formerBaseUrls", "maxGone", "confirmDeletes"]), json_values()
    )
)
def test_reading_never_raises(raw: dict[str, Any]) -> None:
    settings = reader(**raw)
    settings.base_url(env="X", default="https://default")
    settings.common()
    assert all(isinstance(problem, str) for problem in settings.problems)


@given(text=st.text(max_size=30) | st.builds("https://{}".format, st.text(max_size=30)))
def test_no_text_in_place_of_a_url_makes_a_traceback(text: str) -> None:
    settings = reader(baseUrl=text, formerBaseUrls=[text])
    settings.base_url(env="X", default="https://default")
    settings.common()


@pytest.mark.parametrize("key", ["tr-schlüssel", "tr-one tr-two", "tr-a\nb"])
def test_a_key_that_no_header_can_carry_is_named_and_never_shown(key: str) -> None:
    reader = SettingsReader("trieve", raw={"trieve:apiKey": key}, environ={})
    assert reader.credential("apiKey", env="TRIEVE_API_KEY") is None
    assert "stack configuration trieve:apiKey holds characters that no key has" in reader.problems[0]
    assert key not in reader.problems[0]
