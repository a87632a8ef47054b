"""The sample locustfiles against the sample services: all requests succeed, names stay few."""

from pathlib import Path

import pytest

from loadgen.launcher import LoadEnd
from loadgen.locustfiles import SHOP, SINGLE, TUTORIAL
from services.launcher import up
from tests.loadgen.conftest import Workbench
from tests.loadgen.servers import SpanSink

SHOP_NAMES = {
    "GET /",
    "GET /products",
    "GET /products/[id]",
    "GET /search?q=[q]",
    "POST /cart",
    "POST /checkout",
}


def test_the_shop_serves_its_locustfile(bench: Workbench, sink: SpanSink) -> None:
    with up("shop", log_dir=bench.run_dir / "logs", otlp_endpoint=sink.url) as shop:
        finished = bench.run(
            "", locustfile=str(SHOP), host=shop.entry_url, users=8, spawn_rate=8.0, run_time="5s"
        )

    assert finished.end is LoadEnd.CLEAN, finished.log
    ours = [seen for seen in sink.spans if seen.resource["service.name"] == "locust"]
    assert {seen.span.name for seen in ours} == SHOP_NAMES
    assert {seen.attributes["locust.user.class"] for seen in ours} == {"Shopper", "Buyer"}
    gateway = [seen for seen in sink.steps if seen.resource["service.name"] == "gateway"]
    parents = {seen.span.parent_span_id for seen in gateway}
    assert {seen.span.span_id for seen in ours} <= parents


@pytest.mark.parametrize(
    ("locustfile", "service", "names"),
    [(TUTORIAL, "service1", {"GET /"}), (SINGLE, "users", {"GET /", "GET /users"})],
)
def test_the_tutorial_serves_its_locustfiles(
    locustfile: Path, service: str, names: set[str], bench: Workbench, sink: SpanSink
) -> None:
    with up("tutorial", log_dir=bench.run_dir / "logs", variant="without") as tutorial:
        host = tutorial.services[service].url
        finished = bench.run(
            "", locustfile=str(locustfile), host=host, users=20, spawn_rate=20.0, run_time="3s"
        )

    assert finished.end is LoadEnd.CLEAN, finished.log
    assert {seen.span.name for seen in sink.spans} == names
