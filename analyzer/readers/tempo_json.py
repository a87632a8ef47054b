"""What Tempo's API answers for a trace: OTLP's JSON with ids in base64 and names of enums.

```
{"batches": [...]}                         /api/traces/ID
{"trace": {"resourceSpans": [...]}}        /api/v2/traces/ID
```

Source: grafana/tempo, pkg/tempopb; protobuf's JSON mapping.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from analyzer.model.issue import Issues
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import outline
from analyzer.readers.otlp_json import ResourceSpansText
from analyzer.readers.otlp_json_body import resource_spans_of
from analyzer.readers.source import Source

_PATHS = (("batches",), ("trace", "batches"), ("trace", "resourceSpans"))


@dataclass(frozen=True, slots=True)
class TempoJson:
    """Answers of Tempo, one or several in a row."""

    name: ClassVar[str] = "tempo"

    def recognizes(self, head: bytes) -> bool:
        """One of Tempo's envelopes."""
        return not {".".join(path) for path in _PATHS}.isdisjoint(outline(head))

    def resource_spans(self, source: Source, issues: Issues) -> Iterator[ResourceSpansText]:
        """What is in the envelopes."""
        return resource_spans_of(source, issues, ElementSplitter(), paths=_PATHS)
