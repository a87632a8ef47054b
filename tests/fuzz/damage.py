"""Inputs from inputs: bytes changed anywhere, fields of protobuf, words of JSON."""

import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from tests.fuzz.target import Shape
from tests.readers import wire
from tests.readers.damage import PIECES

ODD_BYTES = bytes((0x00, 0x01, 0x0A, 0x12, 0x7F, 0x80, 0xFE, 0xFF))
ODD_NUMBERS = (0, 1, 127, 128, (1 << 31) - 1, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
ODD_TEXTS = (
    *(b"", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00", "\u202e".encode()),
    *(b"http.route", b"url.full", b"http://a:b@h:1/x?q#f", b"service.name", b"k" * 300),
)
ODD_WORDS = (
    *(b"null", b"true", b"-1", b"1e400", b"0.5", b"18446744073709551616", b'""', b'"NaN"', b'"-0"'),
    *(b'"\\ud800"', b'"\\u0000"', b'"1_0"', b'" 1"', b'"ab12"', b"{}", b"[]", b"[[]]", b'"\xff"'),
)
STEPS = (1, 1, 1, 2, 3, 6)
WORD = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
MOST_LEVELS = 9
"""Messages inside messages that damage goes into; from there on there is nothing new."""

Fields = tuple[tuple[int, int, int, int], ...]


class Damage:
    """Makes inputs of others.

    Args:
        seeds: whole inputs.
        shape: what they are made of.
        largest: bytes of the longest input to make.
        chance: where all chance comes from.
    """

    def __init__(
        self, seeds: Sequence[bytes], *, shape: Shape, largest: int, chance: random.Random
    ) -> None:
        self._seeds = [seed[:largest] for seed in seeds]
        self._largest = largest
        self._chance = chance
        self._deep: Callable[[bytes], bytes] = {
            Shape.BYTES: self._anywhere,
            Shape.MESSAGE: self._message,
            Shape.JSON: self._json,
        }[shape]

    def inputs(self, count: int) -> list[bytes]:
        """So many inputs, each of a seed."""
        return [self.of(self._chance.choice(self._seeds)) for _ in range(count)]

    def of(self, data: bytes) -> bytes:
        """One input with a few changes."""
        chance = self._chance
        for _ in range(STEPS[int(chance.random() * len(STEPS))]):
            data = self._deep(data) if chance.random() < 0.7 else self._anywhere(data)
        return data[: self._largest]

    def _anywhere(self, data: bytes) -> bytes:
        chance = self._chance
        at = int(chance.random() * (len(data) + 1))
        match int(chance.random() * 7):
            case 0:
                return data[:at]
            case 1:
                return data[:at] + bytes((int(chance.random() * 256),)) + data[at + 1 :]
            case 2:
                return data[:at] + bytes((chance.choice(ODD_BYTES),)) + data[at + 1 :]
            case 3:
                return data[:at] + data[at + 1 + int(chance.random() * 16) :]
            case 4:
                return data[:at] + chance.choice(PIECES) + data[at:]
            case 5:
                other = chance.choice(self._seeds)
                start = int(chance.random() * (len(other) + 1))
                return data[:at] + other[start : start + 1 + int(chance.random() * 80)] + data[at:]
            case _:
                bit = 1 << int(chance.random() * 8)
                return data[:at] + bytes(byte ^ bit for byte in data[at : at + 1]) + data[at + 1 :]

    def _message(self, data: bytes, level: int = 0) -> bytes:
        """A message with one field changed, at any depth."""
        chance = self._chance
        found = _fields(data)
        if not found:
            return chance.choice(ODD_TEXTS) if chance.random() < 0.3 else self._anywhere(data)
        start, value, end, wire_type = chance.choice(found)
        before, field, after = data[:start], data[start:end], data[end:]
        if wire_type == 2 and level < MOST_LEVELS and chance.random() < 0.85:
            inside = self._message(data[value:end], level + 1)
            return before + wire.part(_number(field), inside) + after
        match int(chance.random() * 8):
            case 0:
                return before + after
            case 1:
                return before + field * chance.choice((2, 2, 3, 70)) + after
            case 2:
                return after + field + before
            case 3:
                return before + self._field(chance.choice((_number(field), 1, 2, 9, 63, 64))) + data
            case 4:
                return before + self._field(_number(field)) + after
            case 5:
                return before + wire.group(_number(field), field) + after
            case 6:
                return before + wire.part(_number(field), data) + after
            case _:
                return before + wire.varint(chance.choice(ODD_NUMBERS)) + data[value:]

    def _field(self, number: int) -> bytes:
        chance = self._chance
        match int(chance.random() * 4):
            case 0:
                return wire.whole(number, chance.choice(ODD_NUMBERS))
            case 1:
                return wire.fixed64(number, chance.choice(ODD_NUMBERS))
            case 2:
                return wire.fixed32(number, chance.choice(ODD_NUMBERS) & 0xFFFF_FFFF)
            case _:
                return wire.part(number, chance.choice(ODD_TEXTS))

    def _json(self, data: bytes) -> bytes:
        """A text with one word changed: a name, a value, a bracket, a comma."""
        chance = self._chance
        at = int(chance.random() * (len(data) + 1))
        found = WORD.search(data, at)
        if found is None:
            return self._anywhere(data)
        before, word, after = data[: found.start()], found[0], data[found.end() :]
        match int(chance.random() * 5):
            case 0:
                return before + after
            case 1:
                return before + word + b"," + word + after
            case 2:
                return before + chance.choice(ODD_WORDS) + after
            case 3:
                other = WORD.search(data, int(chance.random() * (len(data) + 1)))
                return before + (other[0] if other else b"0") + after
            case _:
                return before + b"[" * 40 + word + b"]" * 40 + after


@lru_cache(1 << 12)
def _fields(data: bytes) -> Fields:
    """Start, start of the value, end and wire type of every field; none where it is no message."""
    found: list[tuple[int, int, int, int]] = []
    at, size = 0, len(data)
    while at < size:
        start = at
        tag, at = _varint(data, at)
        kind = tag & 7
        value = at
        if kind == 0:
            _, at = _varint(data, at)
        elif kind == 1:
            at += 8
        elif kind == 5:
            at += 4
        elif kind == 2:
            length, value = _varint(data, at)
            at = value + length
        else:
            return ()
        if at > size or tag < 8:
            return ()
        found.append((start, value, at, kind))
    return tuple(found)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    for byte in data[at : at + 10]:
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
    return 0, len(data) + 1


def _number(field: bytes) -> int:
    return _varint(field, 0)[0] >> 3
