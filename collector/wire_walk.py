"""A compiled look at a request's bytes: surely decodable, how many spans, how many without ids.

The walk keeps nothing and releases the interpreter lock, so receiving stays nearly as fast as
copying, and its memory does not depend on what is sent. It vouches for a request or it does not;
where it does not, the protobuf library decides (`collector.examine`). Imported late: its compiler
takes longer to import than the rest of the collector to start.

Source: protobuf encoding guide. All positions and lengths are unsigned 64-bit: a signed index costs
a test for "from the end" at every byte, and a hostile length cannot become negative.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyzer.compiled import compiled
from collector.exports import Export
from collector.wire_schema import (
    BYTES,
    FIELDS,
    FIXED32,
    FIXED64,
    KIND_BITS,
    MESSAGE,
    PACKED_FIXED32,
    PACKED_FIXED64,
    PACKED_VARINT,
    STRING,
    UNKNOWN,
    VARINT,
    WireSchema,
)

DEEPEST: Final = 64
"""Messages inside messages; the protobuf library reads 100 deep, real attributes are 10."""

NOT_SURE: Final = -1

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

# numbers as the kernel wants them: an unsigned one meeting a Python int would become a float
U = np.uint64
ZERO, ONE, TWO, THREE, SEVEN, EIGHT = U(0), U(1), U(2), U(3), U(7), U(8)
LAST_SHIFT = U(63)
KIND_MASK = (1 << KIND_BITS) - 1
KNOWN_FIELDS = U(FIELDS)
FIELD_LIMIT = U(1 << 29)
NO_END = U(0xFFFF_FFFF_FFFF_FFFF)
WIRE_VARINT, WIRE_FIXED64, WIRE_LENGTH, WIRE_FIXED32 = U(0), U(1), U(2), U(5)
TRACE_ID, SPAN_ID = U(1), U(2)
TRACE_ID_SIZE, SPAN_ID_SIZE = U(16), U(8)
KEY_TAG, VALUE_TAG = 0x0A, 0x12
STRING_VALUE_TAG, BOOL_VALUE_TAG, INT_VALUE_TAG = 0x0A, 0x10, 0x18


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What the walk saw: `items` spans, data points or log records, `nameless` ones without ids."""

    items: int
    nameless: int


class WireWalk:
    """The walk over one signal's requests; making one compiles it or loads what was compiled."""

    def __init__(self, export: Export) -> None:
        self._schema = WireSchema.of(export)
        self.sight(b"")

    def sight(self, body: bytes) -> Sighting | None:
        """What a request holds, where it surely can be decoded; None where that is not sure."""
        schema = self._schema
        items, nameless = _walk(
            np.frombuffer(body, np.uint8),
            schema.fields,
            schema.counted,
            schema.identified,
            schema.attribute,
        )
        return None if items == NOT_SURE else Sighting(items=items, nameless=nameless)


@compiled
def _walk(  # noqa: C901  one loop with its state in registers is the point
    data: Bytes,
    fields: NDArray[np.uint16],
    counted: Flags,
    identified: Flags,
    attribute: np.uint64,
) -> tuple[int, int]:
    """Items and items without ids; NOT_SURE twice where the bytes are not surely decodable."""
    unsure = (NOT_SURE, NOT_SURE)
    outer_ends = np.empty(DEEPEST, np.uint64)
    outer_rows = np.empty(DEEPEST, np.uint64)
    depth = 0
    row = ZERO
    end = U(data.size)
    position = ZERO
    doubtful = ZERO  # up to here attributes were found not to be plain
    items = 0
    nameless = 0
    has_trace_id = False
    has_span_id = False
    while True:
        while position == end:
            if identified[row] and not (has_trace_id and has_span_id):
                nameless += 1
            if depth == 0:
                return items, nameless
            depth -= 1
            row = outer_rows[depth]
            end = outer_ends[depth]
        start = position
        if data[position] < 0x80:  # nearly always, and a fifth faster than a call
            tag = U(data[position])
            position += ONE
        else:
            tag, position = _varint(data, position, end)
        field = tag >> THREE
        wire = tag & SEVEN
        if position == NO_END or field == ZERO or field >= FIELD_LIMIT:
            return unsure
        entry = fields[row * KNOWN_FIELDS + field] if field < KNOWN_FIELDS else np.uint16(UNKNOWN)
        kind = entry & KIND_MASK
        if wire == WIRE_LENGTH:
            inner = U(entry >> KIND_BITS)
            if kind == MESSAGE and inner == attribute and start >= doubtful:
                stop, doubtful = _plain_attributes(data, start, end)
                if stop > start:
                    position = stop
                    continue
            if position < end and data[position] < 0x80:
                length = U(data[position])
                position += ONE
            else:
                length, position = _varint(data, position, end)
            if position == NO_END or length > end - position:
                return unsure
            if kind == MESSAGE:
                if depth == DEEPEST:
                    return unsure
                outer_ends[depth] = end
                outer_rows[depth] = row
                depth += 1
                row = inner
                end = position + length
                if counted[row]:
                    items += 1
                if identified[row]:
                    has_trace_id = False
                    has_span_id = False
                continue
            if not _fits(data, position, position + length, kind):
                return unsure
            if identified[row] and field == TRACE_ID:
                has_trace_id = length == TRACE_ID_SIZE and _any(data, position, position + length)
            elif identified[row] and field == SPAN_ID:
                has_span_id = length == SPAN_ID_SIZE and _any(data, position, position + length)
            position += length
        elif wire == WIRE_VARINT and (kind in (VARINT, PACKED_VARINT, UNKNOWN)):
            _, position = _varint(data, position, end)
            if position == NO_END:
                return unsure
        elif wire == WIRE_FIXED64 and (kind in (FIXED64, PACKED_FIXED64, UNKNOWN)):
            if end - position < EIGHT:
                return unsure
            position += EIGHT
        elif wire == WIRE_FIXED32 and (kind in (FIXED32, PACKED_FIXED32, UNKNOWN)):
            if end - position < U(4):
                return unsure
            position += U(4)
        else:
            return unsure


@compiled
def _varint(data: Bytes, position: np.uint64, end: np.uint64) -> tuple[np.uint64, np.uint64]:
    """A varint and where it ended; NO_END where it is cut or longer than 64 bits."""
    if position >= end:
        return ZERO, NO_END
    byte = U(data[position])
    position += ONE
    if byte < U(0x80):
        return byte, position
    value = byte & U(0x7F)
    shift = SEVEN
    while position < end and shift <= LAST_SHIFT:
        byte = U(data[position])
        position += ONE
        if shift == LAST_SHIFT and byte > ONE:
            return ZERO, NO_END
        value |= (byte & U(0x7F)) << shift
        if byte < U(0x80):
            return value, position
        shift += SEVEN
    return ZERO, NO_END


@compiled
def _plain_attributes(data: Bytes, start: np.uint64, end: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Where a run of attributes ends that are written the way SDKs write nearly all of theirs.

    | t | l | 0a | n | key, n bytes | 12 | m | 0a | m - 2 | string |    one byte for t, l, n and m;
    | t | l | 0a | n | key, n bytes | 12 | m | 18 | varint |            10 before a boolean

    All of it is ASCII but for varints. That is checked for many attributes at once, since such a
    loop runs fastest over long pieces. Where it does not hold, the run ends where it starts and the
    second number says up to where it was doubtful, so that nothing is tried twice.
    """
    tag = data[start]
    position = start
    unchecked = start
    while end - position > EIGHT and data[position] == tag:
        stop = position + TWO + U(data[position + ONE])
        value = position + U(4) + U(data[position + THREE])
        # the value's tag and length, the tag of what is in it and its first byte lie at `value`
        if (
            stop > end
            or value + U(4) > stop
            or data[position + TWO] != KEY_TAG
            or data[value] != VALUE_TAG
            or value + TWO + U(data[value + ONE]) != stop
        ):
            break
        inside = data[value + TWO]
        if inside == STRING_VALUE_TAG:
            if value + U(4) + U(data[value + THREE]) != stop:
                break
        elif inside in (INT_VALUE_TAG, BOOL_VALUE_TAG):
            _, last = _varint(data, value + THREE, stop)
            if last != stop:
                break
            if stop - value > U(4):
                if not _is_ascii(data, unchecked, value + THREE):
                    return start, stop
                unchecked = stop
        else:
            break
        position = stop
    if not _is_ascii(data, unchecked, position):
        return start, position
    return position, position


@compiled
def _fits(data: Bytes, start: np.uint64, end: np.uint64, kind: int | np.uint16) -> bool:
    """Whether a length-delimited value is one that its field can hold."""
    if kind == STRING:
        return _is_ascii(data, start, end) or _is_utf8(data, start, end)
    if kind == PACKED_FIXED64:
        return bool((end - start) & SEVEN == ZERO)
    if kind == PACKED_FIXED32:
        return bool((end - start) & THREE == ZERO)
    if kind == PACKED_VARINT:
        while start < end:
            _, start = _varint(data, start, end)
        return bool(start == end)
    return kind in (BYTES, UNKNOWN)


@compiled
def _any(data: Bytes, start: np.uint64, end: np.uint64) -> bool:
    """Whether any byte is not zero."""
    seen = np.uint8(0)
    for position in range(start, end):
        seen |= data[position]
    return bool(seen != 0)


@compiled
def _is_ascii(data: Bytes, start: np.uint64, end: np.uint64) -> bool:
    """Whether all bytes are below 128; without a branch, so that it becomes vector instructions."""
    seen = np.uint8(0)
    for position in range(start, end):
        seen |= data[position]
    return bool(seen < 0x80)


@compiled
def _is_utf8(data: Bytes, start: np.uint64, end: np.uint64) -> bool:
    """Whether the bytes are UTF-8 (RFC 3629, section 4: no overlong forms, no surrogates)."""
    position = start
    while position < end:
        lead = data[position]
        position += ONE
        if lead < 0x80:
            continue
        if lead < 0xC2 or lead > 0xF4:
            return False
        # the second byte's range keeps overlong forms, surrogates and > U+10FFFF out
        lowest, highest, more = 0x80, 0xBF, ONE
        if lead >= 0xF0:
            more = THREE
            lowest = 0x90 if lead == 0xF0 else 0x80
            highest = 0x8F if lead == 0xF4 else 0xBF
        elif lead >= 0xE0:
            more = TWO
            lowest = 0xA0 if lead == 0xE0 else 0x80
            highest = 0x9F if lead == 0xED else 0xBF
        if end - position < more or data[position] < lowest or data[position] > highest:
            return False
        for follower in range(position + ONE, position + more):
            if data[follower] & 0xC0 != 0x80:
                return False
        position += more
    return True
