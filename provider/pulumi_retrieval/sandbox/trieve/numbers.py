"""Reads and writes numbers like a server written in Rust."""

from __future__ import annotations

import math
import struct

U64_MAX = 2**64 - 1


def to_f32(value: float) -> float:
    """Round to 32-bit precision; a value beyond its range becomes infinite, as by a cast in Rust."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def as_u64(value: object) -> int | None:
    """Return a JSON number that is an unsigned 64-bit integer (``1.0`` is not), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= U64_MAX else None


def as_f64(value: object) -> float | None:
    """Return any JSON number as a float."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def as_f32(value: object) -> float | None:
    """Return any JSON number at 32-bit precision."""
    number = as_f64(value)
    return None if number is None else to_f32(number)


def json_float(value: float | None) -> float | None:
    """Return the stored form of a float: infinities become null (docs/services/trieve-observed.md 3, "2.1 floats")."""
    return None if value is None or not math.isfinite(value) else value


def display_float(value: float) -> str:
    """Write a float as the server's messages do: ``1000.0``, ``1.8446744073709552e19``."""
    sign, text = ("-", repr(-value)) if math.copysign(1, value) < 0 else ("", repr(value))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return sign + "0.0"
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 16:
        return f"{sign}{digits}{'0' * (point - len(digits))}.0"
    if 0 < point <= 16:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -5 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1}"
