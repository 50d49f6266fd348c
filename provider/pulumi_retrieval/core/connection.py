"""Where a service is and how it is spoken to: stack configuration first, environment where that is silent.

Reading never raises: what is wrong is collected, and `check` reports it with everything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .values import UNKNOWN, contains_unknown

LOOPBACK = ("localhost", "127.0.0.1", "::1")
REHEARSAL = "PULUMI_RETRIEVAL_SANDBOX"
"""Where the sandbox serves that runs this command: `pulumi-retrieval sandbox -- pulumi up`."""


@dataclass(frozen=True)
class Connection:
    """One service as it is configured.

    :param base_url: scheme, host, maybe a port and a path prefix; no slash at the end.
    :param former_base_urls: where the service was before; objects that were created there are taken along.
    :param adopt: whether creates of this run take existing objects under management.
    :param max_gone: absences believed in one run.
    :param timeout: seconds a request may take; a little over the service's own limit of 15 s.
    :param max_retries: tries after the first.
    :param requests_per_second: None for no limit.
    :param max_in_flight: requests at once, across all processes of this machine.
    :param problems: what is wrong with the configuration, one text each.
    :param sources: setting → where it came from, for people.
    :param pending: some setting is not known before the update.
    :param unused: a remark, `` (…)``, on environment variables that are not used; empty where there are none.
    """

    service: str
    base_url: str
    former_base_urls: tuple[str, ...] = ()
    adopt: bool = False
    max_gone: int = 5
    timeout: float = 20.0
    max_retries: int = 4
    requests_per_second: float | None = None
    max_in_flight: int = 4
    problems: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    pending: bool = False
    unused: str = ""

    def said(self, *settings: str) -> str:
        """Where settings came from, shortly, in brackets: ``[trieve:baseUrl]``, ``[TRIEVE_API_KEY]``."""
        names = [self.sources[name].split()[-1] for name in settings if name in self.sources]
        return f"[{', '.join(names)}]" if names else ""


class SettingsReader:
    """Reads the settings of one service, remembers where each came from, and collects what is wrong.

    :param service: the namespace: ``"trieve"`` for ``trieve:apiKey``.
    :param raw: configuration as the engine gives it: text mostly, numbers and lists from explicit providers.
    :param environ: environment variables.
    """

    def __init__(self, service: str, *, raw: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.service = service
        self.problems: list[str] = []
        self.sources: dict[str, str] = {}
        self.pending = False
        self.unused = ""
        self._raw = raw
        self._environ = environ

    def keep_apart(self, *, url: str, keys: Mapping[str, str], owner: tuple[str, str] | None = None) -> None:
        """Take no key from the environment that belongs to another server or owner than the configuration names.

        Both may give settings, one by one; but a key that was exported for one account must never be sent to the server
        of another one, which an explicit provider names.

        :param url: the environment variable of the base URL.
        :param keys: setting → environment variable, of every key.
        :param owner: the same of what the first key belongs to.
        """
        first, *others = keys.items()
        if self._differs("baseUrl", url, silent_differs=any(map(self._given, keys))):
            foreign, than = [first, *others, *([owner] if owner else [])], "baseUrl"
        elif owner and self._differs(*owner, silent_differs=any(self._given(setting) for setting, _ in others)):
            foreign, than = [first], owner[0]
        else:
            return
        names = [env for setting, env in foreign if env in self._environ and not self._given(setting)]
        if names:
            self._environ = {name: value for name, value in self._environ.items() if name not in names}
            verb = "is not used: it does" if len(names) == 1 else "are not used: they do"
            self.unused = f" ({' and '.join(names)} {verb} not belong to the {self.service}:{than} that is configured)"

    def _given(self, setting: str) -> bool:
        return self._raw.get(f"{self.service}:{setting}") is not None

    def _differs(self, setting: str, env: str, *, silent_differs: bool) -> bool:
        """Whether configuration and environment name different ones.

        :param silent_differs: what to say where only the configuration names one.
        """
        ours, theirs = self._raw.get(f"{self.service}:{setting}"), self._environ.get(env)
        if ours is None:
            return False
        if theirs is None:
            return silent_differs
        return str(ours).strip().rstrip("/").lower() != theirs.strip().rstrip("/").lower()

    def text(self, key: str, *, env: str | None = None) -> str | None:
        """A setting as text; None where it is missing; an empty one is a problem."""
        name = f"{self.service}:{key}"
        value = self._raw.get(name)
        source = f"stack configuration {name}"
        if value is UNKNOWN or contains_unknown(value):
            self.pending = True
            return None
        if value is None and env and env in self._environ:
            value, source = self._environ[env], f"environment variable {env}"
        if value is None:
            return None
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        text = json.dumps(value) if isinstance(value, (list, dict)) else str(value).strip()
        if not text:
            self.problems.append(f"{source} is empty; remove it or give it a value")
            return None
        self.sources[key] = source
        return text

    def credential(self, key: str, *, env: str) -> str | None:
        """A key as text. Its value never stands in a problem."""
        text = self.text(key, env=env)
        if text is not None and not (text.isascii() and text.isprintable() and " " not in text):
            self.problems.append(
                f"{self.sources[key]} holds characters that no key has; was it pasted whole, and nothing else?"
            )
            return None
        return text

    def number(self, key: str, *, default: float, least: float, env: str | None = None) -> float:
        """A number, `default` where it is missing or wrong."""
        text = self.text(key, env=env)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not value >= least or value == float("inf"):
            self.problems.append(f'{self.sources[key]} must be a number of {least:g} or more; it is "{text}"')
            return default
        return value

    def flag(self, key: str, *, env: str | None = None) -> bool:
        """True or false, false where it is missing."""
        text = self.text(key, env=env)
        if text is not None and text.lower() not in ("true", "false"):
            self.problems.append(f'{self.sources[key]} must be true or false; it is "{text}"')
        return text is not None and text.lower() == "true"

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts: a JSON list, or parts between commas."""
        text = self.text(key)
        if text is None:
            return ()
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = text.split(",")
        items = parsed if isinstance(parsed, list) else [parsed]
        return tuple(str(item).strip().rstrip("/") for item in items if str(item).strip())

    def base_url(self, *, env: str, default: str) -> str:
        """The base URL, checked: a scheme, a host, and no plain http beyond this machine without an opt-in."""
        url = self.text("baseUrl", env=env)
        if url is None:
            self.sources.setdefault("baseUrl", "the default")
            return default
        source, parts = self.sources["baseUrl"], _split(url)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            self.problems.append(
                f'{source} must be a URL with a scheme, like "https://api.example.com"; it is "{_no_userinfo(url)}"'
            )
        elif parts.username or parts.password:
            self.problems.append(
                f"{source} must not hold a user name or password; keys belong into {self.service}:apiKey"
            )
        elif parts.query or parts.fragment:
            self.problems.append(f"{source} must not hold a query or fragment")
        elif parts.scheme == "http" and parts.hostname not in LOOPBACK and not self.flag("allowPlainHttp"):
            self.problems.append(
                f"{source} is plain http to {parts.hostname}, which would show the key to the network; use https, or "
                f"accept it with: pulumi config set {self.service}:allowPlainHttp true"
            )
        elif (sandbox := self._environ.get(REHEARSAL)) and not f"{url}/".startswith(f"{sandbox}/"):
            # Stack configuration goes before the environment, so what is called a rehearsal would be none.
            self.problems.append(
                f"{source} points at {url}, and this command runs inside the sandbox at {sandbox}: rehearse in a stack "
                f"without {self.service}:baseUrl, for example after: pulumi stack init rehearsal"
            )
        return url.rstrip("/")

    def common(self) -> dict[str, Any]:
        """The settings that every service has, as arguments of `Connection`."""
        rate = self.number("requestsPerSecond", default=0, least=0)
        return {
            "former_base_urls": self.texts("formerBaseUrls"),
            "adopt": self.flag("adopt"),
            "max_gone": int(self.number("maxGone", default=5, least=0)),
            "timeout": self.number("timeout", default=20.0, least=0.1),
            "max_retries": int(self.number("maxRetries", default=4, least=0)),
            "requests_per_second": rate or None,
            "max_in_flight": int(self.number("maxInFlight", default=4, least=1)),
        }


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None where it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return None if any(character.isspace() for character in url) else parts


def _no_userinfo(url: str) -> str:
    return url.rpartition("@")[2].partition("?")[0]
