"""Compiled: which rows share a trace id, and the rows of each trace side by side."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import Int32Array, Int64Array, UInt64Array
from analyzer.model.traces import Batch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiplying by it spreads neighbouring keys over a table."""

SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
"""An odd 64-bit constant with bits spread evenly, for the second half of a key."""


@compiled
def number_keys(high: UInt64Array, low: UInt64Array) -> tuple[Int32Array, int]:
    """Number distinct (high, low) pairs by first appearance.

    Returns:
        int32[n], the number of each row's pair, and how many distinct pairs there are.
    """
    bits = 12
    shift = np.uint64(64 - bits)
    table = np.full(1 << bits, -1, np.int32)
    first_row = np.empty(1 << bits, np.int64)
    number = np.empty(low.size, np.int32)
    count = 0
    for row in range(low.size):
        slot = ((low[row] ^ (high[row] * SECOND)) * GOLDEN) >> shift
        mask = np.uint64(table.size - 1)
        while True:
            found = table[slot]
            if found < 0:
                table[slot] = count
                first_row[count] = row
                number[row] = count
                count += 1
                break
            seen = first_row[found]
            if low[seen] == low[row] and high[seen] == high[row]:
                number[row] = found
                break
            slot = (slot + np.uint64(1)) & mask
        if count * 4 > table.size:
            bits += 1
            shift = np.uint64(64 - bits)
            table = np.full(1 << bits, -1, np.int32)
            mask = np.uint64(table.size - 1)
            larger = np.empty(1 << bits, np.int64)
            larger[:count] = first_row[:count]
            first_row = larger
            for known in range(count):
                seen = first_row[known]
                slot = ((low[seen] ^ (high[seen] * SECOND)) * GOLDEN) >> shift
                while table[slot] >= 0:
                    slot = (slot + np.uint64(1)) & mask
                table[slot] = known
    return number, count


@compiled
def group_rows(number: Int32Array, count: int) -> tuple[Int64Array, Int64Array]:
    """Bring rows of one number side by side, keeping their order.

    Returns:
        int64[count + 1], where each number's rows begin, and int64[n], the rows.
    """
    offset = np.zeros(count + 1, np.int64)
    for row in range(number.size):
        offset[number[row] + 1] += 1
    for i in range(count):
        offset[i + 1] += offset[i]
    place = offset[:-1].copy()
    order = np.empty(number.size, np.int64)
    for row in range(number.size):
        n = number[row]
        order[place[n]] = row
        place[n] += 1
    return offset, order


@compiled
def gather(whole: Batch, batch: Batch) -> None:
    """Fill the columns of `batch` from those of `whole`, at the rows that it names."""
    for k in range(batch.row.size):
        row = batch.row[k]
        batch.span_id[k] = whole.span_id[row]
        batch.parent_id[k] = whole.parent_id[row]
        batch.start_ns[k] = whole.start_ns[row]
        batch.end_ns[k] = whole.end_ns[row]
        batch.kind[k] = whole.kind[row]
        batch.status[k] = whole.status[row]
        batch.service[k] = whole.service[row]
        batch.instance[k] = whole.instance[row]
        batch.operation[k] = whole.operation[row]
        batch.peer[k] = whole.peer[row]
        batch.protocol[k] = whole.protocol[row]


@compiled
def coarse_clocks(
    service: Int32Array, start_ns: Int64Array, end_ns: Int64Array, coarse: Int64Array
) -> None:
    """Set `coarse[s]` to 0 for every service with a timestamp that is no whole millisecond."""
    for row in range(service.size):
        s = service[row]
        if s >= 0 and coarse[s] and (start_ns[row] % 1_000_000 or end_ns[row] % 1_000_000):
            coarse[s] = 0
