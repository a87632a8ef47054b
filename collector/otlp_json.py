"""OTLP/JSON to OTLP/protobuf, by the message descriptors, for any of the three signals.

The protobuf library's own `json_format` accepts OTLP/JSON without an error and reads the hex ids as
base64. Source: OTLP specification, "JSON Protobuf Encoding": lower camel case names (snake case is
taken too), ids in hex, enums as integers, 64-bit integers as decimal strings or numbers, unknown
fields ignored.
"""

import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

import orjson
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from analyzer.surrogates import without_halves
from collector.examine import Undecodable
from collector.json_values import check_values

MAX_DEPTH: Final = 100
"""Messages inside messages: the protobuf library reads no deeper than this."""

HEX_FIELDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
"""The bytes fields that OTLP/JSON writes in hex; all others are base64."""

INTEGER_RANGES: Final = {
    FieldDescriptor.CPPTYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, (1 << 64) - 1),
}

Convert = Callable[[object], object]


class _Misfit(ValueError):  # noqa: N818  a value that does not fit its field
    """A JSON value that its field cannot hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """How one field is read: a scalar by `convert`, a message by the table of its fields."""

    name: str
    repeated: bool
    convert: Convert | None
    message: Descriptor | None


def json_to_protobuf(kind: type[Message], body: bytes) -> bytes:
    """The same request as protobuf.

    Raises:
        TooLarge: it would take too much memory as objects.
        Undecodable: the body is not JSON, or a value does not fit its field.
    """
    check_values(body)
    document = _document(body)
    try:
        # building all messages from nested dicts in one call is several times faster than one call
        # a message
        fields = _message(document, cast(Descriptor, kind.DESCRIPTOR), MAX_DEPTH)
        return kind(**fields).SerializeToString()
    except _Misfit as error:
        raise Undecodable(f"the body is no {kind.DESCRIPTOR.name} in JSON: {error}") from error


def _document(body: bytes) -> object:
    """The JSON; half a character in it, where a text was cut, costs that character only."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if (whole := without_halves(body)) == body:
            raise Undecodable(f"the body is not JSON: {error}") from error
    try:
        return orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        raise Undecodable(f"the body is not JSON: {error}") from error


def _message(value: object, descriptor: Descriptor, depth: int) -> dict[str, Any]:
    """Arguments for the message's constructor."""
    if not isinstance(value, dict):
        raise _Misfit(f"{descriptor.name} is not an object")
    if depth == 0:
        raise _Misfit(f"messages inside messages more than {MAX_DEPTH} deep")
    table = _fields(descriptor)
    arguments: dict[str, Any] = {}
    for key, item in value.items():
        field = table.get(key)
        if field is None or item is None:
            continue
        if not field.repeated:
            arguments[field.name] = _single(item, field, depth)
        elif isinstance(item, list):
            arguments[field.name] = [_single(element, field, depth) for element in item]
        else:
            raise _Misfit(f"{key} is not an array")
    return arguments


def _single(value: object, field: _Field, depth: int) -> object:
    if field.message is not None:
        return _message(value, field.message, depth - 1)
    assert field.convert is not None  # a field is a message or a scalar
    try:
        return field.convert(value)
    except _Misfit as error:
        raise _Misfit(f"{field.name}: {error}") from None


@cache
def _fields(descriptor: Descriptor) -> dict[str, _Field]:
    """The fields of a message by both of their JSON names."""
    table: dict[str, _Field] = {}
    for field in descriptor.fields:
        entry = _Field(
            name=field.name,
            repeated=field.is_repeated,
            convert=_converter(field),
            message=field.message_type,
        )
        table[field.name] = table[field.json_name] = entry
    return table


def _converter(field: FieldDescriptor) -> Convert | None:
    if field.cpp_type in INTEGER_RANGES:
        return _integer_between(*INTEGER_RANGES[field.cpp_type])
    if field.enum_type is not None:
        return _enum_of(field.enum_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _hex if field.name in HEX_FIELDS else _base64
    return {
        FieldDescriptor.CPPTYPE_STRING: _string,
        FieldDescriptor.CPPTYPE_BOOL: _boolean,
        FieldDescriptor.CPPTYPE_DOUBLE: _double,
        FieldDescriptor.CPPTYPE_FLOAT: _double,
    }.get(field.cpp_type)


def _integer_between(lowest: int, highest: int) -> Callable[[object], int]:
    def convert(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif isinstance(value, str):
            number = _decimal(value)
        elif isinstance(value, float) and value.is_integer():
            number = int(value)
        else:
            raise _Misfit("not an integer")
        if not lowest <= number <= highest:
            raise _Misfit("the integer is out of range")
        return number

    return convert


def _decimal(text: str) -> int:
    digits = text[1:] if text.startswith("-") else text
    # 20 digits hold any 64-bit integer; int() alone would also take "1_000", " 1" and Arabic digits
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise _Misfit("not a decimal integer")
    return int(text)


def _enum_of(descriptor: EnumDescriptor) -> Convert:
    integer = _integer_between(*INTEGER_RANGES[FieldDescriptor.CPPTYPE_INT32])

    def convert(value: object) -> int:
        if isinstance(value, str) and value in descriptor.values_by_name:
            return descriptor.values_by_name[value].number
        return integer(value)

    return convert


def _hex(value: object) -> bytes:
    if not isinstance(value, str):
        raise _Misfit("not a string of hex digits")
    try:
        return binascii.unhexlify(value)
    except ValueError as error:
        raise _Misfit("not a string of hex digits") from error


def _base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise _Misfit("not a base64 string")
    standard = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError as error:
        raise _Misfit("not a base64 string") from error


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _Misfit("not a string")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Misfit("not a boolean")
    return value


def _double(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError as error:
            raise _Misfit("not a number") from error
        if math.isfinite(number) or value in ("NaN", "Infinity", "-Infinity"):
            return number
    raise _Misfit("not a number")
