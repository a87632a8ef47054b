"""What becomes OTLP takes no more memory on the way than the stated bound has for it.

Each body is the one that was found to take most of its kind, and is converted in a process of its
own, like a collector's.
"""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from collector.handling import LARGE_BYTES
from collector.jaeger.agent_wire import MAX_DATAGRAM
from collector.json_values import MAX_VALUES
from collector.limits import CONVERTED_BYTES, CONVERTED_SMALL_BYTES, DATAGRAM_WORK_BYTES
from collector.proto_elements import MAX_ELEMENT_BYTES
from collector.signals import MAX_MESSAGE_BYTES
from tests.collector.test_limits import length_delimited

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of the peak")

TAKE: Final = """
import sys
from pathlib import Path
from collector.allocation import keep_freed_memory
from collector.examiner import LARGE_BYTES
from collector.exports import TRACES
from collector.http_routes import OtlpRoute
from collector.intake import Intake
from collector.jaeger import proto_batch, thrift_batch
from collector.jaeger.http_route import ThriftRoute
from collector.jaeger.taking import in_groups, take_spans
from collector.jaeger.thrift_compact import CompactReader
from collector.zipkin_route import ZipkinRoute
from tests.collector.otlp import span, trace_request

def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

keep_freed_memory()
intake = Intake(Path(sys.argv[3]))
json, protobuf = "application/json", "application/x-protobuf"
take = {
    "otlp-json": lambda body: OtlpRoute(intake, TRACES).take(json, body),
    "zipkin-json": lambda body: ZipkinRoute(intake, TRACES).take(json, body),
    "zipkin-proto": lambda body: ZipkinRoute(intake, TRACES).take(protobuf, body),
    "thrift": lambda body: ThriftRoute(intake).take("", body),
    "jaeger-proto": lambda body: take_spans(intake, in_groups(proto_batch.request(body))),
    "datagram": lambda body: take_spans(intake, [thrift_batch.call(CompactReader(body))]),
}[sys.argv[1]]
# a large request loads what examines those, as in any busy collector
intake.take(TRACES, trace_request(span(1, name="x" * LARGE_BYTES)).SerializeToString())
body = Path(sys.argv[2]).read_bytes()
before = peak_kb()
take(body)
print(1024 * (peak_kb() - before))
"""

TRACE, SPAN = bytes(range(16)), b"12345678"

WIDE: Final = "\U0001f600".encode()
"""One character that takes four bytes; so do all others beside it, as Python has them."""


def otlp_json_text(size: int) -> bytes:
    head, end = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"', b'"}]}]}]}'
    return head + b"x" * (size - len(head) - len(end) - len(WIDE)) + WIDE + end


def otlp_json_values(count: int) -> bytes:
    head, end = b'{"resourceSpans":[{"scopeSpans":[{"spans":[', b"]}]}]}"
    return head + b",".join([b'{"status":{"code":1}}'] * (count // 3 - 10)) + end


def zipkin_annotations(size: int) -> bytes:
    ids = length_delimited(0x0A, TRACE) + length_delimited(0x1A, SPAN)
    each = min(size, MAX_ELEMENT_BYTES) // 2 - 100
    span = length_delimited(0x0A, ids + b"\x52\x00" * min(each, MAX_VALUES // 2 - 1))
    return span * max(size // len(span), 1)


def jaeger_logs(size: int) -> bytes:
    """Spans of logs without anything, in protobuf."""
    ids = length_delimited(0x0A, TRACE) + length_delimited(0x12, SPAN)
    each = min(size, MAX_ELEMENT_BYTES) // 2 - 100
    span = length_delimited(0x0A, ids + b"\x4a\x00" * each)
    return length_delimited(0x0A, span * max(size // len(span) - 1, 1))


def thrift_logs(size: int) -> bytes:
    """Spans of logs without anything, in Thrift: as many in each as one may have."""
    logs = min(size - 100, 131_000)
    span = b"\x0a\x00\x01\0\0\0\0\0\0\0\1" + b"\x0a\x00\x03\0\0\0\0\0\0\0\1"
    span += b"\x0f\x00\x0b\x0c" + struct.pack(">i", logs) + bytes(logs) + b"\x00"
    spans = max(size // len(span), 1)
    head = b"\x0c\x00\x01\x00" + b"\x0f\x00\x02\x0c" + struct.pack(">i", spans)
    return head + span * spans + b"\x00"


def spans_in_a_datagram(size: int) -> bytes:
    """Spans without anything, in Thrift's compact protocol: a byte each."""
    count = size - 100
    varint = bytes([count & 0x7F | 0x80, count >> 7 & 0x7F | 0x80, count >> 14])
    return b"\x82\x21\x00\x09emitBatch\x1c\x29\xfc" + varint + bytes(count) + b"\x00\x00"


@pytest.mark.parametrize(
    ("kind", "made", "size", "most"),
    [
        ("otlp-json", otlp_json_text, MAX_MESSAGE_BYTES, CONVERTED_BYTES),
        ("otlp-json", otlp_json_values, MAX_VALUES, CONVERTED_BYTES),
        ("zipkin-proto", zipkin_annotations, 2 * MAX_ELEMENT_BYTES, CONVERTED_BYTES),
        ("zipkin-proto", zipkin_annotations, LARGE_BYTES, CONVERTED_SMALL_BYTES),
        ("jaeger-proto", jaeger_logs, 3 * MAX_ELEMENT_BYTES, CONVERTED_BYTES),
        ("jaeger-proto", jaeger_logs, LARGE_BYTES, CONVERTED_SMALL_BYTES),
        ("thrift", thrift_logs, 3 * MAX_ELEMENT_BYTES, CONVERTED_BYTES),
        ("thrift", thrift_logs, LARGE_BYTES, CONVERTED_SMALL_BYTES),
        ("datagram", spans_in_a_datagram, MAX_DATAGRAM, DATAGRAM_WORK_BYTES),
    ],
)
def test_what_takes_most_stays_within_its_part(
    kind: str, made: Callable[[int], bytes], size: int, most: int, tmp_path: Path
) -> None:
    body = made(size)
    assert len(body) <= MAX_MESSAGE_BYTES
    (tmp_path / "body").write_bytes(body)
    command = [sys.executable, "-c", TAKE, kind, str(tmp_path / "body"), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert len(body) < int(ended.stdout) <= most
