"""Where a service is and how it is spoken to: stack configuration first, environment where that is silent.

Reading never raises: what is wrong is collected, and `check` reports it with everything else.
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
"""Where the sandbox serves that runs this command: `pulumi-retrieval sandbox -- COMMAND`."""


@dataclass(frozen=True)
class Connection:
    """One service as it is configured.

    :param base_url: scheme, host, maybe a port and a path prefix; in its normal form (`addresses.normal_url`).
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
    :param confirmed_deletes: name → how many documents an object of that name may hold that is deleted nevertheless.
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
        """Where settings came from, shortly, in brackets: ``[trieve:baseUrl]``, ``[TRIEVE_API_KEY]``."""
        names = [self.sources[name].split()[-1] for name in settings if name in self.sources]
        return f"[{', '.join(names)}]" if names else ""


class SettingsReader:
    """Reads the settings of one service, remembers where each came from, and collects what is wrong.

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
        """The end of a problem that says what a setting is now, unless that may be a key that was pasted there."""
        if _HARMLESS.fullmatch(text):
            return f'; it is "{text}"'
        words = [word for word in _WORD.findall(text) if not word.isalpha() or len(word) > 12]
        self.hidden += [item for item in (text, *words) if len(item) >= _LEAST_KEY]
        return "; what it is now is not shown, because it may be a key: if it is one, unset it here"

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts: a JSON list, or parts between commas."""
        text = self.text(key)
        return () if text is None else _listed(text)

    def confirmations(self) -> dict[str, int]:
        """Confirmed deletes, of the configuration and of the environment; of two numbers the higher one.

        Both count, because a command that takes its configuration from the state has no other way to hear of today's.
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
        """A list of base URLs, each in its normal form. What is none is a problem, and left out."""
        found = []
        for item in self.texts(key):
            if problem := self._no_base_url(item, self.sources[key]):
                self.problems.append(problem)
            else:
                found.append(normal_url(item))
        return tuple(found)

    def base_url(self, *, env: str, default: str) -> str:
        """The base URL, checked: a scheme, a host, and no plain http beyond this machine without an opt-in.

        Where it is no base URL, what can be shown of it.
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
                f"{source} is plain http to {parts.hostname}, which would show the key to the network; use https, or "
                f"accept it with: {self.words.set_setting(f'{self.service}:allowPlainHttp', 'true')}"
            )
        elif sandbox and not f"{url}/".startswith(f"{sandbox}/"):
            # Stack configuration goes before the environment, so what is called a rehearsal would be none.
            self.problems.append(
                f"{source} points at {url}, and this command runs inside the sandbox at {shown(sandbox)}: "
                f"{self.words.rehearse_without(f'{self.service}:baseUrl')}"
            )
        return url

    def _no_base_url(self, text: str, source: str) -> str | None:
        """Why a text is no base URL; None where it is one."""
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
            return f"{source} must not hold a user name or password; keys belong into {self.service}:apiKey"
        if "?" in text or "#" in text:
            self.hidden += hidden_parts(text)
            return f"{source} must not hold a query or fragment; keys belong into {self.service}:apiKey"
        return None

    def common(self) -> dict[str, Any]:
        """The settings that every service has, as arguments of `Connection`."""
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
"""Texts that are no key: numbers and single words."""
_WORD = re.compile(r"[^\s\"',:;\[\]{}]+")
_LEAST_KEY = 6
"""Characters of a text that may be a key."""
