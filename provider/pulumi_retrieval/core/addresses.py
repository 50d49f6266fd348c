"""URLs of services and proxies: a normal form for comparing them, and a form without secrets for showing them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(localhost|[0-9]{1,3}(\.[0-9]{1,3}){3}|([a-z0-9-]{1,20}\.){1,4}[a-z]{2,12})(:[0-9]{1,5})?")
_LEAST_TOKEN = 8
"""From this many characters on, a user name without a password is treated as a key."""
UNREADABLE = "(no URL)"
"""Shown in place of a text that is not a URL, because such a text may be a key."""


def split(url: str) -> SplitResult | None:
    """The parts of a URL with a scheme and a host; None where it is not such a URL."""
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in url):
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme and parts.hostname and "%" not in parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if valid else None


def normal_url(url: str) -> str:
    """The one spelling of a base URL: scheme and host in lower case, no default port, no slash at the end.

    A host that is not ASCII is spelled as DNS knows it. A text that is not a URL is returned unchanged.
    """
    url = url.strip()
    parts = split(url)
    if parts is None or parts.username is not None or parts.query or parts.fragment:
        return url
    return origin(parts) + parts.path.rstrip("/")


def normal_endpoint(endpoint: str) -> str:
    """The normal form of a stored endpoint: a base URL, which a space and a generation of the API may follow."""
    url, blank, generation = endpoint.partition(" ")
    return normal_url(url) + blank + generation


def origin(parts: SplitResult) -> str:
    """Scheme, host, and the port where it is not the default one."""
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{_host(parts.hostname or '')}{port}"


def service_of(url: str) -> str:
    """Scheme, host and port of a base URL. Requests in flight are limited for each of these."""
    parts = split(normal_url(url))
    return url if parts is None else f"{origin(parts)}:{parts.port or DEFAULT_PORTS.get(parts.scheme, 0)}"


def _host(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return f"[{address}]" if address.version == 6 else str(address)
    if host.isascii():
        return host.lower()
    import httpx  # only where it is needed, because each process of a run pays for what it imports

    try:
        return httpx.URL(f"https://{host.lower()}").raw_host.decode("ascii")
    except httpx.InvalidURL:
        return host.lower()


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
    name = (host or "").lower().rstrip(".").strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def shown(url: str) -> str:
    """A URL for people: without user name, password, query and fragment.

    Of a text that is not a URL, only a part that is certainly a host is shown, because the text may be a key.
    """
    parts = split(url.strip())
    if parts is None:
        rest = re.split(r"[?#]", url.strip().rpartition("@")[2])[0].rstrip("/")
        return rest if _HOST.fullmatch(rest) else UNREADABLE
    return origin(parts) + parts.path.rstrip("/")


def hidden_parts(url: str) -> tuple[str, ...]:
    """The secret parts of a URL: its password, a user name without a password, and long query values."""
    text = url.strip()
    rest, _, fragment = text.partition("#")
    rest, _, query = rest.partition("?")
    userinfo = rest.rpartition("://")[2].rpartition("@")[0]
    user, _, password = userinfo.partition(":")
    found = [userinfo, password] if password else []
    # A short user name is left out: as a secret it would be masked in every text.
    found += [user] if not password and len(user) >= _LEAST_TOKEN else []
    found += [item for item in (fragment, *(pair.partition("=")[2] for pair in query.split("&"))) if len(item) >= 6]
    return tuple(dict.fromkeys(part for item in found for part in (item, unquote(item)) if part))
