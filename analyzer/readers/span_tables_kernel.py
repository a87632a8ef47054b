"""The span tables that the compiled walk fills, row by row.

`otlp_reference` and `sink` say what each column means.
"""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.naming import KeyUse
from analyzer.model.spans import Int64Array, UInt8Array
from analyzer.readers.attribute_kernel import (
    ABSENT,
    KEY_USE,
    OF_LENGTH,
    TEXT,
    VALUE_STOP,
    VALUE_TYPE,
    VALUE_TYPES,
    any_value,
    before_path,
    before_query,
    may_lack_place,
    put_value,
)
from analyzer.readers.combination_kernel import (
    NO_ROOM,
    Combinations,
    begin,
    empty_combinations,
    find_or_keep,
    grown,
    put_part,
)
from analyzer.readers.described_kernel import (
    NO_NODE,
    NO_PAIR,
    Described,
    empty_described,
    with_nodes,
)
from analyzer.readers.texts_kernel import grown_texts
from analyzer.readers.times import LONGEST_SPAN_NS, TimeFault

DONE, NO_ROW, NO_LINK, NO_NAMING, NO_PROCESS = 0, -2, -3, -4, -9
"""How a walk ends, besides `REFUSED`: all but the first ask for more room in a table, as those of
`described_kernel` do."""

ROWS, LINKS = range(2)
(
    TRACE_HI,
    TRACE_LO,
    SPAN_ID,
    PARENT_ID,
    START,
    END,
    KIND,
    STATUS,
    FAULT,
    NAMING,
    SET,
    PROCESS,
    TRACE_SIZE,
    SPAN_SIZE,
    PARENT_SIZE,
    NAME_START,
    NAME_STOP,
    LOOKED_AT,
) = range(18)
COLUMNS = PROCESS + 1
"""The fields of the span under way; those before `TRACE_SIZE` become a row."""

LINK_ROW, LINK_TRACE_HI, LINK_TRACE_LO, LINK_SPAN = range(4)

BAD_IDS = 1 << 4
"""A value in `FAULT`, beside those of `TimeFault`."""

NAME_PART = 1 << 8
"""In a naming, the number of the part that is the span's own name, to which its kind is added."""

TRACE_ID_BYTES, SPAN_ID_BYTES = 16, 8

_HIGHEST_KIND = 5
_HIGHEST_STATUS = 2
_CLIENT, _PRODUCER = 3, 4
_TIMES_FINE, _TIMES_INVALID, _TIMES_MISSING = (int(fault) for fault in TimeFault)

_USE_ALWAYS, _USE_PLACE, _USE_PATH = int(KeyUse.ALWAYS), int(KeyUse.PLACE), int(KeyUse.PATH)
_USE_URL, _USE_OUTGOING = int(KeyUse.URL), int(KeyUse.OUTGOING)

_COMBINATIONS = 1 << 10
"""Room to begin with: a system has some hundreds of names."""


class Tables(NamedTuple):
    """What the walk fills; the compiler knows named tuples, but no dataclasses.

    Attributes:
        counts: int64[2], how many rows and links there are.
        rows: int64[12, n], a row of it for each column, `TRACE_HI` to `PROCESS`.
        links: int64[4, m], by `LINK_ROW` to `LINK_SPAN`.
        span: int64[18], the span under way, by `TRACE_HI` to `LOOKED_AT`.
        resource_keys: a table of keys, see `attribute_kernel`.
        span_keys: a table of keys.
        processes: combinations of resource attributes.
        namings: combinations of a span's name and attributes.
        described: attributes and their sets.
    """

    counts: Int64Array
    rows: Int64Array
    links: Int64Array
    span: Int64Array
    resource_keys: Int64Array
    span_keys: Int64Array
    processes: Combinations
    namings: Combinations
    described: Described


def empty_tables(rows: int, resource_keys: Int64Array, span_keys: Int64Array) -> Tables:
    """Tables with room for that many spans."""
    return Tables(
        counts=np.zeros(2, np.int64),
        rows=np.empty((COLUMNS, rows), np.int64),
        links=np.empty((4, 64), np.int64),
        span=np.zeros(LOOKED_AT + 1, np.int64),
        resource_keys=resource_keys,
        span_keys=span_keys,
        processes=empty_combinations(_COMBINATIONS),
        namings=empty_combinations(_COMBINATIONS),
        described=empty_described(),
    )


def with_room(tables: Tables, wanted: int) -> Tables:
    """The same tables with twice the room where a walk ran out of it."""
    if wanted == NO_NAMING:
        return tables._replace(namings=grown(tables.namings))
    if wanted == NO_PROCESS:
        return tables._replace(processes=grown(tables.processes))
    described = tables.described
    if wanted == NO_NODE:
        return tables._replace(described=with_nodes(described))
    if wanted == NO_PAIR:
        return tables._replace(described=described._replace(pairs=grown_texts(described.pairs)))
    if wanted == NO_LINK:
        return tables._replace(links=np.concatenate((tables.links, tables.links), axis=1))
    return tables._replace(rows=np.concatenate((tables.rows, tables.rows), axis=1))


@compiled_borrowing
def finish_span(span: Int64Array, counts: Int64Array, rows: Int64Array) -> None:
    """Check the span under way and keep it as a row."""
    sizes_fit = span[TRACE_SIZE] == TRACE_ID_BYTES and span[SPAN_SIZE] == SPAN_ID_BYTES
    parent_fits = span[PARENT_SIZE] == 0 or span[PARENT_SIZE] == SPAN_ID_BYTES
    some_trace = span[TRACE_HI] != 0 or span[TRACE_LO] != 0
    if sizes_fit and parent_fits and some_trace and span[SPAN_ID] != 0:
        span[FAULT] = _make_times_usable(span)
    else:
        span[FAULT] = BAD_IDS
    if not 0 <= span[STATUS] <= _HIGHEST_STATUS:
        span[STATUS] = 0
    row = counts[ROWS]
    for column in range(PROCESS):
        rows[column, row] = span[column]
    counts[ROWS] = row + 1


@compiled_borrowing
def _make_times_usable(span: Int64Array) -> int:
    """As `times.usable_times`, in place; gives the `TimeFault`. Too high for int64 is negative."""
    start, end = span[START], span[END]
    fault = _TIMES_FINE
    if start < 0:
        start, fault = 0, _TIMES_INVALID
    if end < 0:
        end, fault = 0, _TIMES_INVALID
    if start == 0 and end == 0:
        fault = _TIMES_MISSING
    elif end < start:
        end, fault = start, _TIMES_INVALID
    elif end - start > LONGEST_SPAN_NS:
        start, fault = end, _TIMES_INVALID
    span[START], span[END] = start, end
    return fault


@compiled_borrowing
def find_process(buffer: UInt8Array, keys: Int64Array, processes: Combinations) -> int:
    """The combination of the resource under way, or `NO_ROOM`."""
    part = begin(processes)
    if part == NO_ROOM:
        return NO_ROOM
    for key in range(keys[OF_LENGTH, -1]):
        part = put_value(processes, part, keys, key, keys[VALUE_STOP, key])
    return find_or_keep(processes, buffer, part)


@compiled_borrowing
def find_naming(
    buffer: UInt8Array, span: Int64Array, keys: Int64Array, namings: Combinations
) -> int:
    """The combination of name, kind and what `name_span` would look at, or `NO_ROOM`."""
    part = begin(namings)
    if part == NO_ROOM:
        return NO_ROOM
    if not 0 <= span[KIND] <= _HIGHEST_KIND:
        span[KIND] = 0
    kind, start, stop = span[KIND], span[NAME_START], span[NAME_STOP]
    part = put_part(namings, part, (NAME_PART + kind) * VALUE_TYPES + TEXT, start, stop)
    outgoing = kind in (_CLIENT, _PRODUCER)
    place = may_lack_place(buffer, start, stop)
    path = place and not any_value(keys, _USE_PLACE)
    url_path = path and not any_value(keys, _USE_PATH)
    for key in range(keys[OF_LENGTH, -1]):
        if keys[VALUE_TYPE, key] == ABSENT:
            continue
        use, value_stop = keys[KEY_USE, key], keys[VALUE_STOP, key]
        named = use == _USE_ALWAYS or (use == _USE_PLACE and place)
        if named or (use == _USE_OUTGOING and outgoing):
            part = put_value(namings, part, keys, key, value_stop)
        elif (use == _USE_PATH and path) or (use == _USE_URL and url_path):
            part = put_value(namings, part, keys, key, before_query(buffer, keys, key))
        elif use == _USE_URL and outgoing:
            part = put_value(namings, part, keys, key, before_path(buffer, keys, key))
    return find_or_keep(namings, buffer, part)
