"""Every format that can be read."""

from analyzer.errors import InputError
from analyzer.readers.jaeger_json import JaegerJson
from analyzer.readers.jaeger_v3_json import JaegerV3Json
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_json import OtlpJsonFormat, OtlpJsonReader
from analyzer.readers.otlp_json_body import OtlpJsonBody
from analyzer.readers.otlp_json_lines import OtlpJsonLines
from analyzer.readers.otlp_proto import OtlpProto
from analyzer.readers.parquet import Parquet
from analyzer.readers.python_console import PythonConsole
from analyzer.readers.reader import Reader
from analyzer.readers.record_format import RecordFormat
from analyzer.readers.record_reader import RecordReader
from analyzer.readers.tempo_json import TempoJson
from analyzer.readers.zipkin_json import ZipkinJson

_OTLP_JSON_FORMATS: tuple[OtlpJsonFormat, ...] = (
    OtlpJsonLines(),
    OtlpJsonBody(),
    JaegerV3Json(),
    TempoJson(),
)
_RECORD_FORMATS: tuple[RecordFormat, ...] = (JaegerJson(), ZipkinJson(), PythonConsole())


def readers(namer: Namer) -> tuple[Reader, ...]:
    """A reader for each format; the first that recognises a file reads it."""
    return (
        OtlpProto(namer),
        *(OtlpJsonReader(chosen, namer) for chosen in _OTLP_JSON_FORMATS),
        *(RecordReader(chosen, namer) for chosen in _RECORD_FORMATS),
        Parquet(namer),
    )


def format_names() -> tuple[str, ...]:
    """The names of the formats that can be read."""
    return tuple(reader.name for reader in readers(Namer()))


def choose(format_name: str | None) -> tuple[Reader, ...]:
    """The readers to choose from: all, or that of the named format.

    Raises:
        InputError: there is no such format.
    """
    known = readers(Namer())
    if format_name is None:
        return known
    chosen = tuple(reader for reader in known if reader.name == format_name)
    if not chosen:
        names = ", ".join(reader.name for reader in known)
        raise InputError(f"unknown format: {format_name}", hint=f"known formats: {names}")
    return chosen
