"""Parquet of our own, as `slowhop convert` writes it: see `analyzer.model.span_table`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.span_table import SCHEMA_KEY, SCHEMA_VERSION, Column, table_schema
from analyzer.model.spans import Spans
from analyzer.readers.namer import Namer
from analyzer.readers.reader import Decoded
from analyzer.readers.source import Source

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_MAGIC = b"PAR1"

ROWS_AT_ONCE = 1 << 16

_NEEDED = (
    Column.TRACE_ID,
    Column.SPAN_ID,
    Column.PARENT_ID,
    Column.START,
    Column.END,
    Column.NAME,
    Column.KIND,
    Column.STATUS,
    Column.ATTRIBUTES,
    Column.RESOURCE,
    Column.LINKS,
    Column.SPAN_REST,
)
"""The columns that an analysis looks at."""


@dataclass(frozen=True, slots=True)
class Parquet:
    """Reads tables of spans, some ten thousand rows at once."""

    name: ClassVar[str] = "parquet"

    namer: Namer = field(default_factory=Namer)

    def recognizes(self, head: bytes) -> bool:
        """Any Parquet file; whether it is a table of spans, its end says."""
        return head.startswith(_MAGIC)

    def read(self, source: Source) -> Decoded:
        """Every span; the file's columns become ours without a loop over spans."""
        from analyzer.readers.parquet_columns import spans_of

        issues = Issues()
        parts: list[Spans] = []
        for number, batch in enumerate(_batches(source, issues, _NEEDED), start=1):
            where = f"{source.label}:batch {number}"
            with _counting_damage(where, issues):
                parts.append(spans_of(batch, where, self.namer, issues))
        return Decoded(spans=Spans.concat(parts), issues=issues, records=len(parts))

    def requests(self, source: Source, issues: Issues) -> "Iterator[ExportTraceServiceRequest]":
        """Every span as it was before it was written."""
        from analyzer.readers.parquet_requests import requests_of

        for number, batch in enumerate(_batches(source, issues, tuple(Column)), start=1):
            with _counting_damage(f"{source.label}:batch {number}", issues):
                yield from requests_of(batch)


def _batches(source: Source, issues: Issues, columns: tuple[Column, ...]) -> Iterator[Any]:
    """Batches of rows; none and an issue where the file is damaged or no table of spans."""
    import pyarrow.parquet as pq

    with _seekable(source) as file, _counting_damage(source.label, issues):
        table = pq.ParquetFile(file, page_checksum_verification=True)
        metadata = table.schema_arrow.metadata or {}
        known = metadata.get(SCHEMA_KEY) == SCHEMA_VERSION
        if known and table.schema_arrow.equals(table_schema()):
            yield from table.iter_batches(ROWS_AT_ONCE, columns=[str(name) for name in columns])
        else:
            detail = "Parquet, but no table of spans as slowhop convert writes it"
            kind = IssueKind.NOT_TRACES
            issues.add(Issue(kind=kind, where=source.label, detail=detail))


@contextmanager
def _counting_damage(where: str, issues: Issues) -> Iterator[None]:
    """Make what a damaged file raises an issue."""
    import pyarrow as pa
    from google.protobuf.message import DecodeError

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, DecodeError) as error:
        detail = f"damaged Parquet: {error}"
        issues.add(Issue(kind=IssueKind.UNDECODABLE_RECORD, where=where, detail=detail))


@contextmanager
def _seekable(source: Source) -> Iterator[BinaryIO]:
    """The file; a copy on disk of what comes compressed or through a pipe."""
    if source.file is not None:
        with source.file.open("rb") as file:
            yield file
        source.count(max(0, source.file.stat().st_size - source.size))
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(source.stream, copy, ROWS_AT_ONCE)
        copy.seek(0)
        yield copy
