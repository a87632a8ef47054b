"""Compile the kernels before they are needed; their machine code is kept on disk."""

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.run import Capture
from analyzer.model.spans import Kind
from analyzer.pipeline.analyze import RunName, analyze


def warm() -> None:
    """Analyse one tiny trace, which runs every kernel once."""
    builder = SpanBuilder()
    for span_id, parent_id, kind, service in (
        (1, 0, Kind.CLIENT, "a"),
        (2, 1, Kind.SERVER, "b"),
        (3, 2, Kind.CLIENT, "b"),
    ):
        builder.add(
            SpanRow(
                trace_id=1,
                span_id=span_id,
                parent_id=parent_id,
                start_ns=span_id * 1_000,
                end_ns=(10 - span_id) * 1_000,
                kind=kind,
                status=0,
                process=ProcessNames(service=service, instance=""),
                names=SpanNames(operation="warm", peer="c", protocol="http"),
            )
        )
    analyze(Capture(spans=builder.build(), inputs=()), name=RunName(id="warm", command="warm"))


if __name__ == "__main__":
    warm()
