"""Thrift's data model: types, structs, and how a struct is read from whichever encoding.

Only what is read here is described. As Thrift's own readers do, unknown fields, and known ones of
another type than expected, are skipped.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

STOP: Final = 0
BOOL: Final = 2
BYTE: Final = 3
DOUBLE: Final = 4
I16: Final = 6
I32: Final = 8
I64: Final = 10
STRING: Final = 11
STRUCT: Final = 12
MAP: Final = 13
SET: Final = 14
LIST: Final = 15
UUID: Final = 16
"""Types, by their numbers in the binary protocol; STOP ends a struct."""

UNKNOWN: Final = 17
"""What is no type."""

MAX_DEPTH: Final = 32
"""Structs, lists and maps inside each other; Jaeger's own need six."""

MAX_VALUES_AT_ONCE: Final = 1 << 17
"""Elements of the lists of one span: eight times 128 events of 128 attributes, what SDKs allow."""


class Malformed(Exception):  # noqa: N818  reads as what it is: these bytes are malformed
    """The bytes are not what they should be."""


class Reader(Protocol):
    """An encoding of Thrift, read from its first byte on.

    Its methods raise IndexError or struct.error where the bytes end too early, and Malformed where
    they are not of this encoding. What `skip` has passed over once can be read without any.
    """

    at: int
    """How many bytes have been read."""

    allowed: int
    """How many elements of lists may still be read."""

    def message(self) -> str:
        """Read the head of a call, up to the struct of its arguments; the method's name."""
        ...

    def field(self, before: int) -> tuple[int, int]:
        """The type and number of a struct's next field, after that numbered `before`."""
        ...

    def elements(self) -> tuple[int, int]:
        """The type and number of a list's elements; no more than there are bytes left."""
        ...

    def scalar(self, kind: int) -> Any:  # noqa: ANN401  what the type says
        """A value that holds no others; STRING is bytes."""
        ...

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over any value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that is wanted.

    Attributes:
        kind: its type.
        inner: the struct in it, or in its list; a list without one is passed over, and its value is
            where it begins.
    """

    kind: int
    inner: "Shape | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A struct: its fields by number, and what is made of their values, by number too."""

    fields: Mapping[int, Field]
    made: Callable[[dict[int, Any]], Any]

    def read(self, reader: Reader) -> Any:  # noqa: ANN401  what `made` makes
        """What is made of the struct that begins here."""
        fields = self.fields
        values: dict[int, Any] = {}
        number = 0
        while True:
            kind, number = reader.field(number)
            if kind == STOP:
                return self.made(values)
            known = fields.get(number)
            if known is None or known.kind != kind:
                reader.skip(kind)
            elif kind < STRUCT:
                values[number] = reader.scalar(kind)
            elif known.inner is None:
                values[number] = reader.at
                reader.skip(kind)
            elif kind == STRUCT:
                values[number] = known.inner.read(reader)
            else:
                values[number] = list(each(reader, known.inner))


def each(reader: Reader, shape: Shape) -> Iterator[Any]:
    """What is made of each struct of the list that begins here; none if it holds others.

    Raises:
        Malformed: more than is allowed.
    """
    kind, size = reader.elements()
    reader.allowed -= size
    if reader.allowed < 0:
        raise Malformed(f"over {MAX_VALUES_AT_ONCE} values in one span")
    for _ in range(size):
        if kind == STRUCT:
            yield shape.read(reader)
        else:
            reader.skip(kind)
