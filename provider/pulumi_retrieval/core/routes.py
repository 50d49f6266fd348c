"""Decides whether requests reach a service directly, or through a proxy that the environment names.

The rules are those of the standard library (`urllib.request.getproxies`, `proxy_bypass`) with three additions: requests to this
machine never use a proxy, ``*`` may be one of several items of ``NO_PROXY``, and an item may be a range of addresses. An invalid
variable is an error only if it is needed.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from .addresses import hidden_parts, is_loopback, shown, split
from .errors import ConfigurationError

SYSTEM = "the proxy settings of the system"
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Route:
    """The route to a base URL.

    :param proxy: the URL of the proxy, which may hold a password; None for a direct connection.
    :param variable: the environment variable that names it.
    """

    proxy: str | None = None
    variable: str = ""

    def __repr__(self) -> str:
        return f"Route({self.said!r})"

    @property
    def said(self) -> str:
        """The proxy for people, without password: ``HTTPS_PROXY=http://proxy:3128``; empty if there is none."""
        return f"{self.variable}={shown(self.proxy)}" if self.proxy is not None else ""


def route_to(base_url: str) -> Route:
    """The route to a base URL.

    :raises ConfigurationError: it needs a proxy that cannot be used.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return Route()
    proxies = getproxies()
    scheme = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if scheme is None or _excluded(host, proxies.get("no", "")):
        return Route()
    netloc = f"[{host}]" if ":" in host else host
    if proxy_bypass(f"{netloc}:{parts.port}" if parts.port else netloc):
        return Route()
    return _usable(proxies[scheme], _variable(scheme, proxies[scheme], os.environ), host)


def _usable(value: str, variable: str, host: str) -> Route:
    url = value.strip() if "://" in value else f"http://{value.strip()}"
    scheme = url.partition("://")[0].lower()
    remedy = f"correct or unset it, or add {host} to NO_PROXY"
    if scheme not in ("http", "https", "socks5", "socks5h"):
        raise ConfigurationError(
            f"environment variable {variable} names a proxy that cannot be used: its scheme must be http, https, socks5 or "
            f"socks5h; {remedy}"
        )
    if split(url) is None:
        raise ConfigurationError(
            f"environment variable {variable} names a proxy that cannot be used: it must be a URL with a host, like "
            f'"http://proxy.example.com:3128"; {remedy}'
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            f"environment variable {variable} names a proxy that cannot be used: {scheme} needs a package that is not "
            f'installed; pip install "httpx[socks]", or {remedy}'
        )
    return Route(url, variable)


def _excluded(host: str, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` excludes a host by ``*``, a URL or a range; `proxy_bypass` handles all other items."""
    items = [item.strip().lower() for item in no_proxy.split(",")]
    if "*" in items:
        return True
    if any(found is not None and found.hostname == host.lower() for found in map(split, items)):
        return True  # an item that is written as a URL, which httpx accepts too
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _networks(items))


def _networks(items: Iterable[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    found = []
    for item in items:
        try:
            found.append(ipaddress.ip_network(item.replace("[", "").replace("]", ""), strict=False))
        except ValueError:
            continue
    return found


def _variable(scheme: str, value: str, environ: Mapping[str, str]) -> str:
    """The variable that a value comes from; the standard library prefers the lower-case one."""
    names = [name for name in environ if name.lower() == f"{scheme}_proxy" and environ[name] == value]
    return min(names, key=lambda name: not name.islower()) if names else SYSTEM


def proxy_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secret parts of the values of the proxy variables."""
    values = [
        value for name, value in environ.items() if name.lower().endswith("_proxy") and name.lower() != "no_proxy"
    ]
    return tuple(part for value in values for part in hidden_parts(value))


def trusted() -> ssl.SSLContext:
    """The trusted certificate authorities: those of ``SSL_CERT_FILE``, or of ``SSL_CERT_DIR``, or the default of httpx.

    :raises ConfigurationError: the variable does not name certificates.
    """
    import httpx

    name = next((name for name in CERTIFICATES if os.environ.get(name)), None)
    if name is None:
        return httpx.create_ssl_context(trust_env=False)
    path = Path(os.environ[name])
    try:
        if name == "SSL_CERT_FILE":
            return ssl.create_default_context(cafile=path)
        if not any(_is_hashed(file.name) for file in path.iterdir()):
            raise _unusable(name, path, "no file in it is named by the hash of a certificate, as `openssl rehash` does")
        return ssl.create_default_context(capath=path)
    except ssl.SSLError:
        raise _unusable(name, path, "it holds no certificate in PEM format") from None
    except OSError as error:
        raise _unusable(name, path, (error.strerror or str(error)).lower()) from None


def _unusable(name: str, path: Path, why: str) -> ConfigurationError:
    what = "a file of certificates in PEM format" if name == "SSL_CERT_FILE" else "a folder of certificates"
    return ConfigurationError(f"environment variable {name} must name {what}; {path}: {why}. Correct or unset it")


def _is_hashed(name: str) -> bool:
    stem, _, number = name.partition(".")
    return len(stem) == 8 and number.isdigit()
