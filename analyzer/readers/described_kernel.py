r"""What describes a span: its attributes as one number.

Instrumentation sends the same attributes in the same order, span after span. So attributes lie in a
tree: a path from its root is a sequence of attributes that some span has, and a span's number is
the node that its own sequence ends at. Each node remembers the child that was taken last, and most
often it is taken again: then the attribute's bytes need only be compared with those of that child,
and what they say, which stands beside it, needs no second look.

```
root -- http.request.method=GET -- http.route=/cart -- http.response.status_code=200    node 3
                                                    \- http.response.status_code=503   node 4
```
"""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.attributes import LONGEST_VALUE, MOST_VALUES, Keep
from analyzer.model.spans import Int32Array, Int64Array, UInt8Array
from analyzer.readers.attribute_kernel import (
    ABSENT,
    TEXT,
    VALUE_START,
    VALUE_STOP,
    VALUE_TYPE,
    VALUE_TYPES,
    find_key,
    load_attribute,
    note_value,
)
from analyzer.readers.texts_kernel import (
    FACTS,
    TEXT_START,
    TEXT_STOP,
    Texts,
    empty_texts,
    find_text,
    hash_text,
    is_full,
    keep_text,
)
from analyzer.readers.wire_kernel import REFUSED, same_bytes

UNSEEN, NO_KEY, NO_PAIR, NO_NODE = -5, -6, -7, -8
"""What stands in place of a node, besides `REFUSED`: the attribute's type is not looked at; a key
is not known, or there is no room for another pair or another node."""

KEY_KEEP, KEY_COLUMN, KEY_VALUES = range(FACTS, FACTS + 3)
"""Facts about a key: its `Keep`; its column in the table of keys that names are made from, or -1;
how many values it has."""

PAIR_KEY, PAIR_TYPE, PAIR_START, PAIR_STOP = range(FACTS, FACTS + 4)
"""Facts about a KeyValue as it was sent: the number of its key, and its value."""

PARENT, PAIR, TAKEN, START, SIZE, NAMED, START_OF_VALUE, STOP_OF_VALUE = range(8)
"""Columns of a node: the one above it, the number of its pair, its child that was taken last (0 for
none), where the pair's bytes are; and its value, if names are made from it: column and type in one
number, else -1."""

NODES, UNKNOWN_START, UNKNOWN_STOP, TOO_MANY_KEYS = range(4)
"""How many nodes there are; where an unknown key lies; whether there are so many keys that no
attribute is kept."""

ROOT = 0
_QUERY = ord("?")
_NEVER, _WITHOUT_QUERY = int(Keep.NEVER), int(Keep.WITHOUT_QUERY)
_KEYS, _PAIRS, _NODES = 1 << 8, 1 << 10, 1 << 12
"""Room to begin with."""


class Described(NamedTuple):
    """Attributes and their sequences; the compiler knows named tuples, but no dataclasses.

    Attributes:
        keys: the attributes' names.
        pairs: whole KeyValues as they were sent.
        nodes: int64[c, 8], by `PARENT` to `STOP_OF_VALUE`.
        edges: int32[e], open addressing by parent and pair: a node, or -1; e is a power of two.
        counts: int64[4], by `NODES` to `TOO_MANY_KEYS`.
    """

    keys: Texts
    pairs: Texts
    nodes: Int64Array
    edges: Int32Array
    counts: Int64Array


def empty_described() -> Described:
    """Nothing but the root is known yet."""
    counts = np.zeros(4, np.int64)
    counts[NODES] = 1
    return Described(
        keys=empty_texts(_KEYS),
        pairs=empty_texts(_PAIRS),
        nodes=np.zeros((_NODES, 8), np.int64),
        edges=np.full(2 * _NODES, -1, np.int32),
        counts=counts,
    )


def with_nodes(described: Described) -> Described:
    """The same with room for twice as many nodes."""
    nodes = np.concatenate((described.nodes, np.zeros_like(described.nodes)))
    edges = np.full(2 * nodes.shape[0], -1, np.int32)
    bigger = described._replace(nodes=nodes, edges=edges)
    _fill_edges(bigger)
    return bigger


@compiled_borrowing
def _fill_edges(described: Described) -> None:
    for node in range(1, described.counts[NODES]):
        parent, pair = described.nodes[node, PARENT], described.nodes[node, PAIR]
        described.edges[_edge(described.nodes, described.edges, parent, pair)] = node


@compiled_borrowing
def _edge(nodes: Int64Array, edges: Int32Array, parent: int, pair: int) -> np.uint64:
    """The slot of a node below `parent`; it is empty if there is no such node yet."""
    mask = np.uint64(edges.size - 1)
    mixed = (np.uint64(parent) << np.uint64(32)) ^ np.uint64(pair)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    slot = (mixed ^ (mixed >> np.uint64(29))) & mask
    while edges[slot] >= 0:
        known = edges[slot]
        if nodes[known, PARENT] == parent and nodes[known, PAIR] == pair:
            break
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled_borrowing
def follow(
    buffer: UInt8Array, start: int, stop: int, node: int, nodes: Int64Array, names: Int64Array
) -> int:
    """The node that a KeyValue leads to if it is the one that followed here last; else `ROOT`.

    Its value is noted in `names` if names are made from it.
    """
    child = nodes[node, TAKEN]
    size = stop - start
    if nodes[child, SIZE] != size or child == ROOT:
        return ROOT
    if not same_bytes(buffer, start, nodes[child, START], size):
        return ROOT
    named = nodes[child, NAMED]
    if named >= 0:
        column = named // VALUE_TYPES
        names[VALUE_TYPE, column] = named % VALUE_TYPES
        names[VALUE_START, column] = nodes[child, START_OF_VALUE]
        names[VALUE_STOP, column] = nodes[child, STOP_OF_VALUE]
    return int(child)


@compiled_borrowing
def find_node(
    buffer: UInt8Array,
    start: int,
    stop: int,
    node: int,
    names: Int64Array,
    described: Described,
) -> int:
    """As `follow`, for any KeyValue: the node that it leads to, or one of `REFUSED`, `UNSEEN` ...

    One that is not kept leads nowhere: to `node` itself.
    """
    pair_hash = hash_text(buffer, start, stop)
    pair = find_text(described.pairs, buffer, start, stop, pair_hash)
    if pair < 0:
        loaded = load_attribute(buffer, start, stop)
        at, key_start, key_stop, value_type, value_start, value_stop = loaded
        if at < 0 or value_type == ABSENT:
            return REFUSED if at < 0 else UNSEEN
        key = _find_key(buffer, key_start, key_stop, described)
        if key < 0:
            column = find_key(buffer, key_start, key_stop, names)
            note_value(names, column, value_type, value_start, value_stop)
            return node if described.counts[TOO_MANY_KEYS] else NO_KEY
        column = described.keys.entries[key, KEY_COLUMN]
        note_value(names, column, value_type, value_start, value_stop)
        if not _is_kept(buffer, described.keys, key, value_type, value_start, value_stop):
            return node
        if is_full(described.pairs):
            return NO_PAIR
        pair = keep_text(described.pairs, start, stop, pair_hash)
        described.keys.entries[key, KEY_VALUES] += 1
        facts = described.pairs.entries[pair]
        facts[PAIR_KEY], facts[PAIR_TYPE] = key, value_type
        facts[PAIR_START], facts[PAIR_STOP] = value_start, value_stop
    else:
        facts = described.pairs.entries[pair]
        column = described.keys.entries[facts[PAIR_KEY], KEY_COLUMN]
        note_value(names, column, facts[PAIR_TYPE], facts[PAIR_START], facts[PAIR_STOP])
    return _child(described, node, pair, column)


@compiled_borrowing
def _find_key(buffer: UInt8Array, start: int, stop: int, described: Described) -> int:
    """The number of a key, -1 if it is not known."""
    key = find_text(described.keys, buffer, start, stop, hash_text(buffer, start, stop))
    if key < 0:
        described.counts[UNKNOWN_START], described.counts[UNKNOWN_STOP] = start, stop
    return key


@compiled_borrowing
def _child(described: Described, node: int, pair: int, column: int) -> int:
    """The node that a pair leads to from `node`, which takes note of it; or `NO_NODE`."""
    nodes, edges, counts = described.nodes, described.edges, described.counts
    slot = _edge(nodes, edges, node, pair)
    child = edges[slot]
    if child < 0:
        child = counts[NODES]
        if child >= nodes.shape[0]:
            return NO_NODE
        facts = described.pairs.entries[pair]
        edges[slot] = child
        counts[NODES] = child + 1
        nodes[child, PARENT], nodes[child, PAIR] = node, pair
        nodes[child, TAKEN], nodes[child, START] = ROOT, facts[TEXT_START]
        nodes[child, SIZE] = facts[TEXT_STOP] - facts[TEXT_START]
        nodes[child, NAMED] = column * VALUE_TYPES + facts[PAIR_TYPE] if column >= 0 else -1
        nodes[child, START_OF_VALUE] = facts[PAIR_START]
        nodes[child, STOP_OF_VALUE] = facts[PAIR_STOP]
    nodes[node, TAKEN] = child
    return int(child)


@compiled_borrowing
def _is_kept(
    buffer: UInt8Array, keys: Texts, key: int, value_type: int, start: int, stop: int
) -> bool:
    kept = keys.entries[key, KEY_KEEP]
    if kept == _NEVER or keys.entries[key, KEY_VALUES] > MOST_VALUES:
        return False
    if value_type != TEXT:
        return True
    if stop - start > LONGEST_VALUE:
        return False
    if kept == _WITHOUT_QUERY:
        for at in range(start, stop):
            if buffer[np.uint64(at)] == _QUERY:
                return False
    return True
