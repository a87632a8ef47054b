"""A run that is passed on: the other receiver has the report's requests, and trouble is told."""

import json
from pathlib import Path

from tests.cli.command import Ended, as_process
from tests.collector.targets import Inbox, grpc_target, refused_port

PAGE = "http://127.0.0.1:9"
"""An address that is kept as it was given: nobody asks there."""


def demo(runs: Path, target: str) -> Ended:
    options = ("--run-time", "3s", "--users", "4", "--runs-dir", runs, "--format", "json")
    return as_process("demo", *options, "--forward", target, "--jaeger-ui", PAGE)


def test_the_requests_of_the_report_are_at_the_other_receiver_too(tmp_path: Path) -> None:
    inbox = Inbox()
    with grpc_target(inbox) as address:
        ended = demo(tmp_path, address)
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    spans = inbox.spans()
    assert len(spans) == report["completeness"]["spans"] + report["completeness"]["duplicates"]
    theirs = {span.trace_id.hex() for span in spans}
    for exemplar in report["exemplars"]:
        assert exemplar["trace_id"] in theirs
        assert exemplar["url"] == f"{PAGE}/trace/{exemplar['trace_id']}"
    assert not any("passed on" in warning for warning in report["warnings"])
    assert f"passing on to {address}" in ended.err


def test_spans_that_were_not_passed_on_are_told_and_change_no_exit_code(tmp_path: Path) -> None:
    gone = f"127.0.0.1:{refused_port()}"
    ended = demo(tmp_path, gone)
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    spans = report["completeness"]["spans"] + report["completeness"]["duplicates"]
    said = f"{spans:,} spans were not passed on to {gone}: connection refused"
    assert said in report["warnings"]
    assert f"spans wait for {gone}: connection refused" in ended.err
