"""The attributes that names are made from, found in protobuf's wire format.

Source: opentelemetry-proto, common/v1/common.proto (KeyValue, AnyValue).
"""

from collections.abc import Mapping

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.naming import KeyUse
from analyzer.model.spans import Int64Array, UInt8Array
from analyzer.readers.combination_kernel import Combinations, put_part
from analyzer.readers.wire_kernel import (
    FIXED64,
    LENGTH,
    REFUSED,
    VARINT,
    load_fixed64,
    load_length,
    load_tag,
    load_varint,
    load_word,
    skip_field,
)

ABSENT, TEXT, FLAG, WHOLE = range(4)
"""What an attribute's value is; no name is made from other types, so they count as absent."""
VALUE_TYPES = 4

WORD_0, WORD_1, WORD_2, OF_LENGTH, KEY_USE, VALUE_TYPE, VALUE_START, VALUE_STOP = range(8)
"""Rows of a table of keys, int64[8, c], with a column for each key, the shortest first.

`WORD_0` to `WORD_2` are the key's bytes, `KEY_USE` is its `KeyUse`, and the last three are scratch:
its value, if the span under way has one. In `OF_LENGTH` columns are lengths: keys of length n are
those from `OF_LENGTH, n` to `OF_LENGTH, n + 1`, and its last column is the number of keys.
One table and not eight: every array that is passed to a compiled function costs time.
"""
_LONGEST_KEY = 24

_KEY = 1 << 3 | LENGTH
_VALUE = 2 << 3 | LENGTH
_TEXT = 1 << 3 | LENGTH
_FLAG = 2 << 3 | VARINT
_WHOLE = 3 << 3 | VARINT
_DOUBLE = 4 << 3 | FIXED64
_ARRAY, _PAIRS, _BYTES = 5 << 3 | LENGTH, 6 << 3 | LENGTH, 7 << 3 | LENGTH

_COLON, _SLASH, _QUERY, _FRAGMENT = ord(":"), ord("/"), ord("?"), ord("#")
_UPPER_A, _UPPER_Z, _SPACE, _DELETE = ord("A"), ord("Z"), ord(" "), 0x7F


def keys_to_find(uses: Mapping[str, KeyUse]) -> tuple[tuple[str, ...], Int64Array]:
    """The keys in the order of their columns, and the table that the walk finds them by."""
    names = tuple(sorted(uses, key=lambda name: (len(name), name)))
    lengths = [len(name) for name in names]
    columns = max(len(names), _LONGEST_KEY + 2)
    keys = np.zeros((8, columns), np.int64)
    keys[OF_LENGTH] = np.searchsorted(lengths, np.arange(columns))
    for column, name in enumerate(names):
        words = np.frombuffer(name.encode("ascii").ljust(_LONGEST_KEY, b"\0"), "<i8")
        keys[WORD_0 : WORD_2 + 1, column] = words
        keys[KEY_USE, column] = uses[name]
    return names, keys


@compiled_borrowing
def walk_attribute(buffer: UInt8Array, at: int, end: int, keys: Int64Array) -> int:
    """Note the value of one KeyValue if its key is looked for; 0, or `REFUSED`."""
    at, key_start, key_stop, value_type, value_start, value_stop = load_attribute(buffer, at, end)
    if at < 0:
        return REFUSED
    if value_type != ABSENT:
        column = find_key(buffer, key_start, key_stop, keys)
        note_value(keys, column, value_type, value_start, value_stop)
    return 0


@compiled_borrowing
def note_value(
    keys: Int64Array, column: int, value_type: int, value_start: int, value_stop: int
) -> None:
    """Make this the value of the key in that column, if there is one."""
    if column >= 0:
        keys[VALUE_TYPE, column] = value_type
        keys[VALUE_START, column] = value_start
        keys[VALUE_STOP, column] = value_stop


@compiled_borrowing
def load_attribute(buffer: UInt8Array, at: int, end: int) -> tuple[int, int, int, int, int, int]:
    """The position behind a KeyValue, or `REFUSED`; start and stop of its key; its value.

    A value is its type, and where its text or number starts and stops.
    """
    key_start, key_stop = 0, 0
    value_type, value_start, value_stop = ABSENT, 0, 0
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _KEY:
            key_start, at = load_length(buffer, at, end)
            key_stop = at
        elif tag == _VALUE:
            # A second value adds to the first: what it does not set stays.
            start, at = load_length(buffer, at, end)
            inside = start
            while 0 <= inside < at:
                value_type, value_start, value_stop, inside = _walk_value(
                    buffer, inside, at, value_type, value_start, value_stop
                )
            at = at if inside >= 0 else REFUSED
        else:
            at = skip_field(buffer, at, end, tag)
    return at, key_start, key_stop, value_type, value_start, value_stop


@compiled_borrowing
def _walk_value(
    buffer: UInt8Array, at: int, end: int, value_type: int, value_start: int, value_stop: int
) -> tuple[int, int, int, int]:
    """One field of an AnyValue: type, start and stop of the value, the position behind it."""
    tag, at = load_tag(buffer, at, end)
    if tag == _TEXT:
        start, at = load_length(buffer, at, end)
        return TEXT, start, at, at
    if tag in (_FLAG, _WHOLE):
        start = at
        _, at = load_varint(buffer, at, end)
        return FLAG if tag == _FLAG else WHOLE, start, at, at
    if tag in (_ARRAY, _PAIRS, _BYTES):
        return ABSENT, 0, 0, load_length(buffer, at, end)[1]
    if tag == _DOUBLE:
        return ABSENT, 0, 0, load_fixed64(buffer, at, end)[1]
    return value_type, value_start, value_stop, skip_field(buffer, at, end, tag)


@compiled_borrowing
def find_key(buffer: UInt8Array, start: int, stop: int, keys: Int64Array) -> int:
    """The column of a key, -1 if nobody looks for it."""
    length = stop - start
    if length > _LONGEST_KEY:
        return -1
    first, last = keys[OF_LENGTH, length], keys[OF_LENGTH, length + 1]
    if first == last:
        return -1
    word_0 = np.int64(load_word(buffer, start, stop))
    word_1 = np.int64(load_word(buffer, start + 8, stop))
    word_2 = np.int64(load_word(buffer, start + 16, stop))
    for key in range(first, last):
        same = keys[WORD_0, key] == word_0 and keys[WORD_1, key] == word_1
        if same and keys[WORD_2, key] == word_2:
            return int(key)
    return -1


@compiled_borrowing
def any_value(keys: Int64Array, use: int) -> bool:
    """Whether an attribute of that use has a value that is not empty."""
    for key in range(keys[OF_LENGTH, -1]):
        length = keys[VALUE_STOP, key] - keys[VALUE_START, key]
        if keys[KEY_USE, key] == use and keys[VALUE_TYPE, key] != ABSENT and length > 0:
            return True
    return False


@compiled_borrowing
def put_value(table: Combinations, at: int, keys: Int64Array, key: int, stop: int) -> int:
    """Make an attribute's value up to `stop` a part of the combination, if it has one."""
    if keys[VALUE_TYPE, key] == ABSENT:
        return at
    part = key * VALUE_TYPES + keys[VALUE_TYPE, key]
    return put_part(table, at, part, keys[VALUE_START, key], stop)


@compiled_borrowing
def may_lack_place(buffer: UInt8Array, start: int, stop: int) -> bool:
    """Whether a span's name may be only a method, or nothing, once white space is off its ends.

    A method is written in capitals; what else is white space only Unicode knows, so every byte
    beyond ASCII may be.
    """
    for at in range(start, stop):
        byte = buffer[np.uint64(at)]
        if _SPACE < byte < _DELETE and not _UPPER_A <= byte <= _UPPER_Z:
            return False
    return True


@compiled_borrowing
def before_query(buffer: UInt8Array, keys: Int64Array, key: int) -> int:
    """Where a path or URL ends for its names: at its query or fragment."""
    start, stop = keys[VALUE_START, key], keys[VALUE_STOP, key]
    if keys[VALUE_TYPE, key] != TEXT:
        return int(stop)
    for at in range(start, stop):
        byte = buffer[np.uint64(at)]
        if byte in (_QUERY, _FRAGMENT):
            # Cut to nothing it would look as if it were not there.
            return int(at if at > start else stop)
    return int(stop)


@compiled_borrowing
def before_path(buffer: UInt8Array, keys: Int64Array, key: int) -> int:
    """Where a URL's authority ends; the end of the text if it has no `://`."""
    start, stop = keys[VALUE_START, key], keys[VALUE_STOP, key]
    if keys[VALUE_TYPE, key] != TEXT:
        return int(stop)
    behind = 0
    for at in range(start, stop):
        byte = buffer[np.uint64(at)]
        if behind:
            if at >= behind and byte in (_SLASH, _QUERY, _FRAGMENT):
                return int(at)
        elif byte == _COLON and _two_slashes(buffer, at + 1, stop):
            behind = at + 3
    return int(stop)


@compiled_borrowing
def _two_slashes(buffer: UInt8Array, at: int, stop: int) -> bool:
    if at + 1 >= stop:
        return False
    return bool(buffer[np.uint64(at)] == _SLASH and buffer[np.uint64(at + 1)] == _SLASH)
