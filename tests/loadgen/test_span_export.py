"""The queue and its background thread, with a receiver that does as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from loadgen.otlp_client import Answer, OtlpClient, Verdict
from loadgen.otlp_target import OtlpTarget
from loadgen.request_record import RequestRecord
from loadgen.span_encoding import SpanEncoder
from loadgen.span_export import BATCH, SpanCounts, SpanExporter
from tests.loadgen.servers import SpanSink, serving


def record(number: int) -> RequestRecord:
    own = f"00-{number + 1:032x}-{number + 1:016x}-01"
    return RequestRecord(own, 0, 1, "GET", "/", "http://h/", "U", "look", 200, None)


@contextmanager
def exporting(
    *answers: int, rejects: int = 0, limit: int = 10_000
) -> Iterator[tuple[SpanExporter, SpanSink]]:
    sink = SpanSink(*answers, rejects=rejects)
    with serving(sink):
        target = OtlpTarget(url=f"{sink.url}/v1/traces", timeout_s=5)
        encoder = SpanEncoder({"service.name": "locust"}, {}, scope_version="1")
        yield SpanExporter(encoder, OtlpClient(target), queue_limit=limit), sink


def add(exporter: SpanExporter, count: int) -> None:
    for number in range(count):
        exporter.add(record(number))


def test_spans_arrive_once_in_order_in_batches() -> None:
    with exporting() as (exporter, sink):
        add(exporter, 2 * BATCH + 1)
        exporter.start()
        assert exporter.close(10) == SpanCounts(
            created=2 * BATCH + 1, exported=2 * BATCH + 1, failed=0
        )
    assert len(sink.requests) == 3
    ids = [int.from_bytes(seen.span.span_id) for seen in sink.spans]
    assert ids == list(range(1, 2 * BATCH + 2))


def test_a_full_queue_drops_the_newest_and_counts_them() -> None:
    with exporting(limit=10) as (exporter, sink):
        add(exporter, 15)
        exporter.start()
        assert exporter.close(10) == SpanCounts(created=15, exported=10, failed=5)
    assert len(sink.spans) == 10


def test_a_flush_tries_soon_again() -> None:
    with exporting(503, 503, 503) as (exporter, sink):
        add(exporter, 5)
        exporter.start()
        assert exporter.flush(10)
        assert exporter.counts == SpanCounts(created=5, exported=5, failed=0)
        exporter.close(10)
    assert len(sink.requests) == 4


def test_spans_that_the_receiver_rejects_are_failed_ones() -> None:
    with exporting(rejects=2) as (exporter, _):
        add(exporter, 5)
        exporter.start()
        assert exporter.close(10) == SpanCounts(created=5, exported=3, failed=2)


def test_what_cannot_be_sent_in_time_is_failed_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with exporting(*[503] * 1000) as (exporter, _):
        add(exporter, 5)
        exporter.start()
        assert exporter.close(0.3) == SpanCounts(created=5, exported=0, failed=5)
    assert "5 spans could not be sent" in caplog.text
    assert caplog.text.count("spans do not reach") == 1


def test_the_counts_of_processes_add_up() -> None:
    one = SpanCounts(created=3, exported=2, failed=1)
    assert one + one == SpanCounts(created=6, exported=4, failed=2)


def test_an_exporter_without_spans_closes_at_once() -> None:
    with exporting() as (exporter, sink):
        exporter.start()
        assert exporter.close(10) == SpanCounts()
    assert sink.requests == []


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (202, Verdict.DELIVERED),
        (400, Verdict.REFUSED),
        (404, Verdict.REFUSED),
        (413, Verdict.REFUSED),
        (500, Verdict.REFUSED),
        (429, Verdict.LATER),
        (502, Verdict.LATER),
        (503, Verdict.LATER),
        (504, Verdict.LATER),
    ],
)
def test_status_codes_mean(status: int, verdict: Verdict) -> None:
    assert Answer.from_http(status, None, b"").verdict is verdict


def test_a_receiver_may_say_how_long_to_wait() -> None:
    assert Answer.from_http(503, "3", b"").retry_after_s == 3.0
    assert Answer.from_http(503, "Mon, 23 Nov 2026 10:00:00 GMT", b"").retry_after_s is None


def test_an_answer_in_another_encoding_still_says_delivered() -> None:
    assert Answer.from_http(200, None, b"{}\xff").verdict is Verdict.DELIVERED


def test_nobody_listening_means_later() -> None:
    client = OtlpClient(OtlpTarget(url="http://127.0.0.1:9/v1/traces", timeout_s=1))
    answer = client.post(b"")
    client.close()
    assert answer.verdict is Verdict.LATER
    assert "refused" in answer.reason


def test_a_connection_that_the_receiver_closed_is_opened_again() -> None:
    with exporting() as (_, sink):
        client = OtlpClient(OtlpTarget(url=f"{sink.url}/v1/traces"))
        for _ in range(2):
            assert client.post(b"").verdict is Verdict.DELIVERED
        client.close()
        assert client.post(b"").verdict is Verdict.DELIVERED
        client.close()


def test_adding_never_waits_for_the_receiver() -> None:
    with exporting(*[503] * 1000) as (exporter, _):
        exporter.start()
        adder = threading.Thread(target=add, args=(exporter, 5000))
        adder.start()
        adder.join(10)
        assert not adder.is_alive()
        assert exporter.counts.created == 5000
        exporter.close(0.1)


def test_what_comes_while_spans_are_sent_waits_for_more() -> None:
    class Receiver(OtlpClient):
        """Takes everything, and is so slow that another request ends meanwhile."""

        def post(self, body: bytes) -> Answer:
            sizes.append(
                len(
                    ExportTraceServiceRequest.FromString(body)
                    .resource_spans[0]
                    .scope_spans[0]
                    .spans
                )
            )
            add(exporter, 1)
            return Answer(verdict=Verdict.DELIVERED)

    sizes: list[int] = []
    encoder = SpanEncoder({"service.name": "locust"}, {}, scope_version="1")
    target = OtlpTarget(url="http://127.0.0.1:9/v1/traces", timeout_s=5)
    exporter = SpanExporter(encoder, Receiver(target))
    add(exporter, 2 * BATCH + 3)
    exporter.send_due()
    assert sizes == [BATCH, BATCH, 5]
    exporter.send_due()
    assert sizes[3:] == [1]
