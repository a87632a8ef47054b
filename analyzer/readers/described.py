"""From the compiled walk's tables to the attributes of its spans."""

import numpy as np

from analyzer.model.attributes import MOST_KEYS, MOST_VALUES, Attributes, keep, settled
from analyzer.model.spans import Int64Array, UInt8Array
from analyzer.readers.attribute_kernel import FLAG, TEXT
from analyzer.readers.described_kernel import (
    KEY_COLUMN,
    KEY_KEEP,
    KEY_VALUES,
    NODES,
    PAIR,
    PAIR_KEY,
    PAIR_START,
    PAIR_STOP,
    PAIR_TYPE,
    PARENT,
    ROOT,
    TOO_MANY_KEYS,
    UNKNOWN_START,
    UNKNOWN_STOP,
)
from analyzer.readers.otlp_reference import flag, text
from analyzer.readers.span_tables_kernel import ROWS, SET, Tables
from analyzer.readers.texts_kernel import (
    TEXT_START,
    TEXT_STOP,
    enter_text,
    grown_texts,
    is_full,
)


def with_key(tables: Tables, buffer: UInt8Array, names: tuple[str, ...]) -> Tables:
    """The same tables with the key that the walk did not know.

    Args:
        tables: what the walk stopped with.
        buffer: the bytes that it walks over.
        names: the keys that names are made from, in the order of their columns.
    """
    described = tables.described
    start, stop = described.counts[UNKNOWN_START : UNKNOWN_STOP + 1].tolist()
    if described.keys.filled[0] > MOST_KEYS:
        described.counts[TOO_MANY_KEYS] = 1
        return tables
    if is_full(described.keys):
        described = described._replace(keys=grown_texts(described.keys))
    name = text(buffer[start:stop].tobytes())
    number = enter_text(described.keys, buffer, start, stop)
    described.keys.entries[number, KEY_KEEP] = keep(name)
    described.keys.entries[number, KEY_COLUMN] = names.index(name) if name in names else -1
    return tables._replace(described=described)


def attributes_of(tables: Tables, data: bytes) -> Attributes | None:
    """The attributes of all rows; None where there are too many keys."""
    described = tables.described
    if described.counts[TOO_MANY_KEYS]:
        return None
    keys = described.keys.entries[: described.keys.filled[0]]
    names = [text(data[at:to]) for at, to in keys[:, [TEXT_START, TEXT_STOP]].tolist()]
    facts = described.pairs.entries[: described.pairs.filled[0]]
    pairs = [
        (names[key], value_text(data[start:stop], value_type))
        for key, value_type, start, stop in facts[
            :, [PAIR_KEY, PAIR_TYPE, PAIR_START, PAIR_STOP]
        ].tolist()
    ]
    ends = tables.rows[SET, : tables.counts[ROWS]]
    occurs = np.zeros(described.counts[NODES], np.bool_)
    occurs[ends] = True
    offset, pair = _sets(described.nodes, np.flatnonzero(occurs), facts[:, PAIR_KEY])
    return settled(
        set_of=(np.cumsum(occurs) - 1)[ends],
        offset=offset,
        pair=pair,
        pairs=pairs,
        crowded=frozenset(names[k] for k in np.flatnonzero(keys[:, KEY_VALUES] > MOST_VALUES)),
    )


def _sets(nodes: Int64Array, ends: Int64Array, key_of: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The sets that sequences are: offsets, and pairs; of a key that is there twice the last.

    Args:
        nodes: see `described_kernel`.
        ends: int64[s], the nodes that the sequences end at.
        key_of: int64[p], the key of each pair.
    """
    levels = []
    at = ends
    while (at > ROOT).any():
        levels.append(np.where(at > ROOT, nodes[at, PAIR], -1))
        at = nodes[at, PARENT]
    table = np.stack(levels, axis=1) if levels else np.full((ends.size, 0), -1, np.int64)
    if table.size:
        key = np.where(table >= 0, key_of[table], -1 - np.arange(table.shape[1]))
        order = np.argsort(key, axis=1, kind="stable")  # of a key the last comes first
        ascending = np.take_along_axis(key, order, axis=1)
        again = np.zeros(table.shape, np.bool_)
        np.put_along_axis(again, order[:, 1:], ascending[:, 1:] == ascending[:, :-1], axis=1)
        table = np.where(again, -1, table)
    offset = np.concatenate([[0], np.cumsum((table >= 0).sum(axis=1))])
    return offset, table[table >= 0]


def value_text(raw: bytes, value_type: int) -> str:
    """A value as `otlp_reference` makes text of it."""
    if value_type == TEXT:
        return text(raw)
    number = 0
    for place, byte in enumerate(raw):
        number |= (byte & 0x7F) << (7 * place)
    if value_type == FLAG:
        return flag(value=number != 0)
    return str(number - (1 << 64) if number >= 1 << 63 else number)
