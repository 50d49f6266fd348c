"""The provider process in the environments of other people: proxies, certificates, passwords in URLs."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.raw_server import Speak, speaking
from pulumi_retrieval.providers import cortex, trieve
from pulumi_retrieval.providers.adapter import DECLARATION_KEY
from support.provider_process import ProviderError, ProviderProcess, Served
from support.sandbox import Sandbox

CANARY = "canary-0f-a-url"
DECLARATION = {"name": "golden", "token": "Dataset"}
KEY = {"TRIEVE_API_KEY": "tr-key", "TRIEVE_ORGANIZATION_ID": "3f7a0000-0000-4000-8000-000000000000"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def made(dataset: Served, key: str) -> str:
    checked = dataset.check({}, {"tracking_id": key, DECLARATION_KEY: DECLARATION})
    assert checked.failures == []
    return dataset.create(checked.inputs).id


def failed(environment: Mapping[str, str], configuration: Mapping[str, Any] | None = None) -> str:
    """Everything that is said where a dataset is declared and cannot be created."""
    with ProviderProcess(environment=environment) as process:
        process.configure(configuration or {})
        dataset = process.serve(trieve.DatasetProvider())
        checked = dataset.check({}, {"tracking_id": "golden", "dataset_name": "golden", DECLARATION_KEY: DECLARATION})
        said = "\n".join(text for _, text in checked.failures)
        if not said:
            with pytest.raises(ProviderError) as raised:
                dataset.create(checked.inputs)
            said = str(raised.value)
        return f"{said}\n{process.stderr}"


UNUSABLE = {
    "socks": {"ALL_PROXY": "socks5://127.0.0.1:1", "NO_PROXY": "127.0.0.1,localhost"},
    "socks, without exceptions": {"ALL_PROXY": "socks5://127.0.0.1:1"},
    "ftp": {"ALL_PROXY": "ftp://x:1"},
    "a range": {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "fd00::/8,[::1"},
    "no URL": {"http_proxy": "http://[", "all_proxy": "::::"},
    "certificates": {"SSL_CERT_FILE": "/nowhere/ca.pem", "SSL_CERT_DIR": "/nowhere"},
}


@pytest.mark.parametrize("variables", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_settings_that_are_not_needed_cause_no_error(sandbox: Sandbox, variables: dict[str, str]) -> None:
    with ProviderProcess(environment={**sandbox.environment, **variables}) as process:
        process.configure({})
        assert made(process.serve(trieve.DatasetProvider()), f"golden-{sorted(variables)}{len(str(variables))}")
        tenant = process.serve(cortex.TenantProvider())
        checked = tenant.check({}, {"tenant_id": "acme", DECLARATION_KEY: {"name": "acme"}})
        assert checked.failures == []


def test_a_proxy_never_sees_what_is_for_this_machine(sandbox: Sandbox) -> None:
    with speaking(lambda connection: None) as proxy:
        variables = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), proxy.url)
        with ProviderProcess(environment={**sandbox.environment, **variables, "NO_PROXY": ""}) as process:
            process.configure({})
            assert made(process.serve(trieve.DatasetProvider()), "past-the-proxy")
        assert not proxy.requests


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ALL_PROXY": f"socks5://u:{CANARY}@127.0.0.1:1"}, "environment variable ALL_PROXY names a proxy that cannot"),
        ({"HTTPS_PROXY": f"ftp://{CANARY}@x:1"}, "environment variable HTTPS_PROXY names a proxy that cannot be used"),
        ({"HTTPS_PROXY": f"http://u:{CANARY}@127.0.0.1:1"}, "through HTTPS_PROXY=http://127.0.0.1:1: "),
        (
            {"SSL_CERT_FILE": "/nowhere/ca.pem"},
            "SSL_CERT_FILE must name a file of certificates in PEM format; /nowhere",
        ),
    ],
)
def test_an_unusable_setting_is_one_sentence(variables: dict[str, str], said: str) -> None:
    text = failed({**KEY, **variables, "TRIEVE_BASE_URL": "https://api.invalid"}, {"trieve:maxRetries": "0"})
    assert said in text
    assert "defect" not in text
    assert CANARY not in text


def answering(head: str, body: str = "") -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    return speak


STRANGERS = {
    "a proxy that refuses": (answering("403 Forbidden\r\nContent-Type: text/html", "<html>denied</html>"), "HTTP 403"),
    "a proxy that wants a login": (answering("407 Proxy Authentication Required"), "HTTP 407"),
    "a login page": (
        answering(f"302 Found\r\nLocation: https://u:{CANARY}@sso.example/login?{CANARY}"),
        "it redirects to https://sso.example/login",
    ),
}


@pytest.mark.parametrize(("speak", "said"), STRANGERS.values(), ids=STRANGERS.keys())
def test_a_proxy_that_answers_itself_is_told(speak: Speak, said: str) -> None:
    with speaking(speak) as proxy:
        variables = {"HTTP_PROXY": proxy.url.replace("://", f"://u:{CANARY}@"), "TRIEVE_BASE_URL": "http://api.example"}
        text = failed({**KEY, **variables}, {"trieve:allowPlainHttp": "true", "trieve:maxRetries": "0"})
    assert said in text
    assert f"This answer does not come from Trieve; the request goes through HTTP_PROXY={proxy.url}" in text
    assert "Is the key right" not in text
    assert "it needs the role of an owner" not in text
    assert CANARY not in text


URLS = [
    f"https://user:{CANARY}@api.invalid",
    f"https://{CANARY}@api.invalid",
    f"http://user:{CANARY}@127.0.0.1:1",
    f"https://api.invalid/?key={CANARY}",
    f"https://api.invalid#{CANARY}",
    f"user:{CANARY}@api.invalid",
    f"https://user:{CANARY}@[::1",
    f"ftp://user:{CANARY}@api.invalid/{CANARY}?{CANARY}",
    CANARY,
]


@pytest.mark.parametrize("url", URLS)
def test_a_password_in_a_url_is_never_printed(url: str) -> None:
    for environment, configuration in (
        ({"TRIEVE_BASE_URL": url}, {}),
        ({"PULUMI_RETRIEVAL_SANDBOX": url, "TRIEVE_BASE_URL": "http://127.0.0.1:1"}, {}),
        ({}, {"trieve:baseUrl": url, "trieve:apiKey": "k"}),
        ({"TRIEVE_BASE_URL": "http://127.0.0.1:1"}, {"trieve:formerBaseUrls": [url], "trieve:maxRetries": "0"}),
    ):
        text = failed({**KEY, **environment}, configuration)
        assert CANARY not in text.replace(f"/{CANARY}", "")
        assert "defect" not in text


def test_a_state_that_holds_a_password_does_not_show_it() -> None:
    with ProviderProcess(environment={**KEY, "TRIEVE_BASE_URL": "http://127.0.0.1:1"}) as process:
        process.configure({})
        dataset = process.serve(trieve.DatasetProvider())
        outputs = {"tracking_id": "golden", "endpoint": f"https://user:{CANARY}@api.example"}
        with pytest.raises(ProviderError, match=r"lives at https://api\.example, and the connection") as raised:
            dataset.read("3f7a0000-0000-4000-8000-000000000001", outputs)
        checked = dataset.check(outputs, {"tracking_id": "golden", DECLARATION_KEY: DECLARATION})
        assert CANARY not in f"{raised.value}{checked.failures}{process.stderr}"


@pytest.mark.parametrize("former", ["HTTP://127.0.0.1:{port}/", "http://127.0.0.1:{port}", "http://127.0.0.1:0{port}"])
def test_a_state_in_another_spelling_is_the_same_place(sandbox: Sandbox, former: str) -> None:
    spelled = former.format(port=sandbox.base_url.rpartition(":")[2])
    with ProviderProcess(environment=sandbox.environment) as process:
        process.configure({})
        dataset = process.serve(trieve.DatasetProvider())
        declared = {"tracking_id": f"spelled {former}", DECLARATION_KEY: DECLARATION}
        made = dataset.create(dataset.check({}, declared).inputs)
        outputs = {**made.outputs, "endpoint": spelled}
        checked = dataset.check(outputs, declared)
        assert checked.failures == []
        assert checked.inputs["endpoint"] == spelled
        assert dataset.diff(made.id, outputs, checked.inputs).changes is False
        assert dataset.diff(made.id, made.outputs, checked.inputs).changes is False
        observed = dataset.read(made.id, outputs)
        assert observed.id == made.id
        assert observed.outputs["endpoint"] == spelled


def test_a_missing_folder_for_slots_is_warned_of_once(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "pulumi-retrieval").write_text("taken")
    places = {"XDG_RUNTIME_DIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    with ProviderProcess(environment={**sandbox.environment, **places}) as process:
        process.configure({})
        dataset = process.serve(trieve.DatasetProvider())
        assert made(dataset, "without-a-place")
        assert made(dataset, "without-a-place-2")
        assert process.stderr.count("this process sends one request at a time") == 1
