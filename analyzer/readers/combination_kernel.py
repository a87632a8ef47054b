"""Distinct combinations of byte strings, each found again by its content.

A name is made from several strings: the span's own and some attributes'. Spans that agree in all of
them share a name, so a span needs only the number of its combination, and names are worked out once
for each. The strings stay where they are in the buffer; a combination is a list of parts that point
to them.
"""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.spans import Int32Array, Int64Array, UInt8Array
from analyzer.readers.wire_kernel import hash_bytes, same_bytes

NO_ROOM = -1

HASH, FIRST = range(2)
PART_KEY, PART_START, PART_STOP = range(3)

MOST_PARTS = 32
"""No combination has more parts: there are fewer attributes that names are made from."""


class Combinations(NamedTuple):
    """A growing table of combinations; the compiler knows named tuples, but no dataclasses.

    Attributes:
        filled: int64[1], how many combinations there are.
        slots: int32[s], open addressing by hash: a combination, or -1; s is a power of two.
        entries: int64[2, c + 1], by `HASH` and `FIRST`: the parts of combination i are those from
            `entries[FIRST, i]` to `entries[FIRST, i + 1]`.
        parts: int64[3, p], what the part is (the caller's number), start and stop in the buffer.
    """

    filled: Int64Array
    slots: Int32Array
    entries: Int64Array
    parts: Int64Array


def empty_combinations(capacity: int) -> Combinations:
    """A table with room for `capacity` combinations, a power of two."""
    return Combinations(
        filled=np.zeros(1, np.int64),
        slots=np.full(2 * capacity, -1, np.int32),
        entries=np.zeros((2, capacity + 1), np.int64),
        parts=np.zeros((3, 8 * capacity + MOST_PARTS), np.int64),
    )


def grown(table: Combinations) -> Combinations:
    """The same combinations in a table of twice the size."""
    bigger = empty_combinations(table.slots.size)
    count = int(table.filled[0])
    used = int(table.entries[FIRST, count])
    bigger.filled[0] = count
    bigger.entries[:, : count + 1] = table.entries[:, : count + 1]
    bigger.parts[:, :used] = table.parts[:, :used]
    fill_slots(bigger)
    return bigger


@compiled_borrowing
def fill_slots(table: Combinations) -> None:
    """Enter every combination into empty slots."""
    mask = np.uint64(table.slots.size - 1)
    for i in range(table.filled[0]):
        slot = np.uint64(table.entries[HASH, i]) & mask
        while table.slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        table.slots[slot] = i


@compiled_borrowing
def begin(table: Combinations) -> int:
    """Where the parts of the next combination go, `NO_ROOM` if they may not fit."""
    count = table.filled[0]
    at = table.entries[FIRST, count]
    if count + 1 >= table.entries.shape[1] or at + MOST_PARTS > table.parts.shape[1]:
        return NO_ROOM
    return int(at)


@compiled_borrowing
def put_part(table: Combinations, at: int, key: int, start: int, stop: int) -> int:
    """Note a part of the combination begun; gives where the next one goes."""
    table.parts[PART_KEY, at] = key
    table.parts[PART_START, at] = start
    table.parts[PART_STOP, at] = stop
    return at + 1


@compiled_borrowing
def find_or_keep(table: Combinations, buffer: UInt8Array, stop: int) -> int:
    """The number of the combination whose parts were put up to `stop`, kept if it is new."""
    count = table.filled[0]
    start = table.entries[FIRST, count]
    value = np.uint64(stop - start)
    for at in range(start, stop):
        seed = value + np.uint64(table.parts[PART_KEY, at])
        value = hash_bytes(buffer, table.parts[PART_START, at], table.parts[PART_STOP, at], seed)
    mask = np.uint64(table.slots.size - 1)
    slot = value & mask
    while table.slots[slot] >= 0:
        known = table.slots[slot]
        if np.uint64(table.entries[HASH, known]) == value and _same_parts(
            table, buffer, known, stop
        ):
            return int(known)
        slot = (slot + np.uint64(1)) & mask
    table.slots[slot] = count
    table.entries[HASH, count] = np.int64(value)
    table.entries[FIRST, count + 1] = stop
    table.filled[0] = count + 1
    return int(count)


@compiled_borrowing
def _same_parts(table: Combinations, buffer: UInt8Array, known: int, stop: int) -> bool:
    start = table.entries[FIRST, table.filled[0]]
    first = table.entries[FIRST, known]
    if table.entries[FIRST, known + 1] - first != stop - start:
        return False
    parts = table.parts
    for i in range(stop - start):
        mine, other = start + i, first + i
        length = parts[PART_STOP, mine] - parts[PART_START, mine]
        if parts[PART_KEY, mine] != parts[PART_KEY, other]:
            return False
        if parts[PART_STOP, other] - parts[PART_START, other] != length:
            return False
        if not same_bytes(buffer, parts[PART_START, mine], parts[PART_START, other], length):
            return False
    return True
