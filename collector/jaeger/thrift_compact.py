"""Thrift's compact protocol.

Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
"""

import struct
from typing import Any, Final

from collector.jaeger import thrift
from collector.jaeger.thrift import Malformed

_PROTOCOL: Final = 0x82
_VERSION: Final = 1
_CALL, _ONEWAY = 1, 4

_LONG_SIZE: Final = 15
"""In a list's first byte: its size did not fit, and follows."""

_VARINT_BITS: Final = 63
"""The last shift of a varint of 64 bits."""

_LAST: Final = 0x7F
"""The largest byte that ends a varint."""

_TRUE, _FALSE = 1, 2

_KINDS: Final = (
    thrift.STOP,
    *(thrift.BOOL, thrift.BOOL),
    *(thrift.BYTE, thrift.I16, thrift.I32, thrift.I64, thrift.DOUBLE),
    *(thrift.STRING, thrift.LIST, thrift.SET, thrift.MAP, thrift.STRUCT, thrift.UUID),
    *(thrift.UNKNOWN, thrift.UNKNOWN),
)
"""Types by their numbers in this protocol."""

_FIXED: Final = {thrift.BYTE: 1, thrift.DOUBLE: 8, thrift.UUID: 16}
_VARINTS: Final = frozenset((thrift.I16, thrift.I32, thrift.I64))
_DOUBLE: Final = struct.Struct("<d")


class CompactReader:
    """Reads the compact protocol; as `thrift.Reader` says."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.at = at
        self.allowed = thrift.MAX_VALUES_AT_ONCE
        self._data = data
        # a field's flag is told by its type, an element's by a byte
        self._flag: bool | None = None

    def message(self) -> str:
        """Read the head of a call; the method's name."""
        protocol, head = self._data[0], self._data[1]
        if protocol != _PROTOCOL or head & 0x1F != _VERSION or head >> 5 not in (_CALL, _ONEWAY):
            raise Malformed("no call in Thrift's compact protocol")
        self.at = 2
        self._varint()
        return self._string().decode("utf-8", "replace")

    def field(self, before: int) -> tuple[int, int]:
        """The next field's type and number."""
        head = self._data[self.at]
        self.at += 1
        if head == thrift.STOP:
            return thrift.STOP, 0
        code = head & 0x0F
        number = before + (head >> 4) if head > 0x0F else self._integer()
        if code <= _FALSE:
            self._flag = code == _TRUE
        return _KINDS[code], number

    def elements(self) -> tuple[int, int]:
        """The type and number of a list's or set's elements."""
        head = self._data[self.at]
        self.at += 1
        size = head >> 4
        if size == _LONG_SIZE:
            size = self._varint()
        self._check(size)
        return _KINDS[head & 0x0F], size

    def scalar(self, kind: int) -> Any:  # noqa: ANN401  what the type says
        """A value that holds no others."""
        if kind == thrift.STRING:
            return self._string()
        if kind in _VARINTS:
            return self._integer()
        if kind == thrift.BOOL:
            return self._boolean()
        start = self.at
        self._pass(_FIXED[kind])
        if kind == thrift.DOUBLE:
            return _DOUBLE.unpack_from(self._data, start)[0]
        return int.from_bytes(self._data[start : self.at], "big", signed=True)

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over any value."""
        if kind == thrift.STRING:
            self._pass(self._varint())
        elif kind in _VARINTS:
            self._varint()
        elif kind == thrift.BOOL:
            self._boolean()
        elif kind in _FIXED:
            self._pass(_FIXED[kind])
        elif depth == thrift.MAX_DEPTH:
            raise Malformed(f"more than {thrift.MAX_DEPTH} values inside each other")
        elif kind == thrift.STRUCT:
            self._skip_struct(depth + 1)
        elif kind == thrift.MAP:
            self._skip_map(depth + 1)
        elif kind in (thrift.LIST, thrift.SET):
            inner, size = self.elements()
            for _ in range(size):
                self.skip(inner, depth + 1)
        else:
            raise Malformed("a value of no type")

    def _skip_struct(self, depth: int) -> None:
        kind, number = self.field(0)
        while kind != thrift.STOP:
            self.skip(kind, depth)
            kind, number = self.field(number)

    def _skip_map(self, depth: int) -> None:
        size = self._varint()
        self._check(size)
        if not size:
            return
        kinds = self._data[self.at]
        self.at += 1
        key, value = _KINDS[kinds >> 4], _KINDS[kinds & 0x0F]
        for _ in range(size):
            self.skip(key, depth)
            self.skip(value, depth)

    def _boolean(self) -> bool:
        flag, self._flag = self._flag, None
        if flag is None:
            flag = self._data[self.at] == _TRUE
            self.at += 1
        return flag

    def _string(self) -> bytes:
        size = self._varint()
        start = self.at
        self._pass(size)
        return self._data[start : self.at]

    def _integer(self) -> int:
        folded = self._varint()
        return (folded >> 1) ^ -(folded & 1)

    def _varint(self) -> int:
        at = self.at
        byte = self._data[at]
        self.at = at + 1
        return byte if byte <= _LAST else self._long_varint(byte)

    def _long_varint(self, first: int) -> int:
        data, at = self._data, self.at
        value, shift, byte = first & _LAST, 7, first
        while byte > _LAST:
            if shift > _VARINT_BITS:
                raise Malformed("a number of more than 64 bits")
            byte = data[at]
            at += 1
            value |= (byte & _LAST) << shift
            shift += 7
        self.at = at
        return value

    def _pass(self, size: int) -> None:
        self._check(size)
        self.at += size

    def _check(self, size: int) -> None:
        """Every element takes a byte at least."""
        if size > len(self._data) - self.at:
            raise IndexError
