"""Loads from protobuf's wire format, each checked against the end of what it reads from.

A position of `REFUSED` says that the bytes are not what they should be, or are something rare that
the protobuf library shall judge (groups, tags of more than five bytes). A load at `REFUSED` gives
`REFUSED` again, so a walk needs to look only once, at its end. Positions are int64 and never
negative otherwise; indices are unsigned, which spares the check for Python's negative ones.
Source: https://protobuf.dev/programming-guides/encoding/
"""

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.spans import UInt8Array

REFUSED = -1

VARINT = 0
FIXED64 = 1
LENGTH = 2
FIXED32 = 5
WIRE_TYPE = 7
"""The bits of a tag that say the wire type."""

_ONE = np.uint64(1)
_BYTE = np.uint64(8)
_SEVEN = np.uint64(7)
_LAST_SHIFT = np.uint64(63)
_PAYLOAD = np.uint64(0x7F)
_CONTINUES = np.uint64(0x80)
_LARGEST_TAG = np.uint64((1 << 32) - 1)


@compiled_borrowing
def load_varint(buffer: UInt8Array, at: int, end: int) -> tuple[np.uint64, int]:
    """A varint's value, and the position behind it."""
    value = np.uint64(0)
    shift = np.uint64(0)
    while 0 <= at < end and shift <= _LAST_SHIFT:
        byte = np.uint64(buffer[np.uint64(at)])
        at += 1
        value |= (byte & _PAYLOAD) << shift
        if byte < _CONTINUES:
            if shift == _LAST_SHIFT and byte > _ONE:
                return np.uint64(0), REFUSED
            return value, at
        shift += _SEVEN
    return np.uint64(0), REFUSED


@compiled_borrowing
def _signed(value: np.uint64) -> int:
    return np.int64(value)  # type: ignore[return-value]  # it is what the compiler calls int


@compiled_borrowing
def load_tag(buffer: UInt8Array, at: int, end: int) -> tuple[int, int]:
    """A field's tag (number times 8 plus wire type; 0 if refused), and the position behind it."""
    start = at
    value, at = load_varint(buffer, at, end)
    # Field number 0 does not exist.
    if at < 0 or at - start > 5 or value > _LARGEST_TAG or value < _BYTE:
        return 0, REFUSED
    return _signed(value), at


@compiled_borrowing
def load_length(buffer: UInt8Array, at: int, end: int) -> tuple[int, int]:
    """Start and stop of a length-delimited field that lies wholly before `end`.

    The stop is the position behind the field; nothing lies between start and a refused stop.
    """
    length, at = load_varint(buffer, at, end)
    if at < 0 or length > np.uint64(end - at):
        return 0, REFUSED
    return at, at + _signed(length)


@compiled_borrowing
def skip_field(buffer: UInt8Array, at: int, end: int, tag: int) -> int:
    """The position behind a field that nobody reads."""
    wire_type = tag & WIRE_TYPE
    if wire_type == LENGTH:
        return load_length(buffer, at, end)[1]
    if wire_type == VARINT:
        return load_varint(buffer, at, end)[1]
    size = 8 if wire_type == FIXED64 else 4
    if at < 0 or end - at < size or (wire_type != FIXED64 and wire_type != FIXED32):
        return REFUSED
    return at + size


@compiled_borrowing
def load_fixed64(buffer: UInt8Array, at: int, end: int) -> tuple[np.uint64, int]:
    """A fixed64's value, and the position behind it."""
    if at < 0 or end - at < 8:
        return np.uint64(0), REFUSED
    return load_little(buffer, at), at + 8


@compiled_borrowing
def load_little(buffer: UInt8Array, at: int) -> np.uint64:
    """Eight bytes, the lowest first. The caller has checked that they are there."""
    value = np.uint64(0)
    for i in range(8):
        value |= np.uint64(buffer[np.uint64(at + i)]) << np.uint64(8 * i)
    return value


@compiled_borrowing
def load_big(buffer: UInt8Array, at: int) -> np.uint64:
    """Eight bytes, the highest first. The caller has checked that they are there."""
    value = np.uint64(0)
    for i in range(8):
        value = (value << _BYTE) | np.uint64(buffer[np.uint64(at + i)])
    return value


@compiled_borrowing
def load_word(buffer: UInt8Array, at: int, stop: int) -> np.uint64:
    """The next eight bytes of a text, zeros where it has fewer."""
    if stop - at >= 8:
        return load_little(buffer, at)
    value = np.uint64(0)
    for i in range(stop - at):
        value |= np.uint64(buffer[np.uint64(at + i)]) << np.uint64(8 * i)
    return value


@compiled_borrowing
def hash_bytes(buffer: UInt8Array, start: int, stop: int, seed: np.uint64) -> np.uint64:
    """A hash of the bytes between two positions: mixes well, defends against nobody."""
    value = (seed ^ np.uint64(stop - start)) * np.uint64(0x9E3779B97F4A7C15)
    for at in range(start, stop, 8):
        value = (value ^ load_word(buffer, at, stop)) * np.uint64(0xC2B2AE3D27D4EB4F)
        value ^= value >> np.uint64(29)
    return value ^ (value >> np.uint64(32))


@compiled_borrowing
def same_bytes(buffer: UInt8Array, first: int, second: int, length: int) -> bool:
    """Whether `length` bytes at one position are those at the other."""
    for at in range(0, length, 8):
        if load_word(buffer, first + at, first + length) != load_word(
            buffer, second + at, second + length
        ):
            return False
    return True
