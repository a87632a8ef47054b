"""Processes that a run watches from outside: what they use is in its report."""

from pathlib import Path

from analyzer.report.model import Report
from services.launcher import up
from tests.cli.command import as_process, slowhop
from tests.e2e.live_runs import only_run
from tests.e2e.test_tutorial import LOCUSTFILE
from tests.ports import free_ports


def test_a_watched_process_is_in_the_report_and_in_its_replay(tmp_path: Path) -> None:
    (tmp_path / "visit.py").write_text(LOCUSTFILE, encoding="utf-8")
    grpc, http = free_ports(2)
    with up("tutorial", variant="without", log_dir=tmp_path / "logs") as pair:
        port = pair.entry_url.rpartition(":")[2]
        ended = as_process(
            "live", "-f", "visit.py", "--host", pair.entry_url, "-u", "2", "-t", "5s",
            "--grpc-port", str(grpc), "--http-port", str(http), "--late-spans", "0",
            "--watch", f"service1=:{port}", "--watch", f"service2={pair.services['service2'].pid}",
            "--format", "json", cwd=tmp_path,
        )  # fmt: skip
    report = Report.from_json(ended.out)
    assert [row.service for row in report.kpis.resources] == ["service1", "service2"]
    memory = report.kpis.resources[0].memory_mb
    assert memory is not None
    assert memory > 10
    assert slowhop("replay", only_run(tmp_path / "runs"), "--format", "json").out == ended.out


def test_a_process_that_nobody_knows_is_refused_before_the_run(tmp_path: Path) -> None:
    ended = slowhop("record", "--watch", "search=4194999", "--runs-dir", tmp_path / "runs")
    assert ended.code == 2
    assert "no process 4194999" in ended.err
    assert not (tmp_path / "runs").exists()
