"""What a format that is read span by span has to be able to do."""

from collections.abc import Iterator
from typing import Protocol

from analyzer.model.issue import Issues
from analyzer.readers.source import Source
from analyzer.records.record import SpanRecord


class RecordFormat(Protocol):
    """A format that is read span by span."""

    @property
    def name(self) -> str:
        """What `--input-format` and reports call it."""
        ...

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (up to `HEAD_BYTES`) is in this format."""
        ...

    def records(self, source: Source, issues: Issues, *, whole: bool) -> Iterator[SpanRecord]:
        """Every span of the source; what cannot be read is an issue.

        Args:
            source: the file.
            issues: where odd data is counted.
            whole: whether events are wanted too, which no analysis looks at.
        """
        ...
