"""Parquet of our own: the same spans as OTLP has, and other Parquet refused."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa  # noqa: TID253  what is tested needs it
import pyarrow.parquet as pq  # noqa: TID253  as above
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.errors import UnreadableTraces
from analyzer.model.issue import IssueKind
from analyzer.readers.otlp_proto_requests import request_of
from analyzer.readers.read import read
from analyzer.writers.registry import writer_for
from tests.readers import strategies, wire
from tests.readers.damage import READERS, decode
from tests.readers.decoding import by_library, described, links, rows
from tests.readers.wire import NOON_NS, WireSpan

UNHURRIED = settings(deadline=None, max_examples=60)


def as_parquet(*requests: bytes) -> bytes:
    out = io.BytesIO()
    writer_for("parquet").write([request_of(request) for request in requests], out)
    return out.getvalue()


def agrees(request: bytes) -> None:
    """The table's spans are what the protobuf decoder makes of the request."""
    spans = decode(READERS["parquet"], as_parquet(request)).spans
    expected = by_library(wire.frames(request))
    assert rows(spans) == expected.rows
    assert links(spans) == expected.links
    if expected.rows:
        assert described(spans) == expected.attributes


@UNHURRIED
@given(strategies.requests())
def test_spans_are_as_otlp_has_them(request: bytes) -> None:
    try:
        request_of(request)
    except DecodeError:
        return
    agrees(request)


@UNHURRIED
@given(st.lists(strategies.named_spans(), max_size=10))
def test_names_are_as_otlp_has_them(spans: list[bytes]) -> None:
    agrees(wire.request(spans))


def test_what_spans_say_of_sampling_is_not_lost() -> None:
    def span(number: int, *fields: bytes) -> bytes:
        ids = wire.part(1, wire.TRACE) + wire.part(2, number.to_bytes(8, "big"))
        return ids + wire.fixed64(7, NOON_NS) + wire.fixed64(8, NOON_NS + 1) + b"".join(fields)

    spans = [span(1), span(2, wire.part(3, b"v=1,ot=th:c")), span(3, wire.part(3, b"ot=rv:1"))]
    found = decode(READERS["parquet"], as_parquet(wire.request(spans))).spans
    assert found.sampled.row.tolist() == [1]
    assert found.sampled.weight.tolist() == [4.0]
    assert found.take(found.span_id == 3).sampled.row.size == 0


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOON_NS, NOON_NS + 7), (0, 100), (NOON_NS, None), (NOON_NS, NOON_NS - 1), (None, NOON_NS),
        (-5, NOON_NS), (NOON_NS, 1 << 63), (None, None),
    ],
)  # fmt: skip
def test_times_are_as_otlp_has_them(start: int | None, end: int | None) -> None:
    agrees(wire.request([WireSpan(start=start, end=end).encoded()]))


def test_batches_are_put_together(tmp_path: Path) -> None:
    path = tmp_path / "spans.parquet"
    one = wire.request([WireSpan(name=b"one").encoded()] * 700)
    other = wire.request([WireSpan(name=b"other").encoded()] * 700)
    path.write_bytes(as_parquet(*[one, other] * 60))
    capture = read([path])
    assert len(capture.spans) == 700 * 2 * 60
    named = [
        row["operation"] for row in rows(capture.spans.take(capture.spans.operation >= 0))[:701]
    ]
    assert named[-2:] == ["one", "other"]


def foreign(path: Path, **columns: list[Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_other_parquet_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = foreign(tmp_path / "other.parquet", trace_id=["a"], name=["b"])
    with pytest.raises(UnreadableTraces, match="no table of spans") as refused:
        read([path])
    assert refused.value.hint


def test_other_parquet_in_a_directory_is_passed_over(tmp_path: Path) -> None:
    foreign(tmp_path / "other.parquet", a=[1])
    (tmp_path / "spans.parquet").write_bytes(as_parquet(wire.request([WireSpan().encoded()])))
    capture = read([tmp_path])
    assert len(capture.spans) == 1
    assert [count.kind for count in capture.issues] == [IssueKind.NOT_TRACES]


def test_damage_is_noticed_and_costs_no_traceback(tmp_path: Path) -> None:
    whole = as_parquet(wire.request([WireSpan(name=b"n" * 50).encoded()] * 50))
    path = tmp_path / "damaged.parquet"
    for at in range(4, len(whole) - 8, max(1, len(whole) // 60)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            capture = read([path])
        except UnreadableTraces:
            continue
        assert len(capture.spans) in (0, 50)
