"""Thrift's binary protocol, with (strict) or without its version in front.

Source: Apache Thrift, doc/specs/thrift-binary-protocol.md.
"""

import struct
from typing import Any, Final

from collector.jaeger import thrift
from collector.jaeger.thrift import Malformed

_VERSION_MASK: Final = 0xFFFF0000
_VERSION_1: Final = 0x80010000
_CALLS: Final = (1, 4)
"""A call and a oneway call."""

_SCALARS: Final = {
    thrift.BOOL: struct.Struct(">?"),
    thrift.BYTE: struct.Struct(">b"),
    thrift.DOUBLE: struct.Struct(">d"),
    thrift.I16: struct.Struct(">h"),
    thrift.I32: struct.Struct(">i"),
    thrift.I64: struct.Struct(">q"),
}
_FIXED: Final = {kind: form.size for kind, form in _SCALARS.items()} | {thrift.UUID: 16}
_FIELD, _SIZE = struct.Struct(">bh"), struct.Struct(">i")
_ELEMENTS, _PAIRS = struct.Struct(">bi"), struct.Struct(">bbi")


class BinaryReader:
    """Reads the binary protocol; as `thrift.Reader` says."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.at = at
        self.allowed = thrift.MAX_VALUES_AT_ONCE
        self._data = data

    def message(self) -> str:
        """Read the head of a call; the method's name."""
        (first,) = self._unpack(_SIZE)
        if first < 0:
            version, call = first & _VERSION_MASK, first & 0xFF
            name = self._string()
        else:
            self.at = 0
            name = self._string()
            version, call = _VERSION_1, self.scalar(thrift.BYTE)
        if version != _VERSION_1 or call not in _CALLS:
            raise Malformed("no call in Thrift's binary protocol")
        self.scalar(thrift.I32)
        return name.decode("utf-8", "replace")

    def field(self, before: int) -> tuple[int, int]:  # noqa: ARG002  numbers are written out
        """The next field's type and number."""
        if self._data[self.at] == thrift.STOP:
            self.at += 1
            return thrift.STOP, 0
        kind, number = self._unpack(_FIELD)
        return kind, number

    def elements(self) -> tuple[int, int]:
        """The type and number of a list's or set's elements."""
        kind, size = self._unpack(_ELEMENTS)
        self._check(size)
        return kind, size

    def scalar(self, kind: int) -> Any:  # noqa: ANN401  what the type says
        """A value that holds no others."""
        if kind == thrift.STRING:
            return self._string()
        return self._unpack(_SCALARS[kind])[0]

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over any value."""
        if kind == thrift.STRING:
            self._pass(self._unpack(_SIZE)[0])
        elif kind in _FIXED:
            self._pass(_FIXED[kind])
        elif depth == thrift.MAX_DEPTH:
            raise Malformed(f"more than {thrift.MAX_DEPTH} values inside each other")
        elif kind == thrift.STRUCT:
            inner, _ = self.field(0)
            while inner != thrift.STOP:
                self.skip(inner, depth + 1)
                inner, _ = self.field(0)
        elif kind == thrift.MAP:
            key, value, size = self._unpack(_PAIRS)
            self._check(size)
            for _ in range(size):
                self.skip(key, depth + 1)
                self.skip(value, depth + 1)
        elif kind in (thrift.LIST, thrift.SET):
            inner, size = self.elements()
            for _ in range(size):
                self.skip(inner, depth + 1)
        else:
            raise Malformed(f"{kind} is no type of Thrift's binary protocol")

    def _string(self) -> bytes:
        (size,) = self._unpack(_SIZE)
        start = self.at
        self._pass(size)
        return self._data[start : self.at]

    def _unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        start = self.at
        self.at = start + form.size
        return form.unpack_from(self._data, start)

    def _pass(self, size: int) -> None:
        self._check(size)
        self.at += size

    def _check(self, size: int) -> None:
        """Every element takes a byte at least."""
        if size < 0:
            raise Malformed(f"a size of {size}")
        if size > len(self._data) - self.at:
            raise IndexError
