"""Parquet of our own: a row for each span, see `analyzer.model.span_table`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ROWS_AT_ONCE = 1 << 16
"""A row group: large enough to be compressed well, small enough to be held in memory."""

_LEVEL = 1
"""zstd's: the files are as small as with higher ones, and written several times as fast."""


@dataclass(frozen=True, slots=True)
class Parquet:
    """Writes row groups as spans come."""

    name: ClassVar[str] = "parquet"

    def write(self, requests: "Iterable[ExportTraceServiceRequest]", out: BinaryIO) -> int:
        """Write every span that has ids of the right length: a column of ids holds no others."""
        import pyarrow.parquet as pq

        from analyzer.model.span_table import table_schema
        from analyzer.writers.span_rows import SpanRows

        schema = table_schema()
        rows = SpanRows()
        written = 0
        with pq.ParquetWriter(
            out, schema, compression="zstd", compression_level=_LEVEL, write_page_checksum=True
        ) as file:
            for request in requests:
                rows.add(request)
                if len(rows) >= ROWS_AT_ONCE:
                    written += len(rows)
                    file.write_table(rows.take(schema))
            if len(rows):
                written += len(rows)
                file.write_table(rows.take(schema))
        return written
