"""The elements of a protobuf message, one at a time: memory is that of one element.

The protobuf library's memory for a message can be a hundred times what it decodes, so a body of
many spans is walked here and the library is given each span.
"""

from collections.abc import Iterator
from typing import Final

from collector.examine import Undecodable

MAX_ELEMENT_BYTES: Final = 1024 * 1024
"""A span has some hundred bytes. What is larger than this is not read as a span."""

_MAX_VARINT_BYTES = 10

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5

_FIXED_BYTES = {_FIXED64: 8, _FIXED32: 4}


def elements(body: bytes, *, message: str) -> Iterator[tuple[int, bytes]]:
    """The number and the bytes of each field that has a length; others are passed over.

    Args:
        body: the message.
        message: what it is, for the error.

    Raises:
        Undecodable: it is none: a length points past its end, say.
    """
    position, end = 0, len(body)
    while position < end:
        tag, position = _varint(body, position, message)
        wire = tag & 7
        start = position
        if wire == _VARINT:
            _, position = _varint(body, position, message)
        elif wire == _LENGTH:
            length, start = _varint(body, position, message)
            position = start + length
        elif wire in _FIXED_BYTES:
            position += _FIXED_BYTES[wire]
        else:
            raise _none_such(message, f"wire type {wire}")
        if position > end:
            raise _none_such(message, "it is cut")
        if wire == _LENGTH:
            yield tag >> 3, body[start:position]


def _varint(body: bytes, position: int, message: str) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(body[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    raise _none_such(message, "a number without an end")


def _none_such(message: str, why: str) -> Undecodable:
    return Undecodable(f"the body is no {message} in protobuf: {why}")
