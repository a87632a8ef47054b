"""Parquet of our own, as `slowhop convert` writes it: see `analyzer.model.span_table`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.span_table import SCHEMA_KEY, SCHEMA_VERSION, Column
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
        for number, batch in enumerate(_batches(source, issues, list(_NEEDED)), start=1):
            where = f"{source.label}:batch {number}"
            parts.append(spans_of(batch, where, self.namer, issues))
        return Decoded(spans=Spans.concat(parts), issues=issues, records=len(parts))

    def requests(self, source: Source, issues: Issues) -> "Iterator[ExportTraceServiceRequest]":
        """Every span as it was before it was written."""
        from analyzer.readers.parquet_requests import requests_of

        for batch in _batches(source, issues, list(Column)):
            yield from requests_of(batch)


def _batches(source: Source, issues: Issues, columns: list[Column]) -> Iterator[Any]:
    """Batches of rows; none and an issue where the file is damaged or no table of spans."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    problem = ""
    with _seekable(source) as file:
        try:
            table = pq.ParquetFile(file)
            if (table.schema_arrow.metadata or {}).get(SCHEMA_KEY) != SCHEMA_VERSION:
                problem = "Parquet, but no table of spans written by slowhop convert"
            else:
                names = [str(column) for column in columns]
                yield from table.iter_batches(ROWS_AT_ONCE, columns=names)
        except (pa.ArrowException, OSError, ValueError) as error:
            problem = f"damaged Parquet: {error}"
    if problem:
        kind = IssueKind.UNDECODABLE_RECORD
        issues.add(Issue(kind=kind, where=source.label, detail=problem))


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
