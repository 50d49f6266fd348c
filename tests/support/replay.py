"""Sends a recorded conversation to a server again and says where its answers differ.

What a server makes up (ids, keys, times) differs from run to run. An id or key is bound to its counterpart where it
first appears in an answer, and has to be that counterpart from then on, in answers and in the requests that follow.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

_HEX = "[0-9a-fA-F]"
_UUID = re.compile(rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}")
_SIMPLE = re.compile(rf"(?<!{_HEX}){_HEX}{{32}}(?!{_HEX})")
_NAME = re.compile(r"<[A-Z_0-9]+>")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?")
_NIL = "00000000-0000-"


@dataclass
class Outcome:
    """What became of one record. ``differences`` is ``None`` where the recording holds no answer to compare with."""

    case: str
    step: int
    request: str
    differences: list[str] | None

    @property
    def name(self) -> str:
        """Case and step as documents cite them."""
        return f"{self.case}#{self.step}"


@dataclass
class Replay:
    """One run against a server that starts empty."""

    base_url: str
    admin_key: str
    bound: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bound |= {"<BASE>": self.base_url, "<ADMIN_KEY>": self.admin_key, "<WRONG_KEY>": "tr-" + "0" * 32}

    def run(self, recording: Path) -> Iterator[Outcome]:
        """Send every record that can be sent again, in order."""
        with httpx.Client(timeout=30, trust_env=False) as client, recording.open() as lines:
            for line in lines:
                record = json.loads(line)
                if record.get("replay") is not False:
                    yield self._one(client, record)

    # Requests

    def _now(self, text: str) -> str:
        text = _NAME.sub(lambda match: self.bound.get(match[0], match[0]), text)
        text = _UUID.sub(lambda match: self._id(match[0]), text)
        return _SIMPLE.sub(lambda match: self._id(match[0]), text)

    def _id(self, text: str) -> str:
        plain = text.replace("-", "").lower()
        known = self.bound.get(f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}")
        if known is None:
            return text
        known = known if "-" in text else known.replace("-", "")
        return known.upper() if text.upper() == text and text.lower() != text else known

    def _send(self, client: httpx.Client, request: dict[str, Any]) -> httpx.Response:
        content: bytes | None = None
        if request.get("base64") is not None:
            content = base64.b64decode(request["base64"])
        elif request.get("text") is not None:
            content = self._now(request["text"]).encode()
        elif request.get("json") is not None:
            content = self._now(json.dumps(request["json"])).encode()
        url = self._now(request["path"])
        headers = {name: self._now(value) for name, value in request["headers"].items()}
        return client.request(request["method"], url, headers=headers, content=content)

    def _one(self, client: httpx.Client, record: dict[str, Any]) -> Outcome:
        request, recorded = record["request"], record["response"]
        outcome = Outcome(record["case"], record["step"], f"{request['method']} {request['path']}", None)
        try:
            answer = self._send(client, request)
        except httpx.LocalProtocolError:
            return outcome  # A header that no HTTP client sends: nothing reached the recorded server either.
        compared = record.get("compare") is not False
        expected = (recorded or {}).get("json")
        if expected is not None and answer.headers.get("content-type", "").startswith("application/json"):
            differences = list(self._compare(_ordered(expected), _ordered(answer.json()), ""))
        else:
            text = (recorded or {}).get("text") or ""
            differences = [] if text == answer.text else [f"body {answer.text[:200]!r} instead of {text[:200]!r}"]
        if compared:
            if answer.status_code != recorded["status"]:
                differences.insert(
                    0, f"status {answer.status_code} instead of {recorded['status']}: {answer.text[:200]}"
                )
            for name in ("content-type", "x-api-version"):
                if recorded["headers"].get(name) != (answer.headers.get(name) or None):
                    differences.append(
                        f"{name} {answer.headers.get(name)!r} instead of {recorded['headers'].get(name)!r}"
                    )
            outcome.differences = differences
        return outcome

    # Answers

    def _compare(self, expected: Any, got: Any, at: str) -> Iterator[str]:
        if isinstance(expected, dict) and isinstance(got, dict):
            for name in [*expected, *(set(got) - set(expected))]:
                if name not in got or name not in expected:
                    yield f"{at}.{name} is {'missing' if name not in got else 'too much'}"
                else:
                    yield from self._compare(expected[name], got[name], f"{at}.{name}")
        elif isinstance(expected, list) and isinstance(got, list):
            if len(expected) != len(got):
                yield f"{at} has {len(got)} items instead of {len(expected)}"
            for index, (one, other) in enumerate(zip(expected, got, strict=False)):
                yield from self._compare(one, other, f"{at}[{index}]")
        elif isinstance(expected, str) and isinstance(got, str):
            if not self._same_text(expected, got):
                yield f"{at} is {got[:200]!r} instead of {expected[:200]!r}"
        elif type(expected) is not type(got) or expected != got:
            yield f"{at} is {got!r} instead of {expected!r}"

    def _same_text(self, expected: str, got: str) -> bool:
        recorded_time, time = _TIME.fullmatch(expected), _TIME.fullmatch(got)
        if recorded_time and time:
            # Trailing zeros are not written: nine digits may be six or three by chance, six never nine.
            return len(time[1] or "") <= len(recorded_time[1] or "")
        if self._now(expected) == got:
            return True
        made_up = _NAME.fullmatch(expected) or (_UUID.fullmatch(expected) and _UUID.fullmatch(got))
        if not made_up or expected in self.bound or expected.startswith(_NIL) or got in self.bound.values():
            return False
        self.bound[expected] = got
        return True


def _ordered(value: Any) -> Any:
    """Sort lists of API keys by name: the server lists them by their random ids. The cursor is such an id."""
    if isinstance(value, dict) and isinstance(value.get("api_keys"), list):
        keys = sorted(value["api_keys"], key=lambda key: (str(key["name"]), key["role"]))
        return {**value, "api_keys": keys, "cursor": value["cursor"] is not None}
    return value
