"""Reads the body of an answer with limits on its size, compressed and decompressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest answer that is read, compressed as well as decompressed."""
MOST_VALUES = 1_000_000
"""Values of the largest answer, lists and objects included: a value of a few bytes takes about a hundred bytes when parsed."""
ACCEPTED = "gzip"
"""The compression that requests accept (``Accept-Encoding``)."""
_STEP = 256 * 1024
"""Bytes that are decompressed at once, so that a small body that expands greatly cannot fill the memory."""


class TooLarge(Exception):
    """A body is larger than any answer of the service, or would be when it is parsed."""


class Undecodable(Exception):
    """A body is compressed in a way that was not asked for, or its compression is broken."""


def read_body(chunks: Iterable[bytes], encoding: str, *, limit: int = LARGEST) -> bytes:
    """The body, decompressed.

    :param chunks: the body as it arrives.
    :param encoding: the ``Content-Encoding`` of the answer.
    :raises TooLarge: it has more bytes than the limit, or more values than `MOST_VALUES`.
    :raises Undecodable: it cannot be decompressed.
    """
    codings = [coding.strip().lower() for coding in encoding.split(",")]
    steps = [coding for coding in codings if coding not in ("", "identity")]
    plain = _within(chunks, limit)
    if not steps:
        return _joined(plain, limit)
    if len(steps) > 1 or steps[0] not in ("gzip", "x-gzip", "deflate"):
        raise Undecodable(f"it is encoded as {encoding[:40]}, which was not asked for")
    try:
        return _joined(_inflated(plain, gzip=steps[0] != "deflate"), limit)
    except zlib.error:
        raise Undecodable(f"its Content-Encoding says {steps[0]}, and it cannot be decompressed as that") from None


def _within(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooLarge
        yield chunk


def _joined(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        if len(body) + len(chunk) > limit:
            raise TooLarge
        body += chunk
    if len(body) > MOST_VALUES and sum(map(body.count, (b"[", b"{", b",", b":"))) > MOST_VALUES:
        raise TooLarge
    return bytes(body)


def _inflated(chunks: Iterable[bytes], *, gzip: bool) -> Iterable[bytes]:
    """The decompressed content in small steps; bytes behind its end are read and ignored."""
    inflater = None
    for chunk in chunks:
        if inflater is None and chunk:
            # "deflate" is zlib's format by the standard, and raw from some servers.
            raw = not gzip and (chunk[0] & 0x0F) != zlib.DEFLATED
            inflater = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | (16 if gzip else 0))
        rest = chunk
        while rest and inflater is not None and not inflater.eof:
            yield inflater.decompress(rest, _STEP)
            rest = inflater.unconsumed_tail
    if inflater is not None and not inflater.eof:
        yield inflater.decompress(b"", _STEP)
