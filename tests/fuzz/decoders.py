"""The byte-level decoders: messages, frames, compressed files, JSON cut into elements."""

import gzip
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache

import numpy as np
import zstandard

from analyzer.model.issue import IssueKind, Issues
from analyzer.model.spans import CODED, COLUMNS, Links, Spans
from analyzer.readers.frames import HEADER, FrameSplitter
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import FrameDecoder
from analyzer.readers.source import open_stream
from collector.examine import EXAMINE, Examined, Undecodable
from collector.exports import LOGS, METRICS, TRACES, Export
from collector.wire_walk import Sighting, WireWalk
from tests.fuzz import seeds
from tests.fuzz.target import Shape, Target
from tests.readers import wire
from tests.readers.damage import pieces
from tests.readers.decoding import NEVER, described

MOST_READ = 64 << 20
"""A small compressed file may hold gigabytes; how they come does not change from here on."""

_walk_of = cache(WireWalk)


def acknowledged_alike(export: Export) -> Callable[[Sequence[bytes]], None]:
    """What the collector's walk vouches for is what the protobuf library finds."""

    def check(inputs: Sequence[bytes]) -> None:
        walk = _walk_of(export)
        for body in inputs:
            sighting = walk.sight(body)
            if sighting is None:
                continue
            examined = _by_library(export, body)
            assert examined is not None, "the walk vouches for what the library refuses"
            assert sighting == Sighting(items=examined.items, nameless=examined.refused)
            if examined.refused:
                left = walk.sight(examined.body)
                assert left == Sighting(items=examined.items - examined.refused, nameless=0)

    return check


def _by_library(export: Export, body: bytes) -> Examined | None:
    try:
        return EXAMINE[export.signal](body)
    except Undecodable:
        return None


def decoded_alike(inputs: Sequence[bytes]) -> None:
    """The analyzer's walk and the protobuf library make the same of every request."""
    data = wire.frames(*inputs)
    walked, walk_issues, walk_records = _decoded(data, walk_from=0)
    found, issues, records = _decoded(data, walk_from=NEVER)
    assert walk_records == records
    assert _counts(walk_issues) == _counts(issues)
    _assert_same(walked, found)


def _decoded(data: bytes, *, walk_from: int) -> tuple[Spans, Issues, int]:
    issues = Issues()
    decoder = FrameDecoder(Namer(), issues, walk_from=walk_from)
    spans = decoder.decode(FrameSplitter("fuzz").split(data))
    return spans, issues, decoder.records


def _counts(issues: Issues) -> dict[IssueKind, tuple[int, int]]:
    return {issue.kind: (issue.count, issue.spans) for issue in issues}


def _assert_same(one: Spans, other: Spans) -> None:
    for name in COLUMNS:
        columns = [getattr(spans, name) for spans in (one, other)]
        if name in CODED:
            columns = [
                np.array([*spans.names, ""], object)[column]
                for spans, column in zip((one, other), columns, strict=True)
            ]
        assert np.array_equal(*columns), name
    # which spans they belong to is what counts, not which frames were decoded first
    orders = [np.argsort(spans.links.row, kind="stable") for spans in (one, other)]
    for link in fields(Links):
        columns = [
            getattr(spans.links, link.name)[order]
            for spans, order in zip((one, other), orders, strict=True)
        ]
        assert np.array_equal(*columns), link.name
    assert described(one) == described(other)


def cut_alike(inputs: Sequence[bytes]) -> None:
    """Frames are the same whatever the pieces they come in, and no byte is lost."""
    for data in inputs:
        whole = FrameSplitter("fuzz")
        at_once = whole.split(data)
        contents = [at_once.content(frame) for frame in range(len(at_once))]
        by_piece = FrameSplitter("fuzz")
        found = []
        for piece in pieces(data, random.Random(len(data))):
            frames = by_piece.split(piece)
            found += [frames.content(frame) for frame in range(len(frames))]
        assert found == contents
        assert by_piece.rest == whole.rest == len(data) - len(wire.frames(*contents))


def decompressed_in_bounds(inputs: Sequence[bytes]) -> None:
    """A compressed file gives bytes and then ends, told as cut where it is damaged."""
    for data in inputs:
        with open_stream(io.BytesIO(data), "fuzz") as source:
            size = 0
            while size < MOST_READ and (piece := source.stream.read(1 << 16)):
                size += len(piece)
            assert source.size <= len(data)


def elements_alike(inputs: Sequence[bytes]) -> None:
    """Elements of a JSON text are the same whatever the pieces it comes in."""
    for data in inputs:
        for whole in (False, True):
            at_once = ElementSplitter(whole=whole)
            elements = list(at_once.split(data))
            by_piece = ElementSplitter(whole=whole)
            found = [
                element
                for piece in pieces(data, random.Random(len(data)))
                for element in by_piece.split(piece)
            ]
            assert found == elements
            assert by_piece.is_complete == at_once.is_complete
            assert by_piece.problem == at_once.problem


def _compressed() -> list[bytes]:
    plain = wire.frames(*seeds.requests())
    packed = zstandard.ZstdCompressor().compress
    stream = zstandard.ZstdCompressor().compressobj()
    messages = [packed(request) for request in seeds.requests()]
    lines = [packed(line) for line in seeds.json_bodies()]
    return [
        gzip.compress(plain),
        gzip.compress(plain[:50]) + gzip.compress(plain[50:]),
        packed(plain),
        packed(plain[:50]) + packed(plain[50:]),
        stream.compress(plain) + stream.flush(),
        packed(bytes(1 << 20)),
        gzip.compress(bytes(1 << 20)),
        *(b"".join(HEADER.pack(len(m)) + m for m in some) for some in (messages, lines)),
        *seeds.traps(".gz", ".zst"),
    ]


def _framed() -> list[bytes]:
    return [wire.frames(*seeds.requests()), wire.frames(b"", b""), *seeds.traps(".otlp")]


TARGETS = (
    *(
        Target(
            name=f"acknowledge-{export.signal.value}",
            seeds=made,
            check=acknowledged_alike(export),
            shape=Shape.MESSAGE,
            batch=1_000,
            interpreted=True,
        )
        for export, made in (
            (TRACES, seeds.requests),
            (METRICS, seeds.metrics),
            (LOGS, seeds.logs),
        )
    ),
    Target(
        name="decode",
        seeds=seeds.requests,
        check=decoded_alike,
        shape=Shape.MESSAGE,
        batch=500,
        interpreted=True,
    ),
    Target(name="frames", seeds=_framed, check=cut_alike, batch=1_000),
    Target(name="compressed", seeds=_compressed, check=decompressed_in_bounds, batch=50),
    Target(
        name="json-elements",
        seeds=seeds.json_texts,
        check=elements_alike,
        shape=Shape.JSON,
        batch=200,
    ),
)
