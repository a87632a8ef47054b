"""JSON in pieces, decoded by types: what all formats of JSON have in common."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers.json_elements import Element, ElementSplitter, elements
from analyzer.readers.source import Source
from analyzer.surrogates import without_halves

T = TypeVar("T")

DECODE_ERRORS = (ValueError, RecursionError)
"""What decoding raises: no JSON, other types than expected, or nested deeper than the stack."""


def decode(decoder: "msgspec.json.Decoder[T]", text: bytes | msgspec.Raw) -> T:
    """What a text says; a byte that is no UTF-8, or half a character, costs no record.

    Raises:
        ValueError: it is no JSON, or has something else where a field should be.
        RecursionError: it is nested too deep.
    """
    try:
        return decoder.decode(text)
    except UnicodeDecodeError:
        whole = without_halves(bytes(text).decode("utf-8", "replace").encode())
    except msgspec.DecodeError:
        if (whole := without_halves(bytes(text))) == bytes(text):
            raise
    return decoder.decode(whole)


def json_elements(
    source: Source, issues: Issues, splitter: ElementSplitter, *, begun: bytes = b""
) -> Iterator[Element]:
    """The elements of a source; where it is cut or out of joint, that is an issue.

    Args:
        source: the file.
        issues: where odd data is counted.
        splitter: cuts the text.
        begun: what was read of the source before.
    """
    if begun:
        yield from splitter.split(begun)
    yield from elements(source.stream, splitter)
    if splitter.is_complete:
        return
    if splitter.problem:
        detail = f"the rest cannot be read: {splitter.problem}"
    else:
        detail = "the file is cut: truncated within its last record"
    where = f"{source.label}:end"
    issues.add(Issue(kind=IssueKind.TRUNCATED_FILE, where=where, detail=detail))


def any_json(text: bytes) -> Any:  # noqa: ANN401  any JSON
    """What a text says, without types."""
    return decode(_ANY, text)


_ANY: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder()
