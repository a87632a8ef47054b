"""The compiled walk over ExportTraceServiceRequests: bytes to columns, without an object a span.

Accepts any order of fields, as the format allows; a field that is there twice counts as the
protobuf library counts it (the last one; parts of a message add up). What it refuses is given to
the library. `otlp_reference` says what each column means.
Source: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
"""

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.attributes import MOST_ATTRIBUTES
from analyzer.model.spans import Int64Array, UInt8Array
from analyzer.readers.attribute_kernel import ABSENT, VALUE_TYPE, walk_attribute
from analyzer.readers.described_kernel import ROOT, UNSEEN, find_node, follow
from analyzer.readers.span_tables_kernel import (
    DONE,
    END,
    KIND,
    LINK_ROW,
    LINK_SPAN,
    LINK_TRACE_HI,
    LINK_TRACE_LO,
    LINKS,
    LOOKED_AT,
    NAME_START,
    NAME_STOP,
    NAMING,
    NO_LINK,
    NO_NAMING,
    NO_PROCESS,
    NO_ROW,
    PARENT_ID,
    PARENT_SIZE,
    PROCESS,
    ROWS,
    SET,
    SPAN_ID,
    SPAN_ID_BYTES,
    SPAN_SIZE,
    START,
    STATUS,
    TRACE_HI,
    TRACE_ID_BYTES,
    TRACE_LO,
    TRACE_SIZE,
    Tables,
    find_naming,
    find_process,
    finish_span,
)
from analyzer.readers.wire_kernel import (
    FIXED64,
    LENGTH,
    REFUSED,
    VARINT,
    WIRE_TYPE,
    load_big,
    load_fixed64,
    load_length,
    load_tag,
    load_varint,
    skip_field,
)

_RESOURCE_SPANS = 1 << 3 | LENGTH
_RESOURCE, _SCOPE_SPANS = 1 << 3 | LENGTH, 2 << 3 | LENGTH
_RESOURCE_ATTRIBUTE = 1 << 3 | LENGTH
_SPAN = 2 << 3 | LENGTH
_TRACE_ID, _SPAN_ID, _PARENT_ID = 1 << 3 | LENGTH, 2 << 3 | LENGTH, 4 << 3 | LENGTH
_NAME, _KIND = 5 << 3 | LENGTH, 6 << 3 | VARINT
_START, _END = 7 << 3 | FIXED64, 8 << 3 | FIXED64
_ATTRIBUTE, _LINK, _STATUS = 9 << 3 | LENGTH, 13 << 3 | LENGTH, 15 << 3 | LENGTH
_LINK_TRACE_ID, _LINK_SPAN_ID = 1 << 3 | LENGTH, 2 << 3 | LENGTH
_STATUS_CODE = 3 << 3 | VARINT


@compiled_borrowing
def walk_frames(
    buffer: UInt8Array, bounds: Int64Array, first: int, rows: Int64Array, tables: Tables
) -> tuple[int, int]:
    """Walk frames from `first` on: the frame it stopped at, and why.

    Args:
        buffer: the bytes.
        bounds: int64[2, f], start and stop of each frame in the buffer.
        first: the frame to begin with.
        rows: int64[f], out: how many spans each frame has, `REFUSED` if it is left to the library.
        tables: out; a frame that could not be finished leaves no rows and no links.
    """
    counts = tables.counts
    for frame in range(first, bounds.shape[1]):
        row, link = counts[ROWS], counts[LINKS]
        outcome = _walk_request(buffer, bounds[0, frame], bounds[1, frame], tables)
        if outcome != DONE:
            counts[ROWS], counts[LINKS] = row, link
            if outcome != REFUSED:
                return frame, outcome
        rows[frame] = REFUSED if outcome == REFUSED else counts[ROWS] - row
    return bounds.shape[1], DONE


@compiled_borrowing
def _walk_request(buffer: UInt8Array, at: int, end: int, tables: Tables) -> int:
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _RESOURCE_SPANS:
            start, at = load_length(buffer, at, end)
            outcome = _walk_resource_spans(buffer, start, at, tables)
            if outcome != DONE:
                return outcome
        else:
            at = skip_field(buffer, at, end, tag)
    return DONE if at >= 0 else REFUSED


@compiled_borrowing
def _walk_resource_spans(buffer: UInt8Array, at: int, end: int, tables: Tables) -> int:
    first_row = tables.counts[ROWS]
    tables.resource_keys[VALUE_TYPE, :] = ABSENT
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _RESOURCE:
            start, at = load_length(buffer, at, end)
            outcome = _walk_resource(buffer, start, at, tables.resource_keys)
        elif tag == _SCOPE_SPANS:
            start, at = load_length(buffer, at, end)
            outcome = _walk_scope_spans(buffer, start, at, tables)
        else:
            at = skip_field(buffer, at, end, tag)
            outcome = DONE
        if outcome != DONE:
            return outcome
    if at < 0:
        return REFUSED
    # The resource may stand behind its spans, so they learn of it here.
    process = find_process(buffer, tables.resource_keys, tables.processes)
    tables.rows[PROCESS, first_row : tables.counts[ROWS]] = process
    return DONE if process >= 0 else NO_PROCESS


@compiled_borrowing
def _walk_resource(buffer: UInt8Array, at: int, end: int, keys: Int64Array) -> int:
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _RESOURCE_ATTRIBUTE:
            start, at = load_length(buffer, at, end)
            if walk_attribute(buffer, start, at, keys) == REFUSED:
                return REFUSED
        else:
            at = skip_field(buffer, at, end, tag)
    return DONE if at >= 0 else REFUSED


@compiled_borrowing
def _walk_scope_spans(buffer: UInt8Array, at: int, end: int, tables: Tables) -> int:
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _SPAN:
            start, at = load_length(buffer, at, end)
            outcome = _walk_span(buffer, start, at, tables)
            if outcome != DONE:
                return outcome
        else:
            at = skip_field(buffer, at, end, tag)
    return DONE if at >= 0 else REFUSED


@compiled_borrowing
def _walk_span(buffer: UInt8Array, at: int, end: int, tables: Tables) -> int:
    span, keys, nodes = tables.span, tables.span_keys, tables.described.nodes
    if tables.counts[ROWS] >= tables.rows.shape[1]:
        return NO_ROW
    span[:] = 0
    keys[VALUE_TYPE, :] = ABSENT
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        outcome = DONE
        if tag == _ATTRIBUTE:
            start, at = load_length(buffer, at, end)
            node = ROOT
            if at >= 0 and span[LOOKED_AT] < MOST_ATTRIBUTES:
                node = follow(buffer, start, at, span[SET], nodes, keys)
            if node > ROOT:
                span[SET] = node
                span[LOOKED_AT] += 1
            else:
                outcome = _walk_new_attribute(buffer, start, at, tables)
        elif tag == _LINK:
            start, at = load_length(buffer, at, end)
            outcome = _walk_link(buffer, start, at, tables)
        elif tag == _STATUS:
            start, at = load_length(buffer, at, end)
            outcome = _walk_status(buffer, start, at, span)
        elif tag & WIRE_TYPE == LENGTH:
            start, at = load_length(buffer, at, end)
            _take_bytes(buffer, start, at, tag, span)
        else:
            at = _take_number(buffer, at, end, tag, span)
        if outcome != DONE:
            return outcome
    if at < 0:
        return REFUSED
    span[NAMING] = find_naming(buffer, span, keys, tables.namings)
    if span[NAMING] < 0:
        return NO_NAMING
    finish_span(span, tables.counts, tables.rows)
    return DONE


@compiled_borrowing
def _walk_new_attribute(buffer: UInt8Array, start: int, stop: int, tables: Tables) -> int:
    """Take in an attribute other than the one expected."""
    span, keys = tables.span, tables.span_keys
    if stop < 0:
        return REFUSED
    if span[LOOKED_AT] >= MOST_ATTRIBUTES:
        return walk_attribute(buffer, start, stop, keys)
    node = find_node(buffer, start, stop, span[SET], keys, tables.described)
    if node == UNSEEN:
        return DONE
    if node < 0:
        return node
    span[SET] = node
    span[LOOKED_AT] += 1
    return DONE


@compiled_borrowing
def _take_bytes(buffer: UInt8Array, start: int, stop: int, tag: int, span: Int64Array) -> None:
    """Note an id or the name; one that is refused has a size that does not fit."""
    size = stop - start
    if tag == _TRACE_ID:
        span[TRACE_SIZE] = size
        if size == TRACE_ID_BYTES:
            span[TRACE_HI] = np.int64(load_big(buffer, start))
            span[TRACE_LO] = np.int64(load_big(buffer, start + 8))
    elif tag == _SPAN_ID:
        span[SPAN_SIZE] = size
        if size == SPAN_ID_BYTES:
            span[SPAN_ID] = np.int64(load_big(buffer, start))
    elif tag == _PARENT_ID:
        span[PARENT_SIZE] = size
        span[PARENT_ID] = np.int64(load_big(buffer, start)) if size == SPAN_ID_BYTES else 0
    elif tag == _NAME:
        span[NAME_START], span[NAME_STOP] = start, stop


@compiled_borrowing
def _take_number(buffer: UInt8Array, at: int, end: int, tag: int, span: Int64Array) -> int:
    """Note a time or the kind; gives the position behind the field, whatever it is."""
    if tag == _START:
        time, at = load_fixed64(buffer, at, end)
        span[START] = np.int64(time)
    elif tag == _END:
        time, at = load_fixed64(buffer, at, end)
        span[END] = np.int64(time)
    elif tag == _KIND:
        number, at = load_varint(buffer, at, end)
        span[KIND] = np.int32(number)
    else:
        at = skip_field(buffer, at, end, tag)
    return at


@compiled_borrowing
def _walk_status(buffer: UInt8Array, at: int, end: int, span: Int64Array) -> int:
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _STATUS_CODE:
            number, at = load_varint(buffer, at, end)
            span[STATUS] = np.int32(number)
        else:
            at = skip_field(buffer, at, end, tag)
    return DONE if at >= 0 else REFUSED


@compiled_borrowing
def _walk_link(buffer: UInt8Array, at: int, end: int, tables: Tables) -> int:
    """Keep a link whose ids are usable; the others are nobody's loss."""
    links, link = tables.links, tables.counts[LINKS]
    if link >= links.shape[1]:
        return NO_LINK
    links[:, link] = 0
    while 0 <= at < end:
        tag, at = load_tag(buffer, at, end)
        if tag == _LINK_TRACE_ID:
            start, at = load_length(buffer, at, end)
            fits = at - start == TRACE_ID_BYTES
            links[LINK_TRACE_HI, link] = np.int64(load_big(buffer, start)) if fits else 0
            links[LINK_TRACE_LO, link] = np.int64(load_big(buffer, start + 8)) if fits else 0
        elif tag == _LINK_SPAN_ID:
            start, at = load_length(buffer, at, end)
            fits = at - start == SPAN_ID_BYTES
            links[LINK_SPAN, link] = np.int64(load_big(buffer, start)) if fits else 0
        else:
            at = skip_field(buffer, at, end, tag)
    links[LINK_ROW, link] = tables.counts[ROWS]
    some_trace = links[LINK_TRACE_HI, link] != 0 or links[LINK_TRACE_LO, link] != 0
    if some_trace and links[LINK_SPAN, link] != 0:
        tables.counts[LINKS] = link + 1
    return DONE if at >= 0 else REFUSED
