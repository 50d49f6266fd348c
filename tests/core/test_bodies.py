"""Bodies within bounds, whatever they are compressed with."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_retrieval.core.bodies import TooLarge, Undecodable, read_body


def raw_deflate(body: bytes) -> bytes:
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(body) + made.flush()


ENCODINGS = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP ": gzip.compress,
    "deflate": zlib.compress,
    "identity, deflate": raw_deflate,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(body=st.binary(max_size=200), size=st.integers(1, 50), room=st.integers(-200, 200))
def test_a_body_above_the_limit_is_an_error(encoding: str, body: bytes, size: int, room: int) -> None:
    sent = ENCODINGS[encoding](body)
    chunks = [sent[start : start + size] for start in range(0, len(sent), size)]
    limit = max(0, len(body) + room)
    if len(body) <= limit and len(sent) <= limit:
        assert read_body(chunks, encoding, limit=limit) == body
    else:
        with pytest.raises(TooLarge):
            read_body(chunks, encoding, limit=limit)


def test_a_body_with_large_steps() -> None:
    body = b"0123456789" * 200_000
    assert read_body([gzip.compress(body)], "gzip") == body


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x" * 5000])
def test_a_content_encoding_that_was_not_requested(encoding: str) -> None:
    with pytest.raises(Undecodable, match="which was not asked for") as raised:
        read_body([b"x"], encoding)
    assert len(str(raised.value)) < 100


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_with_a_false_content_encoding(encoding: str) -> None:
    with pytest.raises(Undecodable, match=f"Content-Encoding says {encoding}"):
        read_body([b"\x00not compressed at all"], encoding)


def test_a_body_that_ends_too_early_gives_what_there_is() -> None:
    body = b'{"a": 1}' * 100
    assert body.startswith(read_body([gzip.compress(body)[:-12]], "gzip"))


def test_bytes_after_the_compressed_end_are_ignored_and_limited() -> None:
    assert read_body([gzip.compress(b"{}") + b"rest", b"more"], "gzip") == b"{}"
    with pytest.raises(TooLarge):
        read_body([gzip.compress(b"{}"), b"x" * 100], "gzip", limit=64)
