"""Distinct byte strings, each found again by its content and known by a number.

The strings stay where they are in the buffer. What is known of each stands beside it, so that what
was worked out for one needs not be worked out for its like.
"""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.spans import Int32Array, Int64Array, UInt8Array
from analyzer.readers.wire_kernel import hash_bytes, same_bytes

TEXT_HASH, TEXT_START, TEXT_STOP = range(3)
FACTS = 3
"""The first column of what is known of a string beside its place."""

_COLUMNS = 8
"""Eight numbers are what a cache loads at once."""


class Texts(NamedTuple):
    """A growing table of byte strings; the compiler knows named tuples, but no dataclasses.

    Attributes:
        filled: int64[1], how many strings there are.
        slots: int32[s], open addressing by hash: a string's number, or -1; s is a power of two.
        entries: int64[c, 8], hash, start and stop of each string, and facts about it.
    """

    filled: Int64Array
    slots: Int32Array
    entries: Int64Array


def empty_texts(capacity: int) -> Texts:
    """A table with room for `capacity` strings, a power of two."""
    return Texts(
        filled=np.zeros(1, np.int64),
        slots=np.full(2 * capacity, -1, np.int32),
        entries=np.zeros((capacity, _COLUMNS), np.int64),
    )


def grown_texts(table: Texts) -> Texts:
    """The same strings in a table of twice the size."""
    bigger = empty_texts(table.slots.size)
    count = int(table.filled[0])
    bigger.filled[0] = count
    bigger.entries[:count] = table.entries[:count]
    _fill_slots(bigger)
    return bigger


@compiled_borrowing
def _fill_slots(table: Texts) -> None:
    mask = np.uint64(table.slots.size - 1)
    for i in range(table.filled[0]):
        slot = np.uint64(table.entries[i, TEXT_HASH]) & mask
        while table.slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        table.slots[slot] = i


@compiled_borrowing
def hash_text(buffer: UInt8Array, start: int, stop: int) -> np.uint64:
    """The hash that a string is found by."""
    return hash_bytes(buffer, start, stop, np.uint64(1))


@compiled_borrowing
def find_text(table: Texts, buffer: UInt8Array, start: int, stop: int, value: np.uint64) -> int:
    """The number of a string with this hash, -1 if it is new."""
    slots, entries = table.slots, table.entries
    mask = np.uint64(slots.size - 1)
    slot = value & mask
    length = stop - start
    while slots[slot] >= 0:
        known = slots[slot]
        if np.uint64(entries[known, TEXT_HASH]) == value:
            begin = entries[known, TEXT_START]
            same_length = entries[known, TEXT_STOP] - begin == length
            if same_length and same_bytes(buffer, start, begin, length):
                return int(known)
        slot = (slot + np.uint64(1)) & mask
    return -1


@compiled_borrowing
def is_full(table: Texts) -> bool:
    """Whether there is no room for another string."""
    return bool(table.filled[0] >= table.entries.shape[0])


@compiled_borrowing
def keep_text(table: Texts, start: int, stop: int, value: np.uint64) -> int:
    """Enter a string that is new, and there is room for; gives its number."""
    count = table.filled[0]
    mask = np.uint64(table.slots.size - 1)
    slot = value & mask
    while table.slots[slot] >= 0:
        slot = (slot + np.uint64(1)) & mask
    table.slots[slot] = count
    table.entries[count, TEXT_HASH] = np.int64(value)
    table.entries[count, TEXT_START] = start
    table.entries[count, TEXT_STOP] = stop
    for column in range(FACTS, _COLUMNS):
        table.entries[count, column] = 0
    table.filled[0] = count + 1
    return int(count)


@compiled_borrowing
def enter_text(table: Texts, buffer: UInt8Array, start: int, stop: int) -> int:
    """As `keep_text`, for callers that are not compiled: a hash does not fit their numbers."""
    return keep_text(table, start, stop, hash_text(buffer, start, stop))
