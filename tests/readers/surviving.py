"""What holds for every reader whatever the bytes."""

from analyzer.readers.reader import Reader
from tests.readers.damage import count_requests, decode


def survives(reader: Reader, data: bytes) -> None:
    """The reader ends, and what it gives can be."""
    reader.recognizes(data)
    decoded = decode(reader, data)
    spans = decoded.spans
    assert (spans.end_ns >= spans.start_ns).all()
    assert (spans.start_ns >= 0).all()
    assert (spans.span_id != 0).all()
    assert ((spans.trace_hi != 0) | (spans.trace_lo != 0)).all()
    assert set(spans.kind.tolist()) <= set(range(6))
    count_requests(reader, data)
