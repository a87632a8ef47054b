"""`--format` with the name of a dump's format means `--input-format`.

What is printed and what is read both have a format, and people say `--format jaeger` for a file as
they say `--format json` for a report. No name means both, so each is taken as what it can only be.
"""

from collections.abc import Sequence
from typing import Final

DUMP_FORMATS: Final = frozenset(
    (
        *("otlp-proto", "otlp-jsonl", "otlp-json", "jaeger-v3", "tempo"),
        *("jaeger", "zipkin", "python-console", "parquet"),
    )
)
"""What readers call the formats of dumps; they are not asked, because to load them takes time."""

OPTION: Final = "--format"
MEANT: Final = "--input-format"


def with_input_format(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command line, `--format` written as what it means."""
    found = list(arguments)
    for place, argument in enumerate(found):
        if argument == "--":
            break
        name, equals, value = argument.partition("=")
        if name != OPTION:
            continue
        if not equals:
            value = found[place + 1] if place + 1 < len(found) else ""
        if value in DUMP_FORMATS:
            found[place] = MEANT + equals + (value if equals else "")
    return found
