"""Every format that can be written."""

from typing import TYPE_CHECKING

from analyzer.errors import InputError

if TYPE_CHECKING:
    from analyzer.writers.writer import Writer

NAMES = ("otlp-json", "otlp-proto", "jaeger", "parquet")
"""What can be written, without importing how."""


def writer_for(name: str) -> "Writer":
    """The writer of a format.

    Raises:
        InputError: there is none.
    """
    from analyzer.writers.jaeger import Jaeger
    from analyzer.writers.otlp_json import OtlpJson
    from analyzer.writers.otlp_proto import OtlpProto
    from analyzer.writers.parquet import Parquet

    writers: tuple[Writer, ...] = (OtlpJson(), OtlpProto(), Jaeger(), Parquet())
    for writer in writers:
        if writer.name == name:
            return writer
    raise InputError(f"cannot write {name!r}", hint=f"there are: {', '.join(NAMES)}")
