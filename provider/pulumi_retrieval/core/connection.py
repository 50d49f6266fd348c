"""The settings of a connection to a service, from the stack configuration, or else from environment variables.

Reading never raises: problems are collected, and `check` reports them with all others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .addresses import UNREADABLE, hidden_parts, is_loopback, normal_url, shown, split
from .confirmations import SETTING as CONFIRM_DELETES
from .confirmations import read_confirmations
from .settings import COMMON
from .values import UNKNOWN, contains_unknown
from .words import NEUTRAL, Words

REHEARSAL = "PULUMI_RETRIEVAL_SANDBOX"
"""The base URL of the sandbox in which this command runs: `pulumi-retrieval sandbox -- COMMAND`."""


@dataclass(frozen=True)
class Connection:
    """The settings of the connection to one service.

    :param base_url: scheme, host, maybe a port and a path prefix; in its normal form (`addresses.normal_url`).
    :param former_base_urls: base URLs that the service had before; objects that were created under them stay managed.
    :param adopt: whether creates of this run take existing objects under management.
    :param max_gone: how many objects may be missing in one run before it fails.
    :param timeout: seconds a request may take; a little more than Trieve's own limit of 15 s.
    :param max_retries: how often a request is sent again at most.
    :param requests_per_second: None for no limit.
    :param max_in_flight: simultaneous requests of all processes of one user on this machine.
    :param problems: what is wrong with the configuration, one text each.
    :param sources: setting → where it came from, for people.
    :param pending: whether the value of a setting is not known before the update.
    :param confirmed_deletes: name → how many documents an object of that name may hold when it is deleted.
    :param unused: a remark, `` (…)``, on environment variables that are not used; empty where there are none.
    :param hidden: parts of settings that must never be shown: a password in a URL, a key in the wrong place.
    :param words: how texts about the service name remedies.
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
    confirmed_deletes: Mapping[str, int] = field(default_factory=dict)
    unused: str = ""
    hidden: tuple[str, ...] = field(default=(), repr=False)
    words: Words = field(default=NEUTRAL, repr=False, compare=False)

    def said(self, *settings: str) -> str:
        """The sources of settings in short form, in brackets: ``[trieve:baseUrl]``, ``[TRIEVE_API_KEY]``."""
        names = [self.sources[name].split()[-1] for name in settings if name in self.sources]
        return f"[{', '.join(names)}]" if names else ""


class SettingsReader:
    """Reads the settings of one service, remembers the source of each, and collects problems.

    :param service: the namespace: ``"trieve"`` for ``trieve:apiKey``.
    :param raw: configuration as the engine gives it: text mostly, numbers and lists from explicit providers.
    :param environ: environment variables.
    :param words: how a problem names its remedy.
    """

    def __init__(
        self, service: str, *, raw: Mapping[str, Any], environ: Mapping[str, str], words: Words = NEUTRAL
    ) -> None:
        self.service = service
        self.words = words
        self.problems: list[str] = []
        self.sources: dict[str, str] = {}
        self.pending = False
        self.unused = ""
        self.hidden: list[str] = []
        self._raw = raw
        self._environ = environ

    def drop_foreign_credentials(
        self, *, url: str, keys: Mapping[str, str], owner: tuple[str, str] | None = None
    ) -> None:
        """Ignore keys in the environment that belong to another server or organization than the one that is configured.

        Configuration and environment may each give some of the settings. A key that was exported for one account must never
        be sent to the server of another account, which the configuration names.

        :param url: the environment variable of the base URL.
        :param keys: setting → environment variable of every key.
        :param owner: setting and environment variable of the organization that the first key belongs to.
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
        """Whether configuration and environment give a setting different values.

        :param silent_differs: the result where only the configuration gives one.
        """
        ours, theirs = self._raw.get(f"{self.service}:{setting}"), self._environ.get(env)
        if ours is None:
            return False
        if theirs is None:
            return silent_differs
        if setting == "baseUrl":
            return normal_url(str(ours)) != normal_url(theirs)
        return str(ours).strip().lower() != theirs.strip().lower()

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
        """A key as text. Its value is never part of a problem's text."""
        text = self.text(key, env=env)
        if text is not None and not (text.isascii() and text.isprintable() and " " not in text):
            self.problems.append(
                f"{self.sources[key]} holds characters that no key has; is it exactly the key, without other text?"
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
            self.problems.append(f"{self.sources[key]} must be a number of {least:g} or more{self.echo(text)}")
            return default
        return value

    def flag(self, key: str, *, env: str | None = None) -> bool:
        """True or false, false where it is missing."""
        text = self.text(key, env=env)
        if text is not None and text.lower() not in ("true", "false"):
            self.problems.append(f"{self.sources[key]} must be true or false{self.echo(text)}")
        return text is not None and text.lower() == "true"

    def echo(self, text: str) -> str:
        """The end of a problem: it quotes the value of a setting, unless that may be a key that was pasted there."""
        if _HARMLESS.fullmatch(text):
            return f'; it is "{text}"'
        words = [word for word in _WORD.findall(text) if not word.isalpha() or len(word) > 12]
        self.hidden += [item for item in (text, *words) if len(item) >= _LEAST_KEY]
        return "; its value is not shown, because it may be a key; if it is one, unset it here"

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts: a JSON list, or parts between commas."""
        text = self.text(key)
        return () if text is None else _listed(text)

    def confirmations(self) -> dict[str, int]:
        """Confirmed deletes from configuration and environment; where both name an object, the higher number counts.

        The environment counts as well, because a command that takes its configuration from the state cannot read the
        current configuration.
        """
        env = f"{self.service.upper()}_CONFIRM_DELETES"
        found: dict[str, int] = {}
        for items, source in (
            (self.texts(CONFIRM_DELETES), f"stack configuration {self.service}:{CONFIRM_DELETES}"),
            (_listed(self._environ.get(env, "")), f"environment variable {env}"),
        ):
            read, problems = read_confirmations(items, source=source, echo=self.echo)
            self.problems += problems
            found |= {name: max(count, found.get(name, 0)) for name, count in read.items()}
        return found

    def urls(self, key: str) -> tuple[str, ...]:
        """A list of base URLs, each in its normal form. An item that is not a base URL is a problem, and left out."""
        found = []
        for item in self.texts(key):
            if problem := self._no_base_url(item, self.sources[key]):
                self.problems.append(problem)
            else:
                found.append(normal_url(item))
        return tuple(found)

    def base_url(self, *, env: str, default: str) -> str:
        """The base URL, checked: a scheme, a host, and plain http only on this machine or with an opt-in.

        Where the setting is not a base URL, the part of it that may be shown.
        """
        text = self.text("baseUrl", env=env)
        if text is None:
            self.sources.setdefault("baseUrl", "the default")
            return default
        source = self.sources["baseUrl"]
        if problem := self._no_base_url(text, source):
            self.problems.append(problem)
            return shown(text)
        url = normal_url(text)
        parts, sandbox = split(url), normal_url(self._environ.get(REHEARSAL, ""))
        assert parts is not None
        if parts.scheme == "http" and not is_loopback(parts.hostname) and not self.flag("allowPlainHttp"):
            self.problems.append(
                f"{source} is plain http to {parts.hostname}, which would send the key over the network unencrypted; use https, or "
                f"to accept that: {self.words.set_setting(f'{self.service}:allowPlainHttp', 'true')}"
            )
        elif sandbox and not f"{url}/".startswith(f"{sandbox}/"):
            # Stack configuration goes before the environment, so the command would change the real service.
            self.problems.append(
                f"{source} points at {url}, and this command runs inside the sandbox at {shown(sandbox)}: "
                f"{self.words.rehearse_without(f'{self.service}:baseUrl')}"
            )
        return url

    def _no_base_url(self, text: str, source: str) -> str | None:
        """Why a text is not a base URL; None where it is one."""
        parts = split(text)
        if parts is None or parts.scheme not in ("http", "https"):
            self.hidden += hidden_parts(text)
            told = shown(text)
            if told == UNREADABLE and len(text) >= _LEAST_KEY:
                self.hidden.append(text)
            said = "" if told == UNREADABLE else f'; it is "{told}"'
            return f'{source} must be a URL with a scheme, http or https, like "https://api.example.com"{said}'
        if parts.username is not None or parts.password is not None:
            self.hidden += hidden_parts(text)
            return f"{source} must not hold a user name or password; keys belong in {self.service}:apiKey"
        if "?" in text or "#" in text:
            self.hidden += hidden_parts(text)
            return f"{source} must not hold a query or fragment; keys belong in {self.service}:apiKey"
        return None

    def common(self) -> dict[str, Any]:
        """The settings that all services share, as arguments of `Connection`."""
        rate = self._common_number("requestsPerSecond")
        return {
            "former_base_urls": self.urls("formerBaseUrls"),
            "adopt": self.flag("adopt"),
            "max_gone": int(self._common_number("maxGone")),
            "timeout": self._common_number("timeout"),
            "max_retries": int(self._common_number("maxRetries")),
            "requests_per_second": rate or None,
            "max_in_flight": int(self._common_number("maxInFlight")),
            "confirmed_deletes": self.confirmations(),
        }

    def _common_number(self, key: str) -> float:
        setting = COMMON[key]
        return self.number(key, default=setting.default or 0.0, least=setting.least or 0.0)


def _listed(text: str) -> tuple[str, ...]:
    """The items of a list: a JSON list, or parts between commas."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = text.split(",")
    items = parsed if isinstance(parsed, list) else [parsed]
    return tuple(str(item).strip() for item in items if str(item).strip())


_HARMLESS = re.compile(r"[+-]?[0-9]{0,9}(\.[0-9]{0,6})?(e[0-9]{1,3})?|[A-Za-z]{1,8}|[vV]?[0-9]{1,2}")
"""Texts that cannot be keys: numbers and single short words."""
_WORD = re.compile(r"[^\s\"',:;\[\]{}]+")
_LEAST_KEY = 6
"""A text of this many characters or more may be a key."""
