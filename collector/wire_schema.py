"""What the wire format of a request may hold, as tables that a compiled walk can look things up in.

The tables come from the protobuf library's own descriptors, so they know what the library knows.
"""

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from numpy.typing import NDArray

from collector.exports import Export

FIELDS: Final = 64
"""Field numbers from here on are unknown to the tables; OTLP's own all lie below."""

KIND_BITS: Final = 4

UNKNOWN: Final = 0
VARINT: Final = 1
FIXED64: Final = 2
FIXED32: Final = 3
BYTES: Final = 4
STRING: Final = 5
MESSAGE: Final = 6
PACKED_VARINT: Final = 7
PACKED_FIXED64: Final = 8
PACKED_FIXED32: Final = 9

SCALARS: Final = {
    FieldDescriptor.TYPE_DOUBLE: FIXED64,
    FieldDescriptor.TYPE_FIXED64: FIXED64,
    FieldDescriptor.TYPE_SFIXED64: FIXED64,
    FieldDescriptor.TYPE_FLOAT: FIXED32,
    FieldDescriptor.TYPE_FIXED32: FIXED32,
    FieldDescriptor.TYPE_SFIXED32: FIXED32,
    FieldDescriptor.TYPE_BYTES: BYTES,
    FieldDescriptor.TYPE_STRING: STRING,
    FieldDescriptor.TYPE_MESSAGE: MESSAGE,
}
"""How a field's value is written; all other types are varints."""

PACKED: Final = {
    VARINT: PACKED_VARINT,
    FIXED64: PACKED_FIXED64,
    FIXED32: PACKED_FIXED32,
}

ITEMS: Final = frozenset(
    {
        "Span",
        "NumberDataPoint",
        "HistogramDataPoint",
        "ExponentialHistogramDataPoint",
        "SummaryDataPoint",
        "LogRecord",
    }
)
"""The messages that a request is counted in."""


ATTRIBUTE: Final = "opentelemetry.proto.common.v1.KeyValue"
"""Half of all bytes of a request are attributes; the walk has a short cut for plain ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSchema:
    """The messages of one kind of request; row 0 is the request itself.

    Attributes:
        fields: (messages * 64,) uint16, for each field of each message how it is written, and in
            the bits from the fourth the row of a message field's message.
        counted: (messages,) bool, whether the message is a span, data point or log record.
        identified: (messages,) bool, whether it must carry a trace id and a span id.
        attribute: the row of the message that holds an attribute.
    """

    fields: NDArray[np.uint16]
    counted: NDArray[np.bool_]
    identified: NDArray[np.bool_]
    attribute: np.uint64

    @classmethod
    def of(cls, export: Export) -> "WireSchema":
        """The tables of a signal's request."""
        messages = _reachable(cast(Descriptor, export.request.DESCRIPTOR))
        rows = {message.full_name: row for row, message in enumerate(messages)}
        fields = np.zeros((len(messages), FIELDS), np.uint16)
        for row, message in enumerate(messages):
            for field in message.fields:
                kind = SCALARS.get(field.type, VARINT)
                if field.is_repeated:
                    kind = PACKED.get(kind, kind)
                child = 0 if field.message_type is None else rows[field.message_type.full_name]
                fields[row, field.number] = kind | child << KIND_BITS
        return cls(
            fields=fields.ravel(),
            counted=np.array([message.name in ITEMS for message in messages]),
            identified=np.array([message.name == "Span" for message in messages]),
            attribute=np.uint64(rows[ATTRIBUTE]),
        )


def _reachable(root: Descriptor) -> list[Descriptor]:
    """The request and all messages inside it, each once."""
    found = {root.full_name: root}
    waiting = [root]
    while waiting:
        for field in waiting.pop().fields:
            message = field.message_type
            if message is not None and message.full_name not in found:
                found[message.full_name] = message
                waiting.append(message)
    return list(found.values())
