"""JSON in pieces: what all formats of JSON have in common."""

from collections.abc import Iterator
from typing import Any

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers.json_elements import Element, ElementSplitter, elements
from analyzer.readers.source import Source
from analyzer.records.typed_json import decode


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
